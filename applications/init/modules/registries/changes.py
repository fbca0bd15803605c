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
"""Equal events so close to each other are one."""

KEPT_SECONDS = 3600


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
    if not db.rows(sql, event, text, now - TOGETHER_SECONDS):
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
