"""Who may pull from a repository, and who may push to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ... import parties
from ...errors import BadRequest
from ...scopes import PULL, PUSH
from .. import listing
from ..asked import LIST_PARAMS, Wanted
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import Condition, all_of, one_of
from ..listing import Resource, Source
from ..routes import Param, Route
from . import places
from .places import Place
from .registries import RIGHT, changeable

USERS = Resource(
    "auth_user",
    (
        Column("id", "u.id", Kind.ID, "The unique id of the user.", "auth_user", unique=True),
        Column("first_name", "u.first_name", Kind.TEXT, "The first name.", "auth_user"),
        Column("last_name", "u.last_name", Kind.TEXT, "The last name.", "auth_user"),
    ),
)
GROUPS = Resource(
    "auth_group",
    (
        Column("id", "a.id", Kind.ID, "The unique id of the group.", "auth_group", unique=True),
        Column("role", "a.role", Kind.TEXT, "The name of the group.", "auth_group", unique=True),
    ),
)
SERVICES = Resource(
    "services",
    (
        Column("svc_id", "s.svc_id", Kind.TEXT, "The unique id of the service.", "services",
               unique=True),
        Column("svcname", "s.svcname", Kind.TEXT, "The name of the service.", "services"),
        Column("svc_app", "s.svc_app", Kind.TEXT, "The code of its application.", "services"),
    ),
    "svc_id",
)
APPS = Resource(
    "apps",
    (
        Column("id", "p.id", Kind.ID, "The unique id of the application.", "apps", unique=True),
        Column("app", "p.app", Kind.TEXT, "The code of the application.", "apps", unique=True),
    ),
)
_ORGANISATIONAL = Condition("COALESCE(a.privilege, 'F') NOT IN ('T', 't', '1')")


@dataclass(frozen=True)
class _Party:
    """A kind of those who may do something, and the rows that they are."""

    name: str
    resource: Resource
    source: Callable[[Call, Place, str], Source]
    description: str


def _users(call: Call, place: Place, action: str) -> Source:
    ids = parties.users(call.db, place.target, action)
    return Source("auth_user u", _among(call, "u.id", ids))


def _groups(call: Call, place: Place, action: str) -> Source:
    ids = parties.groups(place.target, action)
    return Source("auth_group a", all_of([_among(call, "a.id", ids), _ORGANISATIONAL]))


def _services(call: Call, place: Place, action: str) -> Source:
    ids = parties.services(call.db, call.container.directory, place.target, action)
    return Source("services s", _among(call, "s.svc_id", ids))


def _apps(call: Call, place: Place, action: str) -> Source:
    return Source("apps p", _among(call, "p.id", parties.apps(place.target)))


def _among(call: Call, sql: str, ids: Iterable[Any]) -> Condition:
    """As ``one_of``; SQLite takes the ids as one document, however many they are."""
    given = list(ids)
    if not call.db.is_sqlite or not given:
        return one_of(sql, given)
    return Condition(f"{sql} IN (SELECT value FROM json_each(?))", (json.dumps(given),))


_APPS = _Party("apps", APPS, _apps, "the application it belongs to")
_GROUPS = _Party("groups", GROUPS, _groups, "the groups whose members")
_SERVICES = _Party("services", SERVICES, _services, "the services that")
_USERS = _Party("users", USERS, _users, "the users that")


def _all(call: Call, kinds: Iterable[_Party], action: str) -> Answer:
    return {"data": _rows(call, places.required(call, call.id()), kinds, action)}


def _anywhere(call: Call) -> Answer:
    """All who may do something with a repository of a registry, which need not exist."""
    registry = changeable(call, call.args["id"])
    repository, action = call.one("repository"), call.one("action") or PULL
    if not repository:
        raise BadRequest("repository is missing")
    if action not in _KINDS:
        raise BadRequest(f"an action is one of {', '.join(_KINDS)}")
    place = Place(0, repository, places.target(call, registry, repository))
    return {"data": _rows(call, place, _KINDS[action], action)}


def _rows(call: Call, place: Place, kinds: Iterable[_Party], action: str) -> dict[str, Any]:
    data = {}
    for kind in kinds:
        columns = kind.resource.columns
        wanted = [Wanted(column, column.name) for column in columns]
        rows = listing.select(call.db, wanted, kind.source(call, place, action))
        data[kind.name] = sorted(rows, key=lambda row: row[columns[0].name])
    return data


def _whole(name: str, action: str, kinds: tuple[_Party, ...]) -> Route:
    listed = ", ".join(kind.name for kind in kinds)
    return Route(
        "GET", f"/docker/repositories/<id>/{name}", lambda call: _all(call, kinds, action),
        (
            f"List all who may {action}, in one answer: {listed}.",
            f"They are those who would be given a token to {action}.",
        ),
    )


def _one(name: str, action: str, kind: _Party) -> Route:
    def handler(call: Call) -> Answer:
        place = places.required(call, call.id())
        return listing.listing(call, kind.resource, kind.source(call, place, action))

    said = kind.description if kind is _APPS else f"{kind.description} may {action}"
    return Route(
        "GET", f"/docker/repositories/<id>/{name}/{kind.name}", handler,
        (f"List, of a docker repository, {said}.",),
        LIST_PARAMS, shape=kind.resource.columns, many=True,
    )


_PULLERS = (_APPS, _SERVICES, _GROUPS, _USERS)
_PUSHERS = (_APPS, _GROUPS, _USERS)
_KINDS = {PULL: _PULLERS, PUSH: _PUSHERS}
ROUTES = (
    _whole("pullers", PULL, _PULLERS),
    *(_one("pullers", PULL, kind) for kind in _PULLERS),
    _whole("pushers", PUSH, _PUSHERS),
    *(_one("pushers", PUSH, kind) for kind in _PUSHERS),
    Route(
        "GET", "/docker/registries/<id>/parties", _anywhere,
        ("List all who may pull from or push to a repository of a docker registry, which need not"
         " exist: apps, groups, users, and for pull services.", RIGHT),
        (
            Param("repository", "The name of the repository."),
            Param("action", "pull, if not given, or push."),
        ),
        examples=("# curl -u %(email)s 'https://%(collector)s/init/rest/api/docker/registries/3"
                  "/parties?repository=users/ada/x&action=push'",),
    ),
)
