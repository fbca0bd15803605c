"""Applications: their columns, who is in them, and deleting one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import dates
from ..catalog.links import Link, Tie, add
from ..database import Database
from . import columns

PUBLICATIONS = Link("apps_publications", "app_id", "apps")
RESPONSIBLES = Link("apps_responsibles", "app_id", "apps")
COLUMNS = ("app", "app_domain", "app_team_ops", "description")


@dataclass(frozen=True)
class App:
    """An application by its code."""

    id: int
    app: str


def find(db: Database, text: str) -> App | None:
    """An application by its id, where the text is all digits, else by its exact code."""
    if text.isascii() and text.isdigit():
        rows = db.rows("SELECT id, app FROM apps WHERE id = ?", int(text)) if len(text) < 10 else []
    else:
        rows = [row for row in db.rows("SELECT id, app FROM apps WHERE app = ?", text)
                if row[1] == text]
    return App(int(rows[0][0]), str(rows[0][1])) if len(rows) == 1 else None


def properties(db: Database, app_id: int) -> dict[str, Any]:
    """What is stored of an application."""
    return columns.read(db, "apps", app_id, COLUMNS)


def create(db: Database, values: dict[str, Any], group: int, now: float) -> int:
    """Create an application, with a group that is responsible and that it is published to.

    :param values: some of ``COLUMNS``, ``app`` at least, checked by the caller.
    """
    app_id = db.insert("apps", **{"description": "", **values}, updated=dates.local(now))
    for link in (RESPONSIBLES, PUBLICATIONS):
        add(db, link, Tie(app_id, group))
    return app_id


def change(db: Database, app_id: int, values: dict[str, Any], now: float) -> None:
    """Store some columns of an application, checked by the caller, and when that was."""
    columns.write(db, "apps", app_id, {**values, "updated": dates.local(now)})


def population(db: Database, app: str) -> int:
    """How many services and nodes are in an application: they name it by its code."""
    rows = db.rows(
        "SELECT (SELECT COUNT(*) FROM services WHERE svc_app = ?)"
        " + (SELECT COUNT(*) FROM nodes WHERE app = ?)",
        app,
        app,
    )
    return int(rows[0][0])


def quota(db: Database, user_id: int) -> int:
    """How many applications a user may be responsible for; 0 is no limit.

    Two creations of one user wait for each other.
    """
    db.run("UPDATE auth_user SET quota_app = quota_app WHERE id = ?", user_id)
    rows = db.rows("SELECT quota_app FROM auth_user WHERE id = ?", user_id)
    return int(rows[0][0] or 0) if rows else 0


def remove(db: Database, app_id: int) -> None:
    """Delete an application with its groups."""
    for link in (RESPONSIBLES, PUBLICATIONS):
        db.run(f"DELETE FROM {link.table} WHERE app_id = ?", app_id)
    db.run("DELETE FROM apps WHERE id = ?", app_id)
