"""Real processes for tests: the collector, registries, engines; all on loopback, all stopped."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
import requests

from tests.conftest import CHECKOUT

IN_CI = os.environ.get("CI") == "true"

Self = TypeVar("Self", bound="Server")


def need(command: str, *places: Path) -> str:
    """The path of a program; without it the test is skipped, in CI it fails."""
    for place in places:
        if place.exists():
            return str(place)
    found = shutil.which(command)
    if found is None and IN_CI:
        pytest.fail(f"{command} is missing")
    if found is None:
        pytest.skip(f"{command} is not installed")
    return found


def free_port() -> int:
    """A port that nobody uses, below those that outgoing connections take meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Poll until a condition holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, requests.RequestException):
            if condition():
                return
        time.sleep(0.05)
    pytest.fail(f"{what} did not happen within {seconds:g} s")


def descendants(pid: int) -> list[str]:
    """The processes that a process started, and those that they did."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if stat.read_text().rpartition(")")[2].split()[1] == str(pid):
                found.append(stat.parent.name)
    return [*found, *(grand for child in found for grand in descendants(int(child)))]


class Server:
    """A process in the background with its output in a file; ``with`` ends it."""

    may_be_missing = False
    known: ClassVar[list[Server]] = []

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        Server.known.append(self)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def output(self) -> str:
        """The end of what it said."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def run(self, command: list[str], ready: Callable[[], bool], **environ: str) -> None:
        """Start it and wait until it answers."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **environ},
                cwd=CHECKOUT,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

        def alive() -> bool:
            assert self.process is not None
            if self.process.poll() is not None:
                self._ended(self.output())
            return ready()

        try:
            wait_until(alive, f"start of {self.name}", 60)
        except BaseException:
            self.stop()
            raise

    def _ended(self, last: str) -> None:
        """It can't run: an engine in a container without cgroups is no fault of ours."""
        if self.may_be_missing and not IN_CI:
            pytest.skip(f"{self.name} does not run here: {last.strip().splitlines()[-1]}")
        pytest.fail(f"{self.name} ended:\n{last}")

    def stop(self) -> None:
        """End it and everything it started."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process = None
        assert "did not end by itself" not in self.output()

    def kill(self) -> None:
        """End it and everything it started with SIGKILL, as a power cut would."""
        assert self.process is not None
        for pid in [str(self.process.pid), *descendants(self.process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        self.process.wait(30)
        self.process = None


class Collector(Server):
    """The collector, started as ``make run`` starts it."""

    def __init__(self, folder: Path, **environ: str) -> None:
        super().__init__("collector", folder)
        self.home = folder / "home"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.environ = {
            "COLLECTOR_HOME": str(self.home),
            "COLLECTOR_LISTEN": self.url.partition("//")[2],
            "COLLECTOR_URL": self.url,
            "COLLECTOR_ADMIN_PASSWORD": "admin-secret",
            **environ,
        }

    def start(self) -> None:
        """Serve."""
        command = [sys.executable, str(CHECKOUT / "serve.py")]
        self.run(command, self.healthy, **self.environ)

    def healthy(self) -> bool:
        """Tell whether it says that it is well."""
        answer = requests.get(f"{self.url}/init/registry/health", timeout=5)
        return answer.status_code == 200 and bool(answer.json()["status"] == "ok")

    def try_manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an operator command to whatever end."""
        return run([sys.executable, str(CHECKOUT / "manage.py"), *arguments], **self.environ)

    def manage(self, *arguments: str) -> str:
        """Run an operator command; it must succeed.  Return what it printed."""
        done = self.try_manage(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def load(self, world: dict[str, Any]) -> None:
        """Import a world."""
        path = self.folder / "world.json"
        path.write_text(json.dumps(world))
        self.manage("load", str(path))

    def audit(self) -> list[dict[str, Any]]:
        """The audit entries, oldest first, each with its ``action``."""
        rows = self.rows("SELECT log_action, log_dict FROM log ORDER BY id")
        return [{"action": action, **json.loads(details)} for action, details in rows]

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read its database."""
        database = sqlite3.connect(f"file:{self.home}/collector.sqlite?mode=ro", uri=True)
        with contextlib.closing(database):
            return database.execute(sql, values).fetchall()

    def change(self, sql: str, *values: Any) -> None:
        """Write to its database behind its back."""
        database = sqlite3.connect(self.home / "collector.sqlite", 30)
        with contextlib.closing(database), database:
            database.execute(sql, values)

    def reasons(self, login: str, since: int) -> list[str]:
        """Why a login was refused something, in the entries after the first ``since``."""
        entries = [e for e in self.audit()[since:] if e.get("login") == login]
        return [refused["reason"] for e in entries for refused in e.get("refused", [])]

    def bundle(self, major: int) -> Path:
        """The exported certificate bundle; one of 2.8 serves 3 as well, without Ed25519."""
        return self.home / "jwt" / ("collector.crt" if major < 3 else "collector-v3.crt")


class Registry(Server):
    """A docker registry that trusts the collector."""

    def __init__(self, service: str, major: int, folder: Path, port: int) -> None:
        super().__init__(service, folder)
        self.service = service
        self.major = major
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"
        self.verify: bool | str = True

    def start(self, collector: Collector, bundle: Path | None = None, **more: Any) -> None:
        """Serve with nothing but an exported bundle: the one for all, if not told otherwise.

        :param more: other sections of its configuration.
        """
        config = {
            "version": 0.1,
            "log": {"level": "info", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(self.folder / "data")},
                "delete": {"enabled": True},
            },
            "http": {"addr": self.address},
            "auth": {
                "token": {
                    "realm": f"{collector.url}/init/registry/token",
                    "service": self.service,
                    "issuer": "opensvc",
                    "rootcertbundle": str(bundle or collector.bundle(2)),
                }
            },
            **more,
        }
        self.serve(json.dumps(config))  # JSON is YAML

    def serve(self, config: str) -> None:
        """Serve with the text of a configuration file."""
        if self.major == 3:
            program = need("registry", CHECKOUT / ".tools" / "bin" / "registry")
        else:
            program = need("docker-registry")
        path = self.folder / "config.yml"
        path.write_text(config)
        self.run(
            [program, "serve", str(path)], self._answers, OTEL_TRACES_EXPORTER="none"
        )

    def _answers(self) -> bool:
        return requests.get(f"{self.url}/v2/", timeout=5, verify=self.verify).status_code == 401


def run(
    command: list[str], secret: str | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run a client to its end."""
    return subprocess.run(
        command,
        env={**os.environ, **environ},
        input=secret,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
