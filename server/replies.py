"""Answers of our own server, and what every answer has."""

from __future__ import annotations

import json
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from applications.init.modules.registries.web.message import Reply

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]
"""Status line, headers, body."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})
SECURITY: Headers = [
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

_CROWDED = ("Service Unavailable", "UNAVAILABLE", "too many logins wait for a directory")


def replied(reply: Reply) -> Answer:
    """A reply of our own code."""
    phrase = HTTPStatus(reply.status).phrase
    # The collector's screens know a session that is over by these capitals.
    status = f"{reply.status} {phrase.upper() if reply.status == 401 else phrase}"
    headers = [("Content-Type", reply.content_type), *reply.headers]
    names = {name.lower() for name, _ in headers}
    return status, headers + [h for h in SECURITY if h[0].lower() not in names], reply.body


def known(code: int) -> int:
    """The status that is told for one of the framework's."""
    if code in _ERRORS:
        return code
    return 404 if code < 500 else 500


def error(code: int, log_id: str = "") -> Answer:
    """One of the errors that have words here, with where it is in the log."""
    reason, name, message = _ERRORS[code]
    if code == 500 and log_id:
        message = f"{message}; it is in the log as {log_id}"
    return worded(code, reason, name, message)


def worded(code: int, reason: str, name: str, message: str) -> Answer:
    """An error in the form that docker prints."""
    value = {"errors": [{"code": name, "message": message, "detail": None}]}
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Cache-Control", "no-store"),
        *SECURITY,
    ]
    if code == 405:
        headers.append(("Allow", ", ".join(sorted(METHODS))))
    return f"{code} {reason}", headers, json.dumps(value).encode()


def crowded() -> Answer:
    """More logins wait for a directory than may."""
    status, headers, body = worded(503, *_CROWDED)
    return status, [*headers, ("Retry-After", "5")], body


def whole(status: str, headers: Headers, body: bytes, without_body: bool) -> bytes:
    """A whole answer of HTTP/1.1, after which the connection ends."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
    lines += [f"Date: {formatdate(usegmt=True)}", "Connection: close"]
    if not without_body:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
    return head if without_body else head + body
