"""The WSGI door: what comes in is checked, what goes out is proper.

The framework sees no request body (it would spool and parse any size), no
other application than ours, and no session; its HTML errors become JSON.
Our code reads ``collector.input`` with caps of its own.
"""

from __future__ import annotations

import re
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from applications.init.modules.registries import logs, metrics
from applications.init.modules.registries.errors import CollectorError
from applications.init.modules.registries.login.waiting import Waits, allowed, forbidden

from . import bodies, live, waiting
from .framework import Wsgi
from .replies import (
    METHODS,
    SECURITY,
    Answer,
    Headers,
    crowded,
    error,
    known,
    replied,
    whole,
    worded,
)

if TYPE_CHECKING:
    from applications.init.modules.registries.web.live import Stream
    from applications.init.modules.registries.web.message import Reply

Environ = dict[str, Any]
Direct = Callable[["Environment"], "Reply"]
"""Answers one exact path without the framework."""

_PREFIX = "/init/"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
# The framework's database browser, and its _TEST, which runs a controller's doctests;
# static files have a version that begins like it.
_HIDDEN = re.compile(r"/init/(appadmin|(?!static/_\d+\.\d+\.\d+/[a-z])[^/]*/+_)")
# The framework decodes a path once more, and opens files by it.
_ODD = re.compile(r"[\x00-\x20\x7f%\\]")
_DROPPED = frozenset(
    {"x-powered-by", "set-cookie", "content-length", "expires", "web2py_error", "server"}
)
_FULL = ("Service Unavailable", "UNAVAILABLE", "too many pages wait for changes")


