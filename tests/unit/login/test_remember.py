"""Remembering verified passwords for a short time."""

from __future__ import annotations

import threading

from applications.init.modules.registries.login.remember import Remembered
from tests.home import Clock


class Counting:
    """A verification that counts its calls."""

    def __init__(self, answer: bool) -> None:
        self.calls = 0
        self.answer = answer

    def __call__(self) -> bool:
        """Answer, and count."""
        self.calls += 1
        return self.answer


def test_right_passwords_are_remembered_for_their_time(clock: Clock) -> None:
    """A right password is verified once, and again when its time is over."""
    remembered, verify = Remembered(300, clock), Counting(True)
    assert all(remembered.verify("hash", "secret", verify) for _ in range(5))
    assert verify.calls == 1
    clock.advance(301)
    assert remembered.verify("hash", "secret", verify)
    assert verify.calls == 2


def test_wrong_passwords_are_not_remembered(clock: Clock) -> None:
    """A wrong password is verified each time."""
    remembered, verify = Remembered(300, clock), Counting(False)
    assert not any(remembered.verify("hash", "secret", verify) for _ in range(3))
    assert verify.calls == 3


def test_another_stored_form_or_password_is_another_matter(clock: Clock) -> None:
    """A changed password is verified at once; pieces can't be moved between the two."""
    remembered, verify = Remembered(300, clock), Counting(True)
    for stored, password in (("hash", "secret"), ("hash2", "secret"), ("hash", "2secret")):
        remembered.verify(stored, password, verify)
    assert verify.calls == 3


def test_off(clock: Clock) -> None:
    """With 0 seconds nothing is remembered."""
    remembered, verify = Remembered(0, clock), Counting(True)
    remembered.verify("hash", "secret", verify)
    remembered.verify("hash", "secret", verify)
    assert verify.calls == 2


def test_single_flight(clock: Clock) -> None:
    """Threads that ask for the same password at once share one verification."""
    remembered = Remembered(300, clock)
    entered, go_on, calls = threading.Event(), threading.Event(), []

    def verify() -> bool:
        calls.append(1)
        entered.set()
        assert go_on.wait(5)
        return True

    threads = [
        threading.Thread(target=remembered.verify, args=("hash", "secret", verify))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    assert entered.wait(5)
    go_on.set()
    for thread in threads:
        thread.join(5)
    assert len(calls) == 1
