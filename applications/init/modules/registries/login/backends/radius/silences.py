"""Which servers were silent, so that they are asked last for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

LAST_SECONDS = 60.0

Server = tuple[str, int]


class Silences:
    """Remembered in this process only; used from several threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[Server, float] = {}

    def order(self, servers: Sequence[Server]) -> list[Server]:
        """The servers in the order they are best asked in now."""
        with self._lock:
            return sorted(servers, key=self._is_silent)

    def silent(self, server: Server) -> bool:
        """Note that a server did not answer; tell whether that is news."""
        with self._lock:
            news = not self._is_silent(server)
            self._until[server] = self._clock() + LAST_SECONDS
            return news

    def heard(self, server: Server) -> None:
        """Note that a server answered."""
        with self._lock:
            self._until.pop(server, None)

    def _is_silent(self, server: Server) -> bool:
        return self._clock() < self._until.get(server, float("-inf"))
