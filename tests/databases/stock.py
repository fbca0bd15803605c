"""Databases of one pytest process: new ones, and one that was set up, cleaned each time.

Setting up takes a server a good part of a second, cleaning some milliseconds.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import mariadb, postgres
from .server import Server


class Stock:
    """The databases of this process on a server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._admin = self._connect()
        self._prefix = f"collector_{os.getpid()}"
        self._made = 0
        self._kept: Kept | None = None

    def new(self) -> str:
        """The URI of an empty database."""
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        with self._admin.cursor() as cursor:
            if self.server.kind == "postgres":
                cursor.execute(f"CREATE DATABASE {name} OWNER collector")
            else:
                cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
                cursor.execute(f"GRANT ALL ON {name}.* TO collector@'127.0.0.1'")
        return self.server.uri(name)

    def kept(self, set_up: Callable[[str], None], home: Path) -> str:
        """The URI of the database that was set up, as it was after that.

        :param set_up: sets up the first of them, in this home.
        :param home: gets the database layer's notes.
        """
        if self._kept is not None and not self._kept.clean():
            self._kept = None
        if self._kept is None:
            uri = self.new()
            set_up(uri)
            self._kept = Kept(self._connect(uri.rpartition("/")[2]), self.server.kind, uri, home)
        elif not (home / "databases").exists():
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copytree(self._kept.notes, home / "databases")
        return self._kept.uri

    def close(self) -> None:
        """End the connections."""
        if self._kept is not None:
            self._kept.close()
        self._admin.close()

    def _connect(self, database: str | None = None) -> Any:
        if self.server.kind == "postgres":
            return postgres.connect(self.server, database or "postgres")
        return mariadb.connect(self.server, database)


class Kept:
    """A database, and what was in it when it was new."""

    def __init__(self, connection: Any, kind: str, uri: str, home: Path) -> None:
        self.uri = uri
        self.notes = home.parent / "notes-of-the-kept"
        shutil.copytree(home / "databases", self.notes, dirs_exist_ok=True)
        self._connection = connection
        self._is_postgres = kind == "postgres"
        self._tables = self._counters()
        self._rows = {table: self._read(table) for table in self._tables}
        self._script = self._whole() if self._is_postgres else ""

    def clean(self) -> bool:
        """Bring it back to what it was; whether that could be done."""
        with self._connection.cursor() as cursor:
            cursor.execute(_OTHERS_END[self._is_postgres])
            for row in cursor.fetchall():
                if not self._is_postgres:
                    with suppress(Exception):  # it ended by itself
                        cursor.execute(f"KILL {row[0]}")
        now = self._counters()
        if set(now) != set(self._tables):
            return False
        with self._connection.cursor() as cursor:
            if self._is_postgres:
                cursor.execute(self._script)
                return True
            script = "".join(
                self._restored(table, cursor)
                for table in now
                if now[table] != self._tables[table] or self._rows[table]
            )
            cursor.execute(script)
            while cursor.nextset():
                pass
        return True

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _counters(self) -> dict[str, Any]:
        """The tables, and on MariaDB the next ids, which only grow."""
        with self._connection.cursor() as cursor:
            cursor.execute(_COUNTERS[self._is_postgres])
            return dict(cursor.fetchall())

    def _read(self, table: str) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            return list(cursor.fetchall())

    def _restored(self, table: str, cursor: Any) -> str:
        rows = self._rows[table]
        script = f"DELETE FROM {table};"
        if not self._is_postgres:
            script += f"ALTER TABLE {table} AUTO_INCREMENT = {self._tables[table] or 1};"
        if rows:
            marks = ", ".join("(" + ", ".join("%s" for _ in row) + ")" for row in rows)
            sql, values = f"INSERT INTO {table} VALUES {marks};", [v for row in rows for v in row]
            bound = cursor.mogrify(sql, values)
            script += bound.decode() if isinstance(bound, bytes) else bound
        return script

    def _whole(self) -> str:
        """SQL for PostgreSQL, which deletes nothing from an empty table in no time."""
        with self._connection.cursor() as cursor:
            script = "".join(self._restored(table, cursor) for table in self._tables)
            for table in self._tables:
                cursor.execute(f"SELECT last_value, is_called FROM {table}_id_seq")
                last, is_called = cursor.fetchone()
                script += f"SELECT setval('{table}_id_seq', {last}, {is_called});"
        return script


_COUNTERS = {
    True: "SELECT tablename, 0 FROM pg_tables WHERE schemaname = 'public'",
    False: "SELECT table_name, auto_increment FROM information_schema.tables"
    " WHERE table_schema = DATABASE()",
}
_OTHERS_END = {
    True: "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    False: "SELECT id FROM information_schema.processlist"
    " WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}
