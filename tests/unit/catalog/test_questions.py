"""Questions: one per subject, bounded, asked by one at a time, never lost while they matter."""

from __future__ import annotations

import pytest

from applications.init.modules.registries.catalog import questions
from applications.init.modules.registries.catalog.questions import LEASE_SECONDS, Question
from tests.home import Home

from .conftest import NAME, OTHER, REGISTRY


def _ask(home: Home, tag: str = "v1", registry: int = REGISTRY) -> bool:
    with home.db.transaction(write=True):
        return questions.ask(home.db, registry, NAME, tag, home.clock())


def _lease(home: Home, limit: int = 10) -> list[Question]:
    with home.db.transaction(write=True):
        return questions.lease(home.db, home.clock(), limit)


def _waiting(home: Home, registry: int = REGISTRY) -> int:
    with home.db.transaction():
        return questions.waiting(home.db, registry)


def test_a_flood_is_one_question(world: Home) -> None:
    """The same subject is one question, however often it is told of."""
    assert all(_ask(world) for _ in range(50))
    assert _ask(world, "")
    assert _ask(world, registry=OTHER)
    assert (_waiting(world), _waiting(world, OTHER)) == (2, 1)


def test_bounded(world: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry has no more open questions than it may; others have theirs, known ones stay."""
    monkeypatch.setattr(questions, "MOST", 3)
    assert [_ask(world, f"v{n}") for n in range(5)] == [True] * 3 + [False] * 2
    assert _ask(world, "v0")
    assert _ask(world, registry=OTHER)
    assert _waiting(world) == 3


def test_leased_once(world: Home) -> None:
    """A question is with one asker at a time; when that one dies another gets it."""
    _ask(world)
    assert len(_lease(world)) == 1
    assert _lease(world) == []
    world.clock.advance(LEASE_SECONDS - 1)
    assert _lease(world) == []
    world.clock.advance(2)
    assert len(_lease(world)) == 1


def test_one_registry_at_a_time(world: Home) -> None:
    """An asker gets questions of one registry; that registry's others wait, other ones don't."""
    for tag in ("a", "b", "c"):
        _ask(world, tag)
    world.clock.advance(1)
    _ask(world, registry=OTHER)
    assert [q.registry_id for q in _lease(world, 2)] == [REGISTRY] * 2
    assert [q.registry_id for q in _lease(world)] == [OTHER]
    assert _lease(world) == []


def test_oldest_first(world: Home) -> None:
    """What was asked first is answered first."""
    for tag in ("b", "a", "c"):
        _ask(world, tag)
        world.clock.advance(1)
    assert [q.tag for q in _lease(world)] == ["b", "a", "c"]


def test_answered(world: Home) -> None:
    """An answered question is gone."""
    _ask(world)
    (question,) = _lease(world)
    with world.db.transaction(write=True):
        questions.answered(world.db, question, world.clock())
    assert _waiting(world) == 0


def test_asked_anew_meanwhile(world: Home) -> None:
    """One told of again while it is asked is asked once more: the answer may be older."""
    _ask(world)
    (question,) = _lease(world)
    asked = world.clock()
    world.clock.advance(1)
    _ask(world)
    assert _lease(world) == []
    with world.db.transaction(write=True):
        questions.answered(world.db, question, asked)
    assert _waiting(world) == 1
    assert len(_lease(world)) == 1


def test_postponed(world: Home) -> None:
    """One postponed is due later, with its tries counted; new news makes it due at once."""
    _ask(world)
    (question,) = _lease(world)
    with world.db.transaction(write=True):
        questions.postpone(world.db, question, world.clock() + 30)
    assert _lease(world) == []
    world.clock.advance(30)
    (again,) = _lease(world)
    assert again.attempts == 1
    with world.db.transaction(write=True):
        questions.postpone(world.db, again, world.clock() + 30)
    _ask(world)
    assert [q.attempts for q in _lease(world)] == [0]


def test_is_due(world: Home) -> None:
    """Whether there is anything to ask is known without taking it."""
    def due() -> bool:
        with world.db.transaction():
            return questions.is_due(world.db, world.clock())

    assert not due()
    _ask(world)
    assert due()
    _lease(world)
    assert not due()
