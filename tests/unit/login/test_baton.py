"""The baton: one thread at a time, in a fair order, and never lost."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from applications.init.modules.registries.login.waiting import (
    Baton,
    Waits,
    allowed,
    apart,
    forbidden,
)

_SECONDS = 10.0


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _in_line(baton: Baton) -> int:
    return len(baton._servers) + len(baton._others)


def _order(line: str) -> str:
    """Who gets the baton after whom, when a thread that waited holds it and these ask in turn."""
    baton, got = Baton(), []
    baton.take(serving=False)

    def one(who: str) -> None:
        baton.take(serving=who == "s")
        got.append(who)
        baton.give()

    threads = []
    for number, who in enumerate(line):
        threads.append(_started(lambda who=who: one(who)))
        _until(lambda number=number: _in_line(baton) == number + 1)
    baton.give()
    for thread in threads:
        thread.join(_SECONDS)
    return "".join(got)


def test_who_serves_comes_first_but_not_twice_in_a_row() -> None:
    """A crowd that has waited costs who serves one turn, and who serves costs the crowd one."""
    assert _order("12345s") == "s12345"
    assert _order("123ss") == "s1s23"


@settings(max_examples=30, deadline=None)
@given(st.text("so", max_size=8))
def test_nobody_is_left_out(line: str) -> None:
    """Whatever the line, all get the baton, and one of each kind is never passed over twice."""
    got = _order(line)
    assert sorted(got) == sorted(line)
    mixed = got[: 2 * min(line.count("s"), line.count("o"))]
    assert mixed == "so" * (len(mixed) // 2)


def test_one_at_a_time() -> None:
    """However many threads there are, one holds the baton."""
    baton, inside, most = Baton(), [0], [0]

    def work(serving: bool) -> None:
        for _ in range(50):
            with allowed(baton, serving):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0)
                inside[0] -= 1
                with apart():
                    time.sleep(0)

    threads = [_started(lambda n=n: work(n == 0)) for n in range(6)]  # type: ignore[misc]
    for thread in threads:
        thread.join(_SECONDS)
        assert not thread.is_alive()
    assert most == [1]


def test_apart_gives_it_on() -> None:
    """While a back end is waited for, somebody else has the baton."""
    baton = Baton()
    with allowed(baton), apart():
        done = _started(lambda: (baton.take(True), baton.give()))  # type: ignore[arg-type]
        done.join(_SECONDS)
        assert not done.is_alive()
    with forbidden(baton), pytest.raises(Waits), apart():
        pass
    with apart():  # without a baton there is nothing to give
        baton.take(serving=True)


def test_a_signal_ends_a_wait() -> None:
    """A thread whose wait is ended by a signal's handler takes the baton from nobody."""
    baton = Baton()
    baton.take(serving=False)

    class Ended(Exception):
        pass

    def end(*_: Any) -> None:
        raise Ended

    before = signal.signal(signal.SIGALRM, end)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Ended):
            baton.take(serving=True)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    baton.give()
    thread = _started(lambda: baton.take(serving=False))
    thread.join(_SECONDS)
    assert not thread.is_alive()
