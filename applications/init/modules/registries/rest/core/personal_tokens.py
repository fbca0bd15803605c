"""Personal tokens: given out, listed and revoked by their owners, revoked by managers of users."""

from __future__ import annotations

from typing import Any

from ... import audit
from ...directory import Account
from ...errors import BadRequest, Conflict, Denied, NotFound
from ...login.limits import Limits
from ...login.personal import DAY, MOST_LIVE, Personal
from ...policy import USER_MANAGER
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call, as_id
from ..columns import Column, Kind
from ..conditions import Condition
from ..docker import sight as docker_sight
from ..listing import Resource, Source
from ..routes import Member, Route
from . import sight, user_rights
from .record import record

MAX_NAME = 128
MOST_REGISTRIES = 100


def _column(name: str, kind: Kind, description: str) -> Column:
    return Column(name, f"k.{name}", kind, description, "personal_tokens")


PERSONAL_TOKEN = Resource(
    "personal_tokens",
    (
        _column("id", Kind.ID, "The unique id of the token."),
        _column("name", Kind.TEXT, "What it is for."),
        _column("created", Kind.TIME, "When it was given out."),
        _column("expires", Kind.TIME, "When it ends."),
        _column("last_used", Kind.TIME, "When it was last used, within a minute."),
        _column("last_address", Kind.TEXT, "From which address."),
        _column("read_only", Kind.BOOLEAN, "Whether it is for reading only."),
        _column("registries", Kind.JSON, "The ids of the registries it is for; null for all."),
        _column("revoked", Kind.TIME, "When it was revoked."),
    ),
)


def list_of(call: Call) -> Answer:
    """The personal tokens of the user of the path; never the tokens themselves."""
    condition = Condition("k.user_id = ?", (owner(call).id,))
    source = Source("registry_personal_tokens k", condition)
    return listing.listing(call, PERSONAL_TOKEN, source)


def list_own(call: Call) -> Answer:
    """The caller's."""
    return list_of(call.with_args(id=sight.SELF))


def create(call: Call) -> Answer:
    """Give out a token; it is shown this once.

    :raises Denied: the caller is no user, or has come with a token itself.
    :raises Conflict: there is a live one of this name, or too many are.
    """
    given.only(call.body, "name", "days", "read_only", "registries")
    user_id, most = sight.myself(call), call.container.settings.personal_token_days
    if call.came.by_token:
        raise Denied("a token gives no tokens: sign in, or use the password")
    if not most:
        raise Denied("personal tokens are switched off in this collector")
    limits = _limits(call)
    days = given.integer(call.body.get("days", min(90, most)), "days", 1, most)
    tokens = call.container.factors.personal
    live = tokens.live(user_id, call.now)
    if limits.name.lower() in (one.limits.name.lower() for one in live):
        raise Conflict(f"you have a token {limits.name!r} already: revoke it, or take another name")
    if len(live) >= MOST_LIVE:
        raise Conflict(f"you have {MOST_LIVE} live tokens: revoke some first")
    id_, token = tokens.create(user_id, limits, call.now, call.now + days * DAY)
    some = limits.registries
    details = {
        "id": id_, "name": limits.name, "days": days, "read_only": limits.read_only,
        "registries": None if some is None else sorted(some), "address": call.came.address,
    }
    record(call, audit.PERSONAL_CREATED, "personal token %(id)s (%(name)s) given out", details)
    data = {"id": id_, "name": limits.name, "token": token}
    return {"data": data, "info": "keep the token: it is not shown again"}


def revoke(call: Call) -> Answer:
    """End one token of the user of the path.

    :raises NotFound: there is no such live token.
    """
    given.only(call.body)
    account, id_ = owner(call), as_id(call.args["token"])
    live = call.container.factors.personal.live(account.id, call.now)
    found = [one for one in live if one.id == id_]
    if not found:
        raise NotFound(f"there is no live personal token {id_}")
    _revoke(call, account, found)
    return {"info": f"personal token {id_} ({found[0].limits.name}) revoked"}


def revoke_own(call: Call) -> Answer:
    """End one of the caller's."""
    return revoke(call.with_args(id=sight.SELF, token=call.args["id"]))


def revoke_all(call: Call) -> Answer:
    """End all tokens of the user of the path."""
    given.only(call.body)
    account = owner(call)
    found = call.container.factors.personal.live(account.id, call.now)
    _revoke(call, account, found)
    return {"info": f"{len(found)} personal token{'' if len(found) == 1 else 's'} revoked"}


