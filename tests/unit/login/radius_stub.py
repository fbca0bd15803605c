"""A RADIUS server that answers as it is told, and packets made by hand, without a library.

::

    with StubRadius(accept) as server:
        radius = backend(server, seconds=0.5)
        ...
        assert len(server.seen) == 1

What it is told is a function of the request to the packets that are sent back; with several
functions, each request gets the next one, and the last for ever.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from applications.init.modules.registries.login.backends.radius import Radius
from applications.init.modules.registries.settings import RadiusSettings

SECRET = "s3cret-of-both"
ACCEPT, REJECT, CHALLENGE = 2, 3, 11
SIGNATURE = 80

Told = Callable[[bytes], Sequence[bytes]]


def attribute(number: int, value: bytes) -> bytes:
    """An attribute as it is on the wire."""
    return bytes([number, len(value) + 2]) + value


def attributes(packet: bytes) -> list[tuple[int, bytes]]:
    """The attributes of a packet, in order."""
    found, rest = [], packet[20:]
    while rest:
        found.append((rest[0], rest[2 : rest[1]]))
        rest = rest[rest[1] :]
    return found


def answer(
    request: bytes,
    code: int,
    more: bytes = b"",
    secret: str = SECRET,
    signature: bool = True,
    identifier: int | None = None,
) -> bytes:
    """An answer with both signatures; without ``signature`` one of the days before Blast-RADIUS."""
    key, number = secret.encode(), request[1] if identifier is None else identifier
    empty = attribute(SIGNATURE, bytes(16)) if signature else b""
    head = struct.pack("!BBH", code, number, 20 + len(empty) + len(more))
    if signature:
        digest = hmac.digest(key, head + request[4:20] + empty + more, "md5")
        more = attribute(SIGNATURE, digest) + more
    return head + hashlib.md5(head + request[4:20] + more + key).digest() + more


def password_in(request: bytes, secret: str = SECRET) -> bytes:
    """The password that a request hides (RFC 2865 5.2)."""
    hidden, last, clear = dict(attributes(request))[2], request[4:20], b""
    for at in range(0, len(hidden), 16):
        mask = hashlib.md5(secret.encode() + last).digest()
        last = hidden[at : at + 16]
        clear += bytes(a ^ b for a, b in zip(mask, last))
    return clear.rstrip(b"\0")


def accept(request: bytes) -> list[bytes]:
    """Everybody is welcome."""
    return [answer(request, ACCEPT)]


def reject(request: bytes) -> list[bytes]:
    """Nobody is."""
    return [answer(request, REJECT)]


def silent(request: bytes) -> list[bytes]:
    """Nothing is said."""
    return []


class StubRadius:
    """A context manager; ``seen`` are the requests that came.

    With ``from_other_port`` the answers come from the same host and another port.
    """

    def __init__(self, *told: Told, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.told = list(told)
        self.seen: list[bytes] = []
        self._other = socket.socket(family, socket.SOCK_DGRAM)
        self._other.bind((host, 0))
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        port = self._socket.getsockname()[1]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.from_other_port = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> StubRadius:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        with socket.socket(self._socket.family, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()
        self._other.close()

    def _serve(self) -> None:
        while True:
            request, client = self._socket.recvfrom(4096)
            if self._ended.is_set():
                return
            self.seen.append(request)
            told = self.told[min(len(self.seen), len(self.told)) - 1]
            for packet in told(request):
                # The client may have had enough meanwhile.
                with contextlib.suppress(OSError):
                    (self._other if self.from_other_port else self._socket).sendto(packet, client)


def dead_address() -> str:
    """An address where nobody listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def backend(
    *servers: StubRadius | str, seconds: float = 5, clock: Any = None, **settings: Any
) -> Radius:
    """The back end, with these servers; tests may wait for parts of a second."""
    addresses = tuple(s if isinstance(s, str) else s.address for s in servers)
    made = RadiusSettings(
        **{"servers": addresses, "secret": SECRET, "seconds": seconds, **settings}
    )
    return Radius(made, clock) if clock else Radius(made)
