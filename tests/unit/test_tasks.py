"""Rows of the scheduler's table: one per task, with its present period, gone when unwanted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server import tasks
from server.tasks import Task
from tests.databases import CHOSEN
from tests.home import Home

CRAWL = Task("crawl_51", "crawl", (51,), 120, 3600)
_COLUMNS = (
    "id", "application_name", "task_name", "function_name", "group_name", "args", "vars",
    "enabled", "status", "start_time", "next_run_time", "repeats", "retry_failed", "period",
    "timeout", "sync_output", "times_run", "times_failed", "prevent_drift", "uuid",
)
_NUMBERS = {"repeats", "retry_failed", "period", "timeout", "sync_output", "times_run",
            "times_failed"}


@pytest.fixture
def scheduler(home: Home) -> Home:
    """A home with the scheduler's table, which web2py makes in a real one."""
    number = {
        "sqlite": "INTEGER PRIMARY KEY", "mariadb": "INTEGER PRIMARY KEY AUTO_INCREMENT",
        "postgres": "SERIAL PRIMARY KEY",
    }[CHOSEN]
    columns = [f"{name} {'INTEGER' if name in _NUMBERS else 'VARCHAR(255)'}"
               for name in _COLUMNS[1:]]
    with home.db.transaction(write=True):
        home.db.run(f"CREATE TABLE scheduler_task (id {number}, {', '.join(columns)})")
    return home


def _ensure(home: Home, *wanted: Task) -> None:
    with home.db.transaction(write=True):
        for task in wanted:
            tasks.ensure(home.db, task)


def _rows(home: Home, columns: str = "task_name, period, status") -> list[tuple[Any, ...]]:
    with home.db.transaction():
        return home.db.rows(f"SELECT {columns} FROM scheduler_task ORDER BY id")


def _running(home: Home, name: str) -> None:
    home.db.run("UPDATE scheduler_task SET status = 'RUNNING' WHERE task_name = ?", name)


def test_a_new_task(scheduler: Home) -> None:
    """A task is queued at once, for ever, for the collector's own group and application."""
    _ensure(scheduler, CRAWL)
    columns = "application_name, function_name, group_name, enabled, status, repeats, retry_failed"
    assert _rows(scheduler, columns) == [
        ("init/appadmin", "crawl", "janitor", "T", "QUEUED", 0, -1)
    ]
    assert _rows(scheduler, "period, timeout, times_run, times_failed") == [(120, 3600, 0, 0)]
    ((arguments, more),) = _rows(scheduler, "args, vars")
    assert (json.loads(arguments), json.loads(more)) == ([51], {})


def test_one_row_each(scheduler: Home) -> None:
    """A task that is there is left alone; each has an id of its own."""
    _ensure(scheduler, CRAWL, CRAWL, Task("crawl_52", "crawl", (52,), 120, 3600))
    with scheduler.db.transaction(write=True):
        _running(scheduler, "crawl_51")
    _ensure(scheduler, CRAWL)
    assert _rows(scheduler) == [("crawl_51", 120, "RUNNING"), ("crawl_52", 120, "QUEUED")]
    assert len({row[0] for row in _rows(scheduler, "uuid")}) == 2


def test_another_period(scheduler: Home) -> None:
    """A period that the settings changed is changed in the row too."""
    _ensure(scheduler, CRAWL)
    _ensure(scheduler, Task("crawl_51", "crawl", (51,), 60, 3600))
    assert _rows(scheduler) == [("crawl_51", 60, "QUEUED")]


def test_keep_only(scheduler: Home) -> None:
    """Rows of what is wanted no more go, but for a running one and other functions."""
    _ensure(scheduler, *(Task(f"crawl_{n}", "crawl", (n,), 120, 3600) for n in (51, 52, 53)),
            Task("other", "clean", (), 60, 60))
    with scheduler.db.transaction(write=True):
        _running(scheduler, "crawl_53")
        tasks.keep_only(scheduler.db, "crawl", {"crawl_51"})
    assert [row[0] for row in _rows(scheduler)] == ["crawl_51", "crawl_53", "other"]
