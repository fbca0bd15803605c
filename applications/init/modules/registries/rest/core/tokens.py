"""Tokens of one's own for the REST API: instead of a password, in scripts."""

from __future__ import annotations

from ... import audit
from ...errors import BadRequest, Denied, NotFound
from ...login.identity import REST
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import Condition
from ..listing import Resource, Source
from ..routes import Member, Route

MAX_NAME = 128


def _column(name: str, kind: Kind, description: str) -> Column:
    return Column(name, f"k.{name}", kind, description, "tokens")


TOKEN = Resource(
    "tokens",
    (
        _column("id", Kind.ID, "The unique id of the token."),
        _column("client", Kind.TEXT, "Its name, or the client that asked for it."),
        _column("kind", Kind.TEXT, "Whose it is: a user's."),
        _column("registry_id", Kind.INTEGER, "The registry it is for; 0 for the REST API."),
        _column("created", Kind.TIME, "When it was given out."),
        _column("last_used", Kind.TIME, "When it was last used, within an hour."),
        _column("expires", Kind.TIME, "When it dies, if it is not used before."),
        _column("revoked", Kind.TIME, "When it was revoked."),
    ),
)


def list_tokens(call: Call) -> Answer:
    """The caller's identity tokens, for registries too; never the tokens themselves."""
    source = Source("registry_identity_tokens k", _own(call))
    return listing.listing(call, TOKEN, source)


def create(call: Call) -> Answer:
    """Give out a token for the REST API; it is shown this once.

    :raises Denied: the caller is no user, has come with a token itself, or they are off.
    """
    given.only(call.body, "name")
    user_id = _user(call)
    if call.came.by_token:
        raise Denied("a token gives no tokens: use the password")
    if not call.container.settings.identity_tokens:
        raise Denied("identity tokens are switched off in this collector")
    name = given.text(call.body.get("name", ""), "name", MAX_NAME)
    if not name:
        raise BadRequest("name is missing: say what the token is for")
    token = call.container.identities.create(call.caller, REST, name, call.now)
    id_ = call.db.rows(
        "SELECT MAX(id) FROM registry_identity_tokens WHERE user_id = ?", user_id
    )[0][0]
    _record(call, audit.IDENTITY_CREATED, "identity token %(id)s (%(name)s) given out",
            id_, name)
    data = {"id": id_, "name": name, "token": token}
    return {"data": data, "info": "keep the token: it is not shown again"}


def revoke(call: Call) -> Answer:
    """End one of the caller's tokens.

    :raises NotFound: it has no such live token.
    """
    given.only(call.body)
    user_id, id_ = _user(call), call.id()
    rows = call.db.rows(
        "SELECT client FROM registry_identity_tokens WHERE id = ? AND user_id = ?", id_, user_id
    )
    if not rows or not call.container.identities.revoke(id_, call.now):
        raise NotFound(f"you have no live token {id_}")
    name = str(rows[0][0])
    _record(call, audit.IDENTITY_REVOKED, "identity token %(id)s (%(name)s) revoked", id_, name)
    return {"info": f"token {id_} ({name}) revoked"}


def _user(call: Call) -> int:
    if call.principal.id is None:
        raise Denied("only people have tokens of their own")
    return call.principal.id


def _own(call: Call) -> Condition:
    # Those of an old password are dead.
    return Condition("k.user_id = ? AND k.credential = ?", (_user(call), call.caller.credential))


def _record(call: Call, action: str, fmt: str, id_: int, name: str) -> None:
    details = {"id": id_, "name": name, "address": call.came.address}
    audit.write(call.db, audit.Entry(action, call.caller.log_user, fmt, details), call.now)


ROUTES = (
    Route(
        "GET", "/users/self/tokens", list_tokens,
        ("List your identity tokens: those for this API, and those that clients such as docker"
         " keep for registries.", "The tokens themselves are not stored, and never shown."),
        LIST_PARAMS, shape=TOKEN.columns, many=True,
    ),
    Route(
        "POST", "/users/self/tokens", create,
        ("Create a token for this API; it is shown this once.",
         "It is sent as Authorization: Bearer, and has all your rights here, but for making"
         " tokens; no registry takes it.  It dies when it is revoked, when it is not used for"
         " long, and when your password changes."),
        members=(Member("name", "What it is for.", required=True),),
        person=True,
        examples=("# curl -u %(email)s -d name=backup"
                  " https://%(collector)s/init/rest/api/users/self/tokens",
                  "# curl -H 'Authorization: Bearer osvcreg_...'"
                  " https://%(collector)s/init/rest/api/docker/registries"),
    ),
    Route(
        "DELETE", "/users/self/tokens/<id>", revoke,
        ("Revoke one of your identity tokens, of whatever client.",),
        person=True,
    ),
)
