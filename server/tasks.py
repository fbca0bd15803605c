"""Rows of the web2py scheduler's table, which is the collector's.

They are written directly, because ``queue_task`` of 2.26.1 fails with newer
database layers.
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass

from applications.init.modules.registries import dates
from applications.init.modules.registries.database import Database

APPLICATION = "init/appadmin"
GROUP = "janitor"


@dataclass(frozen=True)
class Task:
    """A task that runs for ever; ``period`` and ``timeout`` in seconds."""

    name: str
    function: str
    arguments: tuple[int, ...]
    period: int
    timeout: int


def ensure(db: Database, task: Task) -> None:
    """Have a row for a task, with its present period; the caller holds a write transaction."""
    rows = db.rows("SELECT id, period FROM scheduler_task WHERE task_name = ?", task.name)
    if not rows:
        _insert(db, task)
    elif rows[0][1] != task.period:
        db.run("UPDATE scheduler_task SET period = ? WHERE id = ?", task.period, rows[0][0])


def keep_only(db: Database, function: str, names: set[str]) -> None:
    """Delete the rows of a function whose task is wanted no more, unless it is running."""
    rows = db.rows(
        "SELECT id, task_name FROM scheduler_task WHERE function_name = ? AND status <> 'RUNNING'",
        function,
    )
    for id_, name in rows:
        if name not in names:
            db.run("DELETE FROM scheduler_task WHERE id = ?", id_)


def _insert(db: Database, task: Task) -> None:
    now = dates.local(time.time())
    db.insert(
        "scheduler_task",
        application_name=APPLICATION,
        task_name=task.name,
        function_name=task.function,
        group_name=GROUP,
        args=json.dumps(task.arguments),
        vars="{}",
        enabled="T",
        status="QUEUED",
        start_time=now,
        next_run_time=now,
        repeats=0,
        retry_failed=-1,
        period=task.period,
        timeout=task.timeout,
        sync_output=0,
        times_run=0,
        times_failed=0,
        prevent_drift="F",
        uuid=str(uuid.uuid4()),
    )
