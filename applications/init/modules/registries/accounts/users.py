"""What is changed of an account: its columns, whether it may log in, and that it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..database import Database
from ..errors import Conflict
from ..policy import MANAGER
from . import columns, groups

BOOLEANS = ("email_notifications", "im_notifications", "lock_filter")
COLUMNS = (
    "first_name", "last_name", "email", "username", "phone_work", "im_type", "im_username",
    "email_log_level", "im_log_level", "email_notifications_delay", "im_notifications_delay",
    "quota_app", "quota_org_group", "quota_docker_registries", *BOOLEANS,
)
"""What people write; passwords and keys are none of it."""

BLOCKED = "blocked"


def properties(db: Database, user_id: int) -> dict[str, Any]:
    """What is stored of an account."""
    return columns.read(db, "auth_user", user_id, COLUMNS, BOOLEANS)


def change(db: Database, user_id: int, values: Mapping[str, Any]) -> None:
    """Store some columns of an account, checked by the caller."""
    columns.write(db, "auth_user", user_id, {name: values[name] for name in COLUMNS
                                             if name in values})


def require_free_login(db: Database, text: str, own_id: int | None = None) -> None:
    """Refuse a name to log in with that means somebody else.

    A user's name comes before a machine's at the login: one that reads like a
    machine's would lock that out.

    :raises Conflict: it is another user's e-mail or username, or a machine's name.
    """
    for column in ("email", "username"):
        if columns.holder(db, "auth_user", column, text) not in (None, own_id):
            raise Conflict(f"the name {text!r} is taken")
    nodename = text.rpartition("@")[2]
    if db.rows(f"SELECT id FROM auth_node WHERE {db.folded('nodename')} = ?", nodename.lower()):
        raise Conflict(f"{nodename!r} is a node: names like {text!r} are its services'")


def block(db: Database, user_id: int) -> None:
    """Keep an account from logging in, and end its sessions."""
    db.run("UPDATE auth_user SET registration_key = ? WHERE id = ?", BLOCKED, user_id)
    sign_out(db, user_id)


def sign_out(db: Database, user_id: int) -> None:
    """End all sessions of an account."""
    db.run("DELETE FROM registry_sessions WHERE user_id = ?", user_id)


def unblock(db: Database, user_id: int) -> None:
    """Let an account log in, whatever kept it from that."""
    db.run("UPDATE auth_user SET registration_key = '' WHERE id = ?", user_id)


def is_last_manager(db: Database, user_id: int) -> bool:
    """Tell whether no other Manager can log in: blocked here, or refused where it is known.

    Two that end the last two Managers wait for each other.
    """
    rows = db.rows(
        "SELECT u.id, u.registration_key, (SELECT o.state FROM registry_account_origins o"
        " WHERE o.user_id = u.id) FROM auth_membership m"
        " JOIN auth_group g ON g.id = m.group_id JOIN auth_user u ON u.id = m.user_id"
        f" WHERE g.role = ? AND g.privilege = 'T'{'' if db.is_sqlite else ' FOR UPDATE'}",
        MANAGER,
    )
    able = {id_ for id_, key, state in rows if not str(key or "").strip() and not state}
    return able == {user_id}


def remove(db: Database, user_id: int) -> None:
    """Delete an account with its private group, memberships, prefs, tokens and sessions.

    :raises Conflict: something would have no responsible group any more.
    """
    private = private_group(db, user_id)
    if private is not None:
        groups.require_not_last(db, private, groups.private_role(user_id))
        groups.remove(db, private)
    for table in _OF_USER:
        db.run(f"DELETE FROM {table} WHERE user_id = ?", user_id)
    db.run("DELETE FROM auth_user WHERE id = ?", user_id)


def private_group(db: Database, user_id: int) -> int | None:
    """The id of the group that is one user's alone."""
    rows = db.rows(
        "SELECT id FROM auth_group WHERE role = ? AND privilege = 'F'",
        groups.private_role(user_id),
    )
    return int(rows[0][0]) if rows else None


_OF_USER = (
    "auth_membership", "user_prefs", "registry_identity_tokens", "registry_sessions",
    "registry_account_origins", "registry_account_groups",
    "registry_personal_tokens", "registry_totp", "registry_totp_codes",
)
