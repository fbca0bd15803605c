"""Memberships that follow a back end's groups: the plan, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.accounts import creation, following, groups, members
from applications.init.modules.registries.accounts.following import Held, Plan, plan, wanted
from applications.init.modules.registries.accounts.groups import KNOWN_PRIVILEGES
from applications.init.modules.registries.login.lookup import Group
from applications.init.modules.registries.settings import Mapped
from tests.home import Home, user

_ROLES = ("ops", "Ops", "dev", "été", "ÉTÉ", "Manager", "DockerRegistriesPuller", "mixed case")
_THERE = ("a", "A", "b", "é", "É", "c")

_names = st.sampled_from(_ROLES)
_mappings = st.lists(
    st.tuples(st.sampled_from(_THERE), st.lists(_names, max_size=3).map(tuple)), max_size=4
).map(tuple)


@st.composite
def _held(draw: st.DrawFn) -> tuple[Held, ...]:
    """Memberships, of which no two have one name."""
    roles = draw(st.lists(_names, unique_by=str.casefold))
    return tuple(
        Held(number, role, role in KNOWN_PRIVILEGES, draw(st.booleans()))
        for number, role in enumerate(roles, 1)
    )


def _after(held: Iterable[Held], made: Plan) -> tuple[Held, ...]:
    """The memberships once a plan is carried out."""
    left = {group_id for group_id, _ in made.leave}
    kept = [one for one in held if one.group_id not in left]
    joined = [Held(100 + n, role, False, True) for n, role in enumerate(made.join)]
    return (*kept, *joined)


def _folded(roles: Iterable[str]) -> set[str]:
    return {role.casefold() for role in roles}


@given(_held(), st.lists(_names), _mappings)
def test_the_result_is_as_told(
    held: tuple[Held, ...], roles: list[str], mapping: Mapped
) -> None:
    """Property: afterwards somebody is in what is wanted, and beside that in what people gave."""
    by_hand = {
        one.role.casefold() for one in held
        if not one.came
        and one.role.casefold() not in _folded(r for _, targets in mapping for r in targets)
    }
    after = _after(held, plan(held, roles, mapping))
    assert _folded(one.role for one in after) == _folded(roles) | by_hand
    assert len(after) == len(_folded(one.role for one in after)), "a group twice"


@given(_held(), st.lists(_names), _mappings)
def test_a_plan_is_done_once(held: tuple[Held, ...], roles: list[str], mapping: Mapped) -> None:
    """Property: after it, there is nothing to do."""
    assert not plan(_after(held, plan(held, roles, mapping)), roles, mapping)


@given(_held(), st.lists(_names), _mappings)
def test_a_membership_by_hand_stays(
    held: tuple[Held, ...], roles: list[str], mapping: Mapped
) -> None:
    """Property: what people gave ends only where a mapping names the group."""
    named = _folded(role for _, targets in mapping for role in targets)
    ids = {one.group_id: one for one in held}
    for group_id, _ in plan(held, roles, mapping).leave:
        assert ids[group_id].came or ids[group_id].role.casefold() in named


@given(st.frozensets(st.text(max_size=8) | st.sampled_from(
    ["user_5", "USER_7", "31", "everybody", "Everybody", " Everybody", "Everybody ", "manager",
     "DOCKERREGISTRIESPULLER", "a\nb", "ops"])))
def test_names_alone_give_no_rights(names: frozenset[str]) -> None:
    """Property: without mapping, a group's name joins no privilege, nobody's own group, nor
    Everybody, and a name of no group is none.
    """
    found = wanted(names, ())
    assert found <= names
    kept = _folded((*KNOWN_PRIVILEGES, "Everybody"))
    for name in found:
        assert name.strip().casefold() not in kept
        assert groups.private_of(Group(0, name, False)) is None
        assert name.isprintable()
        assert name == name.strip() != ""
        assert not (name.isascii() and name.isdigit())


@given(st.frozensets(st.sampled_from(_THERE)), _mappings)
def test_a_mapping_means_all_it_says(names: frozenset[str], mapping: Mapped) -> None:
    """Property: each group there brings all that any line says of it, whatever its case."""
    model = {
        role for name, targets in mapping for role in targets
        if name.casefold() in _folded(names)
    }
    assert wanted(names, mapping) == (model if mapping else names)


# Carried out


@pytest.fixture
def town(home: Home) -> Home:
    """Ada with a group of her own choice, a privilege and a primary group."""
    # MariaDB has no two groups whose names differ in case only.
    twins = ["twin"] if home.db.engine.startswith("mysql") else ["twin", "Twin"]
    home.load(
        groups=[{"id": 20, "role": "webdev"}, {"id": 21, "role": "Ops"}, {"id": 22, "role": "été"},
                *({"id": 24 + number, "role": role} for number, role in enumerate(twins))],
        users=[user("ada", 31, groups=["webdev"], primary_group="webdev",
                    privileges=["DockerRegistriesPuller"])],
    )
    return home


def _follow(home: Home, names: Iterable[str] | None, mapping: Mapped = ()) -> Plan:
    with home.db.transaction(write=True):
        held = following.memberships(home.db, 31)
        made = plan(held, wanted(names or (), mapping), mapping)
        return following.carry_out(home.db, 31, made, bool(mapping))


def _groups(home: Home, came: bool | None = None) -> set[str]:
    with home.db.transaction():
        held = following.memberships(home.db, 31)
    return {one.role for one in held if came is None or one.came is came} - {"user_31", "Everybody"}


def _ids(home: Home, role: str) -> list[int]:
    with home.db.transaction():
        rows = home.db.rows("SELECT id, role FROM auth_group")
    return [id_ for id_, known in rows if known.casefold() == role.casefold()]


def test_groups_are_followed(town: Home) -> None:
    """What came goes again; what people gave stays, as do primary group and privilege."""
    _follow(town, ["ops", "new"])
    assert _groups(town, came=True) == {"Ops", "new"}
    done = _follow(town, ["new"])
    assert [role for _, role in done.leave] == ["Ops"]
    assert _groups(town) == {"webdev", "DockerRegistriesPuller", "new"}
    with town.db.transaction():
        membership = members.find(town.db, 31, 20)
    assert membership is not None
    assert membership.is_primary
    assert not _follow(town, ["new"])


def test_a_group_that_people_gave_is_theirs(town: Home) -> None:
    """Being in it there too changes nothing: it stays when it ends there."""
    _follow(town, ["webdev"])
    _follow(town, [])
    assert _groups(town) == {"webdev", "DockerRegistriesPuller"}


def test_a_mapping_governs_its_groups(town: Home) -> None:
    """A group that a mapping names is the back end's alone, privileges as well."""
    mapping: Mapped = (("puller", ("DockerRegistriesPuller",)), ("web", ("WebDev", "ops")))
    _follow(town, ["WEB"], mapping)
    assert _groups(town) == {"webdev", "Ops"}
    _follow(town, ["puller"], mapping)
    assert _groups(town) == {"DockerRegistriesPuller"}
    _follow(town, [], mapping)
    assert _groups(town) == set()


