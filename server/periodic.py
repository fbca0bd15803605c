"""The web2py scheduler, without web2py's own start script.

A periodic task is one line of ``PERIODIC``; beside them is one for each registry.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gluon.scheduler import Scheduler

from applications.init.modules.registries import catalog, container, housekeeping, schema, setup
from applications.init.modules.registries.catalog import wake
from applications.init.modules.registries.database import Database
from applications.init.modules.registries.settings import Settings

from . import tasks
from .companion import Companion
from .tasks import GROUP

_HEARTBEAT = 3
_LOCK_SECONDS = 20
_END_SECONDS = 5.0
"""A task has so long to end itself: looking up a host's name, it hears of no signal."""

DISCOVER = "task_docker_discover_registry"
"""The function that crawls one registry; a row of the scheduler's table for each registry."""

_SHORT_SECONDS = 600
_CRAWL_SECONDS = 3600


@dataclass(frozen=True)
class Periodic:
    """A task, how often it runs and how long it may take; both in seconds.

    ``period`` is None where the settings have how often registries are crawled.
    """

    name: str
    run: Callable[[], None]
    period: int | None
    timeout: int


def _housekeeping() -> None:
    housekeeping.run(container.get())


def _registries() -> None:
    """Have one task for each declared registry, so that workers share the load."""
    built = container.get()
    with built.db.transaction(write=True):
        period = built.settings.discovery_seconds
        wanted = [
            tasks.Task(
                wake.task_name(remote.id), DISCOVER, (remote.id,), period, _CRAWL_SECONDS
            )
            for remote in catalog.remotes(built.db)
        ]
        for task in wanted:
            tasks.ensure(built.db, task)
        tasks.keep_only(built.db, DISCOVER, {task.name for task in wanted})


def discover(registry_id: int) -> None:
    """Crawl one registry, if it is due."""
    built = container.get()
    with built.db.transaction():
        remote = catalog.remote(built.db, registry_id)
    if remote is not None:
        built.crawler.run(remote)


PERIODIC = (
    Periodic("task_docker_housekeeping", _housekeeping, 3600, _SHORT_SECONDS),
    Periodic(wake.EVERY, _registries, None, _SHORT_SECONDS),
)


def work(settings: Settings) -> None:
    """Be a scheduler worker until SIGTERM or SIGINT; web2py is loaded.

    :raises CollectorError: the state can't be set up, or the database does not answer.
    """
    setup.first_start(settings)
    with setup.lock(settings.home):
        worker = Worker(settings)
        _ensure(settings)
    signal.signal(signal.SIGTERM, worker.stop)
    try:
        with Companion():
            worker.loop()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        worker.leave()


def _ensure(settings: Settings) -> None:
    """Put the row of each periodic task into the scheduler's table, once."""
    db = Database(settings.db_uri, container.dal_folder(settings), _LOCK_SECONDS)
    with db.transaction(write=True):
        for task in PERIODIC:
            period = task.period or settings.discovery_seconds
            tasks.ensure(db, tasks.Task(task.name, task.name, (), period, task.timeout))
    db.close()


class Worker(Scheduler):  # type: ignore[misc]
    """A scheduler worker for our tasks, patient with locks and gone when it ends."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        functions = {DISCOVER: discover, **{task.name: task.run for task in PERIODIC}}
        made = self._connect(migrate=True)
        # On a server another machine's worker may have made the tables.
        missing = "scheduler_task" not in schema.servers.there(made)
        super().__init__(
            made, functions, migrate=missing, group_names=[GROUP], heartbeat=_HEARTBEAT
        )
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

    def start_heartbeats(self) -> None:
        """As web2py's, which has just put a handler of its own in place of ours."""
        signal.signal(signal.SIGTERM, self.stop)
        super().start_heartbeats()

    def stop(self, signum: int, frame: Any) -> None:
        """End the loop, also out of a running task, where web2py swallows the exit."""
        self.have_heartbeat = False
        sys.exit(0)

    def terminate_process(self, flush_out: bool = True, flush_ret: bool = True) -> None:
        """As web2py's, which waits for a task however long that takes to end.

        Tasks may be killed at any moment: each goes on where it was.
        """
        process = self.process
        if process is not None:
            process.terminate()
            process.join(_END_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()
                flush_out = flush_ret = False  # half a message would be waited for
        super().terminate_process(flush_out, flush_ret)

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
