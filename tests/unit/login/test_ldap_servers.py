"""Connections to a directory: a crowd makes few, shares them, and waits no longer than it may."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

ldap = pytest.importorskip("ldap")

from applications.init.modules.registries.login.backends import Silent  # noqa: E402
from applications.init.modules.registries.login.backends.ldap import servers  # noqa: E402
from applications.init.modules.registries.login.backends.ldap.servers import (  # noqa: E402
    Deadline,
    Servers,
)
from applications.init.modules.registries.settings import LdapSettings  # noqa: E402

URL = "ldap://directory:389"


@dataclass
class Far:
    """A directory whose handshakes wait for a word, and that counts them."""

    open: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    making: int = 0
    most: int = 0
    made: int = 0

    def connect(self, url: str, _settings: Any, seconds: float) -> Any:
        """As the real one: a connection, or none in time."""
        with self.lock:
            self.making += 1
            self.most = max(self.most, self.making)
        try:
            if not self.open.wait(seconds):
                raise ldap.TIMEOUT({"desc": "no handshake in time"})
            self.made += 1
            return Kept(url)
        finally:
            with self.lock:
                self.making -= 1


class Kept:
    """A connection that answers at once, as long as it lives."""

    alive = True

    def __init__(self, url: str) -> None:
        self.url = url
        self.used = 0.0
        self.closed = False

    def within(self, seconds: float) -> None:
        """It takes no time."""

    def close(self) -> None:
        """It is over."""
        self.closed = True


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Far:
    """The directory that connections are made to."""
    found = Far()
    monkeypatch.setattr(servers, "connect", found.connect)
    return found


def _crowd(kept: Servers, seconds: float) -> tuple[list[threading.Thread], list[Any]]:
    told: list[Any] = []

    def one() -> None:
        try:
            told.append(kept.check(Deadline(seconds), lambda connection: connection))
        except Silent as silence:
            told.append(silence)

    threads = [threading.Thread(target=one, daemon=True) for _ in range(30)]
    for thread in threads:
        thread.start()
    return threads, told


def _made() -> Servers:
    return Servers(LdapSettings(servers=(URL,), tls="none"))


def test_a_crowd_makes_few_connections(far: Far) -> None:
    """However many ask at once, eight connections are made at a time, and all get an answer."""
    threads, told = _crowd(_made(), 10)
    deadline = time.monotonic() + 10
    while far.making < 8 and time.monotonic() < deadline:
        time.sleep(0.001)
    far.open.set()
    for thread in threads:
        thread.join(10)
    assert len(told) == 30
    assert all(isinstance(one, Kept) for one in told)
    assert far.most == 8


def test_a_silent_directory_costs_bounded_time(far: Far) -> None:
    """Who waits for a connection that others are making waits no longer than they may alone."""
    begin = time.monotonic()
    threads, told = _crowd(_made(), 0.3)
    for thread in threads:
        thread.join(10)
    assert time.monotonic() - begin < 5
    assert len(told) == 30
    assert all(isinstance(one, Silent) for one in told)
    assert far.most <= 8
    far.open.set()
    kept = _made()
    assert isinstance(kept.check(Deadline(1), lambda connection: connection), Kept)


def test_after_a_dead_one_no_other_is_kept(far: Far) -> None:
    """Where a kept connection turns out dead, those beside it are closed, and a new one answers."""
    far.open.set()
    kept = _made()
    inside = threading.Barrier(3)

    def both(connection: Any) -> Any:
        inside.wait(10)
        return connection

    old: list[Any] = []
    threads = [
        threading.Thread(target=lambda: old.append(kept.check(Deadline(10), both)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    inside.wait(10)
    for thread in threads:
        thread.join(10)
    assert far.made == 2

    def dead(connection: Any) -> Any:
        if connection in old:
            raise ldap.SERVER_DOWN({})
        return connection

    assert kept.check(Deadline(10), dead) not in old
    assert [one.closed for one in old] == [True, True]
    assert kept._making == {(URL, False): 0}
