"""Changes: marked for the collector's caches, told to live screens.

Each changed table is dated in ``table_modified``, and an event named after it
goes into the queue of changes, which live screens follow by its ids.
Source: ``collector-contract.md`` A.14.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import dates
from .database import Database

NO_DETAIL: Mapping[str, Any] = {"a": "b"}
"""What the collector's screens understand as: look for yourself."""

TOGETHER_SECONDS = 0.5
"""Equal events so close to each other are one: the last."""

KEPT_SECONDS = 3600

SETTLED_SECONDS = 10.0
"""By then a transaction that took an id has ended."""

_LOOKED_THROUGH = 1000


@dataclass(frozen=True)
class Change:
    """An event for live screens; ``at`` in seconds since the epoch."""

    id: int
    event: str
    data: Mapping[str, Any]
    at: float


def touch(db: Database, now: float, *tables: str) -> None:
    """Mark tables as changed; the caller holds the transaction of the change.

    :param now: seconds since the epoch.
    """
    for table in dict.fromkeys(tables):
        announce(db, now, table, NO_DETAIL)


def announce(db: Database, now: float, table: str, data: Mapping[str, Any]) -> None:
    """Mark a table as changed, and say what changed."""
    _date(db, now, table)
    event, text = f"{table}_change", json.dumps(data, sort_keys=True)
    sql = "SELECT id FROM registry_changes WHERE event = ? AND data = ? AND at > ?"
    # A new id in place of the old one: somebody may have seen that already.
    for (id_,) in db.rows(sql, event, text, now - TOGETHER_SECONDS):
        db.run("DELETE FROM registry_changes WHERE id = ?", id_)
    db.insert("registry_changes", event=event, data=text, at=now)


def since(db: Database, last: int, most: int = 200) -> list[Change]:
    """The changes after one, oldest first."""
    rows = db.rows(
        "SELECT id, event, data, at FROM registry_changes WHERE id > ? ORDER BY id LIMIT ?",
        last,
        most,
    )
    return [Change(id_, event, json.loads(data), at) for id_, event, data, at in rows]


def last(db: Database) -> int:
    """The id of the newest change; 0 where there is none."""
    return int(db.rows("SELECT COALESCE(MAX(id), 0) FROM registry_changes")[0][0])


def latest(db: Database, after: int) -> list[Change]:
    """The newest change of each event after an id, oldest first; without its data."""
    sql = (
        "SELECT event, MAX(id), MAX(at) FROM registry_changes WHERE id > ?"
        " GROUP BY event ORDER BY MAX(id)"
    )
    return [Change(id_, event, {}, at) for event, id_, at in db.rows(sql, after)]


def settled(db: Database, after: int, now: float) -> int:
    """The id to ask from next: no change up to it can still come.

    Servers give ids before they commit: a later one may be seen first, and an earlier one, in a
    gap, after it.  SQLite has one writer at a time.
    """
    if db.is_sqlite:
        return max(after, last(db))
    sql = "SELECT id, at FROM registry_changes WHERE id > ? ORDER BY id DESC LIMIT ?"
    known = after
    for id_, at in reversed(db.rows(sql, after, _LOOKED_THROUGH)):
        if id_ != known + 1 and at > now - SETTLED_SECONDS and known:
            break
        known = int(id_)
    return known


def newest(db: Database, table: str) -> int:
    """The id of the newest change of one table; 0 where there is none."""
    sql = "SELECT COALESCE(MAX(id), 0) FROM registry_changes WHERE event = ?"
    return int(db.rows(sql, f"{table}_change")[0][0])


def prune(db: Database, now: float) -> int:
    """Delete changes that no screen waits for any more; return how many.

    The newest of each table stays: what was remembered since then is still true.
    """
    kept = [row[0] for row in db.rows("SELECT MAX(id) FROM registry_changes GROUP BY event")]
    marks = ", ".join("?" * len(kept)) or "0"
    sql = f"DELETE FROM registry_changes WHERE at < ? AND id NOT IN ({marks})"
    return db.run(sql, now - KEPT_SECONDS, *kept)


def _date(db: Database, now: float, table: str) -> None:
    if db.rows("SELECT id FROM table_modified WHERE table_name = ?", table):
        db.run(
            "UPDATE table_modified SET table_modified = ? WHERE table_name = ?",
            dates.local(now),
            table,
        )
    else:
        db.insert("table_modified", table_name=table, table_modified=dates.local(now))
