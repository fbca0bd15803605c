"""Which account is another back end's, and what that said of it last."""

from __future__ import annotations

from ..database import Database
from ..directory import Origin

_STATE = 255


def of(db: Database, user_id: int) -> Origin | None:
    """The origin of an account; None for one whose password is here."""
    rows = db.rows(
        "SELECT backend, origin_key, stamp, state, checked FROM registry_account_origins"
        " WHERE user_id = ?",
        user_id,
    )
    return Origin(*rows[0]) if rows else None


def holder(db: Database, backend: str, key: str) -> int | None:
    """The account of somebody whom a back end knows by this key, compared exactly."""
    rows = db.rows(
        "SELECT user_id, origin_key FROM registry_account_origins"
        " WHERE backend = ? AND origin_key = ?",
        backend,
        key,
    )
    return next((int(user_id) for user_id, known in rows if known == key), None)


def record(db: Database, user_id: int, backend: str, key: str, stamp: str, now: float) -> None:
    """Make an account a back end's."""
    db.insert(
        "registry_account_origins",
        user_id=user_id,
        backend=backend,
        origin_key=key,
        stamp=stamp,
        state="",
        checked=now,
    )


def forget_gone(db: Database, backend: str, key: str) -> None:
    """Drop what is left of an account that others deleted without its rows of ours."""
    user_id = holder(db, backend, key)
    if user_id is not None and not db.rows("SELECT id FROM auth_user WHERE id = ?", user_id):
        forget(db, user_id)


def found_good(db: Database, user_id: int, stamp: str, now: float) -> None:
    """The back end has just said that somebody may log in."""
    db.run(
        "UPDATE registry_account_origins SET stamp = ?, state = '', checked = ? WHERE user_id = ?",
        stamp,
        now,
        user_id,
    )


def found_bad(db: Database, user_id: int, reason: str, now: float) -> None:
    """The back end has just said that somebody may not log in."""
    db.run(
        "UPDATE registry_account_origins SET state = ?, checked = ? WHERE user_id = ?",
        reason[:_STATE] or "refused",
        now,
        user_id,
    )


def forget(db: Database, user_id: int) -> bool:
    """Make an account nobody's: its memberships stay, as if made by hand."""
    db.run("DELETE FROM registry_account_groups WHERE user_id = ?", user_id)
    return bool(db.run("DELETE FROM registry_account_origins WHERE user_id = ?", user_id))
