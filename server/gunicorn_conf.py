"""gunicorn's configuration, from the collector's settings."""

from __future__ import annotations

import gc
import os
from typing import Any

import gunicorn.http.wsgi

from applications.init.modules.registries import container, logs
from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.errors import CollectorError

_settings = settings_module.load()

# serve.py hands its socket on, so that the port is known and taken before anything starts.
_descriptor = os.environ.get("COLLECTOR_LISTEN_FD")
bind = [f"fd://{_descriptor}" if _descriptor else _settings.listen]
workers = _settings.workers
worker_class = "server.worker.CollectorWorker"
preload_app = True
timeout = 60
graceful_timeout = 20
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 16_384
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
# Query strings and headers may hold secrets: the audit log is the access log.
accesslog = None
errorlog = "-"
loglevel = "warning"
forwarded_allow_ips = ""
server_software = "collector"


# What serves is nobody's business.
gunicorn.http.wsgi.SERVER = "collector"


def when_ready(server: Any) -> None:
    """All modules are loaded: share them with the workers, and don't scan them again."""
    gc.collect()
    gc.freeze()
    logs.configure()
    address = ",".join(str(listener.getsockname()) for listener in server.LISTENERS)
    logs.LOGGER.info("listening", extra={"fields": {"address": address, "workers": workers}})


def post_fork(server: Any, worker: Any) -> None:
    """Each worker opens a database connection of its own; one that can't, tries per request."""
    logs.configure()
    try:
        container.get()
    except CollectorError as error:
        logs.LOGGER.warning("not ready", extra={"fields": {"reason": str(error)}})
