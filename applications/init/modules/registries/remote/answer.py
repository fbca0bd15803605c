"""What came back from a registry, and reading its body within a limit."""

from __future__ import annotations

import http.client
from dataclasses import dataclass

from .failures import BadAnswer

MAX_ERROR = 65_536
"""Bytes of an error's body; a larger one is not read."""

_PIECE = 65_536


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; ``body`` is empty where it was not read (redirects, huge errors)."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def header(self, name: str) -> str:
        """A header's value, or an empty text; of one that came twice, the first."""
        return self.headers.get(name) or ""

    @property
    def media_type(self) -> str:
        """The ``Content-Type`` without its parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def links(self) -> list[str]:
        """All ``Link`` headers."""
        return [value for name, value in self.headers.items() if name.lower() == "link"]


def read_body(response: http.client.HTTPResponse, limit: int) -> bytes | None:
    """Read a body of at most ``limit`` bytes; None where it is left unread.

    :raises BadAnswer: it is larger, or encoded.
    """
    if 300 <= response.status < 400 and response.status != 304:
        return None
    is_error = response.status >= 400
    if (response.headers.get("Content-Encoding") or "identity").lower() != "identity":
        if is_error:
            return None
        raise BadAnswer("the answer is compressed, which was not asked for")
    body = _read(response, MAX_ERROR if is_error else limit)
    if body is None and not is_error:
        raise BadAnswer(f"the answer is larger than {limit} bytes")
    return body


def _read(response: http.client.HTTPResponse, limit: int) -> bytes | None:
    """All of the body, or None where it is larger than ``limit``."""
    if response.length is not None:
        return response.read() if response.length <= limit else None
    pieces: list[bytes] = []
    size = 0
    while size <= limit:
        piece = response.read(_PIECE)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
    return None
