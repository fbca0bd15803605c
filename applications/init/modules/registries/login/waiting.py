"""Work that waits for somebody else's server, and must not keep everybody else waiting.

A worker serves one request at a time.  Where a back end has to be asked,
``apart`` stops what goes on in a thread that must not wait; who serves there
catches ``Waits`` and begins again in another thread.  Before a back end is asked
nothing is written but that a session or token was used, which may be written
twice, so to begin again is safe.  Of such threads, and the one
that serves, one at a time does anything but wait: they share a baton.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

_local = threading.local()


class Waits(BaseException):
    """This would wait; no error, so that nothing on the way takes it for one."""


class Baton:
    """Held by one thread at a time, and given on in a fair order.

    Who serves comes before those that have waited for a back end, however many
    they are; but not twice in a row while one of them is there.  They come in
    the order in which they asked.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = False
        self._serving = False
        self._servers: deque[threading.Lock] = deque()
        self._others: deque[threading.Lock] = deque()

    @property
    def held(self) -> bool:
        """Tell whether somebody has it."""
        return self._held

    def take(self, serving: bool) -> None:
        """Wait for it.

        :param serving: this thread takes requests.
        """
        with self._lock:
            if not self._held:
                self._held, self._serving = True, serving
                return
            turn = threading.Lock()
            turn.acquire()
            line = self._servers if serving else self._others
            line.append(turn)
        try:
            turn.acquire()
        except BaseException:  # a signal's handler ends this thread
            self._leave(line, turn)
            raise

    def give(self) -> None:
        """Let the next have it."""
        with self._lock:
            first = bool(self._servers) and not (self._serving and self._others)
            line = self._servers if first else self._others
            self._held, self._serving = bool(line), first
            if line:
                line.popleft().release()

    def _leave(self, line: deque[threading.Lock], turn: threading.Lock) -> None:
        with self._lock:
            if turn in line:
                line.remove(turn)
                return
        self.give()  # it was just given to this thread


@contextmanager
def forbidden(baton: Baton) -> Iterator[None]:
    """Hold the baton, and wait for no back end in this block and thread."""
    baton.take(serving=True)
    _local.forbidden = True
    try:
        yield
    finally:
        _local.forbidden = False
        baton.give()


@contextmanager
def allowed(baton: Baton, serving: bool = False) -> Iterator[None]:
    """Hold the baton, but while waiting for a back end.

    :param serving: this thread takes requests.
    """
    baton.take(serving)
    _local.baton = baton, serving
    try:
        yield
    finally:
        _local.baton = None
        baton.give()


@contextmanager
def apart() -> Iterator[None]:
    """Let others go on while this thread waits for a back end; never inside a transaction.

    :raises Waits: this thread must not wait.
    """
    if getattr(_local, "forbidden", False):
        raise Waits
    held: tuple[Baton, bool] | None = getattr(_local, "baton", None)
    if held is None:
        yield
        return
    baton, serving = held
    baton.give()
    try:
        yield
    finally:
        baton.take(serving)
