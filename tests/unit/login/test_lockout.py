"""Guessing costs; owners and bursts of one wrong password do not pay."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.login.lockout import (
    Attempt,
    Counter,
    Guard,
    Limits,
    Standing,
    after_failure,
    folded,
    network_of,
)
from tests.home import Home

LIMITS = Limits(tries=5, seconds=900)


def _try(
    guard: Guard, home: Home, password: str, login: str = "ada", at: str = "192.0.2.1"
) -> bool:
    """One failed try; tell whether it was allowed at all."""
    attempt = guard.attempt(login, at, password, "")
    with home.db.transaction():
        standing = guard.standing(attempt, home.clock())
    if standing.wait:
        return False
    with home.db.transaction(write=True):
        guard.failed(attempt, home.clock())
    return True


def _standing(guard: Guard, home: Home, login: str, at: str, password: str = "x") -> Standing:
    attempt = guard.attempt(login, at, password, "")
    with home.db.transaction():
        return guard.standing(attempt, home.clock())


def _succeed(guard: Guard, home: Home, login: str, at: str) -> None:
    attempt = guard.attempt(login, at, "right", "")
    guard.succeeded(attempt, Standing(), home.clock())


def test_waits_grow() -> None:
    """Failures first cost nothing, then 1 and 2 seconds, then locks that double to the limit."""
    counter, waits = Counter(), []
    for number in range(11):
        counter = after_failure(counter, LIMITS, 1000.0, str(number))
        waits.append(counter.locked_until - 1000.0)
    assert waits == [0, 0, 1, 2, 30, 60, 120, 240, 480, 900, 900]


@given(st.lists(st.floats(0, 2000), max_size=30))
def test_locks_are_bounded(pauses: list[float]) -> None:
    """However failures are spaced, no lock is longer than the limit, and counts never fall."""
    counter, now = Counter(), 1000.0
    for pause in pauses:
        now += pause
        counter = after_failure(counter, LIMITS, now, "d")
        assert counter.locked_until <= now + LIMITS.seconds
        assert counter.failures >= 1


def test_failures_are_forgotten() -> None:
    """After the limit's time without failure counting begins anew."""
    counter = Counter(failures=9, last_failure=0.0)
    assert after_failure(counter, LIMITS, 901.0, "d").failures == 1


def test_guesses_are_bounded(home: Home) -> None:
    """An hour of guessing one account from one address gets few tries."""
    guard, allowed = home.container.guard, 0
    for second in range(0, 3600, 2):
        allowed += _try(guard, home, f"guess-{second}")
        home.clock.advance(2)
    assert allowed <= 5 + 3600 // 900 + 5


def test_a_repeated_password_counts_once(home: Home) -> None:
    """A client that sends one wrong password nine times at once is one failure."""
    guard = home.container.guard
    for _ in range(9):
        assert _try(guard, home, "typo")
    assert _standing(guard, home, "ada", "192.0.2.1", "typo").repeated
    assert not _standing(guard, home, "ada", "192.0.2.1", "other").repeated
    assert _standing(guard, home, "ada", "192.0.2.1", "other").wait == 0


def test_the_owner_is_not_locked_out_by_others(home: Home) -> None:
    """500 addresses guessing lock new addresses out, not one that worked before."""
    guard = home.container.guard
    _succeed(guard, home, "ada", "198.51.100.7")
    for number in range(500):
        _try(guard, home, f"g{number}", at=f"203.0.{number // 250}.{number % 250}")
    assert _standing(guard, home, "ada", "198.51.100.7").wait == 0
    assert _standing(guard, home, "ada", "192.0.2.99").wait > 0


def test_an_address_that_tries_everybody_is_locked(home: Home) -> None:
    """Trying many accounts from one address locks the address, not the accounts elsewhere."""
    guard = home.container.guard
    allowed = sum(_try(guard, home, "password1", login=f"user{n}") for n in range(100))
    assert allowed <= 4 * 5
    assert _standing(guard, home, "user1", "198.51.100.7").wait == 0


