"""Requests that wait: given to a thread with their body, answered once, and never held up."""

from __future__ import annotations

import io
import json
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries import logs
from applications.init.modules.registries.errors import BadRequest, TooLarge
from applications.init.modules.registries.login.waiting import apart
from applications.init.modules.registries.web.message import Reply
from server import bodies, live, waiting
from server.bodies import Body
from server.door import Door, Environment
from server.waiting import Crowded, Room

Started = list[tuple[str, list[tuple[str, str]]]]


@pytest.fixture
def room() -> Iterator[Room]:
    """The room of this process, with two threads at most."""
    waiting.start(2)
    found = waiting.current()
    assert found is not None
    yield found
    waiting.start(0)
    found.close(5)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Errors that nobody expected; a test of this file that has any fails."""
    found: list[BaseException] = []
    monkeypatch.setattr(logs, "unexpected", lambda error, where: found.append(error) or "id")
    return found


@pytest.fixture(autouse=True)
def nothing_unexpected(quiet: list[BaseException]) -> Iterator[None]:
    """See ``quiet``."""
    yield
    assert quiet == []


class Site:
    """A server with one address, behind which somebody is asked."""

    def __init__(self, direct: Callable[[Environment], Reply]) -> None:
        self.door = Door(_framework, {"/init/x": direct}, {"/init/below": direct})

    def ask(self, **more: Any) -> tuple[int, dict[str, str], bytes]:
        """One request; its answer, whoever gives it."""
        server, client = socket.socketpair()
        with closing(client), closing(server):
            started: Started = []
            environ = _environ(server, **more)
            try:
                pieces = self.door(environ, lambda s, h, e=None: started.append((s, h)))
            except live.Detached:
                server.close()
                client.settimeout(20)
                return _parsed(_all(client))
            status, headers = started[0]
            return int(status[:3]), {k.lower(): v for k, v in headers}, b"".join(pieces)


def _framework(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    with apart():
        pass
    start("200 OK", [("Content-Type", "application/json")])
    return [b"{}"]


def _environ(server: socket.socket, body: bytes = b"", **more: Any) -> dict[str, Any]:
    return {
        "PATH_INFO": "/init/x", "REQUEST_METHOD": "POST", "gunicorn.socket": server,
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **more,
    }


def _all(client: socket.socket) -> bytes:
    found = b""
    while more := client.recv(65_536):
        found += more
    return found


def _parsed(data: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    assert len({name.lower() for name, _ in pairs}) == len(pairs), "a header came twice"
    assert first.startswith("HTTP/1.1 ")
    return int(first.split()[1]), {name.lower(): value for name, value in pairs}, body


def _echo(env: Environment) -> Reply:
    """Read some of the body, wait, read the rest, and give all of it back."""
    source = env.get("collector_input")
    data = source.read(3)
    with apart():
        pass
    return Reply(200, data + source.read(1_000_000), "text/plain")


@pytest.mark.parametrize("path", ["/init/x", "/init/below/y"])
@pytest.mark.parametrize("body", [b"", b"ab", b"abc", b"abcdef" * 40_000])
def test_the_body_comes_again(room: Room, path: str, body: bytes) -> None:
    """The thread sees the body from its beginning, known in length or chunked."""
    site = Site(_echo)
    for more in ({}, {"CONTENT_LENGTH": ""}):
        status, headers, answer = site.ask(body=body, PATH_INFO=path, **more)
        assert (status, answer) == (200, body)
        assert headers["content-length"] == str(len(body))
        assert headers["connection"] == "close"
        assert "x-content-type-options" in headers


def test_who_need_not_wait_is_answered_at_once(room: Room) -> None:
    """Without waiting there is no thread, nor for the framework's pages, which wait in place."""
    assert Site(lambda env: Reply(200, b"x")).ask()[2] == b"x"
    assert Site(_echo).ask(PATH_INFO="/init/default/index", REQUEST_METHOD="GET")[0] == 200
    assert room._threads == []


@pytest.mark.parametrize("more", [{}, {"CONTENT_LENGTH": ""}])
def test_bodies_that_are_too_large(room: Room, more: dict[str, str]) -> None:
    """What can't be kept for the thread is a 413 in words, at once."""
    status, headers, body = Site(_echo).ask(body=b"x" * (bodies.MOST_KEPT + 1), **more)
    assert (status, headers["content-type"]) == (413, "application/json; charset=utf-8")
    assert json.loads(body)["errors"][0]["code"] == "SIZE_INVALID"
    assert Site(_echo).ask(body=b"x" * bodies.MOST_KEPT, **more)[0] == 200


