"""The socket under http.client: one deadline, one limit, and it notices what nobody asked for."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from applications.init.modules.registries.remote import BadAnswer, Timeouts
from applications.init.modules.registries.remote.wire import TimeIsUp, Wire
from tests.home import Clock


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection."""
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_deadline(ends: tuple[socket.socket, socket.socket], clock: Clock) -> None:
    """Waiting ends with the pause that is allowed, or with the request, whatever is sooner."""
    ours, theirs = ends
    wire = Wire(ours, Timeouts(read=10), clock)
    wire.expect(clock() + 30, 100)
    theirs.sendall(b"abc")
    for passed, timeout in ((0, 10), (15, 10), (10, 5)):
        clock.advance(passed)
        assert wire.receive(bytearray(1)) == 1
        assert ours.gettimeout() == timeout
    theirs.sendall(b"d")
    clock.advance(5)
    with pytest.raises(TimeIsUp):
        wire.receive(bytearray(1))
    with pytest.raises(TimeIsUp):
        wire.sendall(b"x")


def test_limit(ends: tuple[socket.socket, socket.socket], clock: Clock) -> None:
    """Headers and all included, no more than the limit and 1 MiB is received for a request."""
    ours, theirs = ends
    wire = Wire(ours, Timeouts(), clock)
    wire.expect(clock() + 30, 100)
    received, buffer = 0, bytearray(10_000)
    with pytest.raises(BadAnswer, match="too large"):
        while received <= 2 * 1_048_576:
            theirs.sendall(b"x" * 10_000)
            received += wire.receive(buffer)
    assert received <= 1_048_576 + 100
    wire.expect(clock() + 30, 100)
    theirs.sendall(b"x")
    assert wire.receive(buffer) == 1


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_stale(ends: tuple[socket.socket, socket.socket], clock: Clock, said: bytes) -> None:
    """A connection that was closed, or that says something unasked, can't be used again."""
    ours, theirs = ends
    wire = Wire(ours, Timeouts(), clock)
    assert not wire.is_stale()
    theirs.sendall(said)
    if not said:
        theirs.close()
    assert wire.is_stale()