def test_success_forgets_the_pair(home: Home) -> None:
    """A successful login clears the failures of its own account and address."""
    guard = home.container.guard
    for number in range(3):
        _try(guard, home, f"g{number}")
    home.clock.advance(2)
    attempt = guard.attempt("ada", "192.0.2.1", "right", "")
    guard.succeeded(attempt, Standing(failed_before=True), home.clock())
    assert not _standing(guard, home, "ada", "192.0.2.1").failed_before


def test_unlock(home: Home) -> None:
    """An operator unlocks an account everywhere, addresses stay locked."""
    guard = home.container.guard
    for number in range(5):
        _try(guard, home, f"g{number}")
        home.clock.advance(3)
    assert _standing(guard, home, "ada", "192.0.2.1").wait > 0
    with home.db.transaction(write=True):
        assert guard.unlock("ADA")
    assert _standing(guard, home, "ada", "192.0.2.1").wait == 0
    with home.db.transaction(write=True):
        assert not guard.unlock("ada")


def test_nothing_readable_is_stored(home: Home) -> None:
    """Neither names nor addresses nor passwords can be read in the tables."""
    _try(home.container.guard, home, "nearly-right", login="linus@example.org")
    with home.db.transaction():
        stored = str(home.db.rows("SELECT * FROM registry_login_failures"))
    assert not any(text in stored for text in ("nearly-right", "linus", "192.0.2.1"))


def test_prune(home: Home) -> None:
    """Counters that say nothing any more are deleted."""
    _try(home.container.guard, home, "x")
    home.clock.advance(901)
    with home.db.transaction(write=True):
        home.container.guard.prune(home.clock())
        assert not home.db.rows("SELECT 1 FROM registry_login_failures")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_network_of(address: str, network: str) -> None:
    """IPv6 clients count by their /64, mapped IPv4 as IPv4."""
    assert network_of(address) == network


def test_attempt_digests_differ(home: Home) -> None:
    """A new stored password makes an old failure another matter."""
    guard = home.container.guard
    first, second = (guard.attempt("a", "b", "pw", stored) for stored in ("old", "new"))
    assert isinstance(first, Attempt)
    assert first.digest != second.digest


@given(st.text(max_size=12).filter(str.isprintable))
def test_spellings_count_together(login: str) -> None:
    """Property: case, blanks, accents and what shows nothing make no other name."""
    assert folded(folded(login)) == folded(login)
    if login.isascii():
        assert folded(login.upper()) == folded(f" {login} ") == folded(login)
    assert folded(f"{login}\u0301\ufe0f\u200b ") == folded(login)


def test_names_stay_apart() -> None:
    """Names that no directory takes for one have tries of their own."""
    names = ["ada", "ada1", "a.da", "a-da", "ada@lab", "\u0430da", "dom\\ada"]
    assert len({folded(name) for name in names}) == len(names)


def test_other_passwords_at_the_same_time(home: Home) -> None:
    """So many different ones are tried beside each other as may fail."""
    guard = Guard(home.db, b"key", LIMITS)
    attempts = [guard.attempt("ada", "192.0.2.1", f"p{n}", "") for n in range(7)]
    with ExitStack() as stack:
        for attempt in attempts[:5]:
            others = stack.enter_context(guard.beside(attempt))
            with home.db.transaction():
                assert guard.standing(attempt, home.clock(), others).wait == 0
        with guard.beside(attempts[5]) as others, home.db.transaction():
            assert guard.standing(attempts[5], home.clock(), others).wait > 0
        elsewhere = guard.attempt("ada", "192.0.2.2", "p5", "")
        with guard.beside(elsewhere) as others:
            assert others == 0
    with guard.beside(attempts[6]) as others:
        assert others == 0
    assert len(guard._beside) == 0
