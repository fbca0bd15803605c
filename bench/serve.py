"""A program under our own server for the length of a measurement, and a place for figures."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def record(lines: list[str]) -> None:
    """Add lines to ``RESULTS.md``."""
    with open(CHECKOUT / "bench" / "RESULTS.md", "a") as results:
        results.write("\n".join(lines) + "\n")


@contextmanager
def served(
    program: str, home: Path, algorithm: str, **settings: str
) -> Iterator[tuple[str, int]]:
    """Run a WSGI program under our gunicorn on a free port; give its URL and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    environ = {
        **os.environ,
        "COLLECTOR_HOME": str(home),
        "COLLECTOR_LISTEN": listen,
        "COLLECTOR_JWT_ALGORITHM": algorithm,
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:server.gunicorn_conf", program],
        cwd=CHECKOUT,
        env=environ,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(listen)
        yield f"http://{listen}", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _await(listen: str) -> None:
    host, _, port = listen.partition(":")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")
