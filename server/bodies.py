"""Bodies of requests, out of the framework's reach."""

from __future__ import annotations

import io
from typing import Any

from applications.init.modules.registries.errors import BadRequest, TooLarge

MOST_KEPT = 262_144
"""Bytes of a body that are kept for another thread: nobody knows yet whose they are."""


class Body:
    """The request's body; ``read`` gives what the server gives, or a proper error.

    :param length: bytes that were announced, or none when chunked.
    """

    def __init__(self, source: Any, length: int | None) -> None:
        self._source = source
        self._left = length
        self._read: list[bytes] = []
        self._again = io.BytesIO()

    def keep(self) -> None:
        """Receive what is still to come, and begin again, now without the connection.

        :raises TooLarge: it is more than is kept.
        :raises BadRequest: it does not come as announced.
        """
        left = MOST_KEPT + 1 - sum(map(len, self._read))
        while left > 0:
            more = self._receive(left)
            if not more:
                break
            self._read.append(more)
            left -= len(more)
        if left <= 0:
            raise TooLarge(
                f"a request for which a directory is asked first takes at most {MOST_KEPT} bytes:"
                " log in with a smaller one before"
            )
        self._again, self._source = io.BytesIO(b"".join(self._read)), io.BytesIO()
        self._left = None

    def read(self, size: int) -> bytes:
        """Read up to ``size`` bytes; fewer only at the end.

        :raises BadRequest: badly chunked, too slow, or shorter than announced.
        """
        known = self._again.read(size)
        if len(known) < size:
            more = self._receive(size - len(known))
            self._read.append(more)
            return known + more
        return known

    def _receive(self, size: int) -> bytes:
        wanted = size if self._left is None else min(size, self._left)
        try:
            data: bytes = self._source.read(wanted)
        except Exception:
            raise BadRequest("the body can't be read") from None
        if self._left is not None:
            self._left -= len(data)
            if len(data) < wanted:
                raise BadRequest("the body ended early")
        return data


def take(environ: dict[str, Any]) -> None:
    """Keep the body for our own code; the framework gets an empty one."""
    if "collector.input" in environ:
        return  # this is the second time, in another thread
    source = environ.get("wsgi.input") or io.BytesIO()
    announced = environ.pop("CONTENT_LENGTH", "")
    environ["collector.length"] = announced
    length = int(announced) if announced.isdecimal() else None
    environ["collector.input"] = Body(source, length)
    environ["wsgi.input"] = io.BytesIO()
