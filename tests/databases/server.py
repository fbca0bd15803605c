"""What servers of databases for tests have in common: a place, a port, an end."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MEMORY = Path("/dev/shm")
_ROOM = 1 << 30
_PATIENCE = 30.0


class MissingServer(Exception):
    """A program is not installed; the message says which package has it."""


@dataclass(frozen=True)
class Server:
    """A running server: where it is, and the passwords of its two users.

    ``admin`` makes and drops databases; ``collector`` owns them, as in an installation.
    """

    kind: str
    port: int
    admin_password: str
    password: str

    def uri(self, database: str) -> str:
        """The DAL URI of a database, for the user who owns it."""
        scheme = "postgres:psycopg2" if self.kind == "postgres" else "mysql:pymysql"
        return f"{scheme}://collector:{self.password}@127.0.0.1:{self.port}/{database}"


@contextmanager
def place(parent: Path | None = None) -> Iterator[Path]:
    """A folder in memory where that has room, else among temporary files; gone at the end."""
    if parent is None and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        parent = _MEMORY
    folder = Path(tempfile.mkdtemp(prefix="collector-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def unprivileged() -> list[str]:
    """How to start what refuses to run as root: a prefix of the command."""
    if os.geteuid():
        return []
    nobody = pwd.getpwnam("nobody")
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


def give_away(folder: Path) -> None:
    """Let who runs the server have the folder."""
    if not os.geteuid():
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)


def run(command: list[str], cwd: Path) -> None:
    """Run a program that makes a server's files."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout[-1000:]}{done.stderr[-1000:]}")


class Process:
    """A server's process, which ends when this one does, however that comes.

    :param command: what runs, with what it is run by.
    :param end: the signal that ends it in order, without waiting for its clients.
    :param connect: logs in; until that works it has not started.
    """

    def __init__(
        self, command: list[str], folder: Path, end: signal.Signals, connect: Callable[[], Any]
    ) -> None:
        starter = command[:4] if command[0] == "setpriv" else ["setpriv"]
        rest = command[4:] if command[0] == "setpriv" else command
        self.command = [*starter, f"--pdeathsig={end.name[3:]}", *rest]
        self.folder = folder
        self.end = end
        self.connect = connect
        self.log = folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it takes logins."""
        self._run()
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self.connect().close()
                return
            except Exception as error:
                if time.monotonic() > deadline:
                    said = self.log.read_text(errors="replace")[-2000:]
                    self.stop()
                    raise RuntimeError(f"{self.command[0]} did not start: {said}") from error
                if self.process is not None and self.process.poll() is not None:
                    self._run()  # what is left of one that was killed may be in its way
                time.sleep(0.05)

    def _run(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it at once, as a power cut does; what it started goes too."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """End it in order."""
        if self.process is None:
            return
        self.process.send_signal(self.end)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        self.kill()
