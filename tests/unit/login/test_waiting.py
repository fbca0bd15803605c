"""Waiting for a back end beside others: who may, who begins again, and whose turn it is."""

from __future__ import annotations

import threading

import pytest

from applications.init.modules.registries.login import waiting
from applications.init.modules.registries.login.waiting import Waits, allowed, apart, forbidden


def test_where_nobody_waits_for_us() -> None:
    """Outside of a server with a room, one just waits."""
    done = []
    with apart():
        done.append(1)
    assert done


def test_waits_is_no_error() -> None:
    """What stops a request is taken for an error by nobody on the way."""
    assert not issubclass(Waits, Exception)


def test_a_thread_that_must_not_wait() -> None:
    """It is stopped before it waits, and may wait again afterwards; its baton is free."""
    baton = waiting.Baton()
    with pytest.raises(Waits), forbidden(baton), apart():
        pytest.fail("it waited")
    assert not baton.held
    with apart():
        pass


def test_others_go_on() -> None:
    """While one waits, another does its work; who waited goes on only when it is its turn."""
    baton, order = waiting.Baton(), []
    asked, answered = threading.Event(), threading.Event()

    def waits() -> None:
        with allowed(baton):
            with apart():
                asked.set()
                answered.wait(10)
            order.append("waited")

    thread = threading.Thread(target=waits)
    thread.start()
    assert asked.wait(10)
    with forbidden(baton):
        answered.set()
        thread.join(0.05)
        order.append("worked")
    thread.join(10)
    assert order == ["worked", "waited"]


def test_a_back_end_that_raises() -> None:
    """The baton comes back before an error goes on."""
    baton = waiting.Baton()
    with allowed(baton):
        with pytest.raises(RuntimeError), apart():
            assert not baton.held
            raise RuntimeError
        assert baton.held
    assert not baton.held


def test_one_at_a_time() -> None:
    """However many work, wait, fail and are stopped: one works at a time, and none hangs."""
    baton = waiting.Baton()
    inside, most, stopped = [0], [0], [0]

    def work() -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        inside[0] -= 1

    def waiter(number: int) -> None:
        for turn in range(200):
            with allowed(baton):
                work()
                try:
                    with apart():
                        if turn % 7 == number % 7:
                            raise RuntimeError
                except RuntimeError:
                    pass
                work()

    def server() -> None:
        for _ in range(400):
            try:
                with forbidden(baton):
                    work()
                    with apart():
                        raise AssertionError
            except Waits:
                stopped[0] += 1

    threads = [threading.Thread(target=waiter, args=(n,), daemon=True) for n in range(12)]
    threads.append(threading.Thread(target=server, daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert (most[0], stopped[0], baton.held) == (1, 400, False)
    assert not getattr(waiting._local, "forbidden", False)