def test_a_mapping_that_is_gone(town: Home) -> None:
    """A privilege that came by a mapping ends with the mapping."""
    _follow(town, ["x"], (("x", ("DockerRegistriesManager",)),))
    assert "DockerRegistriesManager" in _groups(town, came=True)
    _follow(town, ["x"])
    assert _groups(town) == {"webdev", "DockerRegistriesPuller", "x"}


@pytest.mark.parametrize("name", ["OPS", "ÉTÉ", "Été"])
def test_another_case_is_the_same_group(town: Home, name: str) -> None:
    """No second group is made for another spelling, on databases that fold ASCII only either."""
    for _ in range(2):
        _follow(town, [name])
        assert len(_ids(town, name)) == 1
        assert len(_groups(town, came=True)) == 1
        _follow(town, [])


def test_an_upper_case_group_twice(town: Home) -> None:
    """A group that was made for one is found for the next."""
    _follow(town, ["ÖL"])
    _follow(town, [])
    _follow(town, ["ÖL"])
    assert _groups(town, came=True) == {"ÖL"}


@pytest.mark.sqlite_only("MariaDB has no two groups whose names differ in case only")
def test_groups_of_one_name_in_two_cases(town: Home) -> None:
    """The exact one is meant; where none is, nobody guesses."""
    _follow(town, ["Twin"])
    assert _groups(town, came=True) == {"Twin"}
    _follow(town, ["TWIN"])
    assert _groups(town, came=True) == {"Twin"}
    _follow(town, [])
    _follow(town, ["TWIN"])
    assert _groups(town, came=True) == set()


