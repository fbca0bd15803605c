"""Work that waits for somebody else's server, and must not keep everybody else waiting.

A worker serves one request at a time.  Before a back end is asked,
``require`` stops whatever goes on in a thread that must not wait; who serves
there catches ``Waits`` and begins again in a thread that may.  Nothing is
written before a back end is asked, so to begin again is safe.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_local = threading.local()


class Waits(BaseException):
    """This would wait; no error, so that nothing on the way takes it for one."""


@contextmanager
def forbidden() -> Iterator[None]:
    """Let nothing in this block, in this thread, wait for a back end."""
    _local.forbidden = True
    try:
        yield
    finally:
        _local.forbidden = False


def require() -> None:
    """Go on only where waiting is allowed.

    :raises Waits: it is not.
    """
    if getattr(_local, "forbidden", False):
        raise Waits
