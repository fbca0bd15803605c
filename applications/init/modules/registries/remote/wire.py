"""A connected socket with one deadline and one limit of bytes for all of an answer."""

from __future__ import annotations

import io
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .failures import BadAnswer

Clock = Callable[[], float]
"""Seconds that never go back, as ``time.monotonic``."""

_HEAD = 1_048_576
"""What headers and chunk sizes may add to a body; http.client bounds each of them."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for a whole request.

    ``whole`` goes for all tries of a request together.
    """

    connect: float = 5.0
    read: float = 10.0
    whole: float = 30.0


class TimeIsUp(OSError):
    """The whole request took too long; another try would too."""


class Wire:
    """A connection as ``http.client`` uses one, but nobody can make it wait or read for ever."""

    def __init__(self, sock: socket.socket, timeouts: Timeouts, clock: Clock) -> None:
        self._sock = sock
        self._read = timeouts.read
        self._clock = clock
        self._deadline = 0.0
        self._room = 0
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def expect(self, deadline: float, limit: int) -> None:
        """Start a request that ends by ``deadline`` and is answered by ``limit`` bytes."""
        self._deadline, self._room = deadline, limit + _HEAD

    def is_stale(self) -> bool:
        """Tell whether the other side closed it, or said something that nobody asked for."""
        return bool(self._poll.poll(0))

    def sendall(self, data: Any) -> None:
        """Send everything.

        :raises TimeIsUp: the deadline has passed.
        """
        self._limit_time()
        self._sock.sendall(data)

    def receive(self, buffer: Any) -> int:
        """Receive what is there, or wait for it.

        :raises TimeIsUp: the deadline has passed.
        :raises BadAnswer: the limit of bytes is passed.
        """
        self._limit_time()
        count = self._sock.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise BadAnswer("the answer is too large")
        return count

    def makefile(self, mode: str, *_: Any) -> io.BufferedReader:
        """The answer to one request, as a file."""
        return io.BufferedReader(_Answer(self), 16_384)

    def close(self) -> None:
        """Nothing: http.client closes its socket before it has read the last answer."""

    def shut(self) -> None:
        """Close the connection."""
        self._sock.close()

    def _limit_time(self) -> None:
        left = self._deadline - self._clock()
        if left <= 0:
            raise TimeIsUp("the answer takes too long")
        self._sock.settimeout(min(left, self._read))


class _Answer(io.RawIOBase):
    """What is received until an answer is read; closing it leaves the connection open."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.receive(buffer)
