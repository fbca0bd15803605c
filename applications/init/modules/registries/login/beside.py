"""Passwords that are being checked at this moment, in this process.

Where checking takes long, failures are counted late: so many at a time as may
fail are tried, and one and the same password once, for all who came with it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from . import waiting


@dataclass
class _Turn:
    """A password that is tried: whose turn it is, and for how many."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted: int = 0


class Beside:
    """Passwords that are being checked, as digests, for pairs of a login and an address."""

    def __init__(self) -> None:
        self._tried: dict[str, dict[str, _Turn]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._tried)

    @contextmanager
    def trying(self, pair: str, digest: str) -> Iterator[int]:
        """Try a password in this block, once nobody else tries the same one.

        :return: how many others were being tried for the pair when this came.
        :raises Waits: somebody tries it, and this thread must not wait.
        """
        with self._lock:
            tried = self._tried.setdefault(pair, {})
            turn = tried.setdefault(digest, _Turn())
            turn.wanted += 1
            others = len(tried) - 1
        try:
            if not turn.lock.acquire(blocking=False):
                with waiting.apart():
                    turn.lock.acquire()
            try:
                yield others
            finally:
                turn.lock.release()
        finally:
            with self._lock:
                turn.wanted -= 1
                if not turn.wanted:
                    del tried[digest]
                if not tried:
                    self._tried.pop(pair, None)
