"""Declaring registries, changing their properties, deleting them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit

from ... import accounts, audit, catalog, changes
from ...catalog import changing, crawls, links, wake
from ...catalog.changing import Properties
from ...errors import BadRequest, Conflict, Denied, NotFound
from ...policy import REGISTRIES_MANAGER, Registry
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call, as_id
from ..routes import Member, Route
from . import sight
from .objects import PLACEMENT, REGISTRY
from .registries import (
    PUBLICATIONS,
    RESPONSIBLES,
    RIGHT,
    changeable,
    is_responsible,
    line,
    require_responsible,
    seen,
)

TABLE = "docker_registries"
_WRITABLE = tuple(column for column in REGISTRY.columns if column.writable)
_NAMES = (*(column.name for column in _WRITABLE), PLACEMENT.name)


def declare_or_change(call: Call) -> Answer:
    """Declare a registry, or change the one with the id or service of the body.

    :raises Conflict: the service or url is another's.
    :raises Denied: a right is missing, or the quota is used up.
    """
    call.require(REGISTRIES_MANAGER)
    given.only(call.body, "id", *_NAMES)
    known = _known(call)
    return _declare(call) if known is None else _change(call, known)


def change(call: Call) -> Answer:
    """Change the registry of the path."""
    given.only(call.body, *_NAMES)
    return _change(call, changeable(call, call.args["id"]))


def remove(call: Call) -> Answer:
    """Delete the registry of the path from the collector."""
    given.only(call.body)
    return _remove(call, changeable(call, call.args["id"]))


def remove_named(call: Call) -> Answer:
    """Delete the registry with the id or service of the body from the collector."""
    given.only(call.body, "id", "service")
    by_id = "id" in call.body or call.one("id")
    text = str(as_id(given.named(call, "id"))) if by_id else given.named(call, "service")
    return _remove(call, changeable(call, text))


def chosen(call: Call) -> list[int]:
    """The ids of the registries that ``filters`` and ``query`` choose."""
    return listing.ids(call, REGISTRY, sight.registries(call))


def _known(call: Call) -> Registry | None:
    """The registry that is meant, which the caller may change; None for a new one."""
    if "id" in call.body:
        found = seen(call, str(as_id(call.body["id"])))
        require_responsible(call, found)
        return found
    service = catalog.valid_service(given.named(call, "service"))
    declared = catalog.by_service(call.db, service)
    if declared is None:
        return None
    if not is_responsible(call, declared.registry):
        raise Conflict(
            f"a registry with the service {service} is declared already, and no group of"
            " yours is responsible for it"
        )
    return declared.registry


def _declare(call: Call) -> Answer:
    service = given.named(call, "service")
    url = _url_of(call, service)
    wanted = _wanted({**call.body, "url": url}, Properties(service, url, False, True))
    _require_proof(call, wanted)
    group = _owner(call)
    _require_quota(call)
    registry_id = catalog.declare(
        call.db, wanted.service, wanted.url, group,
        insecure=wanted.insecure, restricted=wanted.restricted,
    )
    if wanted.placement:
        catalog.set_options(call.db, registry_id, {"placement": True})
    known = {name: value for name, value in asdict(wanted).items() if name != "placement" or value}
    data = [f"{name}: {value}" for name, value in sorted(known.items())]
    _record(call, audit.REGISTRY_CREATED, "registry %(s)s declared: %(data)s",
            {"s": wanted.service, "data": data})
    changes.touch(call.db, call.now, TABLE, RESPONSIBLES, PUBLICATIONS)
    wake.declared(call.db, call.now)
    return line(call, registry_id)


def _url_of(call: Call, service: str) -> str:
    """The url that is given, else the one that the service stands for."""
    if call.body.get("url") not in (None, ""):
        return given.text(call.body["url"], "url")
    try:
        return catalog.valid_url(f"https://{service}")
    except BadRequest:
        raise BadRequest(f"url is missing, and can't be made of the service {service!r}") from None


def _owner(call: Call) -> int:
    if call.principal.id is None:
        raise Denied("only people declare registries")
    return accounts.default_group(call.db, call.principal.id)


def _require_quota(call: Call) -> None:
    quota = changing.quota(call.db, call.principal.id or 0)
    if quota and links.count(call.db, links.RESPONSIBLES, call.principal.groups) >= quota:
        raise Denied("docker registries quota exceeded")


def _require_proof(call: Call, wanted: Properties) -> None:
    """Where anybody may declare registries, a service is its host's: nobody takes another's name.

    :raises Denied: the service is not the url's host.
    """
    if call.is_manager or not call.container.settings.public_collector:
        return
    host = urlsplit(f"//{wanted.service}").hostname if _is_address(wanted.service) else None
    if host != urlsplit(wanted.url).hostname:
        raise Denied("the service must be the host of the url; else a Manager has to declare it")


def _is_address(service: str) -> bool:
    try:
        return bool(catalog.valid_url(f"https://{service}"))
    except BadRequest:
        return False


def _change(call: Call, registry: Registry) -> Answer:
    stored = changing.properties(call.db, registry.id)
    if stored is None:
        raise NotFound(f"there is no registry {registry.service!r}")
    wanted = _wanted(call.body, stored)
    old, new = asdict(stored), asdict(wanted)
    changed = [name for name in sorted(new) if new[name] != old[name]]
    if not changed:
        return {**line(call, registry.id), "info": f"registry {registry.service} is so already"}
    if {"service", "url"} & set(changed):
        _require_proof(call, wanted)
    changing.change(call.db, registry.id, {name: new[name] for name in changed}, call.now)
    if {"insecure", "url"} & set(changed):
        crawls.due(call.db, registry.id, call.now)
    data = [f"{name}: {old[name]} => {new[name]}" for name in changed]
    _record(call, audit.REGISTRY_CHANGED, "registry %(s)s changed: %(data)s",
            {"s": registry.service, "data": data})
    changes.announce(call.db, call.now, TABLE, {"id": registry.id})
    info = f"registry {registry.service} changed: {', '.join(data)}"
    return {**line(call, registry.id), "info": info}


def _wanted(body: Mapping[str, Any], base: Properties) -> Properties:
    """The properties with those of the body in place of what they are."""
    values: dict[str, Any] = {}
    for name in ("insecure", "restricted", "placement"):
        if name in body:
            values[name] = given.flag(body[name], name)
    if "service" in body:
        values["service"] = catalog.valid_service(given.text(body["service"], "service"))
    if "url" in body:
        values["url"] = catalog.valid_url(given.text(body["url"], "url"))
    return replace(base, **values)


def _remove(call: Call, registry: Registry) -> Answer:
    changing.remove(call.db, registry.id)
    _record(call, audit.REGISTRY_DELETED, "registry %(s)s deleted", {"s": registry.service})
    changes.announce(call.db, call.now, TABLE, {"id": registry.id})
    changes.touch(
        call.db, call.now, RESPONSIBLES, PUBLICATIONS, "docker_repositories", "docker_tags"
    )
    return {"info": f"registry {registry.service} deleted"}


def _record(call: Call, action: str, fmt: str, details: Mapping[str, Any]) -> None:
    audit.write(call.db, audit.Entry(action, call.caller.log_user, fmt, details), call.now)


_MANY = "Or filters or query choose the registries; what becomes of each is told one by one."
_CHOICE = tuple(p for p in LIST_PARAMS if p.name in ("filters", "query", "limit"))
_KEEPS = "The registry itself is not asked, and keeps its images."


def _change_route(method: str) -> Route:
    return Route(
        method, "/docker/registries/<id>", change,
        ("Change the properties of a docker registry, given by its id or service.", RIGHT,
         "A new service ends the tokens and configurations that have the old one."),
        columns=_WRITABLE, members=(PLACEMENT,), shape=REGISTRY.columns,
        examples=("# curl -u %(email)s -d restricted=false"
                  " https://%(collector)s/init/rest/api/docker/registries/3",),
    )


ROUTES = (
    Route(
        "POST", "/docker/registries", declare_or_change,
        (
            "Declare a docker registry, or change the one with this id or service.",
            "You need the privilege DockerRegistriesManager, and your quota must allow one more;"
            " to change a registry, a group of yours has to be responsible for it.",
            "Your primary group, else your private group, becomes responsible for a new"
            " registry, and it is published to that group.  Where url is not given, it is"
            " https:// and the service.",
            _MANY,
        ),
        _CHOICE, columns=_WRITABLE,
        members=(Member("id", "The id of the registry to change.", "integer"), PLACEMENT),
        shape=REGISTRY.columns, rows=chosen, each=change,
        examples=("# curl -u %(email)s -d service=reg.lab.example -d restricted=true"
                  " https://%(collector)s/init/rest/api/docker/registries",),
    ),
    _change_route("POST"),
    _change_route("PUT"),
    Route(
        "DELETE", "/docker/registries", remove_named,
        ("Delete a docker registry from the collector.", RIGHT, _KEEPS,
         "The body is an object with id or service, or an array of such objects.", _MANY),
        _CHOICE,
        members=(Member("id", "The id of the registry.", "integer"),
                 Member("service", "Or its service.")),
        rows=chosen, each=remove,
    ),
    Route(
        "DELETE", "/docker/registries/<id>", remove,
        ("Delete a docker registry from the collector, by its id or service.", RIGHT, _KEEPS),
    ),
)
