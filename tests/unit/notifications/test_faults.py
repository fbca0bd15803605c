"""Digestion: killed anywhere it leaves no half; what can't be applied stops nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Barrier, Thread
from typing import Any

import pytest

from applications.init.modules.registries.database import Database
from applications.init.modules.registries.errors import Conflict, Unavailable
from applications.init.modules.registries.notifications import Digester, effects
from applications.init.modules.registries.notifications.history import Stored
from tests.home import Home

from .told import (
    OURS,
    body,
    digest_all,
    event,
    events,
    stars,
    state,
    tag,
    tags,
    tell,
    wipe,
)


@pytest.mark.parametrize("error", [RuntimeError, Conflict])
def test_poison(
    world: Home, now: float, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """An event that can't be applied is put aside; those before and behind it are applied."""
    apply = effects.Effects.apply

    def fail(self: effects.Effects, stored: Stored) -> None:
        if stored.tag == "poison":
            raise error("no way")
        apply(self, stored)

    monkeypatch.setattr(effects.Effects, "apply", fail)
    for name in ("v1", "poison", "v2", "v3"):
        world.container.receiver.verified(OURS, body(event("push", now - 5, name, "a")))
    digest_all(world)
    assert set(tags(world)) == {"v1", "v2", "v3"}
    assert [row[0] for row in events(world, "state")] == ["done", "quarantined", "done", "done"]
    assert "see the log" in events(world)[1][2]


def test_a_database_that_is_gone(
    world: Home, now: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that fails makes no event poison: it stays, and is applied later."""
    world.container.receiver.verified(OURS, body(event("push", now - 5, "v1", "a")))

    def fail(*_: object) -> None:
        raise Unavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(effects.Effects, "apply", fail)
        with pytest.raises(Unavailable):
            Digester(world.db, world.clock).digest()
    assert events(world, "state") == [("new",)]
    digest_all(world)
    assert set(tags(world)) == {"v1"}


class _Fault(BaseException):
    """The process is killed."""


@contextmanager
def _fault_at(db: Database, number: int) -> Iterator[list[int]]:
    """Have the n-th statement never happen; gives a list that holds how many did."""
    done = [0]
    patch = pytest.MonkeyPatch()

    def wrap(name: str) -> None:
        real = getattr(Database, name)

        def counted(self: Database, *args: Any, **values: Any) -> Any:
            if self is db:
                done[0] += 1
                if done[0] == number:
                    raise _Fault
            return real(self, *args, **values)

        patch.setattr(Database, name, counted)

    for name in ("rows", "run", "insert"):
        wrap(name)
    try:
        yield done
    finally:
        patch.undo()


_LIVES = {
    "push": [("push", "v1", "a", "PUT")],
    "pull": [("push", "v1", "a", "PUT"), ("pull", "v1", "a", "HEAD"), ("pull", "", "a", "GET")],
    "delete": [("push", "v1", "a", "PUT"), ("delete", "", "a", "DELETE"),
               ("delete", "v1", "", "DELETE")],
    "again": [("push", "v1", "a", "PUT"), ("pull", "v1", "a", "GET"),
              ("delete", "v1", "", "DELETE"), ("push", "v1", "b", "PUT")],
}


@pytest.mark.parametrize("name", _LIVES)
def test_killed_at_any_statement(world: Home, now: float, name: str) -> None:
    """Killed at the n-th statement, for every n: each event is applied whole or not at all."""
    life = _LIVES[name]
    told = [body(event(action, now - 9 + n, tag_, of, method=method))
            for n, (action, tag_, of, method) in enumerate(life)]
    whole = [state(world)]
    for text in told:
        tell(world, text)
        whole.append(state(world))
    wipe(world)
    for text in told[:-1]:
        tell(world, text)
    number = 0
    while True:
        number += 1
        world.container.receiver.verified(OURS, told[-1])
        digester = Digester(world.db, world.clock)
        with _fault_at(world.db, number) as done, suppress(_Fault):
            digester.digest()
        if done[0] < number:
            break
        assert state(world) == whole[-2], number
        assert events(world, "state")[-1] == ("new",)
    assert number > 8
    assert state(world) == whole[-1]


def test_two_at_once(world: Home, now: float) -> None:
    """Processes that digest at the same time apply each event once, and stand in nobody's way."""
    tell(world, body(event("push", now - 99, "v1", "a")))
    for number in range(60):
        world.container.receiver.verified(OURS, body(event("pull", now - number, "v1", "a")))
    start, failed = Barrier(2), []

    def work() -> None:
        digester = Digester(world.db, world.clock)
        start.wait(10)
        try:
            while digester.digest(3):
                pass
        except Unavailable as error:
            failed.append(error)
        finally:
            world.db.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert (stars(world), tag(world, "f.pulls")) == (60, (60,))
