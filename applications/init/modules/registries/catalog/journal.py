"""Whose entries of the log are somebody's own."""

from __future__ import annotations

from ..database import Database
from ..directory import Account

MACHINES = frozenset({"", "agent", "collector", "manage.py"})
"""Names in the log that are no person's, whatever people call themselves."""


def names(db: Database, account: Account) -> list[str]:
    """The names under which an account is in the log.

    The log knows people by their full names, which people choose themselves: it
    counts only while no other account has it, as name, e-mail or username.
    """
    own = {account.email, account.username}
    if not _is_shared(db, account):
        own.add(account.full_name)
    return sorted(own - MACHINES)


def _is_shared(db: Database, account: Account) -> bool:
    name = account.full_name.lower()
    word = f"%{_like(name.split()[0])}%" if name.split() else "%"
    rows = db.rows(
        "SELECT first_name, last_name, email, username FROM auth_user WHERE id <> ? AND"
        " (lower(first_name) LIKE ? ESCAPE '!' OR lower(last_name) LIKE ? ESCAPE '!'"
        f" OR {db.folded('email')} = ? OR {db.folded('username')} = ?)",
        account.id, word, word, name, name,
    )
    return any(name in _texts(*row) for row in rows)


def _texts(first: object, last: object, *others: object) -> set[str]:
    known = {str(text or "").lower() for text in others}
    return known | {f"{first or ''} {last or ''}".strip().lower()}


def _like(text: str) -> str:
    for special in "!%_":
        text = text.replace(special, "!" + special)
    return text
