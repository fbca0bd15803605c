"""Requests that wait for somebody else's server, in threads beside the one that serves.

The worker gives the connection of such a request away, and goes on with others.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from applications.init.modules.registries import logs
from applications.init.modules.registries.login import waiting

QUEUED = 8
"""How many requests may wait for a thread, for each thread that there may be."""

LONGEST_SECONDS = 10.0
"""How long one may wait for a thread: its client is not there much longer."""

_SEND_SECONDS = 15.0


class Crowded(Exception):
    """As many requests wait as may."""


@dataclass(frozen=True)
class Job:
    """A request: its connection, and what makes the answer, with or without time left for it.

    ``answer`` gives the bytes to send, or none where the connection was given on.
    """

    connection: socket.socket
    answer: Callable[[socket.socket, bool], bytes]
    taken: float


class Room:
    """Threads that wait, made as they are needed.

    :param most: how many there may be.
    """

    def __init__(self, most: int) -> None:
        self.baton = waiting.Baton()
        self._most = most
        self._jobs: queue.Queue[Job | None] = queue.Queue(most * QUEUED)
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._taken = 0

    def take(
        self, client: socket.socket, answer: Callable[[socket.socket, bool], bytes]
    ) -> None:
        """Keep a connection for its answer; the caller may close its own.

        :raises Crowded: too many wait, or no descriptor is left.
        """
        try:
            connection = client.dup()
        except OSError:
            raise Crowded from None
        with self._lock:
            self._grow()
            try:
                if not self._threads:
                    raise queue.Full
                self._jobs.put_nowait(Job(connection, answer, time.monotonic()))
            except queue.Full:
                connection.close()
                raise Crowded from None
            self._taken += 1

    def _grow(self) -> None:
        """Make a thread for one more job, where all there are have one."""
        if self._taken < len(self._threads) or len(self._threads) >= self._most:
            return
        thread = threading.Thread(target=self._run, name="waiting", daemon=True)
        with suppress(RuntimeError):  # the system has no thread left: those there are go on
            thread.start()
            self._threads.append(thread)

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            try:
                self._serve(job)
            except Exception as error:
                logs.unexpected(error, "waiting")
            finally:
                with suppress(OSError):
                    job.connection.close()
                with self._lock:
                    self._taken -= 1

    def _serve(self, job: Job) -> None:
        in_time = time.monotonic() - job.taken < LONGEST_SECONDS
        with waiting.allowed(self.baton):
            data = job.answer(job.connection, in_time)
        if not data:
            return
        job.connection.settimeout(_SEND_SECONDS)
        with suppress(OSError):  # the client has gone
            job.connection.sendall(data)
            job.connection.shutdown(socket.SHUT_WR)

    def close(self, seconds: float) -> None:
        """Let what waits come to its end, for so long at most."""
        end = time.monotonic() + seconds
        for _ in self._threads:
            with suppress(queue.Full):
                self._jobs.put(None, timeout=max(end - time.monotonic(), 0))
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0))


_current: Room | None = None


def start(most: int) -> None:
    """Let this process have such threads; called in a worker that can give connections away."""
    global _current
    _current = Room(most) if most else None


def current() -> Room | None:
    """The room of this process, where there is one."""
    return _current
