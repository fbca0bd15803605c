"""Deleting tags and repositories, in their registry and here."""

from __future__ import annotations

from collections.abc import Callable

from ... import catalog
from ...catalog import Remote
from ...catalog import places as catalog_places
from ...deletion import Deleted, Deletion
from ...errors import BadRequest, Denied, NotFound
from ...policy import REGISTRIES_MANAGER
from ...remote import RemoteError
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call, as_flag, as_id
from ..routes import Member, Param, Route
from . import places, sight
from .objects import REPOSITORY, TAG
from .places import Place
from .registries import is_responsible

_TOLD = 10
_FORCE = "true deletes the other tags of the same image too, where a registry can't do else"


class Incomplete(RemoteError):
    """The registry deleted some of it; the message says what is left, and why."""


def remove_tag(call: Call) -> Answer:
    """Delete the tag of the path."""
    _only(call, "force")
    return _tag(call, call.id())


def remove_tags(call: Call) -> Answer:
    """Delete the tag that the body names."""
    _only(call, "id", "force")
    return _tag(call, _named(call))


def remove_repository(call: Call) -> Answer:
    """Delete the repository of the path with its tags."""
    _only(call)
    return _repository(call, call.id())


def remove_repositories(call: Call) -> Answer:
    """Delete the repository that the body names with its tags."""
    _only(call, "id")
    return _repository(call, _named(call))


def _tag(call: Call, id_: int) -> Answer:
    call.require(REGISTRIES_MANAGER)
    with call.db.transaction():
        tag = catalog_places.tag(call.db, id_)
        place = places.seen(call, tag.repository_id) if tag else None
        if tag is None or place is None:
            raise NotFound(f"there is no docker tag {id_}")
        remote = _registry(call, place)
    by, force = call.caller.log_user, as_flag(call.body.get("force", call.one("force")))
    done = _deletion(call).tag(remote, place.name, tag.name, by, force=force)
    others = [name for name in done.tags if name != tag.name]
    more = f", and of the same image {_some(others)}" if others else ""
    return _told(done, f"docker tag {id_} ({place.name}:{tag.name}) deleted{more}")


def _repository(call: Call, id_: int) -> Answer:
    call.require(REGISTRIES_MANAGER)
    with call.db.transaction():
        place = places.required(call, id_)
        remote = _registry(call, place)
    done = _deletion(call).repository(remote, place.name, call.caller.log_user)
    return _told(done, f"docker repository {id_} ({place.name}) deleted")


def _registry(call: Call, place: Place) -> Remote:
    """Where to delete it, for who may."""
    registry = place.target.registry
    if not is_responsible(call, registry):
        raise Denied(f"no group of yours is responsible for registry {registry.service}")
    remote = catalog.remote(call.db, registry.id)
    if remote is None:
        raise NotFound(f"there is no registry {registry.service}")
    return remote


def _deletion(call: Call) -> Deletion:
    return Deletion(call.db, call.container.connector, call.container.clock)


def _told(done: Deleted, info: str) -> Answer:
    if done.whole:
        return {"info": info}
    left = _some([f"{name} ({reason})" for name, reason in done.kept])
    raise Incomplete(f"{done.repository}: {len(done.tags)} tags deleted; these are left: {left}")


def _some(texts: list[str]) -> str:
    return ", ".join(texts[:_TOLD]) + (f" and {len(texts) - _TOLD} more" if texts[_TOLD:] else "")


def _only(call: Call, *known: str) -> None:
    for name, value in call.body.items():
        if name not in known:
            raise BadRequest(f"there is no member {name[:64]!r} here")
        if isinstance(value, (dict, list)):
            raise BadRequest(f"{name} is one value")


def _named(call: Call) -> int:
    return as_id(given.named(call, "id"))


def _chosen_tags(call: Call) -> list[int]:
    return listing.ids(call, TAG, sight.tags(call))


def _chosen_repositories(call: Call) -> list[int]:
    return listing.ids(call, REPOSITORY, sight.repositories(call))


_RIGHT = "You need the privilege DockerRegistriesManager, and a group of yours that is" \
    " responsible for the registry; a Manager may always."
_MANY = "The body is an object with the id, or an array of such objects.  Or filters or query" \
    " choose what is deleted; what becomes of each is told one by one."
_WHERE = tuple(p for p in LIST_PARAMS if p.name in ("filters", "query", "limit"))
_ID = Member("id", "The id of what is to be deleted.", "integer", required=True)


def _one(path: str, handler: Callable[[Call], Answer], what: str, *params: Param) -> Route:
    members = tuple(Member(p.name, p.description, p.kind) for p in params)
    return Route(
        "DELETE", f"{path}/<id>", handler, (what, _RIGHT), params, members=members, alone=True
    )


_TAG_FORCE = Param("force", _FORCE, kind="boolean")
_DELETES_TAG = "Delete a tag of a docker repository, in its registry and in the collector."
_DELETES_REPOSITORY = (
    "Delete a docker repository with its tags, in its registry and in the collector."
)
ROUTES = (
    Route(
        "DELETE", "/docker/repositories", remove_repositories,
        (_DELETES_REPOSITORY, _RIGHT, _MANY), _WHERE, members=(_ID,),
        rows=_chosen_repositories, each=remove_repository, alone=True,
    ),
    _one("/docker/repositories", remove_repository, _DELETES_REPOSITORY),
    Route(
        "DELETE", "/docker/tags", remove_tags, (_DELETES_TAG, _RIGHT, _MANY),
        (*_WHERE, _TAG_FORCE), members=(_ID, Member("force", _FORCE, "boolean")),
        rows=_chosen_tags, each=remove_tag, alone=True,
    ),
    _one("/docker/tags", remove_tag, _DELETES_TAG, _TAG_FORCE),
)
