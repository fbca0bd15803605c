"""Tokens for a registry, one per scope, made again before they expire."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .wire import Clock

TokenSource = Callable[[str], str]
"""Makes a token, of 60 s, for a scope such as ``repository:a/b:pull``; "" is no access."""

_KEPT = 60 - 15
_MAX_KEPT = 1000


class Bearers:
    """Keeps tokens until 15 s before they expire; thread-safe."""

    def __init__(self, source: TokenSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[str, float]] = {}

    def header(self, scope: str) -> str:
        """The ``Authorization`` header for a scope; what the source raises goes through."""
        now = self._clock()
        kept = self._kept.get(scope)
        if kept is not None and now < kept[1]:
            return kept[0]
        header = f"Bearer {self._source(scope)}"
        with self._lock:
            if len(self._kept) >= _MAX_KEPT:
                self._kept = {}
            self._kept[scope] = (header, now + _KEPT)
        return header
