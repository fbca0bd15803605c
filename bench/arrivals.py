"""Requests that come when they come, however long the answers before take (an open loop).

Times count from when a request was due, so that a queue shows in them.
"""

from __future__ import annotations

import heapq
import random
import select
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import repeat
from urllib.parse import urlsplit

_LONGEST_SECONDS = 30.0


@dataclass
class Stream:
    """Requests of one kind at a rate, and what became of them.

    :param requests: as they go over the wire; one after the other, and none where they end.
    """

    rate: float
    requests: Iterator[bytes]
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    done: float = 0.0

    @property
    def errors(self) -> int:
        """Answers that are not 200, or were none."""
        return sum(n for status, n in self.statuses.items() if status != 200)

    @property
    def answered(self) -> float:
        """Good answers per second, until the last."""
        return self.statuses[200] / self.done

    def percentile(self, which: float) -> float:
        """Milliseconds in which so many of a hundred were answered."""
        found = sorted(self.seconds)
        return found[min(int(len(found) * which / 100), len(found) - 1)] * 1000


def get(path: str, authorization: str) -> bytes:
    """A GET as it goes over the wire."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: {authorization}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()


def post(path: str, form: str) -> bytes:
    """A POST of a form."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(form)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n{form}"
    ).encode()


def run(url: str, streams: Iterable[Stream], seconds: float, seed: int = 1) -> None:
    """Send what each stream has for so many seconds, and wait for all answers."""
    with closing(_Clients(urlsplit(url).port or 80)) as clients:
        clients.run(streams, seconds, seed)


def _times(stream: Stream, seconds: float, chance: random.Random) -> Iterator[float]:
    """When requests are due: clients know nothing of each other, so the gaps are exponential."""
    due = chance.expovariate(stream.rate)
    while due < seconds:
        yield due
        due += chance.expovariate(stream.rate)


@dataclass
class _Client:
    """One request under way."""

    connection: socket.socket
    stream: Stream
    due: float
    left: bytes
    answer: bytes = b""


class _Clients:
    """All requests under way, in one loop that costs the machine little."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._poll = select.epoll()
        self._under_way: dict[int, _Client] = {}
        self._begin = 0.0

    def run(self, streams: Iterable[Stream], seconds: float, seed: int) -> None:
        """Send and receive until all is answered, or too long has passed."""
        streams = tuple(streams)
        times = [
            zip(_times(stream, seconds, random.Random(seed + number)), repeat(number))
            for number, stream in enumerate(streams)
        ]
        self._begin = time.monotonic()
        for due, number in heapq.merge(*times):
            while due > self._now():
                self._serve(due - self._now())
            request = next(streams[number].requests, None)
            if request is not None:
                self._send(streams[number], request, due)
        while self._under_way and self._now() < seconds + _LONGEST_SECONDS:
            self._serve(1.0)
        for client in list(self._under_way.values()):
            self._end(client)

    def close(self) -> None:
        """End the loop's own descriptor."""
        self._poll.close()

    def _now(self) -> float:
        return time.monotonic() - self._begin

    def _send(self, stream: Stream, request: bytes, due: float) -> None:
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", self._port))
        number = connection.fileno()
        self._under_way[number] = _Client(connection, stream, due, request)
        self._poll.register(number, select.EPOLLOUT)

    def _serve(self, seconds: float) -> None:
        for number, _ in self._poll.poll(max(seconds, 0.0)):
            client = self._under_way[number]
            try:
                self._go_on(client)
            except BlockingIOError:
                pass
            except OSError:
                self._end(client)

    def _go_on(self, client: _Client) -> None:
        if client.left:
            client.left = client.left[client.connection.send(client.left):]
            if not client.left:
                self._poll.modify(client.connection.fileno(), select.EPOLLIN)
            return
        data = client.connection.recv(65_536)
        client.answer += data
        if not data:
            self._end(client)

    def _end(self, client: _Client) -> None:
        self._poll.unregister(client.connection.fileno())
        del self._under_way[client.connection.fileno()]
        client.connection.close()
        head, _, body = client.answer.partition(b"\r\n\r\n")
        whole = f"content-length: {len(body)}".encode() in head.lower()
        status = int(head[9:12]) if whole and head[9:12].isdigit() else 0
        now = self._now()
        client.stream.statuses[status] += 1
        client.stream.seconds.append(now - client.due)
        client.stream.done = max(client.stream.done, now)
