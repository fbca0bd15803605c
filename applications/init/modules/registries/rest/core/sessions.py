"""The sessions of browsers of one's own: where one is signed in, and ending it from elsewhere."""

from __future__ import annotations

from ... import audit
from ...errors import Denied, NotFound
from ...login.sessions import digest
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import Condition, all_of
from ..listing import Resource, Source
from ..routes import Route


def _column(name: str, kind: Kind, description: str) -> Column:
    return Column(name, f"n.{name}", kind, description, "sessions")


SESSION = Resource(
    "sessions",
    (
        _column("id", Kind.ID, "The unique id of the session."),
        _column("address", Kind.TEXT, "The address it was signed in from."),
        _column("created", Kind.TIME, "When."),
        _column("last_used", Kind.TIME, "When it was last used, within a minute."),
        Column("current", "n.current", Kind.BOOLEAN, "Whether it is the one of this request.",
               "sessions"),
    ),
)


def list_sessions(call: Call) -> Answer:
    """The caller's sessions that are not over; never their cookies."""
    idle = call.container.sessions.idle_seconds
    live = Condition(
        "n.user_id = ? AND n.credential = ? AND n.expires > ? AND n.last_used > ?",
        (_user(call), call.caller.credential, int(call.now), int(call.now) - idle),
    )
    current = "SELECT s.*, CASE WHEN s.digest = ? THEN 'T' ELSE 'F' END AS current"
    sql = f"({current} FROM registry_sessions s) n"
    source = Source(sql, all_of([live]), values=(digest(call.came.session),))
    return listing.listing(call, SESSION, source)


def end(call: Call) -> Answer:
    """End one of the caller's sessions.

    :raises NotFound: the caller has no such session.
    """
    given.only(call.body)
    id_ = call.id()
    if not call.container.sessions.close_one(_user(call), id_):
        raise NotFound(f"you have no session {id_}")
    _record(call, 1)
    return {"info": f"session {id_} is over"}


def end_others(call: Call) -> Answer:
    """End all of the caller's sessions but the one of this request."""
    given.only(call.body)
    count = call.container.sessions.close_others(_user(call), call.came.session)
    if count:
        _record(call, count)
    return {"info": f"{count} other session{'' if count == 1 else 's'} ended"}


def _user(call: Call) -> int:
    if call.principal.id is None:
        raise Denied("only people sign in")
    return call.principal.id


def _record(call: Call, count: int) -> None:
    details = {"login": call.caller.login, "count": count, "address": call.came.address}
    fmt = "%(login)s ended %(count)s session(s) from %(address)s"
    audit.write(
        call.db, audit.Entry(audit.LOGOUT, call.caller.log_user, fmt, details), call.now
    )


ROUTES = (
    Route(
        "GET", "/users/self/sessions", list_sessions,
        ("List where you are signed in with a browser.",),
        LIST_PARAMS, shape=SESSION.columns, many=True,
    ),
    Route(
        "DELETE", "/users/self/sessions", end_others,
        ("End all your sessions of browsers, but the one of this request.",),
        person=True,
    ),
    Route(
        "DELETE", "/users/self/sessions/<id>", end,
        ("End one of your sessions of browsers.",),
        person=True,
    ),
)
