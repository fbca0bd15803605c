"""A MariaDB server of its own, in a folder that goes away with it."""

from __future__ import annotations

import getpass
import secrets
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .server import MissingServer, Process, Server, free_port, run

_FAST = (
    "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--skip-log-bin",
    "--innodb-log-file-size=16M", "--innodb-doublewrite=0", "--innodb-fast-shutdown=2",
    "--innodb-stats-persistent=0", "--innodb-file-per-table=0", "--performance-schema=0",
)


@contextmanager
def running(folder: Path, buffers: str = "128M") -> Iterator[tuple[Server, Process]]:
    """Run an empty server as long as the block lasts.

    :param buffers: memory for pages.
    :raises MissingServer: Debian's ``mariadb-server`` is not installed.
    """
    program = shutil.which("mariadbd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None or shutil.which("mariadb-install-db") is None:
        raise MissingServer("mariadb-server is not installed")
    data, user = folder / "data", f"--user={getpass.getuser()}"
    run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={data}", user, "--skip-test-db",
         "--innodb-log-file-size=16M", "--skip-name-resolve"], folder,
    )
    server = Server("mariadb", free_port(), secrets.token_hex(12), secrets.token_hex(12))
    first = folder / "first.sql"
    first.touch(0o600)
    first.write_text(
        f"CREATE USER IF NOT EXISTS admin@'127.0.0.1' IDENTIFIED BY '{server.admin_password}';\n"
        "GRANT ALL ON *.* TO admin@'127.0.0.1' WITH GRANT OPTION;\n"
        f"CREATE USER IF NOT EXISTS collector@'127.0.0.1' IDENTIFIED BY '{server.password}';\n"
    )
    command = [
        program, "--no-defaults", user, f"--datadir={data}", f"--socket={folder / 'db.sock'}",
        f"--pid-file={folder / 'pid'}", f"--port={server.port}", "--bind-address=127.0.0.1",
        "--skip-name-resolve", f"--init-file={first}", f"--innodb-buffer-pool-size={buffers}",
        *_FAST,
    ]
    process = Process(command, folder, signal.SIGTERM, lambda: connect(server))
    try:
        process.start()
        yield server, process
    finally:
        process.stop()


def connect(server: Server, database: str | None = None) -> Any:
    """A connection of the server's administrator; statements commit by themselves."""
    import pymysql
    from pymysql.constants import CLIENT

    return pymysql.connect(
        host="127.0.0.1", port=server.port, user="admin", password=server.admin_password,
        database=database, autocommit=True, charset="utf8mb4", connect_timeout=5,
        client_flag=CLIENT.MULTI_STATEMENTS,
    )
