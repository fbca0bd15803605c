"""Memberships that follow a back end's groups.

A membership that came from there ends when it ends there.  One that people made
by hand stays, and so do privileges; but a group that a mapping names is the
back end's alone: who is not in it there is not in it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..database import Database
from ..directory import EVERYBODY, is_true
from ..policy import MANAGER
from ..settings import Mapped
from . import creation, members, users
from .groups import KNOWN_PRIVILEGES

_KEPT = re.compile(r"user_[0-9]+|[0-9]+", re.IGNORECASE | re.ASCII)
"""Names that are somebody's own group, or read as an id."""

_LONGEST = 255


@dataclass(frozen=True)
class Plan:
    """What is to change: names of groups to join, ids and names of those to leave."""

    join: tuple[str, ...] = ()
    leave: tuple[tuple[int, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.join or self.leave)


@dataclass(frozen=True)
class Held:
    """A membership as it is; ``came`` tells whether it came from the back end."""

    group_id: int
    role: str
    privilege: bool
    came: bool


def wanted(names: Iterable[str], mapping: Mapped) -> frozenset[str]:
    """The groups here that groups there mean: those of the mapping, or the same names.

    Without a mapping nobody gets a privilege, or anybody's own group.
    """
    if mapping:
        there = {name.casefold() for name in names}
        return frozenset(
            role for name, targets in mapping if name.casefold() in there for role in targets
        )
    kept = {role.casefold() for role in (*KNOWN_PRIVILEGES, EVERYBODY)}
    return frozenset(
        name
        for name in names
        if 0 < len(name) <= _LONGEST
        and name.isprintable()
        and name == name.strip()
        and name.casefold() not in kept
        and not _KEPT.fullmatch(name)
    )


def plan(held: Iterable[Held], roles: Iterable[str], mapping: Mapped) -> Plan:
    """What has to change for memberships to be as the back end says; pure."""
    held = tuple(held)
    mine = {one.role.casefold() for one in held}
    target = {role.casefold(): role for role in roles}
    governed = {role.casefold() for _, targets in mapping for role in targets}
    leave = tuple(
        (one.group_id, one.role)
        for one in held
        if one.role.casefold() not in target
        and (one.came or one.role.casefold() in governed)
    )
    join = tuple(sorted(role for name, role in target.items() if name not in mine))
    return Plan(join, leave)


def memberships(db: Database, user_id: int) -> list[Held]:
    """The groups that a user is in, and which of them came from a back end."""
    rows = db.rows(
        "SELECT g.id, g.role, g.privilege, f.id FROM auth_membership m"
        " JOIN auth_group g ON g.id = m.group_id"
        " LEFT JOIN registry_account_groups f"
        " ON f.user_id = m.user_id AND f.group_id = m.group_id WHERE m.user_id = ?",
        user_id,
    )
    return [Held(row[0], str(row[1]), is_true(row[2]), row[3] is not None) for row in rows]


def carry_out(db: Database, user_id: int, made: Plan, by_mapping: bool) -> Plan:
    """Change memberships; return what was done of the plan.

    Groups that are missing are created, as organisational ones.  The last Manager
    that can log in stays one.

    :param by_mapping: a mapping may name privileges.
    """
    joined, left = [], []
    for role in made.join:
        group_id = _group(db, role, by_mapping)
        if group_id is not None:
            creation.join(db, user_id, group_id)
            db.insert("registry_account_groups", user_id=user_id, group_id=group_id)
            joined.append(role)
    for group_id, role in made.leave:
        if role != MANAGER or not users.is_last_manager(db, user_id):
            members.leave(db, user_id, group_id)
            left.append((group_id, role))
    return Plan(tuple(joined), tuple(left))


def _group(db: Database, role: str, by_mapping: bool) -> int | None:
    """The group of a name, else of that name in another case; made where there is none."""
    rows = [
        row for row in db.rows("SELECT id, privilege, role FROM auth_group")
        if str(row[2]).casefold() == role.casefold()
    ]
    found = [row for row in rows if row[2] == role] or rows
    if len(found) > 1 or (found and is_true(found[0][1]) and not by_mapping):
        return None
    return int(found[0][0]) if found else int(db.insert("auth_group", role=role, privilege="F"))
