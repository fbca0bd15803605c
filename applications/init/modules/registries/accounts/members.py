"""Who is in which group, and which of the groups is somebody's primary one."""

from __future__ import annotations

from dataclasses import dataclass

from ..database import Database
from ..directory import is_true


@dataclass(frozen=True)
class Membership:
    """One row of the table."""

    user_id: int
    group_id: int
    is_primary: bool


def find(db: Database, user_id: int, group_id: int) -> Membership | None:
    """The membership of a user in a group."""
    return _one(db, "user_id = ? AND group_id = ?", user_id, group_id)


def by_id(db: Database, id_: int) -> Membership | None:
    """A membership by its id."""
    return _one(db, "id = ?", id_)


def leave(db: Database, user_id: int, group_id: int) -> bool:
    """End a membership, wherever it came from; False where there is none."""
    db.run(
        "DELETE FROM registry_account_groups WHERE user_id = ? AND group_id = ?", user_id, group_id
    )
    sql = "DELETE FROM auth_membership WHERE user_id = ? AND group_id = ?"
    return bool(db.run(sql, user_id, group_id))


def set_primary(db: Database, user_id: int, group_id: int) -> None:
    """Make a group that a user is in the primary one, in place of any other."""
    clear_primary(db, user_id)
    db.run(
        "UPDATE auth_membership SET primary_group = 'T' WHERE user_id = ? AND group_id = ?",
        user_id,
        group_id,
    )


def clear_primary(db: Database, user_id: int) -> bool:
    """Leave a user without primary group, in all its groups; False where it had none."""
    sql = "UPDATE auth_membership SET primary_group = 'F' WHERE user_id = ? AND primary_group = 'T'"
    return bool(db.run(sql, user_id))


def _one(db: Database, condition: str, *values: int) -> Membership | None:
    rows = db.rows(
        f"SELECT user_id, group_id, primary_group FROM auth_membership WHERE {condition}", *values
    )
    return Membership(rows[0][0], rows[0][1], is_true(rows[0][2])) if rows else None
