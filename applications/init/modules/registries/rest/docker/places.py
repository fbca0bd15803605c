"""One repository that the caller sees, as the policy decides on it."""

from __future__ import annotations

from dataclasses import dataclass

from ... import catalog, names
from ...catalog import places
from ...errors import BadRequest, NotFound
from ...parties import Target
from ...policy import Registry
from ...scopes import PULL, PUSH
from ..call import Call, as_id

_NAMED = 5


@dataclass(frozen=True)
class Place:
    """A repository with all that the policy needs to know of it."""

    id: int
    name: str
    target: Target


def seen(call: Call, repository_id: int) -> Place | None:
    """A repository by its id; None for one that does not exist or is not seen, alike."""
    return _seen(call, places.repository(call.db, repository_id))


def required(call: Call, repository_id: int) -> Place:
    """A repository by its id.

    :raises NotFound: there is none, or none that the caller sees.
    """
    found = seen(call, repository_id)
    if found is None:
        raise NotFound(f"there is no docker repository {repository_id}")
    return found


def by_id_or_name(call: Call, text: str) -> Place:
    """A repository by its id, else by its name among those that the caller sees.

    :raises NotFound: there is none, or none that the caller sees.
    :raises BadRequest: several registries have one of that name.
    """
    if text.isdigit():
        return required(call, as_id(text))
    candidates = (_seen(call, one) for one in places.repositories_named(call.db, text))
    found = [one for one in candidates if one is not None]
    if not found:
        raise NotFound(f"there is no docker repository {text[:255]!r}")
    if len(found) > 1:
        ids = ", ".join(f"{one.id} in {one.target.registry.service}" for one in found[:_NAMED])
        raise BadRequest(f"several registries have a repository {text!r}; use its id: {ids}")
    return found[0]


def target(call: Call, registry: Registry, text: str) -> Target:
    """A repository as the policy decides on it, by its name; it need not exist."""
    name, owner = names.parse(text), None
    if name is not None and name.owner is not None:
        owner = call.container.directory.owner(name.namespace, name.owner)
    return Target(registry, name, owner)


def _seen(call: Call, repository: places.Repository | None) -> Place | None:
    declared = catalog.by_id(call.db, repository.registry_id) if repository else None
    if repository is None or declared is None:
        return None
    registry = declared.registry
    place = Place(repository.id, repository.name, target(call, registry, repository.name))
    sees_registry = call.principal.groups & (registry.publications | registry.responsibles)
    allowed = sees_registry and any(
        place.target.allows(call.principal, action) for action in (PULL, PUSH)
    )
    return place if call.is_manager or allowed else None