class Door:
    """A WSGI application around the framework's.

    :param direct: endpoints of exact paths that skip the framework.
    :param below: endpoints of all that is below a path.
    """

    def __init__(
        self,
        framework: Wsgi,
        direct: Mapping[str, Direct] | None = None,
        below: Mapping[str, Direct] | None = None,
    ) -> None:
        self._framework = framework
        self._direct = direct or {}
        self._below = below or {}

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        room = waiting.current()
        if room is None or environ.get("gunicorn.socket") is None:
            status, headers, body = self._counted(environ)
        else:
            status, headers, body = self._answer_without_waiting(environ, room)
        if environ.get("REQUEST_METHOD") == "HEAD":
            # The framework leaves the body out, so how long it would be is not known.
            start_response(status, headers)
            return []
        headers.append(("Content-Length", str(len(body))))
        start_response(status, headers)
        return [body]

    def _answer_without_waiting(
        self, environ: Environ, room: waiting.Room
    ) -> Answer:
        """Answer, or give the connection to a thread that may wait.

        :raises Detached: it is given.
        """
        if self._find(environ.get("PATH_INFO", "")) is None:
            with allowed(room.baton, serving=True):  # the framework would take Waits for an error
                return self._counted(environ)
        try:
            with forbidden(room.baton):
                return self._counted(environ)
        except Waits:
            pass

        def later(connection: socket.socket, in_time: bool) -> bytes:
            environ["gunicorn.socket"] = connection  # the worker has closed its own
            try:
                found = self._counted(environ) if in_time else crowded()
            except live.Detached:
                return b""
            return whole(*found, without_body=_is_head(environ))

        try:
            environ["collector.input"].keep()
        except CollectorError as wrong:
            return worded(wrong.status, HTTPStatus(wrong.status).phrase, wrong.code, str(wrong))
        try:
            room.take(environ["gunicorn.socket"], later)
        except waiting.Crowded:
            return crowded()
        raise live.Detached

    def _counted(self, environ: Environ) -> Answer:
        """Answer under an id, and count it; what waited has its id, and its time, from before."""
        begin = environ.setdefault("collector.begin", time.monotonic())
        request_id = environ.setdefault("collector.request_id", _request_id(environ))
        with logs.within(request_id):
            status, headers, body = self._answer(environ)
        method = environ.get("REQUEST_METHOD", "")
        metrics.request(
            self._route(environ.get("PATH_INFO", "")),
            method if method in METHODS else "other",
            int(status[:3]),
            time.monotonic() - begin,
        )
        return status, [*headers, ("X-Request-Id", request_id)], body

    def _route(self, path: str) -> str:
        """Which of our routes a path is, for counting: never the path itself."""
        if path in self._direct:
            return path
        found = next((r for r in self._below if path == r or path.startswith(f"{r}/")), "")
        return found or ("static" if path.startswith("/init/static/") else "other")

    def _answer(self, environ: Environ) -> Answer:
        path = environ.get("PATH_INFO", "")
        direct = self._find(path)
        if direct is not None:
            return self._answer_directly(direct, environ)
        if not path.startswith(_PREFIX) or _HIDDEN.match(path) or _ODD.search(path):
            return error(404)
        if environ.get("REQUEST_METHOD") not in METHODS:
            return error(405)
        environ["web2py_disable_session"] = True
        environ["web2py_disable_garbage_collect"] = True
        environ["collector.cookie"] = environ.pop("HTTP_COOKIE", "")
        # Files are sent whole: the framework's ranges reach outside of them.
        environ.pop("HTTP_RANGE", None)
        try:
            bodies.take(environ)
            return self._ask_framework(environ)
        except Exception as unexpected:
            return error(500, logs.unexpected(unexpected, "framework"))

    def _find(self, path: str) -> Direct | None:
        found = self._direct.get(path)
        if found is not None:
            return found
        return next(
            (d for root, d in self._below.items() if path == root or path.startswith(f"{root}/")),
            None,
        )

    def _answer_directly(self, direct: Direct, environ: Environ) -> Answer:
        if environ.get("REQUEST_METHOD") not in METHODS:
            return error(405)
        streams = live.current()
        environ["collector.streams"] = streams is not None
        try:
            bodies.take(environ)
            reply = direct(Environment(environ))
            status, headers, body = replied(reply)
        except Exception as unexpected:
            return error(500, logs.unexpected(unexpected, "door"))
        if streams is None or not live.is_stream(reply) or _is_head(environ):
            return status, headers, body
        return _detached(streams, environ, reply, headers)

    def _ask_framework(self, environ: Environ) -> Answer:
        started: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> None:
            started[:] = [(status, headers)]

        pieces = self._framework(environ, start)
        try:
            body = b"".join(pieces)
        finally:
            close = getattr(pieces, "close", None)
            if close:
                close()
        status, headers = started[0]
        code = int(status[:3])
        names = {name.lower(): value for name, value in headers}
        if code >= 300 and code != 304 and not _is_ours(names):
            return error(known(code), names.get("web2py_error", "").rpartition(" ")[2])
        kept = [(name, value) for name, value in headers if name.lower() not in _DROPPED]
        kept += [(name, value) for name, value in SECURITY if name.lower() not in names]
        return status, kept, body


def _request_id(environ: Environ) -> str:
    """The id that a proxy gave, where it is one; else a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _is_head(environ: Environ) -> bool:
    return environ.get("REQUEST_METHOD") == "HEAD"


def _detached(
    streams: live.Streams, environ: Environ, reply: Reply, headers: Headers
) -> Answer:
    """Give the connection to who keeps streams, or say that there are too many.

    :raises Detached: it is given.
    """
    try:
        streams.take(environ["gunicorn.socket"], cast("Stream", reply), live.head(headers))
    except live.Full:
        status, headers, body = worded(503, *_FULL)
        return status, [*headers, ("Retry-After", "30")], body
    raise live.Detached


class Environment:
    """A WSGI environment under web2py's spelling of its keys, without copying it."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key such as ``http_authorization`` or ``collector_input``."""
        if key.startswith(("collector_", "wsgi_")):
            return self._environ.get(key.replace("_", ".", 1), default)
        return self._environ.get(key.upper(), default)


def _is_ours(headers: dict[str, str]) -> bool:
    """Tell our own answers from the framework's HTML errors and redirects, which set no policy."""
    is_json = headers.get("content-type", "").startswith("application/")
    return is_json or "content-security-policy" in headers