def test_bodies_that_end_early(room: Room) -> None:
    """A body that is shorter than announced is a 400."""
    assert Site(_wait).ask(body=b"abc", CONTENT_LENGTH="4")[0] == 400


def _wait(env: Environment) -> Reply:
    with apart():
        pass
    return Reply(200, b"waited")


def test_head(room: Room) -> None:
    """HEAD has the head of the answer only."""
    status, headers, body = Site(_wait).ask(REQUEST_METHOD="HEAD", CONTENT_LENGTH="")
    assert (status, body) == (200, b"")
    assert "content-length" not in headers


def test_an_error_in_the_thread(room: Room, quiet: list[BaseException]) -> None:
    """What goes wrong there is a 500 with the id of its line in the log."""

    def fails(env: Environment) -> Reply:
        with apart():
            pass
        raise RuntimeError("secret")

    status, _, body = Site(fails).ask()
    assert status == 500
    assert b"secret" not in body
    assert [type(error) for error in quiet] == [RuntimeError]
    quiet.clear()


class Held:
    """A back end that answers when it is told to."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.go = threading.Event()

    def __call__(self, env: Environment) -> Reply:
        """Wait for it."""
        with apart():
            self.asked.release()
            self.go.wait(20)
        return Reply(200, b"at last")


def _begin(door: Door) -> socket.socket:
    """Make a request that waits; return its client."""
    server, client = socket.socketpair()
    with closing(server), pytest.raises(live.Detached):
        door(_environ(server), lambda *_: None)
    client.settimeout(20)
    return client


def test_the_worker_goes_on(room: Room) -> None:
    """While others wait, whoever need not is answered."""
    held = Held()
    site = Site(lambda env: held(env) if env.get("query_string") == "slow" else Reply(200, b"x"))
    server, client = socket.socketpair()
    with closing(server), closing(client), pytest.raises(live.Detached):
        site.door(_environ(server, QUERY_STRING="slow"), lambda *_: None)
    assert held.asked.acquire(timeout=10)
    assert site.ask()[2] == b"x"
    held.go.set()


def test_a_full_room(room: Room) -> None:
    """More than may wait are told so, and when to come again; those before are all answered."""
    held = Held()
    site = Site(held)
    clients = [_begin(site.door) for _ in range(2)]
    for _ in clients:
        assert held.asked.acquire(timeout=10)
    clients += [_begin(site.door) for _ in range(2 * waiting.QUEUED)]
    status, headers, body = site.ask()
    assert (status, headers["retry-after"]) == (503, "5")
    assert "too many logins wait" in json.loads(body)["errors"][0]["message"]
    held.go.set()
    for client in clients:
        with closing(client):
            assert _parsed(_all(client))[2] == b"at last"
    assert len(room._threads) == 2


def test_who_waited_too_long_for_a_thread(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its client is told, and nobody is asked for it any more."""
    monkeypatch.setattr(waiting, "LONGEST_SECONDS", 0.0)
    status, headers, _ = Site(_wait).ask()
    assert (status, headers["retry-after"]) == (503, "5")


def test_a_thread_that_wakes_is_busy(room: Room) -> None:
    """One that has its job, and has not begun, is no thread for the next request."""
    wake = threading.Event()
    wake.set()

    class Slow(queue.Queue):  # type: ignore[type-arg]
        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            found = super().get(block, timeout)
            wake.wait(10)
            return found

    room._jobs = Slow(16)
    assert Site(_wait).ask()[2] == b"waited"  # now one thread is there, and idle
    wake.clear()
    clients = [_begin(Site(_wait).door) for _ in range(2)]
    assert len(room._threads) == 2
    wake.set()
    for client in clients:
        with closing(client):
            assert _parsed(_all(client))[2] == b"waited"


def test_a_client_that_has_gone(room: Room) -> None:
    """Nobody minds, and the thread serves the next."""
    held = Held()
    _begin(Site(held).door).close()
    assert held.asked.acquire(timeout=10)
    held.go.set()
    assert Site(_wait).ask()[2] == b"waited"


