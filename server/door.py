"""The WSGI door: what comes in is checked, what goes out is proper.

The framework sees no request body (it would spool and parse any size), no
other application than ours, and no session; its HTML errors become JSON.
Our code reads ``collector.input`` with caps of its own.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from applications.init.modules.registries import logs
from applications.init.modules.registries.errors import BadRequest

from . import live
from .framework import Wsgi

if TYPE_CHECKING:
    from applications.init.modules.registries.web.live import Stream
    from applications.init.modules.registries.web.message import Reply

Environ = dict[str, Any]
Direct = Callable[["Environment"], "Reply"]
"""Answers one exact path without the framework."""
Headers = list[tuple[str, str]]

_PREFIX = "/init/"
# The framework's database browser, and its _TEST, which runs a controller's doctests;
# static files have a version that begins like it.
_HIDDEN = re.compile(r"/init/(appadmin|(?!static/_\d+\.\d+\.\d+/[a-z])[^/]*/+_)")
# The framework decodes a path once more, and opens files by it.
_ODD = re.compile(r"[\x00-\x20\x7f%\\]")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})
_DROPPED = frozenset(
    {"x-powered-by", "set-cookie", "content-length", "expires", "web2py_error", "server"}
)
_SECURITY: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]
_ERRORS = {
    400: ("Bad Request", "UNSUPPORTED", "the request is malformed"),
    404: ("Not Found", "NAME_UNKNOWN", "there is nothing at this address"),
    405: ("Method Not Allowed", "UNSUPPORTED", "this method is not known here"),
    500: ("Internal Server Error", "UNKNOWN", "something went wrong"),
}

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
        status, headers, body = self._answer(environ)
        if environ.get("REQUEST_METHOD") == "HEAD":
            # The framework leaves the body out, so how long it would be is not known.
            start_response(status, headers)
            return []
        headers.append(("Content-Length", str(len(body))))
        start_response(status, headers)
        return [body]

    def _answer(self, environ: Environ) -> tuple[str, Headers, bytes]:
        path = environ.get("PATH_INFO", "")
        direct = self._find(path)
        if direct is not None:
            return self._answer_directly(direct, environ)
        if not path.startswith(_PREFIX) or _HIDDEN.match(path) or _ODD.search(path):
            return _error(404)
        if environ.get("REQUEST_METHOD") not in _METHODS:
            return _error(405)
        environ["web2py_disable_session"] = True
        environ["web2py_disable_garbage_collect"] = True
        environ["collector.cookie"] = environ.pop("HTTP_COOKIE", "")
        # Files are sent whole: the framework's ranges reach outside of them.
        environ.pop("HTTP_RANGE", None)
        try:
            _take_body(environ)
            return self._ask_framework(environ)
        except Exception as error:
            return _error(500, logs.unexpected(error, "framework"))

    def _find(self, path: str) -> Direct | None:
        found = self._direct.get(path)
        if found is not None:
            return found
        return next(
            (d for root, d in self._below.items() if path == root or path.startswith(f"{root}/")),
            None,
        )

    def _answer_directly(self, direct: Direct, environ: Environ) -> tuple[str, Headers, bytes]:
        if environ.get("REQUEST_METHOD") not in _METHODS:
            return _error(405)
        streams = live.current()
        environ["collector.streams"] = streams is not None
        try:
            _take_body(environ)
            reply = direct(Environment(environ))
            status, headers, body = _replied(reply)
        except Exception as error:
            return _error(500, logs.unexpected(error, "door"))
        if streams is None or not live.is_stream(reply) or _is_head(environ):
            return status, headers, body
        return _detached(streams, environ, reply, headers)

    def _ask_framework(self, environ: Environ) -> tuple[str, Headers, bytes]:
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
            return _error(_known(code), names.get("web2py_error", "").rpartition(" ")[2])
        kept = [(name, value) for name, value in headers if name.lower() not in _DROPPED]
        kept += [(name, value) for name, value in _SECURITY if name.lower() not in names]
        return status, kept, body


def _is_head(environ: Environ) -> bool:
    return environ.get("REQUEST_METHOD") == "HEAD"


def _detached(
    streams: live.Streams, environ: Environ, reply: Reply, headers: Headers
) -> tuple[str, Headers, bytes]:
    """Give the connection to who keeps streams, or say that there are too many.

    :raises Detached: it is given.
    """
    try:
        streams.take(environ["gunicorn.socket"], cast("Stream", reply), live.head(headers))
    except live.Full:
        status, headers, body = _worded(503, *_FULL)
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


def _replied(reply: Reply) -> tuple[str, Headers, bytes]:
    phrase = HTTPStatus(reply.status).phrase
    # The collector's screens know a session that is over by these capitals.
    status = f"{reply.status} {phrase.upper() if reply.status == 401 else phrase}"
    headers = [("Content-Type", reply.content_type), *reply.headers]
    names = {name.lower() for name, _ in headers}
    return status, headers + [h for h in _SECURITY if h[0].lower() not in names], reply.body


class Body:
    """The request's body; ``read`` gives what the server gives, or a proper error.

    :param length: bytes that were announced, or none when chunked.
    """

    def __init__(self, source: Any, length: int | None) -> None:
        self._source = source
        self._left = length

    def read(self, size: int) -> bytes:
        """Read up to ``size`` bytes; fewer only at the end.

        :raises BadRequest: badly chunked, too slow, or shorter than announced.
        """
        wanted = size if self._left is None else min(size, self._left)
        try:
            data: bytes = self._source.read(wanted)
        except Exception:
            raise BadRequest("the body can't be read") from None
        if self._left is not None:
            self._left -= len(data)
            if len(data) < wanted:
                raise BadRequest("the body ended early")
        return data


def _is_ours(headers: dict[str, str]) -> bool:
    """Tell our own answers from the framework's HTML errors and redirects, which set no policy."""
    is_json = headers.get("content-type", "").startswith("application/")
    return is_json or "content-security-policy" in headers


def _known(code: int) -> int:
    if code in _ERRORS:
        return code
    return 404 if code < 500 else 500


def _error(code: int, log_id: str = "") -> tuple[str, Headers, bytes]:
    reason, name, message = _ERRORS[code]
    if code == 500 and log_id:
        message = f"{message}; it is in the log as {log_id}"
    return _worded(code, reason, name, message)


def _worded(code: int, reason: str, name: str, message: str) -> tuple[str, Headers, bytes]:
    value = {"errors": [{"code": name, "message": message, "detail": None}]}
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Cache-Control", "no-store"),
        *_SECURITY,
    ]
    if code == 405:
        headers.append(("Allow", ", ".join(sorted(_METHODS))))
    return f"{code} {reason}", headers, json.dumps(value).encode()


def _take_body(environ: Environ) -> None:
    """Keep the body for our own code; the framework gets an empty one."""
    source = environ.get("wsgi.input") or io.BytesIO()
    announced = environ.pop("CONTENT_LENGTH", "")
    environ["collector.length"] = announced
    length = int(announced) if announced.isdecimal() else None
    environ["collector.input"] = Body(source, length)
    environ["wsgi.input"] = io.BytesIO()
