"""Groups: which names and changes they may have, and deleting one with all its ties."""

from __future__ import annotations

import re
from typing import Any

from ..catalog import links
from ..catalog.links import Link, Tie
from ..database import Database
from ..directory import EVERYBODY, is_true
from ..errors import BadRequest, Conflict
from ..login.lookup import Group
from ..policy import ADMINISTRATION, ALL_PRIVILEGES
from . import columns
from .apps import PUBLICATIONS, RESPONSIBLES

COLUMNS = ("role", "description", "privilege")
KNOWN_PRIVILEGES = (*ALL_PRIVILEGES, *ADMINISTRATION)

_PRIVATE = re.compile(r"user_([0-9]+)", re.IGNORECASE | re.ASCII)


def private_role(user_id: int) -> str:
    """The name of the group that is one user's alone."""
    return f"user_{user_id}"


def private_of(group: Group) -> int | None:
    """The id of the user whose private group it is by its name; None for other groups."""
    found = None if group.privilege else _PRIVATE.fullmatch(group.role)
    return int(found[1]) if found and len(found[1]) < 11 else None


def is_fixed(group: Group) -> bool:
    """Tell whether others rely on a group being what it is."""
    known = group.role in (EVERYBODY, *KNOWN_PRIVILEGES)
    return known or private_of(group) is not None


def require_role(db: Database, role: str, own_id: int | None = None) -> None:
    """Refuse a name that reads as an id, is kept for others, or is taken.

    A group named as the private group of a user to come would be that user's.

    :raises BadRequest: no group has such a name.
    :raises Conflict: it is taken.
    """
    kept = {known.lower() for known in (EVERYBODY, *KNOWN_PRIVILEGES)}
    if _PRIVATE.fullmatch(role) or role.lower() in kept:
        raise BadRequest(f"the name {role!r} is kept for the collector itself")
    columns.require_free(db, "auth_group", "role", role, own_id)


def properties(db: Database, group_id: int) -> dict[str, Any]:
    """What is stored of a group."""
    return columns.read(db, "auth_group", group_id, COLUMNS, ("privilege",))


def quota(db: Database, user_id: int) -> int:
    """How many groups a user may be in who creates another; 0 is no limit.

    Two creations of one user wait for each other.
    """
    db.run("UPDATE auth_user SET quota_org_group = quota_org_group WHERE id = ?", user_id)
    rows = db.rows("SELECT quota_org_group FROM auth_user WHERE id = ?", user_id)
    return int(rows[0][0] or 0) if rows else 0


def count(db: Database, user_id: int) -> int:
    """How many groups a user is in, without privileges, Everybody and its private group."""
    rows = db.rows(
        "SELECT g.role, g.privilege FROM auth_membership m JOIN auth_group g"
        " ON g.id = m.group_id WHERE m.user_id = ?",
        user_id,
    )
    given = (EVERYBODY, private_role(user_id))
    return sum(1 for role, privilege in rows if not is_true(privilege) and role not in given)


def require_not_last(db: Database, group_id: int, role: str) -> None:
    """Refuse to end a group that alone is responsible for something.

    :raises Conflict: there is a registry or an application that it alone answers for.
    """
    for noun, name, link in _OWNED:
        sql = (
            f"SELECT DISTINCT o.id, o.{name} FROM {link.table} l JOIN {link.of} o"
            f" ON o.id = l.{link.key} WHERE l.group_id = ? ORDER BY o.id"
        )
        for id_, text in db.rows(sql, group_id):
            if links.is_last(db, link, Tie(id_, group_id)):
                raise Conflict(
                    f"group {role} alone is responsible for {noun} {text}:"
                    " make another group responsible first"
                )


def remove(db: Database, group_id: int) -> None:
    """Delete a group, its members' memberships, and its ties to registries and applications."""
    for table in TIES:
        db.run(f"DELETE FROM {table} WHERE group_id = ?", group_id)
    db.run("DELETE FROM auth_group WHERE id = ?", group_id)


TIES = (
    "auth_membership",
    "registry_account_groups",
    "auth_permission",
    RESPONSIBLES.table,
    PUBLICATIONS.table,
    links.RESPONSIBLES.table,
    links.PUBLICATIONS.table,
)
"""Tables with rows of a group."""

_OWNED: tuple[tuple[str, str, Link], ...] = (
    ("registry", "service", links.RESPONSIBLES),
    ("application", "app", RESPONSIBLES),
)