def test_an_end_lets_jobs_end(room: Room) -> None:
    """A process that ends answers those that wait."""
    held = Held()
    clients = [_begin(Site(held).door) for _ in range(5)]
    assert held.asked.acquire(timeout=10)
    held.go.set()
    room.close(10)
    for client in clients:
        with closing(client):
            assert _parsed(_all(client))[2] == b"at last"
    assert not any(thread.is_alive() for thread in room._threads)


def test_an_end_is_not_put_off(room: Room) -> None:
    """A back end that never answers keeps no process from ending, however many wait for it."""
    held = Held()
    site = Site(held)
    clients = [_begin(site.door) for _ in range(2)]
    for _ in clients:
        assert held.asked.acquire(timeout=10)
    clients += [_begin(site.door) for _ in range(2 * waiting.QUEUED)]
    end = threading.Thread(target=room.close, args=(0.2,), daemon=True)
    end.start()
    end.join(5)
    over = not end.is_alive()
    held.go.set()
    for client in clients:
        client.close()
    assert over


def test_no_descriptor_is_left(room: Room) -> None:
    """A connection that can't be kept is refused in words."""

    class Bare:
        def dup(self) -> socket.socket:
            raise OSError(24, "too many open files")

    with pytest.raises(Crowded):
        room.take(Bare(), lambda connection, in_time: b"")  # type: ignore[arg-type]


def test_no_thread_can_be_made(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no thread, and none is there already, the client is told at once."""

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert Site(_wait).ask()[0] == 503


def test_many_at_once(room: Room) -> None:
    """Requests that wait and others, from the one thread that serves: all are answered, once."""
    site = Site(lambda env: _echo(env) if env.get("query_string") else Reply(200, b"x"))
    for number in range(200):
        body = str(number).encode() * (number % 9)
        status, _, answer = site.ask(body=body, QUERY_STRING="w" if number % 3 else "")
        assert (status, answer) == (200, body if number % 3 else b"x")


def test_no_room() -> None:
    """Without threads, or a connection to give away, the request waits where it is."""
    waiting.start(0)
    assert waiting.current() is None
    assert Site(_wait).ask()[2] == b"waited"
    waiting.start(1)
    assert Site(_wait).ask(**{"gunicorn.socket": None})[2] == b"waited"
    waiting.start(0)


# Bodies


class _Source:
    """What a server reads from: no more than was sent, and then nothing."""

    def __init__(self, data: bytes, announced: bool) -> None:
        self._stream = io.BytesIO(data)
        self.gone = False
        self.announced = announced

    def read(self, size: int) -> bytes:
        """Read up to ``size`` bytes."""
        assert not self.gone, "the connection belongs to somebody else"
        return self._stream.read(size)


@given(st.binary(max_size=200), st.lists(st.integers(0, 80), max_size=6),
       st.lists(st.integers(0, 80), max_size=6), st.booleans())
def test_a_body_is_the_same_again(
    data: bytes, first: list[int], then: list[int], known: bool
) -> None:
    """Property: whatever was read before, after ``keep`` the body is what it was, to its end,
    without the connection.
    """
    source = _Source(data, known)
    body = Body(source, len(data) if known else None)
    before = b"".join(body.read(size) for size in first)
    assert before == data[: sum(first)]
    body.keep()
    source.gone = True
    again = b"".join(body.read(size) for size in then)
    assert again == data[: sum(then)]
    assert again + body.read(1000) == data
    assert body.read(10) == b""


@given(st.binary(max_size=60), st.integers(1, 40), st.booleans())
def test_a_short_body(data: bytes, missing: int, kept: bool) -> None:
    """Property: one that is shorter than announced is never taken for whole."""
    body = Body(io.BytesIO(data), len(data) + missing)
    with pytest.raises(BadRequest):
        if kept:
            body.keep()
        body.read(len(data) + missing)


@given(st.integers(-2, 3), st.integers(0, bodies.MOST_KEPT + 10), st.booleans())
def test_the_most_that_is_kept(over: int, before: int, known: bool) -> None:
    """Property: exactly so much is kept, whatever was read before."""
    size = bodies.MOST_KEPT + over
    body = Body(io.BytesIO(b"x" * size), size if known else None)
    body.read(min(before, size))
    if over > 0:
        with pytest.raises(TooLarge):
            body.keep()
    else:
        body.keep()
        assert len(body.read(size + 5)) == size