def test_a_privilege_of_another_name(town: Home) -> None:
    """A privilege of the site's own is not joined by its name either, only by a mapping."""
    with town.db.transaction(write=True):
        town.db.insert("auth_group", role="Sudoers", privilege="T")
    _follow(town, ["sudoers"])
    assert "Sudoers" not in _groups(town)
    _follow(town, ["x"], (("x", ("Sudoers",)),))
    assert "Sudoers" in _groups(town)


@pytest.mark.parametrize("name", ["user_31", "USER_31", "user_1", "31", "Everybody", "Manager"])
def test_groups_that_are_never_joined_by_name(town: Home, name: str) -> None:
    """Private groups, names that read as ids, Everybody and privileges bring nothing."""
    before = _groups(town)
    assert not _follow(town, [name])
    assert _groups(town) == before


def test_a_group_renamed_or_deleted_here(town: Home) -> None:
    """Names are followed: the old name is a new group, and a deleted one is made again, without
    what was known of the old one.
    """
    _follow(town, ["ops"])
    (old,) = _ids(town, "ops")
    with town.db.transaction(write=True):
        town.db.run("UPDATE auth_group SET role = 'operators' WHERE id = ?", old)
    _follow(town, ["ops"])
    assert _groups(town, came=True) == {"ops"}
    (new,) = _ids(town, "ops")
    with town.db.transaction(write=True):
        groups.remove(town.db, new)
        assert town.db.rows("SELECT * FROM registry_account_groups WHERE group_id = ?", new) == []
    _follow(town, ["ops"])
    assert _groups(town, came=True) == {"ops"}
    assert _ids(town, "ops") != [new]


def test_a_membership_ended_by_others(town: Home) -> None:
    """What the collector's own pages left of a membership keeps nobody from joining again."""
    _follow(town, ["ops"])
    with town.db.transaction(write=True):
        town.db.run("DELETE FROM auth_membership WHERE user_id = 31 AND group_id = 21")
    _follow(town, ["ops"])
    assert "Ops" in _groups(town, came=True)
    with town.db.transaction(write=True):
        town.db.run("DELETE FROM auth_membership WHERE user_id = 31 AND group_id = 21")
        creation.join(town.db, 31, 21)
    assert "Ops" in _groups(town, came=False), "what people gave is taken for what came"


def test_ended_by_hand(town: Home) -> None:
    """A membership that somebody ends here is joined again as one that came."""
    _follow(town, ["ops"])
    with town.db.transaction(write=True):
        members.leave(town.db, 31, 21)
    assert "Ops" not in _groups(town)
    _follow(town, ["ops"])
    assert "Ops" in _groups(town, came=True)


def test_the_last_manager_stays(town: Home) -> None:
    """Nobody takes the last Manager that can log in away: others, blocked or refused where they
    are known, are none.
    """
    mapping: Mapped = (("boss", ("Manager",)),)
    _follow(town, ["boss"], mapping)
    with town.db.transaction(write=True):
        town.db.run("UPDATE auth_user SET registration_key = 'blocked' WHERE id = 1")
    assert not _follow(town, [], mapping)
    assert "Manager" in _groups(town)
    with town.db.transaction(write=True):
        town.db.run("UPDATE auth_user SET registration_key = '' WHERE id = 1")
        town.db.insert(
            "registry_account_origins", user_id=1, backend="ldap", origin_key="k", stamp="",
            state="gone", checked=0,
        )
    assert not _follow(town, [], mapping)
    with town.db.transaction(write=True):
        town.db.run("UPDATE registry_account_origins SET state = '' WHERE user_id = 1")
    assert _follow(town, [], mapping).leave
    assert "Manager" not in _groups(town)


def test_a_plan_says_whether_there_is_anything() -> None:
    """An empty plan is false."""
    assert not Plan()
    assert replace(Plan(), join=("x",))
