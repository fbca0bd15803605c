"""Requests that come when they come, however long the answers before take (an open loop).

Times count from when a request was due, so that a queue shows in them.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
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
    asyncio.run(_run(urlsplit(url).port or 80, tuple(streams), seconds, seed))


async def _run(port: int, streams: tuple[Stream, ...], seconds: float, seed: int) -> None:
    await asyncio.gather(*(
        _arrive(port, stream, seconds, random.Random(seed + number))
        for number, stream in enumerate(streams)
    ))


async def _arrive(port: int, stream: Stream, seconds: float, chance: random.Random) -> None:
    """Independent clients: the time between two of them is exponential."""
    loop = asyncio.get_running_loop()
    begin, due = loop.time(), 0.0
    under_way: set[asyncio.Task[None]] = set()
    while True:
        due += chance.expovariate(stream.rate)
        request = next(stream.requests, None) if due < seconds else None
        if request is None:
            break
        await asyncio.sleep(begin + due - loop.time())
        task = loop.create_task(_one(port, stream, request, begin + due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    if under_way:
        await asyncio.wait(under_way)
    stream.done = loop.time() - begin


async def _one(port: int, stream: Stream, request: bytes, due: float) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()
    status = 0
    try:
        transport, _ = await loop.create_connection(
            lambda: _Client(request, ended), "127.0.0.1", port
        )
        try:
            status = await asyncio.wait_for(ended, _LONGEST_SECONDS)
        finally:
            transport.close()
    except (OSError, asyncio.TimeoutError):
        pass
    stream.statuses[status] += 1
    stream.seconds.append(loop.time() - due)


class _Client(asyncio.Protocol):
    """Sends one request, and tells the status when the answer has ended."""

    def __init__(self, request: bytes, ended: asyncio.Future[int]) -> None:
        self._request = request
        self._ended = ended
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Keep what comes."""
        self._answer += data

    def connection_lost(self, _error: Exception | None) -> None:
        """The answer has ended; without its end it is none."""
        head, _, body = self._answer.partition(b"\r\n\r\n")
        whole = f"content-length: {len(body)}".encode() in head.lower()
        if not self._ended.done():
            self._ended.set_result(int(head[9:12]) if whole and head[9:12].isdigit() else 0)
