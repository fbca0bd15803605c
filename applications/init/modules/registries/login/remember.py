"""Verified passwords, remembered in memory for a short time.

A strong hash takes a tenth of a second on purpose; a docker push asks for
several tokens.  The key is a digest over the password and its stored form, so
a changed password is forgotten at once; state and rights are read anew for
each token anyway.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable

_MOST = 10_000


class Remembered:
    """Digests of what was verified, with the time until which that holds.

    :param seconds: how long; 0 remembers nothing.
    :param clock: seconds, monotonic.
    """

    def __init__(self, seconds: int, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._until: dict[bytes, float] = {}
        self._lock = threading.Lock()
        self._flights: dict[bytes, threading.Lock] = {}

    def verify(self, stored: str, password: str, verify: Callable[[], bool]) -> bool:
        """Tell whether the password is right, calling ``verify`` only when not remembered.

        Only one thread verifies the same password at a time; the others wait for it.
        """
        if not self._seconds:
            return verify()
        digest = self._digest(stored, password)
        if self._fresh(digest):
            return True
        with self._lock:
            flight = self._flights.setdefault(digest, threading.Lock())
        try:
            with flight:
                if self._fresh(digest):
                    return True
                right = verify()
                if right:
                    self._keep(digest)
                return right
        finally:
            with self._lock:
                self._flights.pop(digest, None)

    def knows(self, stored: str, password: str) -> bool:
        """Tell whether this password was verified a short time ago."""
        return bool(self._seconds) and self._fresh(self._digest(stored, password))

    def keep(self, stored: str, password: str) -> None:
        """Remember a password that was just verified."""
        if self._seconds:
            self._keep(self._digest(stored, password))

    def _digest(self, stored: str, password: str) -> bytes:
        text = f"{len(stored)}:{stored}{password}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=32).digest()

    def _fresh(self, digest: bytes) -> bool:
        return self._until.get(digest, 0.0) > self._clock()

    def _keep(self, digest: bytes) -> None:
        now = self._clock()
        with self._lock:
            if len(self._until) >= _MOST:
                self._until = {d: until for d, until in self._until.items() if until > now}
            if len(self._until) >= _MOST:
                self._until.clear()
            self._until[digest] = now + self._seconds