def revoke_all_own(call: Call) -> Answer:
    """End all of the caller's."""
    return revoke_all(call.with_args(id=sight.SELF))


def owner(call: Call) -> Account:
    """The user of the path: the caller, or somebody whose account the caller may change.

    :raises Denied: a right is missing.
    """
    text = call.args["id"]
    if text == sight.SELF:
        return sight.required_user(call, text)
    account = sight.user(call, text)
    if account is not None and account.id == call.principal.id:
        return account
    call.require(USER_MANAGER)
    account = sight.required_user(call, text)
    user_rights.require_over(call, account)
    return account


def _limits(call: Call) -> Limits:
    name = given.text(call.body.get("name", ""), "name", MAX_NAME)
    if not name or not name.isprintable():
        raise BadRequest("name is missing: say in a line what the token is for")
    read_only = given.flag(call.body.get("read_only", False), "read_only")
    return Limits(name, read_only, _registries(call, call.body.get("registries")))


def _registries(call: Call, value: Any) -> frozenset[int] | None:
    """The registries of a body: a list, or a text with commas, of ids and services."""
    if value is None:
        return None
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts:
        raise BadRequest("registries is no list of ids or services: leave it out for all of them")
    if len(texts) > MOST_REGISTRIES:
        raise BadRequest(f"registries has more than {MOST_REGISTRIES} members")
    found = set()
    for one in texts:
        text = given.text(one, "registries")
        registry = docker_sight.registry(call, text)
        if registry is None:
            raise BadRequest(f"there is no registry {text[:64]!r}, or none that you see")
        found.add(registry.id)
    return frozenset(found)


def _revoke(call: Call, account: Account, tokens: list[Personal]) -> None:
    call.container.factors.personal.revoke(tokens, call.now)
    for one in tokens:
        details = {"id": one.id, "name": one.limits.name, "login": account.login,
                   "address": call.came.address}
        fmt = "personal token %(id)s (%(name)s) of %(login)s revoked"
        record(call, audit.PERSONAL_REVOKED, fmt, details)


_RIGHT = (
    "Of others you need the privilege UserManager, and all privileges that the user holds; a"
    " Manager may always."
)
_SHOWN = "The tokens themselves are not stored, and never shown."
_PATH = "/users/self/personal_tokens"

ROUTES = (
    Route(
        "GET", _PATH, list_own, ("List your personal tokens.", _SHOWN),
        LIST_PARAMS, shape=PERSONAL_TOKEN.columns, many=True,
    ),
    Route(
        "POST", _PATH, create,
        ("Create a personal token; it is shown this once.",
         "It takes the place of your password with docker login, docker search and this API, where"
         " it may be sent as Authorization: Bearer too.  It signs nobody in, and changes neither"
         " passwords nor tokens.  A token for some registries is for docker only.",
         "It lives on when your password changes, and is of no use while your account is blocked."),
        members=(
            Member("name", "What it is for; no other live token of yours has it.", required=True),
            Member("days", "How long it lives; 90 if not given.", "integer"),
            Member("read_only", "Whether it is for reading only.", "boolean"),
            Member("registries", "The registries it is for, by id or service, as a list or"
                   " separated by commas; all if not given.", "json"),
        ),
        person=True,
        examples=("# curl -u %(email)s -d name=ci -d days=30 -d read_only=true"
                  " https://%(collector)s/init/rest/api/users/self/personal_tokens",),
    ),
    Route("DELETE", _PATH, revoke_all_own, ("Revoke all your personal tokens.",), person=True),
    Route(
        "DELETE", f"{_PATH}/<id>", revoke_own, ("Revoke one of your personal tokens.",),
        person=True,
    ),
    Route(
        "GET", "/users/<id>/personal_tokens", list_of,
        ("List the personal tokens of a user.", _RIGHT, _SHOWN),
        LIST_PARAMS, shape=PERSONAL_TOKEN.columns, many=True,
    ),
    Route(
        "DELETE", "/users/<id>/personal_tokens", revoke_all,
        ("Revoke all personal tokens of a user.", _RIGHT), person=True,
    ),
    Route(
        "DELETE", "/users/<id>/personal_tokens/<token>", revoke,
        ("Revoke a personal token of a user.", _RIGHT), person=True,
    ),
)
