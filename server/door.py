"""The WSGI door: what comes in is capped and checked, what goes out is proper.

The framework sees no request body (it would spool and parse any size), no
other application than ours, and no session on stateless routes; its HTML
errors become JSON.  Our code reads ``collector.input`` with caps of its own.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from typing import Any

from applications.init.modules.registries import logs

from .framework import Wsgi

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

_PREFIX = "/init/"
_HIDDEN = ("/init/appadmin",)
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
_CODES = {404: "NAME_UNKNOWN", 405: "UNSUPPORTED", 400: "UNSUPPORTED"}
_MESSAGES = {
    400: "the request is malformed",
    404: "there is nothing at this address",
    405: "this method is not known here",
}
_DRAIN = 1_048_576
_REASONS = {400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
            500: "Internal Server Error"}


class Door:
    """A WSGI application around the framework's."""

    def __init__(self, framework: Wsgi) -> None:
        self._framework = framework

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        status, headers, body = self._answer(environ)
        _drain(environ)
        headers.append(("Content-Length", str(len(body))))
        start_response(status, headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]

    def _answer(self, environ: Environ) -> tuple[str, Headers, bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(_PREFIX) or path.startswith(_HIDDEN):
            return _error(404)
        if environ.get("REQUEST_METHOD") not in _METHODS:
            return _error(405)
        _take_body(environ)
        environ["web2py_disable_session"] = True
        environ["web2py_disable_garbage_collect"] = True
        environ.pop("HTTP_COOKIE", None)
        try:
            return self._ask_framework(environ)
        except Exception as error:
            log_id = logs.unexpected(error, "framework")
            return _error(500, f"something went wrong; it is in the log as {log_id}")

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
        if code >= 300 and not _is_ours(headers):
            return _error(code if code in _REASONS else 404 if code < 500 else 500)
        kept = [(k, v) for k, v in headers if k.lower() not in _DROPPED]
        return status, kept + _SECURITY, body


def _is_ours(headers: Headers) -> bool:
    """Tell our own answers from the framework's HTML errors and redirects."""
    kind = next((v for k, v in headers if k.lower() == "content-type"), "")
    return kind.startswith("application/")


def _error(code: int, message: str = "") -> tuple[str, Headers, bytes]:
    text = message or _MESSAGES.get(code, "something went wrong")
    value = {"errors": [{"code": _CODES.get(code, "UNKNOWN"), "message": text, "detail": None}]}
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Cache-Control", "no-store"),
        *_SECURITY,
    ]
    if code == 405:
        headers.append(("Allow", ", ".join(sorted(_METHODS))))
    return f"{code} {_REASONS[code]}", headers, json.dumps(value).encode()


def _take_body(environ: Environ) -> None:
    environ["collector.input"] = environ.get("wsgi.input") or io.BytesIO()
    environ["collector.length"] = environ.get("CONTENT_LENGTH") or ""
    environ["wsgi.input"] = io.BytesIO()
    environ.pop("CONTENT_LENGTH", None)


def _drain(environ: Environ) -> None:
    """Read on for a while: closing on unread data resets the connection under the answer."""
    source = environ.get("collector.input") or environ.get("wsgi.input")
    if source is None or environ.get("REQUEST_METHOD") not in ("POST", "PUT", "DELETE"):
        return
    left = _DRAIN
    try:
        while left > 0:
            piece = source.read(min(left, 65_536))
            if not piece:
                return
            left -= len(piece)
    except Exception:
        return
