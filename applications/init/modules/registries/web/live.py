"""``/init/registry/live`` and ``changes``: screens learn that something changed, by its name only.

Who may see what is decided when they ask for it.  A page that only waits is no use of a session:
it does not keep it alive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import changes as queue
from ..errors import (
    BadRequest,
    CollectorError,
    MethodNotAllowed,
    NotImplementedHere,
    Unauthorized,
)
from ..login.sessions import COOKIE
from . import rest
from .message import Reply, Request, error_reply, json_reply

if TYPE_CHECKING:
    from ..container import Container

_HIDDEN = frozenset({"user_prefs_change"})
"""Events that are one person's own."""

_HEADERS = (("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"))


@dataclass(frozen=True)
class Stream(Reply):
    """An answer that goes on: the server hands its connection to whoever keeps streams.

    ``since`` is the last change that the client knows, ``session`` the cookie that must stay good.
    """

    since: int = 0
    session: str = ""
    owner: str = ""


def changes(request: Request, container: Container) -> Reply:
    """The names of events since a change, and from where to ask next; for who asks repeatedly."""
    try:
        return _changes(request, container)
    except CollectorError as error:
        return _refused(error, request)


def _changes(request: Request, container: Container) -> Reply:
    _reading(request)
    _identify(request, container)
    text = _since(request)
    with container.db.transaction():
        newest = queue.last(container.db)
        after = min(int(text or 0), newest)
        found = queue.latest(container.db, after) if text else []
        last = queue.settled(container.db, after, container.clock())
    return json_reply({"last": last, "events": names(found)})


def live(request: Request, container: Container) -> Reply:
    """A stream of the names of events, as browsers' EventSource reads it.

    Where the server can't keep a connection it is a 501, and ``changes`` tells.
    """
    try:
        return _live(request, container)
    except CollectorError as error:
        return _refused(error, request)


def _live(request: Request, container: Container) -> Reply:
    _reading(request)
    session, owner = _identify(request, container)
    if not request.streams:
        raise NotImplementedHere("this server keeps no streams: ask /init/registry/changes")
    text = request.header("Last-Event-ID") or _since(request)
    with container.db.transaction():
        last = queue.last(container.db)
        since = min(int(text), last) if _is_id(text) else queue.settled(
            container.db, 0, container.clock()
        )
    return Stream(200, b"", "text/event-stream; charset=utf-8", _HEADERS, since, session, owner)


def names(found: list[queue.Change]) -> list[str]:
    """The events of changes, each once, without those that are one person's."""
    return [event for event in dict.fromkeys(one.event for one in found) if event not in _HIDDEN]


def _refused(error: CollectorError, request: Request) -> Reply:
    """An error; browsers get no challenge, for which they would ask for a password by themselves.

    Scripts can't catch that window, and EventSource can't send ``X-Requested-With``.
    """
    reply = error_reply(error)
    if request.header("X-Requested-With") or request.header("Sec-Fetch-Mode"):
        kept = tuple(h for h in reply.headers if h[0] != "WWW-Authenticate")
        return replace(reply, headers=kept)
    return reply


def _reading(request: Request) -> None:
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed("only GET is known here")


def _identify(request: Request, container: Container) -> tuple[str, str]:
    """The session that has to stay good, if it is one, and who it is.

    :raises Unauthorized: nobody, or a session that is over.
    """
    cookie = request.cookie(COOKIE)[:512]
    if request.header("Authorization") or not cookie:
        return "", rest.authenticate(request, container).login
    with container.db.transaction():
        found = container.sessions.known(cookie, container.clock())
    if found is not None:
        address = request.address(container.settings.trusted_proxies)
        found = container.authenticator.of_today(found, address)
    if found is None:
        raise Unauthorized("the session is over: sign in again")
    return cookie, found.login


def _since(request: Request) -> str:
    text = request.lists().get("since", [""])[-1]
    if text and not _is_id(text):
        raise BadRequest("since is no number")
    return text


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
