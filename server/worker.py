"""A gunicorn worker that waits for nobody, and whose protocol errors are JSON.

A sync worker serves one connection at a time, so whoever keeps it waiting keeps
it from everybody else: a request has to arrive in time, and a connection whose
answer is sent is closed at once.
"""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn.http import errors
from gunicorn.http.parser import RequestParser
from gunicorn.workers.sync import SyncWorker

from applications.init.modules.registries import logs

from . import live

REQUEST_SECONDS = 15.0
"""How long a request may take to arrive, body included, and an answer to leave."""

_FIRST_SECONDS = 1.0
"""How long its first bytes may take; the kernel has waited for them before."""

_LINGER_SECONDS = 2.0
_LINGER_BYTES = 1_048_576

_ANSWERS = (
    (errors.LimitRequestLine, "414 URI Too Long", "the request line is too long"),
    (
        errors.LimitRequestHeaders,
        "431 Request Header Fields Too Large",
        "the headers are too many, or too long",
    ),
    (
        errors.UnsupportedTransferCoding,
        "501 Not Implemented",
        "this transfer coding is not known here",
    ),
    (errors.ParseException, "400 Bad Request", "the request is malformed"),
)


class CollectorWorker(SyncWorker):  # type: ignore[misc]
    """The sync worker; one request at a time, as web2py's thread-locals like it."""

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve one connection: one request, then close."""
        request = None
        try:
            incoming = Incoming(client, REQUEST_SECONDS, _FIRST_SECONDS)
            request = next(RequestParser(self.cfg, incoming, addr))
            client.settimeout(REQUEST_SECONDS)
            self.handle_request(listener, request, client, addr)
        except (StopIteration, errors.NoMoreData, OSError):
            pass  # the client went away, or kept us waiting
        except live.Detached:
            client.close()  # what goes on has a descriptor of its own
            return
        except Exception as error:
            self.handle_error(request, client, addr, error)
        finally:
            close(client, expected=_body_left(request))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what never reached the application, without echoing any of it."""
        if req is None:
            for kind, status, message in _ANSWERS:
                if isinstance(exc, kind):
                    return _refuse(client, status, "UNSUPPORTED", message)
        message = f"something went wrong; it is in the log as {logs.unexpected(exc, 'server')}"
        return _refuse(client, "500 Internal Server Error", "UNKNOWN", message)


class Incoming:
    """A client's socket, as far as a parser reads it, with one deadline for all of it.

    :param seconds: for everything that is received.
    :param first: for the first bytes; as long as for everything when not given.
    """

    def __init__(self, client: socket.socket, seconds: float, first: float | None = None) -> None:
        self._client = client
        self._deadline = time.monotonic() + seconds
        self._longest = seconds if first is None else first

    def recv(self, size: int) -> bytes:
        """Receive what is there, or wait for it until the deadline.

        :raises TimeoutError: the deadline has passed.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request did not arrive in time")
        self._client.settimeout(min(left, self._longest))
        data = self._client.recv(size)
        self._longest = left
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def close(client: socket.socket, expected: bool = False) -> None:
    """Close a connection, after reading what its client still sends.

    Closing on unread data would reset the connection, and the answer with it.

    :param expected: more is to come, even if nothing is there yet.
    """
    with suppress(OSError):
        client.setblocking(False)
        if expected or _has_unread(client):
            _linger(client)
    client.close()


def _body_left(request: Any) -> bool:
    """Tell whether nobody has read all of a body whose length was announced."""
    return request is not None and getattr(request.body.reader, "length", 0) > 0


def _has_unread(client: socket.socket) -> bool:
    try:
        return bool(client.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


def _linger(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)
    incoming, left = Incoming(client, _LINGER_SECONDS), _LINGER_BYTES
    while left > 0:
        data = incoming.recv(min(left, 65_536))
        if not data:
            return
        left -= len(data)


def _refuse(client: Any, status: str, code: str, message: str) -> None:
    body = json.dumps({"errors": [{"code": code, "message": message, "detail": None}]})
    answer = (
        f"HTTP/1.1 {status}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        "Content-Type: application/json; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    with suppress(OSError):
        client.settimeout(REQUEST_SECONDS)
        client.sendall(answer.encode())
