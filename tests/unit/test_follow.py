"""Following: each step over and over, trouble waited out, an end when it is asked for."""

from __future__ import annotations

import threading

import pytest

from applications.init.modules.registries import follow
from applications.init.modules.registries.catalog import questions
from applications.init.modules.registries.errors import Unavailable
from applications.init.modules.registries.follow import IDLE_SECONDS, TROUBLE_SECONDS
from tests.home import Home
from tests.unit.notifications import told
from tests.unit.remote.stub import StubRegistry


class Waits:
    """A wait without waiting: notes the seconds, and ends at the n-th call."""

    def __init__(self, most: int) -> None:
        self.seconds: list[float] = []
        self._most = most

    def __call__(self, seconds: float) -> bool:
        """Note, and tell whether to end."""
        self.seconds.append(seconds)
        return len(self.seconds) > self._most


def test_busy_and_idle() -> None:
    """After work the next step follows much sooner than after none."""
    found = iter([3, 0, 0, 1, 0])
    waits = Waits(5)
    follow.follow([lambda: next(found)], waits)
    assert [seconds == IDLE_SECONDS for seconds in waits.seconds] == [
        False, False, True, True, False, True
    ]
    assert min(waits.seconds) <= IDLE_SECONDS / 4


def test_within_the_second() -> None:
    """What comes while nothing is to do is noticed well within a second."""
    assert IDLE_SECONDS <= 0.5


@pytest.mark.parametrize("error", [Unavailable("gone"), RuntimeError("odd")])
def test_trouble(error: Exception) -> None:
    """A step that fails, expectedly or not, is tried again after a while, for ever."""
    tries = [0]

    def step() -> int:
        tries[0] += 1
        raise error

    waits = Waits(3)
    follow.follow([step], waits)
    assert tries == [3]
    assert waits.seconds == [0, *[TROUBLE_SECONDS] * 3]


def test_one_that_hangs_keeps_no_other_waiting() -> None:
    """Steps run beside each other: one that hangs does not stop the rest."""
    released, seen = threading.Event(), threading.Event()

    def hang() -> int:
        assert released.wait(20)
        return 0

    def work() -> int:
        seen.set()
        return 0

    ending = threading.Event()
    thread = threading.Thread(target=follow.follow, args=([hang, work], ending.wait))
    thread.start()
    assert seen.wait(20)
    ending.set()
    released.set()
    thread.join(20)
    assert not thread.is_alive()


def test_steps(home: Home) -> None:
    """A process digests once and asks several registries at a time."""
    steps = home.container.steps()
    assert len(steps) == 1 + follow.ASKERS
    assert [step() for step in steps] == [0] * len(steps)


def test_from_event_to_catalogue(home: Home) -> None:
    """A push that was told ends as tag with digest and size; a hint is believed once confirmed."""
    with StubRegistry() as registry:
        host = registry.url.partition("//")[2]
        home.load(registries=[{"id": told.OURS, "service": "ours", "url": registry.url}])
        digest = registry.content.push("users/31/x", "v1")
        registry.content.push("users/31/x", "v2")
        now, receiver = home.clock(), home.container.receiver
        pushed = told.event("push", now - 1, "v1", "a", host=host)
        pushed["target"]["digest"] = digest
        receiver.verified(told.OURS, told.body(pushed))
        receiver.hinted(told.body(
            told.event("push", now - 1, "v2", "a", host=host),
            told.event("push", now - 1, "forged", "a", host=host),
        ))
        for step in home.container.steps()[:2]:
            while step():
                pass
    assert told.tag(home, "f.size, f.digest") == (9, digest)
    assert set(told.tags(home)) == {"v1", "v2"}
    with home.db.transaction():
        assert questions.waiting(home.db, told.OURS) == 0


def test_a_forged_delete(home: Home) -> None:
    """A hint that something was deleted takes nothing away while the registry still has it."""
    with StubRegistry() as registry:
        host = registry.url.partition("//")[2]
        home.load(registries=[{"id": told.OURS, "service": "ours", "url": registry.url}])
        registry.content.push("users/31/x", "v1")
        receiver, (digest, ask) = home.container.receiver, home.container.steps()[:2]
        receiver.hinted(told.body(told.event("push", home.clock(), "v1", "a", host=host)))
        assert ask()
        receiver.hinted(told.body(
            told.event("delete", home.clock(), "v1", host=host),
            told.event("delete", home.clock(), of="a", host=host),
        ))
        while digest() or ask():
            home.clock.advance(10)
    assert set(told.tags(home)) == {"v1"}


def test_a_confirmed_delete(home: Home) -> None:
    """What the registry itself lacks, asked twice, is gone, whoever said so."""
    with StubRegistry() as registry:
        host = registry.url.partition("//")[2]
        home.load(registries=[{"id": told.OURS, "service": "ours", "url": registry.url}])
        registry.content.push("users/31/x", "v1")
        receiver, ask = home.container.receiver, home.container.steps()[1]
        receiver.hinted(told.body(told.event("push", home.clock(), "v1", "a", host=host)))
        assert ask()
        registry.content.untag("users/31/x", "v1")
        home.clock.advance(1)
        receiver.hinted(told.body(told.event("delete", home.clock(), "v1", host=host)))
        asked = len(registry.requests)
        while ask():
            home.clock.advance(10)
        assert told.tags(home) == {}
        assert len(registry.requests) - asked == 2
