"""Repositories: seeing them, and changing what people say about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ... import audit, changes
from ...catalog import places as catalog
from ...errors import BadRequest, Denied
from ...policy import Deny
from ...scopes import PUSH
from .. import listing
from ..asked import LINE_PARAMS, LIST_PARAMS
from ..call import MAX_ID, Answer, Call, as_flag
from ..columns import Column
from ..conditions import Condition
from ..routes import Route
from . import places, sight
from .objects import REPOSITORY
from .places import Place

MAX_DESCRIPTION = 255
_IGNORED = ("id", "repository", "created", "updated")
"""Members that clients send back as they got them."""

_FMT = "docker repository %(s)s changed: %(data)s"


def list_repositories(call: Call) -> Answer:
    """All repositories that the caller may pull from or push to."""
    return listing.listing(call, REPOSITORY, sight.repositories(call))


def one_repository(call: Call) -> Answer:
    """One repository, or nothing."""
    id_ = call.id()
    return _line(call, id_ if call.is_manager or places.seen(call, id_) else -1)


def change(call: Call) -> Answer:
    """Change what is said about a repository.

    :raises BadRequest: a member that can't be written, or a value that it can't have.
    :raises Denied: the caller may not push to it.
    """
    place = places.by_id_or_name(call, call.args["id"])
    _require_push(call, place)
    stored = catalog.properties(call.db, place.id)
    changed = _changed(stored, _values(call.body))
    if not changed:
        return {**_line(call, place.id), "info": f"docker repository {place.name} is so already"}
    catalog.change(call.db, place.id, changed)
    data = [f"{name}: {_shown(name, stored[name])} => {_shown(name, changed[name])}"
            for name in sorted(changed)]
    details = {"s": place.name, "data": data}
    entry = audit.Entry(audit.REPOSITORY_CHANGED, call.caller.log_user, _FMT, details)
    audit.write(call.db, entry, call.now)
    changes.announce(call.db, call.now, "docker_repositories", {"id": place.id})
    info = f"docker repository {place.name} changed: {', '.join(data)}"
    return {**_line(call, place.id), "info": info}


def _require_push(call: Call, place: Place) -> None:
    verdict = place.target.verdict(call.principal, PUSH)
    if isinstance(verdict, Deny) and not call.is_manager:
        raise Denied(f"you may not push to {place.name}: {verdict.sentence}")


def _line(call: Call, id_: int) -> Answer:
    return listing.line(call, REPOSITORY, sight.all_repositories(Condition("r.id = ?", (id_,))))


def _description(value: Any) -> str:
    text = "" if value is None else str(value)
    if len(text) > MAX_DESCRIPTION:
        raise BadRequest(f"a description has at most {MAX_DESCRIPTION} characters")
    return text


def _stars(value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 11):
        raise BadRequest("stars is no number")
    if int(text) > MAX_ID:
        raise BadRequest(f"stars is at most {MAX_ID}")
    return int(text)


def _flag(value: Any) -> str:
    return "T" if as_flag(value) else "F"


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "description": _description,
    "stars": _stars,
    "official": _flag,
    "automated": _flag,
}


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a body as they are stored."""
    values = {}
    for name, value in body.items():
        if name in _IGNORED:
            continue
        if name not in _READERS:
            raise BadRequest(f"there is no writable column {name[:64]!r}")
        if isinstance(value, (dict, list)):
            raise BadRequest(f"{name} is one value")
        values[name] = _READERS[name](value)
    return values


def _changed(stored: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Those values that are not what is stored."""
    return {name: value for name, value in values.items() if stored.get(name) != value}


def _column(name: str) -> Column:
    return REPOSITORY.by_name[name]


def _shown(name: str, value: Any) -> Any:
    return _column(name).show(value)


def _change_route(method: str) -> Route:
    return Route(
        method, "/docker/repositories/<id>", change,
        (
            "Change the properties of a docker repository.",
            "You need the privilege DockerRegistriesPusher and the right to push to the"
            " repository; a Manager may always.",
            "The repository is given by its id, or by its name where one registry alone has it.",
        ),
        columns=tuple(_column(name) for name in catalog.PROPERTIES),
        shape=REPOSITORY.columns,
        examples=(
            "# curl -u %(email)s -d description='The shop' -d official=true"
            " https://%(collector)s/init/rest/api/docker/repositories/41",
        ),
    )


ROUTES = (
    Route(
        "GET", "/docker/repositories", list_repositories,
        ("List the docker repositories that you may pull from or push to.",),
        LIST_PARAMS, shape=REPOSITORY.columns, many=True,
    ),
    Route(
        "GET", "/docker/repositories/<id>", one_repository,
        ("Show a docker repository.",),
        LINE_PARAMS, shape=REPOSITORY.columns,
    ),
    _change_route("POST"),
    _change_route("PUT"),
)
