"""Notifications per second: stored, digested, and hints of nobody.

    python -m bench.events [--seconds 5] [--record]

Each request is one event with an id of its own, in the mix of a ``docker push`` (six blobs,
one manifest), as registries send them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from applications.init.modules.registries import container, setup
from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.container import Container
from applications.init.modules.registries.notifications import Digester

from . import load
from .load import Figures
from .serve import CHECKOUT, record, served

CONNECTIONS = (1, 4, 16)
HOST = "127.0.0.1:1"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_BLOB = "application/octet-stream"
_LUA = """\
local bodies = {{{bodies}}}
local headers = {{["Content-Type"] = "application/vnd.docker.distribution.events.v1+json"}}
local authorization = {authorization}
if authorization ~= "" then headers["Authorization"] = authorization end
local number = 0
request = function()
  number = number + 1
  local body = bodies[number % #bodies + 1]
  body = body:gsub("ID", {run} .. "-" .. number):gsub("TAG", "v" .. number % 500)
  return wrk.format("POST", "/init/registry/call/json/events", headers, body)
end
"""
_runs = count(1)


def main() -> None:
    """Measure, print, and with ``--record`` add to ``RESULTS.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="per measurement")
    parser.add_argument("--record", action="store_true", help="add the figures to RESULTS.md")
    arguments = parser.parse_args()
    said = [
        f"\n## Notifications: `python -m bench.events {' '.join(sys.argv[1:])}`, {date.today()}\n",
        f"{platform.machine()}, {os.cpu_count()} cores shared with the load generator,"
        f" Python {platform.python_version()}, SQLite (WAL)\n",
        "| what | connections | per second | p50 ms | p99 ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    print(*said, sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for line in _measure(Path(folder), arguments.seconds):
            print(line, flush=True)
            said.append(line)
    if arguments.record:
        record(said)


def _measure(folder: Path, seconds: int) -> Iterator[str]:
    home = folder / "home"
    built, secret = _collector(home)
    with served("wsgi:application", home, "ES256") as (url, _pid):
        load.run(url, _script(folder, secret), 4, 2)
        for connections in CONNECTIONS:
            yield _row("stored", connections, load.run(url, _script(folder, secret), connections,
                                                       seconds))
        started, waiting = time.monotonic(), _new(built)
        _digest(built)
        rate = waiting / (time.monotonic() - started)
        yield f"| digested, nothing beside it | | {rate:.0f} | | |"
        with _follower(home):
            found = load.run(url, _script(folder, secret), 4, seconds)
            behind, started = _new(built), time.monotonic()
            while _new(built):
                time.sleep(0.05)
            late = time.monotonic() - started
        yield _row("stored, a follower beside it", 4, found)
        yield _row("hints without secret", 4, load.run(url, _script(folder, ""), 4, seconds))
    yield f"\nThe follower was {behind} events behind at the end, {late:.1f} s later it was not."


def _collector(home: Path) -> tuple[Container, str]:
    """A collector with one registry, and that registry's secret."""
    settings = settings_module.load({"COLLECTOR_HOME": str(home)})
    setup.first_start(settings)
    built = container.build(settings, lock_seconds=30)
    with built.db.transaction(write=True):
        registry = built.db.dal.docker_registries.insert(
            service="registry.bench", url=f"http://{HOST}", restricted=False
        )
        return built, built.secrets.current(int(registry))


def _script(folder: Path, secret: str) -> Path:
    """A script for wrk whose events have ids that no other run has."""
    bodies = ",".join(json.dumps(body) for body in _push())
    text = _LUA.format(
        bodies=bodies,
        authorization=json.dumps(f"Bearer {secret}" if secret else ""),
        run=json.dumps(f"run-{next(_runs)}"),
    )
    lua = folder / "events.lua"
    lua.write_text(text)
    return lua


def _push() -> list[str]:
    """The bodies of one docker push."""
    blobs = [
        _body(action, method, _BLOB, digit)
        for digit in "123"
        for action, method in (("push", "PUT"), ("pull", "HEAD"))
    ]
    return [*blobs, _body("push", "PUT", _MANIFEST, "4", tag="TAG")]


def _body(action: str, method: str, media_type: str, digit: str, **more: str) -> str:
    digest = "sha256:" + digit * 64
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    target: dict[str, Any] = {
        "mediaType": media_type, "size": 1234, "digest": digest, "length": 1234,
        "repository": "users/31/app", "url": f"http://{HOST}/v2/users/31/app/{digest}", **more,
    }
    event = {
        "id": "ID", "timestamp": f"{now}.123456789Z", "action": action, "target": target,
        "request": {"id": "ID", "addr": "192.0.2.7:4711", "host": HOST, "method": method,
                    "useragent": "docker/26.1.5"},
        "actor": {"name": "ada@example.org"},
        "source": {"addr": "vm:5000", "instanceID": "4b0c8d0e"},
    }
    return json.dumps({"events": [event]}, indent=3)


def _digest(built: Container) -> None:
    digester = Digester(built.db, built.clock)
    while digester.digest():
        pass


def _new(built: Container) -> int:
    with built.db.transaction():
        sql = "SELECT COUNT(*) FROM registry_events WHERE state = 'new'"
        return int(built.db.rows(sql)[0][0])


def _row(what: str, connections: int, found: Figures) -> str:
    if found.errors:
        raise SystemExit(f"errors at {connections} connections: {found}")
    return f"| {what} | {connections} | {found.rate:.0f} | {found.p50:.1f} | {found.p99:.1f} |"


@contextmanager
def _follower(home: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "server.follow"],
        cwd=CHECKOUT,
        env={**os.environ, "COLLECTOR_HOME": str(home)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()
