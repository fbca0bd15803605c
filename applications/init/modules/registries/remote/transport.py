"""One exchange with a registry: to pinned addresses, over a connection per thread."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import weakref
from collections.abc import Mapping
from typing import Any

from .addresses import AddressPolicy
from .answer import Answer, read_body
from .connect import Where, connect, tls_context
from .failures import BadAnswer, RemoteError, Unreachable, Untrusted, printable
from .place import Place, Resolve, Target, locate, pin
from .wire import Clock, TimeIsUp, Timeouts, Wire

_STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
_EXPECTED = (OSError, http.client.HTTPException, ValueError, BadAnswer)


class Transport:
    """Connections to one registry; thread-safe, but ``close`` is for when nobody asks any more.

    :param resolve: as ``socket.getaddrinfo``; what it answered first holds for ever.
    """

    def __init__(
        self,
        target: Target,
        policy: AddressPolicy,
        timeouts: Timeouts,
        clock: Clock,
        resolve: Resolve,
    ) -> None:
        self._target = target
        self._policy = policy
        self._timeouts = timeouts
        self._clock = clock
        self._resolve = resolve
        self._lock = threading.Lock()
        self._pinned: Where | None = None
        self._mine = threading.local()
        self._all: weakref.WeakSet[_Connection] = weakref.WeakSet()

    def place(self) -> Place:
        """Where the registry is, after its addresses were judged.

        :raises AddressRefused: url or addresses are outside the policy.
        :raises Unreachable: its name can't be resolved, or the ``ca_file`` not be read.
        """
        return self._where().place

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], deadline: float, limit: int
    ) -> Answer:
        """Make one request, over this thread's connection.

        A connection that the registry closed meanwhile is replaced once; a request
        that changes something gets a new one, as nobody could tell if it was done.

        :param path: below the url's prefix, from its slash.
        :param deadline: by the clock; everything has to be over then.
        :param limit: bytes of the body.
        :raises Unreachable: no whole answer came.
        :raises BadAnswer: what came is not HTTP, too large, or encoded.
        """
        where = self._where()
        if method not in ("GET", "HEAD"):
            self._drop()
        connection: _Connection | None = getattr(self._mine, "connection", None)
        try:
            if connection is not None and not connection.is_stale():
                try:
                    return self._exchange(connection, method, path, headers, deadline, limit)
                except _STALE:
                    pass
            connection = self._connect(where, deadline)
            return self._exchange(connection, method, path, headers, deadline, limit)
        except _EXPECTED as error:
            raise _named(error, where.place) from None

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for connection in self._all:
                connection.wire.shut()

    def _where(self) -> Where:
        with self._lock:
            if self._pinned is None:
                place = locate(self._target.url)
                pins = pin(place, self._target.insecure, self._policy, self._resolve)
                context = tls_context(self._target) if place.tls else None
                self._pinned = Where(place, pins, context)
            return self._pinned

    def _connect(self, where: Where, deadline: float) -> _Connection:
        self._drop()
        sock = connect(where, lambda: min(self._timeouts.connect, deadline - self._clock()))
        connection = _Connection(where.place, Wire(sock, self._timeouts, self._clock))
        self._mine.connection = connection
        with self._lock:
            self._all.add(connection)
        return connection

    def _drop(self) -> None:
        connection: _Connection | None = getattr(self._mine, "connection", None)
        if connection is not None:
            self._mine.connection = None
            connection.wire.shut()

    def _exchange(
        self,
        connection: _Connection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        deadline: float,
        limit: int,
    ) -> Answer:
        try:
            connection.wire.expect(deadline, limit)
            connection.request(method, connection.place.prefix + path, headers=headers)
            response = connection.getresponse()
            body = read_body(response, limit)
        except BaseException:
            self._drop()
            raise
        if body is None or response.will_close or response.status < 200:
            self._drop()
        return Answer(response.status, response.headers, body or b"")


class _Connection(http.client.HTTPConnection):
    """A connection that is there already and is never opened again."""

    auto_open = 0

    def __init__(self, place: Place, wire: Wire) -> None:
        super().__init__(place.host, place.port)
        self.place = place
        self.wire = wire
        self.sock: Any = wire

    def is_stale(self) -> bool:
        return self.sock is None or self.wire.is_stale()


def _named(error: Exception, place: Place) -> RemoteError:
    """An error as one of ours, with the registry's name in it."""
    if isinstance(error, BadAnswer):
        return BadAnswer(f"{place.name}: {error}")
    if isinstance(error, ssl.SSLCertVerificationError):
        why = printable(error.verify_message)
        return Untrusted(f"{place.name}: its certificate is not accepted: {why}")
    if isinstance(error, http.client.IncompleteRead):
        return Unreachable(f"{place.name}: the answer ended too early")
    if isinstance(error, TimeIsUp):
        return Unreachable(f"{place.name}: {error}")
    if isinstance(error, OSError):
        return Unreachable(f"{place.name} can't be reached: {_reason(error)}")
    return BadAnswer(f"{place.name}: the answer is not HTTP ({type(error).__name__})")


def _reason(error: OSError) -> str:
    if isinstance(error, socket.timeout):
        return "it does not answer in time"
    if isinstance(error, ssl.SSLError):
        return f"no TLS ({printable(error.reason or 'unknown reason')})"
    if isinstance(error, http.client.RemoteDisconnected):
        return "it closed the connection without an answer"
    return printable(error.strerror or type(error).__name__)
