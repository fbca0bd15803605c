"""Rows of the collector's tables, read and written by the names of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..database import Database
from ..directory import is_true
from ..errors import Conflict


def read(
    db: Database, table: str, id_: int, names: Iterable[str], booleans: Iterable[str] = ()
) -> dict[str, Any]:
    """Some columns of a row by its id; empty where there is none.

    :param table: this and ``names`` are constants of this code.
    """
    columns = tuple(names)
    rows = db.rows(f"SELECT {', '.join(columns)} FROM {table} WHERE id = ?", id_)
    if not rows:
        return {}
    found = dict(zip(columns, rows[0]))
    return {**found, **{name: is_true(found[name]) for name in booleans if name in found}}


def write(db: Database, table: str, id_: int, values: Mapping[str, Any]) -> None:
    """Store some columns of a row, at least one."""
    assignments = ", ".join(f"{name} = ?" for name in values)
    stored = [stored_form(value) for value in values.values()]
    db.run(f"UPDATE {table} SET {assignments} WHERE id = ?", *stored, id_)


def stored_form(value: Any) -> Any:
    """A value as the collector stores it: T and F for booleans."""
    return ("T" if value else "F") if isinstance(value, bool) else value


def holder(db: Database, table: str, column: str, text: str) -> int | None:
    """The id of a row with this text, whatever its case; None where it is free."""
    if text.isascii():
        found = db.rows(
            f"SELECT id FROM {table} WHERE {db.folded(column)} = ?", text.lower()
        )
        return int(found[0][0]) if found else None
    # Some databases fold the case of ASCII only.
    for id_, other in db.rows(f"SELECT id, {column} FROM {table}"):
        if str(other or "").casefold() == text.casefold():
            return int(id_)
    return None


def require_free(
    db: Database, table: str, column: str, text: str, own_id: int | None = None
) -> None:
    """Refuse a name that another row has, whatever its case.

    :raises Conflict: it is taken.
    """
    if holder(db, table, column, text) not in (None, own_id):
        raise Conflict(f"the {column} {text!r} is taken")
