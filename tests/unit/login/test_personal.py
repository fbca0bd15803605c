"""Personal tokens: instead of a password, with an end and limits of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from applications.init.modules.registries import accounts, housekeeping
from applications.init.modules.registries.accounts import users
from applications.init.modules.registries.errors import Unauthorized
from applications.init.modules.registries.login import personal
from applications.init.modules.registries.login.caller import Caller
from applications.init.modules.registries.login.credentials import Password
from applications.init.modules.registries.login.limits import Limits
from applications.init.modules.registries.login.personal import DAY, PersonalTokens
from tests.home import Home, user

ADDRESS = "192.0.2.7"
CI = Limits("ci")


@pytest.fixture
def world(home: Home) -> Home:
    """Two people."""
    home.load(users=[user("ada", 31), user("bob", 32)])
    return home


def make(world: Home, limits: Limits = CI, days: int = 30, user_id: int = 31) -> str:
    """A new token."""
    with world.db.transaction(write=True):
        return tokens(world).create(
            user_id, limits, world.clock(), world.clock() + days * DAY
        )[1]


def tokens(world: Home) -> PersonalTokens:
    """The tokens in the database."""
    return world.container.factors.personal


def login(world: Home, token: str, name: str = "ada", address: str = ADDRESS) -> Caller:
    """Log in with a token as the password."""
    return world.container.authenticator.by_password(Password(name, token), address)


def refused(world: Home, token: str, name: str = "ada") -> str:
    """The login fails; return the reason in the log."""
    with pytest.raises(Unauthorized, match="personal token is not valid any more"):
        login(world, token, name)
    entries = world.audit("docker.login.failed")
    return str(entries[-1]["details"]["reason"]) if entries else ""


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org", "Ada@Example.ORG"])
def test_in_place_of_the_password(world: Home, name: str) -> None:
    """With the name of its owner, in whatever case, it is the owner, within its limits."""
    limits = Limits("ci", True, frozenset({51, 52}))
    token = make(world, limits)
    assert personal.looks_like(token)
    who = login(world, token, name)
    assert (who.user_id, who.login, who.backend) == (31, "ada@example.org", "personal token")
    assert who.limits == limits


def test_alone(world: Home) -> None:
    """As a bearer it comes without a name."""
    who = world.container.authenticator.by_personal(make(world), None, ADDRESS)
    assert (who.user_id, who.limits) == (31, Limits("ci"))


@pytest.mark.parametrize("name", ["bob", "nobody", "ada@example.com", "31"])
def test_with_another_name(world: Home, name: str) -> None:
    """With another's name it is refused, and the owner's log says so."""
    assert refused(world, make(world), name) == "the personal token 'ci' came with another's name"


def test_it_ends(world: Home) -> None:
    """To the second when it was to end."""
    token = make(world, days=1)
    world.clock.advance(DAY - 1)
    assert login(world, token).user_id == 31
    world.clock.advance(1)
    assert refused(world, token) == "the personal token 'ci' has expired"


def test_revoked_one_by_one(world: Home) -> None:
    """A revoked one is dead, others live on; a new password kills none."""
    one, two = make(world, Limits("one")), make(world, Limits("two"))
    with world.db.transaction(write=True):
        live = tokens(world).live(31, world.clock())
        tokens(world).revoke([found for found in live if found.limits.name == "one"], world.clock())
        accounts.set_password(world.db, 31, "another-secret")
    assert refused(world, one) == "the personal token 'one' is revoked"
    assert login(world, two).user_id == 31


def test_blocked_and_gone(world: Home) -> None:
    """It is of no use while its owner is blocked, works again after that, and goes with it."""
    token = make(world)
    with world.db.transaction(write=True):
        users.block(world.db, 31)
    assert refused(world, token) == "account is blocked"
    with world.db.transaction(write=True):
        users.unblock(world.db, 31)
    assert login(world, token).user_id == 31
    with world.db.transaction(write=True):
        users.remove(world.db, 31)
        assert tokens(world).everybody() == []
    refused(world, token)


def test_failures_lock_nobody(world: Home) -> None:
    """However often a dead or made-up token comes, its owner still logs in with the password."""
    made_up = personal.PREFIX + "A" * 43
    for _ in range(20):
        assert refused(world, made_up) == ""
    assert world.container.authenticator.by_password(Password("ada", "ada-secret"), ADDRESS)


def test_last_use(world: Home) -> None:
    """When and from where it was last used is written down, at most once a minute."""
    token = make(world)
    start = int(world.clock())

    def seen() -> tuple[int | None, str]:
        with world.db.transaction():
            (only,) = tokens(world).of_user(31)
        return only.last_used, only.last_address

    assert seen() == (None, "")
    login(world, token)
    assert seen() == (start, ADDRESS)
    world.clock.advance(59)
    login(world, token, address="192.0.2.8")
    assert seen() == (start, ADDRESS)
    world.clock.advance(1)
    login(world, token, address="192.0.2.8")
    assert seen() == (start + 60, "192.0.2.8")


def test_what_is_stored(world: Home) -> None:
    """The token is nowhere in the database, nor in the log."""
    token = make(world)
    login(world, token)
    refused(world, token, "bob")
    assert token[8:] not in world.stored()


def test_a_list_that_can_not_be_read_is_for_no_registry(world: Home) -> None:
    """A stored limit that is damaged never becomes no limit."""
    make(world, Limits("ci", False, frozenset({51})))
    with world.db.transaction(write=True):
        world.db.run("UPDATE registry_personal_tokens SET registries = '{bad'")
        (only,) = tokens(world).of_user(31)
    assert only.limits.registries == frozenset()


def test_pruned(world: Home) -> None:
    """A month after their end tokens are deleted."""
    make(world, days=1)
    world.clock.advance(30 * DAY)
    assert housekeeping.run(world.container)["personal_tokens"] == 0
    world.clock.advance(2 * DAY)
    assert housekeeping.run(world.container)["personal_tokens"] == 1


@given(some.text(max_size=60) | some.from_regex(r"osvcpat_[A-Za-z0-9_-]{40,46}"))
def test_the_form(text: str) -> None:
    """Only the prefix and 43 characters are such a token; an account's password is not."""
    body = text[len(personal.PREFIX):]
    known = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    wanted = text.startswith(personal.PREFIX) and len(body) == 43 and set(body) <= known
    assert personal.looks_like(text) is wanted
