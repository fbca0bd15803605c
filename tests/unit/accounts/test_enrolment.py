"""Accounts of people whom back ends know: made, kept as they are there, refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from applications.init.modules.registries import accounts, audit
from applications.init.modules.registries.accounts.enrolment import Enrolment
from applications.init.modules.registries.directory import Account
from applications.init.modules.registries.errors import Conflict
from applications.init.modules.registries.login.machines import Refused
from applications.init.modules.registries.settings import Mapped
from tests.home import Home, user
from tests.unit.login.people import person

_BOSS: Mapped = (("boss", ("Manager", "webdev")),)


@pytest.fixture
def town(home: Home) -> Home:
    """A group and a local user."""
    home.load(groups=[{"id": 20, "role": "webdev"}], users=[user("local", 31)])
    return home


def _enrolment(home: Home, mapping: Mapped = (), **settings: Any) -> Enrolment:
    mappings = {"ldap": mapping, "radius": ()}
    made = replace(home.settings, **settings)
    return Enrolment(home.db, home.container.directory, made, mappings)


def _admit(home: Home, mapping: Mapped = (), backend: str = "ldap", **more: Any) -> Account:
    found = _enrolment(home, mapping).admit(backend, person("ada", **more), home.clock())
    assert isinstance(found, Account), found
    return found


def _rows(home: Home, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with home.db.transaction():
        return home.db.rows(sql, *values)


def _roles(home: Home, user_id: int) -> set[str]:
    rows = _rows(home, "SELECT g.role FROM auth_membership m JOIN auth_group g"
                       " ON g.id = m.group_id WHERE m.user_id = ?", user_id)
    return {role for (role,) in rows}


def test_a_new_account_is_as_any(town: Home) -> None:
    """It has its private group, Everybody, what the settings give, the quota, and no password."""
    enrolment = _enrolment(town, membership_on_register=("webdev",), default_quota=3)
    found = enrolment.admit("ldap", person("ada"), town.clock())
    assert isinstance(found, Account)
    assert _roles(town, found.id) == {f"user_{found.id}", "Everybody", "webdev"}
    sql = "SELECT password, quota_docker_registries FROM auth_user WHERE id = ?"
    assert _rows(town, sql, found.id) == [(None, 3)]
    assert town.audit(audit.USER_CREATED)[-1]["details"]["backend"] == "ldap"


def test_names_follow(town: Home) -> None:
    """What the back end has of somebody is stored again; what it does not tell stays."""
    first = _admit(town)
    with town.db.transaction(write=True):
        town.db.run("UPDATE auth_user SET email = 'by@hand.org', quota_app = 5 WHERE id = ?",
                    first.id)
    town.clock.advance(300)
    assert _admit(town).email == "ada@there.org"
    town.clock.advance(300)
    later = _admit(town, mail="", first_name="Countess", last_name="")
    assert (later.id, later.email, later.full_name) == (first.id, "ada@there.org", "Countess There")
    assert _rows(town, "SELECT quota_app FROM auth_user WHERE id = ?", first.id) == [(5,)]


def test_nothing_is_written_twice(town: Home) -> None:
    """A login that is like the one before writes nothing, and each change is in the audit log."""
    _admit(town, groups=frozenset({"webdev"}))
    before = len(town.audit())
    _admit(town, groups=frozenset({"webdev"}))
    assert len(town.audit()) == before
    _admit(town, groups=frozenset())
    entry = town.audit()[-1]
    assert entry["log_action"] == audit.GROUP_LEFT
    assert entry["log_fmt"] == "user %(login)s left group %(group)s, as in %(backend)s"
    assert entry["details"]["group"] == "webdev"


def test_no_groups_change_nothing(town: Home) -> None:
    """A back end that does not tell groups, or is not followed, leaves memberships alone."""
    first = _admit(town, _BOSS, groups=frozenset({"boss"}))
    town.clock.advance(300)
    _admit(town, _BOSS, groups=None)
    assert {"Manager", "webdev"} <= _roles(town, first.id)
    town.clock.advance(300)
    _admit(town, _BOSS, groups=frozenset())
    assert not {"Manager", "webdev"} & _roles(town, first.id)


def test_a_quicker_one(town: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where databases let two first logins begin, the slower one finds the account of the other."""
    first = _admit(town)
    find, blind = Enrolment._find, [True, True]

    def late(self: Enrolment, backend: str, key: str) -> Account | None:
        return None if blind and blind.pop() else find(self, backend, key)

    monkeypatch.setattr(Enrolment, "_find", late)
    assert _admit(town).id == first.id
    assert not blind


@pytest.mark.parametrize(
    ("more", "taken"),
    [({"username": "LOCAL"}, "'LOCAL'"), ({"mail": "local@example.org"}, "'local@example.org'")],
)
def test_a_change_there_takes_nobodys_name(town: Home, more: dict[str, str], taken: str) -> None:
    """Who gets another's name there is refused, told why, and stays who they were here."""
    first = _admit(town)
    town.clock.advance(300)
    found = _enrolment(town).admit("ldap", person("ada", **more), town.clock())
    assert isinstance(found, Refused)
    assert found.told
    assert found.reason == (
        f"ldap knows you, but the name {taken} is taken: ask who manages the accounts here"
    )
    with town.db.transaction():
        stored = town.container.directory.account_by_id(first.id)
    assert stored is not None
    assert (stored.username, stored.email) == (first.username, first.email)


def test_a_key_of_one_back_end(town: Home) -> None:
    """The same key at another back end is somebody else."""
    first = _admit(town)
    other = _enrolment(town).admit(
        "radius", person("other", key="key-ada", mail=""), town.clock()
    )
    assert isinstance(other, Account)
    assert other.id != first.id


def test_refused_and_good_again(town: Home) -> None:
    """A refusal is remembered with its reason, ends sessions, and goes when it is over."""
    found = _admit(town)
    who = town.container
    with town.db.transaction(write=True):
        from applications.init.modules.registries.login import caller

        session = who.sessions.open(caller.user(found), "", town.clock())
    _enrolment(town).refuse(found, "x" * 300, town.clock())
    with town.db.transaction():
        refused = who.directory.account_by_id(found.id)
        assert refused is not None
        assert refused.is_refused
        assert who.sessions.known(session, town.clock()) is None
    assert not _admit(town).is_refused
    with town.db.transaction():
        assert who.sessions.known(session, town.clock()) is None


def test_no_password_can_be_set(town: Home) -> None:
    """An account of a back end gets no password here."""
    found = _admit(town)
    with pytest.raises(Conflict, match="this account is ldap's"), town.db.transaction(write=True):
        accounts.set_password(town.db, found.id, "a-local-one")


def test_a_setting_that_names_no_group(town: Home) -> None:
    """A group of the settings that is missing makes no account, and is told."""
    enrolment = _enrolment(town, membership_on_register=("missing",))
    found = enrolment.admit("ldap", person("ada"), town.clock())
    assert isinstance(found, Refused)
    assert found.told
    assert "there is no group 'missing'" in found.reason
    assert _rows(town, "SELECT id FROM auth_user WHERE username = 'ada'") == []
