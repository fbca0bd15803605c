"""One server asked one question, over a UDP socket of its own, in bounded time."""

from __future__ import annotations

import socket
from collections.abc import Callable

from .packets import Answer, Request, Unusable
from .places import Place

# RFC 2865 3: no packet is longer.
_LONGEST = 4096


class NoAnswer(Exception):
    """A server gave no answer that can be believed; the text says why."""


def ask(place: Place, request: Request, until: float, clock: Callable[[], float]) -> Answer:
    """Send the request, once more after half of the time, and wait for a good answer.

    What can't be believed does not end the waiting: somebody else may have sent it.

    :param until: by the clock; it is over then.
    :raises NoAnswer: there was none, or the machine says that nobody listens there.
    """
    try:
        with socket.socket(place.family, socket.SOCK_DGRAM) as sock:
            # Connected: the system drops what comes from any other address or port.
            sock.connect(place.address)
            return _ask(sock, request, until, clock)
    except OSError as error:
        raise NoAnswer(error.strerror or "it can't be reached") from None


def _ask(
    sock: socket.socket, request: Request, until: float, clock: Callable[[], float]
) -> Answer:
    start = clock()
    useless = ""
    for deadline in ((start + until) / 2, until):
        sock.send(request.raw)  # RFC 5080 2.2.1: the same packet, so that it counts once
        while True:
            data = _receive(sock, deadline - clock())
            if data is None:
                break
            try:
                return request.judge(data)
            except Unusable as reason:
                useless = str(reason)
    if useless:
        raise NoAnswer(f"what it answers is useless: {useless}")
    raise NoAnswer(
        f"no answer within {until - start:.1f} s: it is down, or does not know our address"
        " with this secret"
    )


def _receive(sock: socket.socket, seconds: float) -> bytes | None:
    """The next packet, or None when the time is over."""
    if seconds <= 0:
        return None
    sock.settimeout(seconds)
    try:
        return sock.recv(_LONGEST)
    except socket.timeout:
        return None
