"""A MariaDB server of its own, in a folder that goes away with it."""

from __future__ import annotations

import getpass
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .many import await_port, free_port

_BUFFERS = "1G"


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run an empty server for the length of a measurement; give a DAL URI.

    :raises SystemExit: Debian's ``mariadb-server`` is not installed.
    """
    program = shutil.which("mariadbd")
    if program is None:
        raise SystemExit("this wants Debian's mariadb-server")
    data, port, password = folder / "mariadb", free_port(), secrets.token_hex(12)
    user = f"--user={getpass.getuser()}"
    _run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", user, "--skip-test-db"])
    first = folder / "first.sql"
    first.write_text(
        f"CREATE USER collector@'127.0.0.1' IDENTIFIED BY '{password}';\n"
        "CREATE DATABASE collector CHARACTER SET utf8mb4;\n"
        "GRANT ALL ON collector.* TO collector@'127.0.0.1';\n"
    )
    process = subprocess.Popen(
        [
            program, "--no-defaults", user, f"--datadir={data}", f"--socket={folder / 'db.sock'}",
            f"--port={port}", "--bind-address=127.0.0.1", "--skip-name-resolve",
            f"--init-file={first}", f"--innodb-buffer-pool-size={_BUFFERS}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await_port(port)
        yield f"mysql:pymysql://collector:{password}@127.0.0.1:{port}/collector"
    finally:
        process.terminate()
        process.wait(60)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
