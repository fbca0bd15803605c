"""Names of RADIUS servers are resolved in bounded time."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

from applications.init.modules.registries.login.backends.radius.places import Place, Places
from tests.home import Clock

SERVER = ("radius.example.org", 1812)


def _found(*hosts: str) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", (host, 1812)) for host in hosts]


def _hosts(places: tuple[Place, ...]) -> list[str]:
    return [place.address[0] for place in places]


class Resolver:
    """A ``getaddrinfo`` that answers, fails or hangs as it is told; ``asked`` counts."""

    def __init__(self, *hosts: str) -> None:
        self.hosts = hosts
        self.asked = 0
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, host: str, port: int, **more: Any) -> list[Any]:
        """Answer."""
        self.asked += 1
        self.go_on.wait(10)
        if not self.hosts:
            raise socket.gaierror("no such name")
        return _found(*self.hosts)


def _until(places: Places, expected: list[str]) -> None:
    deadline = time.monotonic() + 10
    while _hosts(places.find(SERVER, 1)) != expected:
        assert time.monotonic() < deadline


def test_addresses_need_no_resolver() -> None:
    """An address is itself, without asking anybody."""
    resolver = Resolver()
    assert _hosts(Places(Clock(), resolver).find(("192.0.2.1", 1812), 0)) == ["192.0.2.1"]
    assert _hosts(Places(Clock(), resolver).find(("::1", 1812), 0)) == ["::1"]
    assert resolver.asked == 0


def test_names_are_remembered() -> None:
    """A name is resolved anew after five minutes; until then old addresses do."""
    clock, resolver = Clock(), Resolver("192.0.2.1")
    places = Places(clock, resolver)
    for _ in range(3):
        assert _hosts(places.find(SERVER, 5)) == ["192.0.2.1"]
    assert resolver.asked == 1
    resolver.hosts = ("192.0.2.2", "192.0.2.3", "192.0.2.4")
    clock.advance(301)
    _until(places, ["192.0.2.2", "192.0.2.3"])


def test_old_addresses_are_better_than_none() -> None:
    """When names can't be resolved any more, what was found before holds."""
    clock, resolver = Clock(), Resolver("192.0.2.1")
    places = Places(clock, resolver)
    places.find(SERVER, 5)
    resolver.hosts = ()
    clock.advance(301)
    for _ in range(3):
        assert _hosts(places.find(SERVER, 5)) == ["192.0.2.1"]
    resolver.go_on.clear()
    start = time.monotonic()
    assert _hosts(places.find(SERVER, 5)) == ["192.0.2.1"]
    assert time.monotonic() - start < 2
    resolver.go_on.set()


def test_a_hanging_resolver_keeps_nobody_waiting() -> None:
    """However long the resolver takes, time is bounded, and one thread waits for it."""
    resolver = Resolver("192.0.2.1")
    resolver.go_on.clear()
    places = Places(Clock(), resolver)
    start = time.monotonic()
    for _ in range(3):
        assert places.find(SERVER, 0.05) == ()
    assert time.monotonic() - start < 5
    assert resolver.asked == 1
    resolver.go_on.set()
    _until(places, ["192.0.2.1"])


def test_names_that_fail_are_asked_again() -> None:
    """A name that nobody has is no place now, and is asked for again."""
    resolver = Resolver()
    places = Places(Clock(), resolver)
    assert places.find(SERVER, 5) == ()
    resolver.hosts = ("192.0.2.1",)
    assert _hosts(places.find(SERVER, 5)) == ["192.0.2.1"]
