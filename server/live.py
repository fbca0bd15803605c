"""Streams of changes to browsers, kept by one thread of a worker, which goes on serving meanwhile.

A worker serves one request at a time; a stream that held it would keep it from everybody.  So
the worker answers the request for a stream by giving its connection away.
"""

from __future__ import annotations

import json
import random
import resource
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from applications.init.modules.registries import logs
from applications.init.modules.registries.errors import CollectorError

if TYPE_CHECKING:
    from applications.init.modules.registries.changes import Change
    from applications.init.modules.registries.container import Container
    from applications.init.modules.registries.web.live import Stream
    from applications.init.modules.registries.web.message import Reply

LOOK_SECONDS = 0.5
BEAT_SECONDS = 15.0
LONGEST_SECONDS = 300.0
"""After that a browser comes again, and has to be who it was."""

SPREAD_SECONDS = 30.0
"""By so much less at most, so that those that came together do not come again together."""

MOST_WAITING = 65_536
"""Bytes that a reader may be behind."""

PER_OWNER = 20
_IDLE_LOOKS = 20


class Detached(Exception):
    """The connection of this request belongs to somebody else now."""


class Full(Exception):
    """There are as many streams as there may be."""


@dataclass(eq=False)
class _Reader:
    """A browser; times are of the monotonic clock.

    ``last`` is what it asks from when it comes again, ``told`` what it has heard of after that.
    """

    connection: socket.socket
    stream: Stream
    last: int
    opened: float
    beaten: float
    waiting: bytes = b""
    owner: str = ""
    told: dict[str, int] = field(default_factory=dict)


@dataclass
class Streams:
    """The streams of one process.

    :param most: how many there may be.
    """

    container: Callable[[], Container]
    most: int
    clock: Callable[[], float] = time.monotonic
    _readers: list[_Reader] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None
    _faulty: bool = False

    def __len__(self) -> int:
        return len(self._readers)

    def take(self, client: socket.socket, stream: Stream, head: bytes) -> None:
        """Keep a connection, whose answer begins with ``head``; the caller may close its own.

        :raises Full: there are too many, of all or of the same person.
        """
        now = self.clock()
        opened = now - random.uniform(0, SPREAD_SECONDS)  # noqa: S311 - nothing secret
        begin = f"id: {stream.since}\nevent: begin\ndata: []\n\n".encode()
        with self._lock:
            owners = Counter(reader.owner for reader in self._readers)
            if len(self._readers) >= self.most or owners[stream.owner] >= PER_OWNER:
                raise Full
            try:
                self._begin()
                connection = client.dup()
            except (OSError, RuntimeError):
                raise Full from None  # no thread or no descriptor is left
            connection.setblocking(False)
            reader = _Reader(
                connection, stream, stream.since, opened, now, head + begin, stream.owner
            )
            _send(reader)  # who is gone already is noticed at the next look
            self._readers.append(reader)

    def _begin(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="live", daemon=True)
            thread.start()
            self._thread = thread

    def close(self) -> None:
        """End all streams; their thread ends after them."""
        for reader in list(self._readers):
            self._end(reader)

    def _run(self) -> None:
        """Look after the streams, until there was none for a while."""
        idle = 0
        while True:
            try:
                self.look()
            except Exception as error:
                # Without this thread nobody would hear anything any more.
                logs.unexpected(error, "live")
            idle = 0 if self._readers else idle + 1
            if idle > _IDLE_LOOKS and self._is_over():
                break
            time.sleep(LOOK_SECONDS)
        with suppress(Exception):
            self.container().db.close()

    def _is_over(self) -> bool:
        with self._lock:
            if self._readers:
                return False
            self._thread = None
            return True

    def look(self) -> None:
        """Send what is new to each, once."""
        readers, now = list(self._readers), self.clock()
        if not readers:
            return
        try:
            self._tell(readers, now)
            self._faulty = False
        except Exception as error:
            # They go on waiting for the database; it is told of once.
            if not self._faulty:
                _log(error)
            self._faulty = True
        for reader in readers:
            if self._is_due(reader, now):
                reader.waiting = reader.waiting or b": still here\n\n"
                reader.beaten = now
            if not _send(reader) or now - reader.opened >= LONGEST_SECONDS:
                self._end(reader)

    def _tell(self, readers: list[_Reader], now: float) -> None:
        from applications.init.modules.registries import changes
        from applications.init.modules.registries.web.live import names

        built = self.container()
        after = min(reader.last for reader in readers)
        with built.db.transaction(quiet=True):
            found = changes.latest(built.db, after)
            settled = changes.settled(built.db, after, built.clock())
            over = [r for r in readers if self._is_due(r, now) and not self._is_good(built, r)]
        for reader in readers:
            news = _news(reader, found, settled)
            if news:
                reader.waiting += _event(reader.last, names(news))
        for reader in over:
            self._end(reader)

    def _is_due(self, reader: _Reader, now: float) -> bool:
        return now - reader.beaten >= BEAT_SECONDS

    def _is_good(self, built: Container, reader: _Reader) -> bool:
        cookie = reader.stream.session
        return not cookie or built.sessions.known(cookie, built.clock()) is not None

    def _end(self, reader: _Reader) -> None:
        with self._lock, suppress(ValueError):
            self._readers.remove(reader)
        with suppress(OSError):
            reader.connection.shutdown(socket.SHUT_RDWR)
        reader.connection.close()


_current: Streams | None = None


def start(most: int) -> None:
    """Let this process keep streams; called in a worker that can give connections away.

    :param most: 0 for none.  Half of the descriptors that a process may have are left to others.
    """
    global _current
    if most == 0:
        return
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors != resource.RLIM_INFINITY:
        most = min(most, descriptors // 2)
    # Only now: the framework may bring a database layer of its own, and comes first.
    from applications.init.modules.registries import container

    _current = Streams(container.get, most)


def current() -> Streams | None:
    """The streams of this process, where it can keep any."""
    return _current


def is_stream(reply: Reply) -> bool:
    """Tell an answer that goes on from others."""
    return hasattr(reply, "since")


def head(headers: Iterable[tuple[str, str]]) -> bytes:
    """The beginning of an answer that ends with its connection."""
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + b"retry: 2000\n\n"


def _news(reader: _Reader, found: list[Change], settled: int) -> list[Change]:
    """What a reader has not heard of; from now on it has."""
    known = [change for change in found if change.id > reader.last]
    news = [change for change in known if change.id != reader.told.get(change.event)]
    reader.last = max(reader.last, settled)
    reader.told = {change.event: change.id for change in known if change.id > reader.last}
    return news


def _log(error: Exception) -> None:
    if isinstance(error, CollectorError):
        logs.LOGGER.warning("live changes", extra={"fields": {"reason": str(error)}})
    else:
        logs.unexpected(error, "live")


def _event(last: int, events: list[str]) -> bytes:
    return f"id: {last}\nevent: change\ndata: {json.dumps(events)}\n\n".encode() if events else b""


def _send(reader: _Reader) -> bool:
    """Send what a reader waits for; tell whether it is still there, and not far behind."""
    try:
        if reader.waiting:
            sent = reader.connection.send(reader.waiting)
            reader.waiting = reader.waiting[sent:]
        if reader.connection.recv(1024) == b"":
            return False
    except BlockingIOError:
        pass
    except OSError:
        return False
    return len(reader.waiting) <= MOST_WAITING
