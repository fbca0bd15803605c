"""gunicorn's configuration, from the collector's settings."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import socket
import tempfile
from typing import Any

import gunicorn.http.wsgi

# web2py may bring a database layer of its own: nothing here may import ours before it.
from applications.init.modules.registries import logs
from applications.init.modules.registries import settings as settings_module

from . import lines, live, waiting
from .worker import CollectorWorker

_settings = settings_module.load()

# Before the application is loaded, which counts.
_metrics, _pid = tempfile.mkdtemp(prefix="collector-metrics-"), os.getpid()
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", _metrics)


@atexit.register
def _forget() -> None:
    """What was counted goes with the first process, and not with those it starts."""
    if os.getpid() == _pid:
        shutil.rmtree(_metrics, ignore_errors=True)


# serve.py hands its socket on, so that the port is known and taken before anything starts.
_descriptor = os.environ.get("COLLECTOR_LISTEN_FD")
bind = [f"fd://{_descriptor}" if _descriptor else _settings.listen]
workers = _settings.workers
worker_class = "server.worker.CollectorWorker"
preload_app = True
timeout = 60
graceful_timeout = 10
umask = 0o077
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 16_384
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
# Query strings and headers may hold secrets: the audit log is the access log.
accesslog = None
errorlog = "-"
loglevel = "warning"
forwarded_allow_ips = ""
control_socket_disable = True
# What serves, and in which version, is nobody's business.
gunicorn.http.wsgi.SERVER = "collector"
_FIRST_BYTES_SECONDS = 30


def on_starting(server: Any) -> None:
    """Log as everything else does."""
    logs.configure()
    lines.install(server.log.error_log)


def when_ready(server: Any) -> None:
    """All modules are loaded: share them with the workers, and don't scan them again."""
    for listener in server.LISTENERS:
        _wait_in_kernel(listener.sock)
    gc.collect()
    gc.freeze()
    address = ",".join(_address(listener.sock) for listener in server.LISTENERS)
    logs.LOGGER.info("listening", extra={"fields": {"address": address, "workers": workers}})


def post_fork(server: Any, worker: Any) -> None:
    """End at once until the worker has handlers of its own: the master's only queue a signal."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def post_worker_init(worker: Any) -> None:
    """Each worker opens a database connection of its own; one that can't, tries per request."""
    if isinstance(worker, CollectorWorker):
        live.start(_settings.live_streams)
        waiting.start(_settings.waiting_threads)
    from applications.init.modules.registries import container
    from applications.init.modules.registries.errors import CollectorError

    try:
        container.get()
    except CollectorError as error:
        logs.LOGGER.warning("not ready", extra={"fields": {"reason": str(error)}})


def worker_exit(server: Any, worker: Any) -> None:
    """Logins that wait for a directory come to their end."""
    room = waiting.current()
    if room is not None:
        room.close(graceful_timeout - 2)


def _wait_in_kernel(listener: socket.socket) -> None:
    """A connection without a request, as browsers keep some, shall not hold a worker."""
    if hasattr(socket, "TCP_DEFER_ACCEPT") and listener.family != socket.AF_UNIX:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, _FIRST_BYTES_SECONDS)


def _address(listener: socket.socket) -> str:
    name = listener.getsockname()
    return f"{name[0]}:{name[1]}" if isinstance(name, tuple) else str(name)
