"""Having the scheduler look at a registry now, where there is a scheduler."""

from __future__ import annotations

from .. import dates
from ..database import Database
from . import crawls

EVERY = "task_docker_discover_registries"
"""The task that has one task made for each registry."""


def task_name(registry_id: int) -> str:
    """The name of the task that crawls one registry."""
    return f"task_docker_discover_registry_{registry_id}"


def wake(db: Database, registry_id: int, now: float) -> None:
    """Make a crawl due, and its task next; the caller holds a write transaction."""
    crawls.due(db, registry_id, now)
    _hurry(db, now, EVERY, task_name(registry_id))


def declared(db: Database, now: float) -> None:
    """Have a task made now for registries that were just declared, in a write transaction."""
    _hurry(db, now, EVERY)


def _hurry(db: Database, now: float, *names: str) -> None:
    if not _has_scheduler(db):
        return
    date, marks = dates.local(now), ", ".join("?" for _ in names)
    db.run(
        f"UPDATE scheduler_task SET next_run_time = ? WHERE task_name IN ({marks})"
        " AND status = 'QUEUED' AND next_run_time > ?",
        date,
        *names,
        date,
    )


def _has_scheduler(db: Database) -> bool:
    """The table is web2py's, made when the first worker starts."""
    if db.is_sqlite:
        sql = "SELECT 1 FROM sqlite_master WHERE name = 'scheduler_task'"
    elif db.engine.startswith("mysql"):
        sql = f"{_TABLES} AND table_schema = DATABASE()"
    else:
        sql = f"{_TABLES} AND table_schema = ANY(current_schemas(false))"
    return bool(db.rows(sql))


_TABLES = "SELECT 1 FROM information_schema.tables WHERE table_name = 'scheduler_task'"
