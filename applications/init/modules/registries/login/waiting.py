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
from collections.abc import Iterator
from contextlib import contextmanager

_local = threading.local()


class Waits(BaseException):
    """This would wait; no error, so that nothing on the way takes it for one."""


@contextmanager
def forbidden(baton: threading.Lock) -> Iterator[None]:
    """Hold the baton, and wait for no back end in this block and thread."""
    with baton:
        _local.forbidden = True
        try:
            yield
        finally:
            _local.forbidden = False


@contextmanager
def allowed(baton: threading.Lock) -> Iterator[None]:
    """Hold the baton, but while waiting for a back end."""
    with baton:
        _local.baton = baton
        try:
            yield
        finally:
            _local.baton = None


@contextmanager
def apart() -> Iterator[None]:
    """Let others go on while this thread waits for a back end; never inside a transaction.

    :raises Waits: this thread must not wait.
    """
    if getattr(_local, "forbidden", False):
        raise Waits
    baton: threading.Lock | None = getattr(_local, "baton", None)
    if baton is None:
        yield
        return
    baton.release()
    try:
        yield
    finally:
        baton.acquire()
