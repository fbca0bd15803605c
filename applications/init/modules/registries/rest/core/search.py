"""The search box of the screens: one text, looked for in all kinds of objects.

Only what the caller sees is found.  Source: ``collector-contract.md`` C.5, E48,
E49, E76.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ...errors import BadRequest
from .. import compare, listing
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import Condition, all_of, any_of
from ..docker import sight as docker
from ..docker.objects import REGISTRY, REPOSITORY
from ..listing import Resource, Source
from ..routes import Param, Route
from . import hosts, sight
from .hosts import NODE, SERVICE
from .objects import APP, GROUP, USER

USUAL, MOST, LONGEST = 10, 1000, 255

_PREFIX = re.compile(r"\s*([a-z_]{2,24})\s*:(.*)", re.DOTALL)
_SCHEME = re.compile(r"[a-z]+://", re.IGNORECASE)

_REGISTRY = ("g", " LEFT JOIN docker_registries g ON g.id = r.registry_id")

Row = dict[str, Any]


@dataclass(frozen=True)
class _Kind:
    """A kind of objects.

    ``words`` choose it; ``names`` are the columns that are looked into; ``fmt`` is
    how clients make an id and a name of a row.
    """

    key: str
    words: tuple[str, ...]
    resource: Resource
    names: tuple[str, ...]
    source: Callable[[Call, str], Source]
    columns: tuple[str, ...]
    fmt: dict[str, str]
    row: Callable[[Row], Row] = dict


def search(call: Call) -> Answer:
    """Look for a text in all kinds of objects, or in the one that is named.

    :raises BadRequest: no text, an unknown kind, or a limit that is no number.
    """
    text, word = _asked(call)
    limit = _limit(call.one("limit"))
    kinds = [kind for kind in _KINDS if not word or word in kind.words]
    return {"data": {kind.key: _found(call, kind, text, limit) for kind in kinds}}


def _asked(call: Call) -> tuple[str, str]:
    """The text, and the word for a kind; that may stand in front of the text as well."""
    text, word = call.one("substring"), call.one("in").strip().lower()
    if word and word not in _WORDS:
        raise BadRequest(f"in is one of {', '.join(sorted(_WORDS))}")
    prefix = _PREFIX.fullmatch(text.lower())
    if prefix and prefix[1] in _WORDS:
        text, word = prefix[2], word or prefix[1]
    text = text.strip().lower()
    if not text:
        raise BadRequest("substring is missing: the text to look for")
    if len(text) > LONGEST:
        raise BadRequest(f"substring has more than {LONGEST} characters")
    return text, word


def _limit(text: str) -> int:
    """How many of each kind; 0 is as many as there may be."""
    text = text.strip()
    if not text:
        return USUAL
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadRequest("limit is no number")
    return min(int(text) or MOST, MOST)


def _found(call: Call, kind: _Kind, text: str, limit: int) -> Row:
    clock = call.container.clock
    began = clock()
    name = kind.names[0]
    asked = {"limit": [str(limit)], "orderby": [name], "props": [",".join(kind.columns)]}
    answer = listing.listing(replace(call, query=asked), kind.resource, kind.source(call, text))
    return {
        "total": answer["meta"]["total"],
        "data": [kind.row(row) for row in answer["data"]],
        "fmt": kind.fmt,
        "elapsed": f"{max(clock() - began, 0):.6f}",
    }


def _has(resource: Resource, names: tuple[str, ...], text: str) -> Condition:
    columns = (resource.by_name[name] for name in names)
    return any_of(compare.containing(column, "%", text, "%") for column in columns)


def _plain(
    see: Callable[[Call, Condition], Source], resource: Resource, names: tuple[str, ...]
) -> Callable[[Call, str], Source]:
    return lambda call, text: see(call, _has(resource, names, text))


def _registries(call: Call, text: str) -> Source:
    return docker.registries(call, _has(REGISTRY, ("service", "url"), text))


def _groups(call: Call, condition: Condition) -> Source:
    return sight.groups(call, all_of([Condition("COALESCE(a.privilege, 'F') <> 'T'"), condition]))


def _privileges(call: Call, condition: Condition) -> Source:
    return sight.groups(call, all_of([Condition("a.privilege = 'T'"), condition]))


def _repositories(call: Call, text: str) -> Source:
    """Those with the text in their name, or in the host and name as they are shown."""
    name = REPOSITORY.by_name["repository"]
    wanted = [compare.containing(name, "%", text, "%")]
    host, slash, rest = text.partition("/")
    if slash and host:
        wanted += [
            all_of([
                Condition("r.registry_id = ?", (id_,)), compare.containing(name, "", rest, "%")
            ])
            for id_ in _ending(call, host)
        ]
    seen = docker.repositories(call)
    return replace(
        seen, condition=all_of([seen.condition, any_of(wanted)]), joins=(*seen.joins, _REGISTRY),
        counted=None, total=None,
    )


def _ending(call: Call, host: str) -> list[int]:
    """The first registries whose url ends with a text."""
    ending = compare.containing(REGISTRY.by_name["url"], "%", host, "")
    source = docker.registries(call, ending)
    rows = call.db.rows(
        f"SELECT g.id FROM {source.sql} WHERE {source.condition.sql} ORDER BY g.id LIMIT 50",
        *source.condition.values,
    )
    return [int(row[0]) for row in rows]


def _repository(row: Row) -> Row:
    """A repository by its full name: where it is, without the scheme."""
    place = _SCHEME.sub("", str(row["url"] or ""), count=1).rstrip("/")
    return {"id": row["id"], "repository": f"{place}/{row['repository']}"}


def _user(row: Row) -> Row:
    full_name = f"{row['first_name'] or ''} {row['last_name'] or ''}".strip()
    return {"id": row["id"], "fullname": full_name or row["email"], "email": row["email"]}


_PLACED = Resource(
    "docker_repositories",
    (
        *(REPOSITORY.by_name[name] for name in ("id", "repository")),
        Column("url", "g.url", Kind.TEXT, "Where its registry is.", "docker_registries"),
    ),
)


def _named(
    key: str, word: str, resource: Resource, see: Callable[[Call, Condition], Source],
    names: tuple[str, ...], uid: str, mark: str,
) -> _Kind:
    fmt = {"id": f"%({uid}){mark}", "name": f"%({names[0]})s"}
    columns = tuple(dict.fromkeys((uid, *names)))
    return _Kind(key, (word,), resource, names, _plain(see, resource, names), columns, fmt)


_USER_NAMES = ("last_name", "first_name", "email", "username")
_KINDS = (
    _Kind(
        "docker_registries", ("docker", "docker_registry"), REGISTRY, ("service", "url"),
        _registries, ("id", "service", "url"),
        {"id": "%(id)d", "name": "%(service)s @ %(url)s"},
    ),
    _Kind(
        "docker_repositories", ("docker", "docker_repository"), _PLACED, ("repository",),
        _repositories, ("id", "repository", "url"),
        {"id": "%(id)d", "name": "%(repository)s"}, _repository,
    ),
    _Kind(
        "users", ("user",), USER, _USER_NAMES, _plain(sight.users, USER, _USER_NAMES),
        ("id", *_USER_NAMES), {"id": "%(id)d", "name": "%(fullname)s <%(email)s>"}, _user,
    ),
    _named("groups", "group", GROUP, _groups, ("role",), "id", "d"),
    _named("privileges", "priv", GROUP, _privileges, ("role",), "id", "d"),
    _named("apps", "app", APP, sight.apps, ("app",), "id", "d"),
    _named("services", "svc", SERVICE, hosts.services, ("svcname", "svc_id"), "svc_id", "s"),
    _named("nodes", "node", NODE, hosts.nodes, ("nodename", "node_id"), "node_id", "s"),
)
_WORDS = frozenset(word for kind in _KINDS for word in kind.words)

ROUTES = (
    Route(
        "GET", "/search", search,
        ("Look for a text in the names of all that you see: docker registries and"
         " repositories, users, groups, privileges, applications, services and nodes.",
         "The answer has a member for each kind; fmt says how its rows are written."),
        (
            Param("substring", "the text to look for; docker: web looks for web in docker"),
            Param("in", "the one kind to look in: " + ", ".join(sorted(_WORDS))),
            Param("limit", "rows of each kind, 10 if not given, at most 1000; 0 for 1000",
                  kind="integer"),
        ),
    ),
)
