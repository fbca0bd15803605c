"""Streams of changes: real sockets, a real database, no waiting."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from applications.init.modules.registries import changes
from applications.init.modules.registries.login import caller
from applications.init.modules.registries.web.live import Stream
from server import live
from server.live import Streams
from tests.home import Clock, Home, user

HEAD = live.head([("Content-Type", "text/event-stream")])


class Room:
    """Streams that are looked after by hand, and browsers."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.clock = Clock(1000.0)
        self.streams = Streams(lambda: home.container, 30, self.clock)
        self.streams._run = lambda: None  # type: ignore[method-assign]
        self.sockets: list[socket.socket] = []
        self.look = self.streams.look

    def browser(self, since: int = 0, session: str = "", owner: str = "ada") -> socket.socket:
        """Open a stream; the server's own end is closed, as a worker does."""
        ours, theirs = socket.socketpair()
        theirs.settimeout(5)
        self.sockets.append(theirs)
        try:
            stream = Stream(200, b"", "", (), since, session, owner)
            self.streams.take(ours, stream, HEAD)
        finally:
            ours.close()
        return theirs

    def change(self, *tables: str) -> int:
        """Something happens; each time at another moment."""
        self.home.clock.advance(1)
        with self.home.db.transaction(write=True):
            changes.touch(self.home.db, self.home.clock(), *tables)
            return changes.last(self.home.db)


@pytest.fixture
def room(home: Home) -> Iterator[Room]:
    """A room."""
    found = Room(home)
    yield found
    found.streams.close()
    for one in found.sockets:
        one.close()


def read(browser: socket.socket) -> str:
    """What has come; nothing, where the stream is over."""
    return browser.recv(65_536).decode()


def quiet(browser: socket.socket) -> bool:
    """Tell whether nothing has come."""
    browser.setblocking(False)
    try:
        return browser.recv(1) is None
    except BlockingIOError:
        return True
    finally:
        browser.settimeout(5)


def test_a_change_is_told(room: Room) -> None:
    """Each browser gets the head, then the names of what changed, once."""
    browsers = [room.browser(owner=f"u{n}") for n in range(3)]
    last = room.change("docker_tags", "apps", "docker_tags")
    room.look()
    for one in browsers:
        text = read(one)
        assert text.startswith("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        assert text.endswith(
            f'id: {last}\nevent: change\ndata: ["docker_tags_change", "apps_change"]\n\n'
        )
    room.look()
    assert all(quiet(one) for one in browsers)


def test_from_where_it_was(room: Room) -> None:
    """A browser that comes again gets what it missed, and nothing twice."""
    first = room.change("docker_tags")
    second = room.change("docker_repositories")
    browser = room.browser(since=first)
    room.look()
    text = read(browser)
    assert "docker_tags" not in text
    assert f"id: {second}\n" in text


def test_events_of_one_person_are_not_told(room: Room) -> None:
    """What is only somebody's own is not told to others, but counted as known."""
    browser = room.browser()
    room.look()
    read(browser)
    room.change("user_prefs")
    room.look()
    assert quiet(browser)


def test_where_it_begins_is_said(room: Room) -> None:
    """A browser knows at once from where to come again, before anything has changed."""
    last = room.change("apps")
    browser = room.browser(since=last)
    assert read(browser).endswith(f"\n\nid: {last}\nevent: begin\ndata: []\n\n")


def test_who_is_far_behind_delays_nobody(room: Room) -> None:
    """A browser that missed thousands of changes is up to date with one look, as all others."""
    with room.home.db.transaction(write=True):
        for _ in range(3000):
            room.home.db.insert("registry_changes", event="log_change", data="{}", at=1.0)
        last = changes.last(room.home.db)
    browsers = [room.browser(since=0), room.browser(since=last)]
    room.change("docker_tags")
    room.look()
    assert all("docker_tags_change" in read(one) for one in browsers)


