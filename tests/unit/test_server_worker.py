"""Connections: how long one may take, and how it ends."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from server import live
from server.worker import Incoming, close

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """The server's end of a TCP connection, and the client's."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client = socket.create_connection(listener.getsockname(), 5)
        server, _ = listener.accept()
    with client, server:
        yield server, client


def test_one_deadline_for_all_of_a_request(pair: Pair) -> None:
    """A client that sends a byte now and then does not get more time by it."""
    server, client = pair
    incoming = Incoming(server, 0.2)
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        while True:
            client.sendall(b"x")
            incoming.recv(1)
            time.sleep(0.01)  # as the slow client does
    assert time.monotonic() - start < 2


def test_nothing_comes(pair: Pair) -> None:
    """Waiting for a silent client ends at the deadline."""
    with pytest.raises((TimeoutError, socket.timeout)):
        Incoming(pair[0], 0.05).recv(1)


def test_the_first_bytes(pair: Pair) -> None:
    """A silent client is given up soon; one that has begun has its time."""
    server, client = pair
    silent, begun = (Incoming(server, 30, first=0.05) for _ in range(2))
    with pytest.raises((TimeoutError, socket.timeout)):
        silent.recv(1)
    client.sendall(b"a")
    assert begun.recv(1) == b"a"
    later = threading.Timer(0.2, client.sendall, [b"b"])
    later.start()
    assert begun.recv(1) == b"b"
    later.join()


def test_the_answer_survives_a_body_nobody_read(pair: Pair) -> None:
    """A client that still sends gets the answer, not a connection reset."""
    server, client = pair
    client.sendall(b"x" * 100_000)
    server.sendall(b"answer")
    client.shutdown(socket.SHUT_WR)
    close(server)
    assert client.recv(99) == b"answer"
    assert client.recv(99) == b""


def test_a_quiet_connection_is_closed_at_once(pair: Pair) -> None:
    """A client that keeps its end open holds nobody."""
    server, client = pair
    server.sendall(b"answer")
    start = time.monotonic()
    close(server)
    assert time.monotonic() - start < 0.5
    assert client.recv(99) == b"answer"


def test_lingering_ends(pair: Pair) -> None:
    """A client that announced a body and never sends it is left after a while."""
    server, _ = pair
    start = time.monotonic()
    close(server, expected=True)
    assert 1 < time.monotonic() - start < 4
    assert server.fileno() == -1


def test_none_where_none_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that shall keep no streams says so, so that pages ask instead."""
    monkeypatch.setattr(live, "_current", None)
    live.start(0)
    assert live.current() is None
