"""The scheduler's worker and its tasks' processes."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from typing import Any

import pytest

pytest.importorskip("gluon")
periodic: Any = pytest.importorskip("server.periodic")


def _deaf(ready: Any, over: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready.set()
    over.poll(60)


def _ending(ready: Any, over: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ready.set()
    over.poll(60)


@pytest.mark.parametrize("task", [_deaf, _ending])
def test_a_task_ends_in_time(monkeypatch: pytest.MonkeyPatch, task: Any) -> None:
    """A task that hears no signal is killed; others end by themselves."""
    monkeypatch.setattr(periodic, "_END_SECONDS", 1.0)
    forked = multiprocessing.get_context("fork")
    ready, (over, finish) = forked.Event(), forked.Pipe(duplex=False)
    process = forked.Process(target=task, args=(ready, over))
    worker = object.__new__(periodic.Worker)
    worker.process = process
    worker.process_queues = (forked.Queue(), forked.Queue())
    worker._terminate_process_lock = threading.RLock()
    process.start()
    try:
        assert ready.wait(20)
        worker.terminate_process()
        assert process.exitcode == -(signal.SIGKILL if task is _deaf else signal.SIGTERM)
        assert worker.process is None
    finally:
        finish.send(None)
