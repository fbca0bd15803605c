"""Where servers are: names resolved in bounded time, and remembered for when that fails."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Resolve = Callable[..., list[Any]]
"""As ``socket.getaddrinfo``."""

_KEPT_SECONDS = 300.0
# A server with more addresses than that would not be asked at any of them for long enough.
_MOST = 2


@dataclass(frozen=True)
class Place:
    """An address as sockets want it."""

    family: int
    address: tuple[Any, ...]


class Places:
    """Finds servers; used from several threads.

    :param resolve: as ``socket.getaddrinfo``; it may take as long as it likes.
    """

    def __init__(self, clock: Callable[[], float], resolve: Resolve = socket.getaddrinfo) -> None:
        self._clock = clock
        self._resolve = resolve
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], tuple[float, tuple[Place, ...]]] = {}
        self._asked: dict[tuple[str, int], threading.Event] = {}

    def find(self, server: tuple[str, int], seconds: float) -> tuple[Place, ...]:
        """Where a server is; empty where its name is not resolved within that time."""
        numeric = _places(server, socket.getaddrinfo, socket.AI_NUMERICHOST)
        if numeric:
            return numeric
        with self._lock:
            found, places = self._known.get(server, (0.0, ()))
            if places and self._clock() - found < _KEPT_SECONDS:
                return places
            done = self._asked.get(server) or self._start(server)
        if places:
            return places  # old ones are better than waiting
        # The system's resolver can't be told how long it may take: another thread waits for it.
        done.wait(max(seconds, 0.0))
        with self._lock:
            return self._known.get(server, (0.0, ()))[1]

    def _start(self, server: tuple[str, int]) -> threading.Event:
        """Resolve in a thread of its own, one at a time for each server."""
        done = threading.Event()
        threading.Thread(target=self._look, args=(server, done), daemon=True).start()
        self._asked[server] = done
        return done

    def _look(self, server: tuple[str, int], done: threading.Event) -> None:
        places: tuple[Place, ...] = ()
        try:
            places = _places(server, self._resolve, 0)
        finally:
            with self._lock:
                if places:
                    self._known[server] = (self._clock(), places)
                del self._asked[server]
            done.set()


def _places(server: tuple[str, int], resolve: Resolve, flags: int) -> tuple[Place, ...]:
    host, port = server
    try:
        found = resolve(host, port, type=socket.SOCK_DGRAM, flags=flags)
    except (OSError, UnicodeError):
        return ()
    return tuple(Place(family, address) for family, _, _, _, address in found[:_MOST])
