"""Registries: seeing them, and the groups they are published to and owned by."""

from __future__ import annotations

from ...errors import Denied, NotFound
from ...policy import REGISTRIES_MANAGER, Registry
from .. import listing
from ..asked import LINE_PARAMS, LIST_PARAMS
from ..call import Answer, Call
from ..conditions import Condition
from ..listing import Source
from ..routes import Route
from . import sight
from .objects import GROUP, REGISTRY

PUBLICATIONS = "docker_registries_publications"
RESPONSIBLES = "docker_registries_responsibles"

RIGHT = (
    "You need the privilege DockerRegistriesManager, and a group of yours that is"
    " responsible for the registry; a Manager may always."
)


def list_registries(call: Call) -> Answer:
    """All registries that the caller sees."""
    return listing.listing(call, REGISTRY, sight.registries(call))


def one_registry(call: Call) -> Answer:
    """One registry, or nothing."""
    found = sight.registry(call, call.args["id"])
    return line(call, found.id if found else -1)


def line(call: Call, registry_id: int) -> Answer:
    """One registry as an answer's data, where the caller sees it."""
    condition = Condition("g.id = ?", (registry_id,))
    return listing.line(call, REGISTRY, sight.registries(call, condition))


def publications(call: Call) -> Answer:
    """The groups that a registry is published to."""
    return _groups(call, PUBLICATIONS)


def responsibles(call: Call) -> Answer:
    """The groups that are responsible for a registry."""
    return _groups(call, RESPONSIBLES)


def am_i_responsible(call: Call) -> Answer:
    """Tell whether the caller may change a registry."""
    return {"data": is_responsible(call, required(call))}


def is_responsible(call: Call, registry: Registry) -> bool:
    """Tell whether one of the caller's groups is responsible, or it is a Manager."""
    return call.is_manager or bool(registry.responsibles & call.principal.groups)


def required(call: Call, name: str = "id") -> Registry:
    """The registry of the path, by id or service.

    :raises NotFound: there is none, or none that the caller sees.
    """
    return seen(call, call.args[name])


def seen(call: Call, text: str) -> Registry:
    """A registry by id or service.

    :raises NotFound: there is none, or none that the caller sees.
    """
    found = sight.registry(call, text)
    if found is None:
        raise NotFound(f"there is no registry {text[:64]!r}")
    return found


def changeable(call: Call, text: str) -> Registry:
    """A registry that the caller may change, by id or service.

    :raises Denied: the privilege is missing, or no group of the caller is responsible.
    :raises NotFound: there is none, or none that the caller sees.
    """
    call.require(REGISTRIES_MANAGER)
    found = seen(call, text)
    require_responsible(call, found)
    return found


def require_responsible(call: Call, registry: Registry) -> None:
    """Go on only for who is responsible, or a Manager.

    :raises Denied: no group of the caller is.
    """
    if not is_responsible(call, registry):
        raise Denied(f"no group of yours is responsible for registry {registry.service}")


def _groups(call: Call, table: str) -> Answer:
    registry = required(call)
    source = Source(
        f"{table} l JOIN auth_group a ON a.id = l.group_id",
        Condition("l.registry_id = ?", (registry.id,)),
    )
    return listing.listing(call, GROUP, source)


ROUTES = (
    Route(
        "GET", "/docker/registries", list_registries,
        ("List the docker registries published to your groups, or owned by them.",),
        LIST_PARAMS, shape=REGISTRY.columns, many=True,
    ),
    Route(
        "GET", "/docker/registries/<id>", one_registry,
        ("Show a docker registry, by its id or service.",),
        LINE_PARAMS, shape=REGISTRY.columns,
    ),
    Route(
        "GET", "/docker/registries/<id>/publications", publications,
        ("List the groups a docker registry is published to.",),
        LIST_PARAMS, shape=GROUP.columns, many=True,
    ),
    Route(
        "GET", "/docker/registries/<id>/responsibles", responsibles,
        ("List the groups that are responsible for a docker registry.",),
        LIST_PARAMS, shape=GROUP.columns, many=True,
    ),
    Route(
        "GET", "/docker/registries/<id>/am_i_responsible", am_i_responsible,
        ("Tell whether you may change a docker registry.",),
    ),
)
