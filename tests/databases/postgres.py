"""A PostgreSQL server of its own, in a folder that goes away with it."""

from __future__ import annotations

import re
import secrets
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .server import MissingServer, Process, Server, free_port, give_away, run, unprivileged

_FAST = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "wal_level": "minimal", "max_wal_senders": "0", "max_connections": "60",
    "shared_buffers": "64MB", "autovacuum_naptime": "20s", "max_wal_size": "256MB",
    "jit": "off",
    "dynamic_shared_memory_type": "mmap",  # in the folder: nothing is left of one that was killed
}

# As in many an installation: an order of texts that has no regard for signs, nor for case.
_LANGUAGE = ("--locale-provider=icu", "--icu-locale=en-US")


@contextmanager
def running(folder: Path) -> Iterator[tuple[Server, Process]]:
    """Run an empty server as long as the block lasts.

    :raises MissingServer: Debian's ``postgresql`` is not installed.
    """
    programs = _programs()
    server = Server("postgres", free_port(), secrets.token_hex(12), secrets.token_hex(12))
    give_away(folder)
    secret = folder / "admin"
    secret.touch(0o600)
    secret.write_text(server.admin_password)
    give_away(secret)
    data = folder / "data"
    run(
        [*unprivileged(), str(programs / "initdb"), "-D", str(data), "-U", "admin",
         "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", "-E", "UTF8",
         "--locale=C.UTF-8", *(_LANGUAGE if _version(programs) >= 15 else ())], folder,
    )
    options = {
        **_FAST, "listen_addresses": "127.0.0.1", "port": str(server.port),
        "unix_socket_directories": str(folder),
    }
    command = [str(programs / "postgres"), "-D", str(data)]
    command += [f"--{name}={value}" for name, value in options.items()]
    command = [*unprivileged(), *command]
    process = Process(command, folder, signal.SIGINT, lambda: connect(server))
    try:
        process.start()
        with connect(server) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE ROLE collector LOGIN PASSWORD %s", (server.password,))
        yield server, process
    finally:
        process.stop()


def connect(server: Server, database: str = "postgres") -> Any:
    """A connection of the server's administrator; statements commit by themselves."""
    import psycopg2

    connection = psycopg2.connect(
        host="127.0.0.1", port=server.port, user="admin", password=server.admin_password,
        dbname=database, connect_timeout=5,
    )
    connection.autocommit = True
    return connection


def _programs() -> Path:
    """Where the newest installed server is: Debian keeps each version in a folder of its own."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: _version(path.parent),
    )
    if found:
        return found[-1].parent
    program = shutil.which("postgres")
    if program is None:
        raise MissingServer("postgresql is not installed")
    return Path(program).resolve().parent


def _version(programs: Path) -> int:
    return int(re.sub(r"\D", "", programs.parent.name) or 0)
