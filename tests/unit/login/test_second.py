"""The second factor: codes of RFC 6238, each once, recovery codes, and what stops guessing."""

from __future__ import annotations

import base64
from dataclasses import replace

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as some

from applications.init.modules.registries import container, housekeeping
from applications.init.modules.registries.accounts import users
from applications.init.modules.registries.errors import (
    BadRequest,
    Conflict,
    SecondFactorNeeded,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from applications.init.modules.registries.login import second
from applications.init.modules.registries.login.caller import Caller
from applications.init.modules.registries.login.credentials import Password
from applications.init.modules.registries.login.second import Second, matching_step
from applications.init.modules.registries.login.switch import Switch
from tests.home import Home, user

ADDRESS = "192.0.2.7"
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_6238 = [
    (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
    (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130"),
]
"""Appendix B, SHA1; codes of six digits are the last six of eight."""


@pytest.fixture
def world(home: Home) -> Home:
    """Two people."""
    home.load(users=[user("ada", 31), user("bob", 32)])
    return home


def factor(world: Home) -> Second:
    """The second factors in the database."""
    return world.container.factors.second


def begin(world: Home) -> str:
    """A secret that waits for its first code."""
    with world.db.transaction(write=True):
        return factor(world).begin(31, world.clock())


def turn_on(world: Home) -> tuple[str, list[str]]:
    """Turn ada's on, and let the code that it took pass; the secret and the recovery codes."""
    secret = begin(world)
    with world.db.transaction(write=True):
        codes = switch(world).on(31, code(world, secret), "", world.clock())
    world.clock.advance(90)
    return secret, codes


def switch(world: Home) -> Switch:
    """What turns it on and off."""
    built = world.container
    return Switch(built.directory, built.factors.second, built.sessions, built.identities)


def code(world: Home, secret: str, steps: int = 0) -> str:
    """The code of now, or of some steps later."""
    return pyotp.TOTP(secret).at(int(world.clock()), counter_offset=steps)


def login(world: Home, given: str | None, password: str = "ada-secret") -> Caller:
    """Log in with password and code."""
    return world.container.authenticator.by_password(Password("ada", password, given), ADDRESS)


def reasons(world: Home) -> list[str]:
    """Why logins were refused, oldest first."""
    return [one["details"]["reason"] for one in world.audit("docker.login.failed")]


@pytest.mark.parametrize(("now", "eight"), RFC_6238)
def test_vectors(now: int, eight: str) -> None:
    """The codes are those of the standard's own examples."""
    assert matching_step(RFC_SECRET, eight[-6:], now, 0) == now // 30


@given(some.integers(10**6, 10**10), some.integers(-4, 4))
def test_window(now: int, off: int) -> None:
    """A code is taken in its own step and the ones beside it, and in no others."""
    text = pyotp.TOTP(RFC_SECRET).at(now, counter_offset=off)
    taken = matching_step(RFC_SECRET, text, now, 0)
    if abs(off) <= 1:
        assert taken is not None
    elif text not in [pyotp.TOTP(RFC_SECRET).at(now, counter_offset=near) for near in (-1, 0, 1)]:
        assert taken is None


@given(some.integers(10**6, 10**10), some.integers(-1, 1), some.integers(-2, 2))
def test_what_was_taken_is_over(now: int, off: int, last: int) -> None:
    """A code of a step that was taken, or of an older one, is refused."""
    step = now // 30 + last
    taken = matching_step(RFC_SECRET, pyotp.TOTP(RFC_SECRET).at(now, counter_offset=off), now, step)
    assert taken is None or taken > step


@given(some.text(max_size=20))
def test_texts_that_are_no_codes(text: str) -> None:
    """Whatever is typed is a code, or refused without trouble."""
    step = matching_step(RFC_SECRET, second._tidy(text), 59, 0)
    assert step is None or second._tidy(text) in ("755224", "287082", "359152")


def test_password_and_code(world: Home) -> None:
    """Right password and right code log in; each code once, so a repeated one is refused."""
    secret, _ = turn_on(world)
    now = code(world, secret)
    assert login(world, now).user_id == 31
    with pytest.raises(Unauthorized, match="wrong, or was used already"):
        login(world, now)
    world.clock.advance(31)
    assert login(world, f" {code(world, secret)[:3]} {code(world, secret)[3:]} ").user_id == 31


def test_an_older_code_after_a_newer_one(world: Home) -> None:
    """Within the window too, what is older than the last one taken is over."""
    secret, _ = turn_on(world)
    before = code(world, secret, -1)
    login(world, code(world, secret))
    with pytest.raises(Unauthorized):
        login(world, before)


def test_the_first_code_is_used_up(world: Home) -> None:
    """The code that turned it on signs nobody in."""
    secret = begin(world)
    first = code(world, secret)
    with world.db.transaction(write=True):
        switch(world).on(31, first, "", world.clock())
    with pytest.raises(Unauthorized):
        login(world, first)


def test_without_a_place_for_a_code(world: Home) -> None:
    """Where no code can be given, the right password is told what to take in its place."""
    turn_on(world)
    with pytest.raises(SecondFactorNeeded, match="personal access token takes the place") as told:
        login(world, None)
    assert told.value.user_id == 31
    assert reasons(world) == ["second factor"]
    with pytest.raises(Unauthorized, match=r"^invalid username or password$"):
        login(world, None, "wrong")


def test_without_the_code(world: Home) -> None:
    """Where one can be given, it is asked for; that is no failure, and not in the log."""
    turn_on(world)
    with pytest.raises(SecondFactorNeeded, match="send it as code"):
        login(world, "")
    assert reasons(world) == []


def test_neither_failure_nor_success(world: Home) -> None:
    """Right passwords without a code neither lock, nor make failures forgotten."""
    secret, _ = turn_on(world)
    for number in range(4):
        for _ in range(10):
            with pytest.raises(SecondFactorNeeded):
                login(world, None)
        with pytest.raises(Unauthorized, match="code is wrong"):
            login(world, f"00000{number}")
        world.clock.advance(3)
    with pytest.raises(Unauthorized):
        login(world, "000009")
    with pytest.raises(TooManyRequests):
        login(world, code(world, secret))
    assert reasons(world).count("wrong code") == 5
    assert world.audit("docker.login.failed")[-1]["details"]["locked"] > 0


def test_guessing_locks(world: Home) -> None:
    """Wrong codes count as wrong passwords do, and a lock holds the right code too."""
    secret, _ = turn_on(world)
    tried = 0
    with pytest.raises(TooManyRequests):
        for number in range(100):
            tried = number
            with pytest.raises(Unauthorized, match="code is wrong"):
                login(world, f"{number:06}")
    assert tried < 5
    with pytest.raises(TooManyRequests):
        login(world, code(world, secret))
    world.clock.advance(1000)
    assert login(world, code(world, secret)).user_id == 31


def test_a_wrong_code_again(world: Home) -> None:
    """The same wrong code is refused again without being looked at, until its step is over."""
    secret, _ = turn_on(world)
    for _ in range(20):
        with pytest.raises(Unauthorized, match="code is wrong"):
            login(world, "000000")
    assert reasons(world) == ["wrong code"]
    assert login(world, code(world, secret)).user_id == 31


def test_a_wrong_code_in_later_steps(world: Home) -> None:
    """In another step it is another guess: one code can't be tried until it is the right one."""
    turn_on(world)
    for _ in range(5):
        with pytest.raises(Unauthorized, match="code is wrong"):
            login(world, "000000")
        world.clock.advance(30)
    with pytest.raises(Unauthorized, match="code is wrong"):
        login(world, "000000")
    with pytest.raises(TooManyRequests):
        login(world, "000000")


def test_recovery_codes(world: Home) -> None:
    """Each stands in for a code once, however it is typed, and the log tells how many are left."""
    _, codes = turn_on(world)
    assert len(set(codes)) == 10
    assert all(len(one) == 19 for one in codes)
    assert login(world, codes[0]).user_id == 31
    with pytest.raises(Unauthorized):
        login(world, codes[0])
    assert login(world, codes[1].replace("-", " ")).user_id == 31
    assert [one["details"]["left"] for one in world.audit("user.totp.recovery")] == [9, 8]
    with world.db.transaction():
        assert factor(world).recovery_left(31) == 8


def test_secrets_are_not_stored_in_the_clear(world: Home) -> None:
    """Neither the secret nor a recovery code is in the database, nor in the log."""
    secret, codes = turn_on(world)
    login(world, codes[0])
    stored = world.stored()
    for text in (secret, *codes, *(one.replace("-", "") for one in codes)):
        assert text not in stored


def test_a_secret_is_its_account_s(world: Home) -> None:
    """A stored secret that is moved to another account is of no use there."""
    secret, _ = turn_on(world)
    with world.db.transaction(write=True):
        world.db.run("UPDATE registry_totp SET user_id = 32")
    given = Password("bob", "bob-secret", code(world, secret))
    with pytest.raises(Unavailable, match="another secret"):
        world.container.authenticator.by_password(given, ADDRESS)


def test_another_shared_secret(world: Home) -> None:
    """With another secret.key the second factor is not skipped: it can't be checked."""
    secret, _ = turn_on(world)
    path = container.secret_path(world.settings)
    path.write_bytes(bytes(32))
    other = container.build(world.settings, world.clock, db=world.db)
    with pytest.raises(Unavailable, match="another secret"):
        other.authenticator.by_password(
            Password("ada", "ada-secret", code(world, secret)), ADDRESS
        )


def test_beginning_is_not_yet_on(world: Home) -> None:
    """Until it is confirmed the password alone logs in; a new beginning replaces the old one."""
    old, new = begin(world), begin(world)
    assert login(world, None).user_id == 31
    with world.db.transaction(write=True):
        with pytest.raises(BadRequest, match="not the code of the moment"):
            switch(world).on(31, code(world, old), "", world.clock())
        assert switch(world).on(31, code(world, new), "", world.clock())
        with pytest.raises(Conflict):
            factor(world).begin(31, world.clock())
        with pytest.raises(Conflict):
            switch(world).on(31, code(world, new, 1), "", world.clock())


def test_a_beginning_does_not_wait_for_ever(world: Home) -> None:
    """A secret that was shown an hour ago, and not confirmed, is forgotten."""
    secret = begin(world)
    world.clock.advance(second.PENDING_SECONDS + 1)
    with world.db.transaction(write=True), pytest.raises(BadRequest, match="begin anew"):
        switch(world).on(31, code(world, secret), "", world.clock())
    housekeeping.run(world.container)
    with world.db.transaction():
        assert factor(world).state(31) is None


def test_what_came_of_the_password_alone_ends(world: Home) -> None:
    """Sessions and identity tokens end when it is turned on, and none comes back with it off."""
    built, before = world.container, login(world, None)
    with world.db.transaction(write=True):
        token = built.identities.create(before, 51, "docker", world.clock())
        mine, other = (built.sessions.open(before, "", world.clock()) for _ in range(2))
    secret = begin(world)
    with world.db.transaction(write=True):
        switch(world).on(31, code(world, secret), mine, world.clock())

    def alive() -> list[bool]:
        with world.db.transaction():
            found = built.identities.redeem(token, 51, world.clock())
            return [isinstance(found, Caller),
                    *(built.sessions.known(one, world.clock()) is not None
                      for one in (mine, other))]

    assert alive() == [False, True, False]
    with world.db.transaction(write=True):
        assert switch(world).off(31)
    assert alive() == [False, True, False]


def test_who_was_faster_is_late_all_the_same(world: Home) -> None:
    """A login of the moment before gets a session and a token that are dead when it is on."""
    built, before = world.container, login(world, None)
    turn_on(world)
    with world.db.transaction(write=True):
        session = built.sessions.open(before, "", world.clock())
        token = built.identities.create(before, 51, "docker", world.clock())
        assert built.sessions.known(session, world.clock()) is None
        assert not isinstance(built.identities.redeem(token, 51, world.clock()), Caller)
        switch(world).reset(31, world.clock())
        assert built.sessions.known(session, world.clock()) is None
        assert not isinstance(built.identities.redeem(token, 51, world.clock()), Caller)


def test_off_keeps_what_was_proven_with_it(world: Home) -> None:
    """Turning it off ends no session; resetting it for another ends all."""
    secret, _ = turn_on(world)
    built, who = world.container, login(world, code(world, secret))
    with world.db.transaction(write=True):
        session = built.sessions.open(who, "", world.clock())
        token = built.identities.create(who, 0, "script", world.clock())
        switch(world).off(31)
        assert built.sessions.known(session, world.clock()) is not None
        assert isinstance(built.identities.redeem(token, 0, world.clock()), Caller)
    assert login(world, None).user_id == 31
    world.clock.advance(60)
    turn_on(world)
    with world.db.transaction(write=True):
        assert switch(world).reset(31, world.clock())
        assert built.sessions.known(session, world.clock()) is None
        assert not switch(world).reset(31, world.clock())


def test_it_goes_with_the_account(world: Home) -> None:
    """Nothing of it is left of an account that is deleted."""
    turn_on(world)
    with world.db.transaction(write=True):
        users.remove(world.db, 31)
        for table in ("registry_totp", "registry_totp_codes"):
            assert world.db.rows(f"SELECT id FROM {table}") == []


def test_a_remembered_password_is_not_enough(world: Home) -> None:
    """A password that is remembered in memory wants a code all the same."""
    login(world, None)
    turn_on(world)
    with pytest.raises(SecondFactorNeeded):
        login(world, None)


def test_a_weak_hash_is_replaced_and_a_code_wanted(world: Home) -> None:
    """The login that stores the password anew does not step over the second factor."""
    secret, _ = turn_on(world)
    settings = replace(world.settings, credential_seconds=0)
    world.container = container.build(settings, world.clock, db=world.db)
    weak = "pbkdf2(10,20,sha512)$ab$" + _pbkdf2("ada-secret", "ab")
    with world.db.transaction(write=True):
        world.db.run("UPDATE auth_user SET password = ? WHERE id = 31", weak)
    with pytest.raises(SecondFactorNeeded):
        login(world, None)
    assert login(world, code(world, secret)).user_id == 31


def _pbkdf2(password: str, salt: str) -> str:
    import hashlib

    return hashlib.pbkdf2_hmac("sha512", password.encode(), salt.encode(), 10, 20).hex()
