"""A scripted back end, and a collector that asks it: the real servers are in ``tests/system``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from applications.init.modules.registries.accounts.enrolment import Enrolment
from applications.init.modules.registries.container import Container
from applications.init.modules.registries.directory import Account
from applications.init.modules.registries.errors import Unauthorized
from applications.init.modules.registries.login import waiting
from applications.init.modules.registries.login.authenticate import Authenticator
from applications.init.modules.registries.login.backends import (
    DISABLED,
    UNKNOWN,
    UNSURE,
    WRONG,
    Backend,
    Person,
    Rejected,
    Silent,
)
from applications.init.modules.registries.login.caller import Caller
from applications.init.modules.registries.login.credentials import Password
from applications.init.modules.registries.login.elsewhere import Elsewhere
from applications.init.modules.registries.login.internal import Internal, Options
from applications.init.modules.registries.login.remember import Remembered
from applications.init.modules.registries.settings import Mapped
from applications.init.modules.registries.token_service import TokenService
from tests.home import Home

ADDRESS = "192.0.2.1"
INVALID = "invalid username or password"


def person(name: str, **more: object) -> Person:
    """``ada`` has the key key-ada and the address ada@there.org."""
    known = Person(f"key-{name}", name, f"{name}@there.org", name.capitalize(), "There", "stamp-1")
    return replace(known, **more)  # type: ignore[arg-type]


@dataclass
class Scripted:
    """A back end whose people are written down here; ``ada`` has the password ada-there.

    It is never asked inside a transaction, nor where nobody may wait.
    """

    home: Home
    name: str = "ldap"
    looks_up: bool = True
    people: dict[str, Person] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    silent: str = ""
    unsure: bool = False
    asked: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def add(self, name: str, **more: object) -> Person:
        """Let there be somebody, or change who is there."""
        self.people[name] = found = person(name, **more)
        self.passwords.setdefault(name, f"{name}-there")
        return found

    def remove(self, name: str) -> None:
        """Let somebody be gone."""
        del self.people[name], self.passwords[name]

    def check(self, login: str, password: str) -> Person | Rejected:
        """Check a password."""
        self.given.append(password)
        self._enter(login)
        known = [n for n, p in self.people.items() if login.lower() in (n.lower(), p.mail.lower())]
        if not known:
            return Rejected(UNSURE if self.unsure else UNKNOWN, "nobody of this name")
        if self.passwords[known[0]] != password:
            return Rejected(UNSURE if self.unsure else WRONG, "wrong password")
        return self._person(known[0])

    def look_up(self, key: str) -> Person | Rejected | None:
        """Who somebody is today."""
        assert self.looks_up, "asked what it can't tell"
        self._enter(key)
        known = [name for name, p in self.people.items() if p.key == key]
        return self._person(known[0]) if known else Rejected(UNKNOWN, "the entry is gone")

    def _person(self, name: str) -> Person | Rejected:
        if name in self.disabled:
            return Rejected(DISABLED, "the account is disabled there")
        return self.people[name]

    def _enter(self, what: str) -> None:
        assert not getattr(self.home.db._local, "open", False), "asked inside a transaction"
        assert not getattr(waiting._local, "forbidden", False), "asked where nobody may wait"
        self.asked.append(what)
        self.meanwhile()
        if self.silent:
            raise Silent(self.silent)


@dataclass
class Rig:
    """A collector whose people are known elsewhere too."""

    home: Home
    ldap: Scripted
    radius: Scripted
    elsewhere: Elsewhere
    authenticator: Authenticator
    remembered: Remembered
    enrolment: Enrolment

    def login(self, login: str, password: str = "", address: str = ADDRESS) -> Caller:
        """Log in; without a password with the one that is right there."""
        given = Password(login, password or f"{login.lower()}-there")
        return self.authenticator.by_password(given, address)

    def refused(self, login: str, password: str = "", told: str = INVALID) -> str:
        """The login fails with these words; return the reason in the log."""
        with pytest.raises(Unauthorized) as caught:
            self.login(login, password)
        assert str(caught.value) == told
        return str(self.home.audit()[-1]["details"].get("reason"))

    def account(self, user_id: int | None) -> Account:
        """An account as it is stored."""
        with self.home.db.transaction():
            found = self.home.container.directory.account_by_id(user_id or 0)
        assert found is not None
        return found

    def groups(self, user_id: int | None) -> set[str]:
        """The names of the groups of an account, without those that everybody has."""
        rows = self.rows(
            "SELECT g.role FROM auth_membership m JOIN auth_group g ON g.id = m.group_id"
            " WHERE m.user_id = ?", user_id,
        )
        return {row[0] for row in rows} - {f"user_{user_id}", "Everybody"}

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database."""
        with self.home.db.transaction():
            return self.home.db.rows(sql, *values)

    def run(self, sql: str, *values: object) -> None:
        """Change the database behind everybody's back."""
        with self.home.db.transaction(write=True):
            self.home.db.run(sql, *values)

    def count(self) -> int:
        """How many accounts there are."""
        return int(str(self.rows("SELECT COUNT(*) FROM auth_user")[0][0]))

    def container(self) -> Container:
        """The collector's parts around this authenticator."""
        built = self.home.container
        tokens: TokenService = built.tokens
        made = TokenService(
            built.db, built.directory, self.authenticator, built.identities, built.keystore,
            tokens._options, built.clock,
        )
        return replace(built, authenticator=self.authenticator, tokens=made)


def rig(
    home: Home,
    mapping: Mapped = (),
    order: tuple[str, ...] = ("internal", "ldap", "radius"),
    seconds: int = 300,
    days: int = 7,
) -> Rig:
    """A collector that asks in this order, and believes what it was told for so long."""
    backends = {name: Scripted(home, name, looks_up=name == "ldap") for name in ("ldap", "radius")}
    built = home.container
    settings = replace(home.settings, directory_seconds=seconds)
    enrolment = Enrolment(home.db, built.directory, settings, {"ldap": mapping, "radius": ()})
    remembered = Remembered(seconds, home.clock)
    asked: list[Backend] = [backends[name] for name in order if name in backends]
    elsewhere = Elsewhere(asked, enrolment, remembered, seconds, days, home.clock)
    options = Options(home.settings.hmac_key, True, "internal" in order)
    internal = Internal(
        home.db, built.directory, built.identities, Remembered(300, home.clock), options
    )
    authenticator = Authenticator(
        home.db, built.directory, built.identities, built.guard, internal,
        elsewhere, home.clock, built.factors,
    )
    return Rig(home, backends["ldap"], backends["radius"], elsewhere, authenticator, remembered,
               enrolment)


def in_threads(*calls: Callable[[], object]) -> list[object]:
    """What calls at the same moment give, or raise, in their order."""
    found: list[object] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def work(number: int, call: Callable[[], object]) -> None:
        start.wait(10)
        try:
            found[number] = call()
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found
