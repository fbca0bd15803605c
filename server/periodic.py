"""The web2py scheduler, without web2py's own start script.

A periodic task is one line of ``PERIODIC``.  The scheduler's tables are the
collector's; rows are inserted directly, because ``queue_task`` of 2.26.1 fails
with newer database layers.
"""

from __future__ import annotations

import datetime
import signal
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gluon.scheduler import Scheduler

from applications.init.modules.registries import container, housekeeping, schema, setup
from applications.init.modules.registries.settings import Settings

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


def work(settings: Settings) -> None:
    """Be a scheduler worker until SIGTERM or SIGINT; web2py is loaded.

    :raises CollectorError: the state can't be set up, or the database does not answer.
    """
    setup.first_start(settings)
    with setup.lock(settings.home):
        worker = Worker(settings)
        ensure_tasks(worker.db)
    signal.signal(signal.SIGTERM, _stop)
    try:
        worker.loop()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        worker.leave()


def _stop(signum: int, frame: Any) -> None:
    sys.exit(0)


class Worker(Scheduler):  # type: ignore[misc]
    """A scheduler worker for our tasks, patient with locks and gone when it ends."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        tasks = {task.name: task.run for task in PERIODIC}
        made = self._connect(migrate=True)
        super().__init__(made, tasks, migrate=True, group_names=[GROUP], heartbeat=_HEARTBEAT)
        made.commit()
        made.close()
        # From here on a database that is gone is an error, not one to be made anew.
        self.db = self._connect()
        self.define_tables(self.db, migrate=False)

    def send_heartbeat(self, counter: int) -> None:
        """As web2py's, on a connection as patient as the worker's own.

        A worker that has the duty looks for due tasks at each beat, not every fifth.
        """
        if not getattr(self, "db_thread", None):
            self.db_thread = self._connect()
            self.define_tables(self.db_thread, migrate=False)
        super().send_heartbeat(0)

    def leave(self) -> None:
        """End a running task, and let another worker take over at once."""
        self.have_heartbeat = False
        self.terminate_process(flush_out=False, flush_ret=False)
        self.db.rollback()
        self.db(self.db.scheduler_worker.worker_name == self.worker_name).delete()
        self.db.commit()

    def _connect(self, migrate: bool = False) -> Any:
        folder = container.dal_folder(self._settings)
        return schema.connect(self._settings.db_uri, folder, _LOCK_SECONDS, migrate)


def ensure_tasks(db: Any, now: datetime.datetime | None = None) -> None:
    """Put the row of each periodic task into the scheduler's table, once.

    :param now: server local time, as all dates of the collector.
    """
    table = db.scheduler_task
    start = (now or datetime.datetime.now()).replace(microsecond=0)
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
            start_time=start,
            next_run_time=start,
            repeats=0,
            retry_failed=-1,
            period=task.period,
            timeout=task.timeout,
            sync_output=0,
            prevent_drift=False,
            uuid=str(uuid.uuid4()),
        )
    db.commit()
