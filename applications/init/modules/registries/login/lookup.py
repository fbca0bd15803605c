"""Somebody that people name: a user, a service or a group, by id or name, never by guess."""

from __future__ import annotations

from dataclasses import dataclass

from ..database import Database
from ..directory import Account, Directory, Service, is_true
from ..errors import BadRequest
from ..names import MAX_ID


@dataclass(frozen=True)
class Group:
    """A group; ``privilege`` marks one that is a privilege, and owns nothing."""

    id: int
    role: str
    privilege: bool


def user(directory: Directory, text: str) -> Account | None:
    """A user by id, e-mail or username."""
    found = directory.account_by_id(int(text)) if _is_id(text) else None
    return found or directory.account(text)


def service(db: Database, text: str) -> Service | None:
    """A service by its id or its name.

    :raises BadRequest: several services have that name.
    """
    rows = db.rows(
        "SELECT svc_id, svcname, svc_app FROM services WHERE svc_id = ? OR svcname = ?", text, text
    )
    found = [Service(row[0], row[1], row[2] or "") for row in rows]
    by_id = [one for one in found if one.svc_id == text]
    named = by_id or [one for one in found if one.svcname == text]
    if len(named) > 1:
        raise BadRequest(f"several services are named {text[:64]!r}: use the svc_id")
    return named[0] if named else None


def group(db: Database, text: str) -> Group | None:
    """A group by id, where the text is all digits, else by its exact role name."""
    if text.isascii() and text.isdigit():
        rows = db.rows(f"{_GROUP} id = ?", int(text)) if _is_id(text) else []
    else:
        rows = [row for row in db.rows(f"{_GROUP} role = ?", text) if row[1] == text]
    return Group(rows[0][0], str(rows[0][1]), is_true(rows[0][2])) if len(rows) == 1 else None


_GROUP = "SELECT id, role, privilege FROM auth_group WHERE"


def _is_id(text: str) -> bool:
    known = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))
    return known and int(text) <= MAX_ID
