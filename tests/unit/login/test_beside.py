"""Passwords that are tried at the same moment: each once, whoever must not wait does not."""

from __future__ import annotations

import threading

import pytest

from applications.init.modules.registries.login.beside import Beside
from applications.init.modules.registries.login.waiting import (
    Baton,
    Waits,
    allowed,
    apart,
    forbidden,
)


def test_others_are_counted() -> None:
    """Other passwords of the pair count, the same one and other pairs do not; all are forgotten."""
    beside = Beside()
    with beside.trying("pair", "a") as first, beside.trying("pair", "b") as second:
        with beside.trying("other", "a") as other:
            assert (first, second, other) == (0, 1, 0)
        with beside.trying("pair", "c") as third:
            assert third == 2
    assert len(beside) == 0


def test_an_error_ends_a_turn() -> None:
    """However a try ends, the next may be made."""
    beside = Beside()
    for _ in range(2):
        with pytest.raises(Waits), beside.trying("pair", "a"):
            raise Waits
    assert len(beside) == 0


def test_who_must_not_wait() -> None:
    """The worker does not wait for somebody else's turn."""
    beside, baton = Beside(), Baton()
    with beside.trying("pair", "a"):
        with pytest.raises(Waits), forbidden(baton), beside.trying("pair", "a"):
            pytest.fail("it had a turn")
        with forbidden(baton), beside.trying("pair", "b") as others:
            assert others == 1
    assert len(beside) == 0
    assert not baton.held


def test_turns_without_deadlock() -> None:
    """Threads that share a baton and a password all come to their turn, one at a time."""
    beside, baton, inside, most = Beside(), Baton(), [0], [0]

    def work() -> None:
        for _ in range(100):
            with allowed(baton), beside.trying("pair", "a"):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                with apart():  # as who waits for a directory does
                    pass
                inside[0] -= 1

    threads = [threading.Thread(target=work, daemon=True) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert (most[0], len(beside)) == (1, 0)
