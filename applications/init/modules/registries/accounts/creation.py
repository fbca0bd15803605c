"""Creating accounts and groups, with the memberships every account has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import passwords
from ..database import Database
from ..directory import EVERYBODY, Origin, is_true
from ..errors import BadRequest, Conflict, Denied
from ..policy import (
    ADMINISTRATION,
    ALL_PRIVILEGES,
    APP_MANAGER,
    GROUP_MANAGER,
    MANAGER,
    QUOTA_MANAGER,
    REGISTRIES_MANAGER,
    REGISTRIES_PULLER,
    REGISTRIES_PUSHER,
    SELF_MANAGER,
    USER_MANAGER,
)
from ..settings import Settings
from . import origins

MINIMUM_PASSWORD = 4
"""Characters; the collector's own rule for new passwords."""

_GROUP_IDS = {
    MANAGER: 2,
    USER_MANAGER: 181,
    APP_MANAGER: 195,
    GROUP_MANAGER: 199,
    SELF_MANAGER: 200,
    QUOTA_MANAGER: 231,
    EVERYBODY: 276,
    REGISTRIES_PUSHER: 277,
    REGISTRIES_PULLER: 278,
    REGISTRIES_MANAGER: 279,
}
"""Ids of a fresh collector, where they are known and still free."""

_PUBLIC = (REGISTRIES_MANAGER, REGISTRIES_PUSHER, REGISTRIES_PULLER)


def ensure_groups(db: Database) -> None:
    """Create the privilege groups and Everybody where they are missing."""
    groups = db.dal.auth_group
    for role in (*ALL_PRIVILEGES, *ADMINISTRATION, EVERYBODY):
        if db.dal(groups.role == role).isempty():
            wanted = _GROUP_IDS.get(role)
            ids = {"id": wanted} if wanted and groups[wanted] is None else {}
            groups.insert(role=role, privilege=role != EVERYBODY, **ids)


def create_user(db: Database, settings: Settings, password: str | None, **fields: Any) -> int:
    """Create an account: private group, Everybody, and what the settings add.

    :param password: None for people whose password another back end has.
    :param fields: columns of ``auth_user``, ``email`` at least, or ``username`` for those.
    :raises BadRequest: the password is too short, or the e-mail is missing.
    :raises Conflict: the e-mail or username is taken.
    """
    if password is not None and len(password) < MINIMUM_PASSWORD:
        raise BadRequest(f"a password has at least {MINIMUM_PASSWORD} characters")
    if not fields.get("email") and (password is not None or not fields.get("username")):
        raise BadRequest("an account needs an e-mail address")
    for column in ("email", "username"):
        _require_free(db, column, fields.get(column))
    fields.setdefault("quota_docker_registries", settings.default_quota)
    stored = None if password is None else passwords.hash_new(password)
    user_id = _insert_user(db, {"password": stored, **fields})
    complete_user(db, user_id)
    for role in settings.membership_on_register:
        join(db, user_id, group_id(db, role))
    if settings.public_collector:
        for role in _PUBLIC:
            join(db, user_id, group_id(db, role))
    return user_id


def complete_user(db: Database, user_id: int) -> None:
    """Give an account its private group and make it one of Everybody."""
    role = f"user_{user_id}"
    private = db.rows("SELECT id FROM auth_group WHERE role = ?", role)
    private_id = private[0][0] if private else db.insert("auth_group", role=role, privilege="F")
    join(db, user_id, private_id)
    join(db, user_id, group_id(db, EVERYBODY))


def join(db: Database, user_id: int, group_id: int, primary: bool = False) -> None:
    """Make a user member of a group; ``primary`` makes that its primary group."""
    if primary:
        db.run("UPDATE auth_membership SET primary_group = 'F' WHERE user_id = ?", user_id)
    rows = db.rows(
        "SELECT id FROM auth_membership WHERE user_id = ? AND group_id = ?", user_id, group_id
    )
    if not rows:
        # The collector's own pages end memberships without a word to our tables.
        db.run(
            "DELETE FROM registry_account_groups WHERE user_id = ? AND group_id = ?",
            user_id,
            group_id,
        )
        db.insert(
            "auth_membership",
            user_id=user_id,
            group_id=group_id,
            primary_group="T" if primary else "F",
        )
    elif primary:
        db.run("UPDATE auth_membership SET primary_group = 'T' WHERE id = ?", rows[0][0])


def group_id(db: Database, role: str) -> int:
    """The id of a group by its exact name.

    :raises BadRequest: there is no such group.
    """
    rows = db.rows("SELECT id, role FROM auth_group WHERE role = ?", role)
    found = [row[0] for row in rows if row[1] == role]
    if not found:
        raise BadRequest(f"there is no group {role!r}")
    return int(found[0])


def group_of_kind(db: Database, role: str, privilege: bool) -> int:
    """The id of an organisational or a privilege group, never one for the other.

    :raises BadRequest: there is none of that kind.
    """
    group = group_id(db, role)
    kind = db.rows("SELECT privilege FROM auth_group WHERE id = ?", group)[0][0]
    if (kind == "T") is not privilege:
        wanted = "a privilege" if privilege else "an organisational group"
        raise BadRequest(f"{role!r} is not {wanted}")
    return group


def set_password(db: Database, user_id: int, password: str) -> None:
    """Store a new password; remembered logins and identity tokens die with the old one.

    :raises BadRequest: it is too short.
    :raises Conflict: another back end knows the account, and checks its password.
    """
    require_password_here(origins.of(db, user_id))
    if len(password) < MINIMUM_PASSWORD:
        raise BadRequest(f"a password has at least {MINIMUM_PASSWORD} characters")
    db.run(
        "UPDATE auth_user SET password = ? WHERE id = ?", passwords.hash_new(password), user_id
    )


def require_password_here(origin: Origin | None) -> None:
    """Refuse a password for an account whose password is elsewhere.

    :raises Conflict: another back end knows the account.
    """
    if origin is not None:
        raise Conflict(f"this account is {origin.backend}'s: its password is changed there")


def default_group(db: Database, user_id: int) -> int:
    """The group that owns what a user declares (``access-policy.md`` "Collector API").

    Its primary group, else its private group, else its first organisational group.

    :raises Denied: it has none.
    """
    rows = db.rows(
        "SELECT g.id, g.role, m.primary_group FROM auth_membership m"
        " JOIN auth_group g ON g.id = m.group_id"
        " WHERE m.user_id = ? AND g.privilege = 'F' ORDER BY g.role",
        user_id,
    )
    primary = [row[0] for row in rows if row[2] == "T"]
    private = [row[0] for row in rows if row[1] == f"user_{user_id}"]
    others = [row[0] for row in rows if row[1] != EVERYBODY]
    for group in (*primary, *private, *others):
        return int(group)
    raise Denied("you are in no organisational group that could own it")


def _insert_user(db: Database, given: Mapping[str, Any]) -> int:
    """Insert by bound SQL: first logins come in crowds, and the DAL takes its time."""
    values: dict[str, Any] = {}
    for field in db.dal.auth_user:
        value = given.get(field.name, field.default)
        if value is not None:
            is_boolean = field.type == "boolean"
            values[field.name] = ("T" if is_true(value) else "F") if is_boolean else value
    return db.insert("auth_user", **values)


def _require_free(db: Database, column: str, value: str | None) -> None:
    if not value:
        return
    if db.rows(f"SELECT id FROM auth_user WHERE {db.folded(column)} = ?", value.lower()):
        raise Conflict(f"the {column} {value!r} is taken")
