"""The web2py scheduler, without web2py's own start script.

A periodic task is one line of ``PERIODIC``.  The scheduler's tables are the
collector's; rows are inserted directly, because ``queue_task`` of 2.26.1 fails
with newer database layers.
"""

from __future__ import annotations

import datetime
import importlib
import signal
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from applications.init.modules.registries import container, housekeeping, logs, schema, setup
from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.errors import CollectorError
from applications.init.modules.registries.settings import Settings

from . import framework

APPLICATION = "init/appadmin"
GROUP = "janitor"
_HEARTBEAT = 3
_LOCK_SECONDS = 20


@dataclass(frozen=True)
class Periodic:
    """A task, how often it runs and how long it may take; both in seconds."""

    name: str
    run: Callable[[], Any]
    period: int
    timeout: int


def _housekeeping() -> Any:
    return housekeeping.run(container.get())


PERIODIC = (Periodic("task_docker_housekeeping", _housekeeping, 3600, 600),)


def main() -> int:
    """Run a worker until SIGTERM or SIGINT; return the exit status."""
    logs.configure()
    settings = settings_module.load()
    try:
        setup.first_start(settings)
    except CollectorError as error:
        logs.LOGGER.error("can't start", extra={"fields": {"reason": str(error)}})
        return 1
    framework.load(settings.home)
    scheduler = importlib.import_module("gluon.scheduler")
    worker = _worker(scheduler, settings)
    _ensure_tasks(worker.db)
    signal.signal(signal.SIGTERM, _stop)
    try:
        worker.loop()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        worker.terminate_process(flush_out=False, flush_ret=False)
    return 0


def _stop(signum: int, frame: Any) -> None:
    sys.exit(0)


def _worker(scheduler: Any, settings: Settings) -> Any:
    """A scheduler worker whose heartbeat thread waits for locks as long as the worker does."""

    class Worker(scheduler.Scheduler):  # type: ignore[misc]
        def send_heartbeat(self, counter: int) -> None:
            if not getattr(self, "db_thread", None):
                self.db_thread = _dal(settings)
                self.define_tables(self.db_thread, migrate=False)
            super().send_heartbeat(counter)

    tasks = {task.name: task.run for task in PERIODIC}
    with setup.lock(settings.home):
        made = schema.connect(
            settings.db_uri, container.dal_folder(settings), _LOCK_SECONDS, migrate=True
        )
        Worker(made, tasks, migrate=True)
        made.commit()
        made.close()
        return Worker(
            _dal(settings), tasks, migrate=False, group_names=[GROUP], heartbeat=_HEARTBEAT
        )


def _dal(settings: Settings) -> Any:
    folder = container.dal_folder(settings)
    return schema.connect(settings.db_uri, folder, _LOCK_SECONDS)


def _ensure_tasks(db: Any) -> None:
    """Put the row of each periodic task into the scheduler's table, once."""
    table = db.scheduler_task
    now = datetime.datetime.now().replace(microsecond=0)
    for task in PERIODIC:
        if not db(table.task_name == task.name).isempty():
            continue
        table.insert(
            application_name=APPLICATION,
            task_name=task.name,
            function_name=task.name,
            group_name=GROUP,
            args="[]",
            vars="{}",
            enabled=True,
            status="QUEUED",
            start_time=now,
            next_run_time=now,
            repeats=0,
            retry_failed=-1,
            period=task.period,
            timeout=task.timeout,
            sync_output=0,
            prevent_drift=False,
            uuid=str(uuid.uuid4()),
        )
    db.commit()
