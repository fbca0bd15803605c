"""What may go wrong with a registry; the sentences are for its operator."""

from __future__ import annotations

from ..errors import CollectorError

_LONGEST = 200


class RemoteError(CollectorError):
    """A registry could not be asked, or not be understood; never raised directly."""

    status = 502


class Unreachable(RemoteError):
    """No whole answer came: name, connection, TLS, time, reset."""


class AddressRefused(Unreachable):
    """The registry's url leads where this collector doesn't go; nothing was sent there."""


class Untrusted(Unreachable):
    """The registry's certificate does not prove that it is the registry."""


class BadAnswer(RemoteError):
    """An answer came that no registry may give: not JSON, too large, a redirect, a lie."""


class Refused(RemoteError):
    """The registry said no.

    ``http_status`` is its status, ``codes`` are the error codes of its body
    (distribution specification, "Errors"), empty where it gave none.
    """

    def __init__(self, message: str, http_status: int, codes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.codes = codes


class Missing(Refused):
    """The registry said, in the way that registries do, that there is no such thing."""


def printable(text: str) -> str:
    """What a registry sent, fit for a sentence: printable characters, at most 200."""
    cut = text[:_LONGEST]
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "?" for c in cut)