def test_a_change_that_comes_late(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change with a lower id that is seen after one with a higher is told; neither is twice."""
    db = room.home.db
    monkeypatch.setattr(db, "is_sqlite", False)
    last = room.change("docker_tags")
    browser = room.browser(since=last)

    def insert(id_: int, event: str) -> str:
        with db.transaction():
            db.insert("registry_changes", id=id_, event=event, data="{}", at=room.home.clock())
        room.look()
        return read(browser)

    assert "a_change" in insert(last + 2, "a_change")
    assert f"id: {last + 2}\nevent: change\ndata: [\"b_change\"]" in insert(last + 1, "b_change")
    room.look()
    assert quiet(browser)


def test_beats_keep_proxies_awake(room: Room) -> None:
    """A comment comes when nothing else did for a while."""
    browser = room.browser()
    room.look()
    read(browser)
    room.clock.advance(live.BEAT_SECONDS)
    room.look()
    assert read(browser) == ": still here\n\n"


def test_a_stream_ends_itself(room: Room) -> None:
    """After some minutes a browser has to come again."""
    browser = room.browser()
    room.clock.advance(live.LONGEST_SECONDS)
    room.look()
    assert read(browser).startswith("HTTP/1.1 200")
    assert read(browser) == ""
    assert len(room.streams) == 0


def test_a_session_that_is_over(room: Room) -> None:
    """With the session, its stream is over; looking is no use of the session."""
    home = room.home
    home.load(users=[user("ada", 31)])
    with home.db.transaction(write=True):
        account = home.container.directory.account_by_id(31)
        assert account is not None
        cookie = home.container.sessions.open(caller.user(account), "192.0.2.1", home.clock())
    browser = room.browser(session=cookie)
    room.look()
    read(browser)
    room.clock.advance(live.BEAT_SECONDS)
    home.clock.advance(home.settings.session_seconds - 1)
    room.look()
    assert read(browser) == ": still here\n\n"
    room.clock.advance(live.BEAT_SECONDS)
    home.clock.advance(2)
    room.look()
    assert read(browser) in ("", ": still here\n\n")
    assert len(room.streams) == 0


def test_as_many_as_there_may_be(room: Room) -> None:
    """Too many of all, or of one person, are refused, and what is refused leaves nothing open."""
    for _ in range(live.PER_OWNER):
        room.browser()
    with pytest.raises(live.Full):
        room.browser()
    for number in range(10):
        room.browser(owner=f"u{number}")
    with pytest.raises(live.Full):
        room.browser(owner="new")
    assert len(room.streams) == 30


def test_no_thread_is_left(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine gives no thread a stream is refused; the next one is tried anew."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(live.Full):
            room.browser()
    assert len(room.streams) == 0
    assert room.streams._thread is None
    browser = room.browser()
    room.change("apps")
    room.look()
    assert "apps_change" in read(browser)


def test_who_goes_away_makes_room(room: Room) -> None:
    """A browser that closed its page is forgotten with the next look."""
    browser = room.browser()
    room.look()
    browser.close()
    room.look()
    assert len(room.streams) == 0


def test_a_slow_reader_is_let_go(room: Room) -> None:
    """Who reads nothing does not fill the memory."""
    room.browser()
    reader = room.streams._readers[0]
    reader.waiting = b"x" * 5_000_000
    room.look()
    assert len(room.streams) == 0


def test_a_database_that_is_away(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams outlive a database that does not answer for a while."""
    browser = room.browser()
    room.look()
    read(browser)

    def away(*_: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr(changes, "latest", away)
        room.look()
        assert len(room.streams) == 1
    room.change("docker_tags")
    room.look()
    assert "docker_tags_change" in read(browser)


@pytest.mark.sqlite_only("its file is moved away")
def test_trouble_is_told_of_once(
    room: Room, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that is away is one line in the log, not one at each look; beats go on."""
    browser = room.browser()
    room.look()
    read(browser)
    path = room.home.settings.home / "collector.sqlite"
    os.rename(path, tmp_path / "away")
    for _ in range(5):
        room.look()
    room.clock.advance(live.BEAT_SECONDS)
    room.look()
    os.rename(tmp_path / "away", path)
    assert [record.getMessage() for record in caplog.records] == ["live changes"]
    assert read(browser) == ": still here\n\n"
    room.change("apps")
    room.look()
    assert "apps_change" in read(browser)


def test_nothing_is_left_behind(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 50 streams came and went there are as many descriptors and threads as before."""
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.002)
    monkeypatch.setattr(live, "_IDLE_LOOKS", 2)
    streams = Streams(lambda: home.container, 500)

    def once() -> None:
        ours, theirs = socket.socketpair()
        streams.take(ours, Stream(200, b"", "", (), 0, "", "ada"), HEAD)
        ours.close()
        theirs.settimeout(5)
        assert theirs.recv(100)
        theirs.close()
        _await(lambda: len(streams) == 0)

    def at_rest() -> tuple[int, int]:
        _await(lambda: streams._thread is None)
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    once()
    before = at_rest()
    for _ in range(50):
        once()
    _await(lambda: at_rest() == before)


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
