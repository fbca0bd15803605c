"""The database: one DAL per process, one connection per thread, explicit transactions.

web2py closes all DAL instances of a thread at the end of a request, and
swallows a COMMIT that fails.  So ours is taken out of its registry, and each
``transaction`` commits itself and turns a failure into ``Unavailable``.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydal._globals import THREAD_LOCAL

from . import logs, schema
from .errors import BadRequest, Conflict, StartupError, Unavailable
from .schema import servers

LOCK_SECONDS = 4
"""How long a request waits for another writer; under the 5 s a client is promised."""

IDLE_SECONDS = 5.0
"""A server's connection that was idle for as long is tried before it is used."""

_STATEMENTS = 1000
"""Translated statements that are kept."""

_GONE = "the database does not answer; try again in a moment"


class Database:
    """Tables for the DAL (``dal``) and bound SQL for the paths that must be fast.

    :param uri: DAL URI.
    :param folder: where the DAL keeps its migration files.
    :param lock_seconds: how long a statement waits for a lock.
    :param migrate: create and alter tables; only at first start, under a lock.
    """

    def __init__(
        self, uri: str, folder: Path, lock_seconds: float = LOCK_SECONDS, migrate: bool = False
    ) -> None:
        self.engine = uri.partition(":")[0]
        self.is_sqlite = self.engine.startswith("sqlite")
        self._lock_seconds = lock_seconds
        # Servers don't look a range of a joined table up in an index.
        self.joins_ranges = self.is_sqlite
        self._path = uri.partition("://")[2] if self.is_sqlite and ":memory" not in uri else None
        self._local = threading.local()
        self.dal = self._open(uri, folder, lock_seconds, migrate)
        self._marks_are_questions = self.dal._adapter.driver.paramstyle == "qmark"
        self._statements: dict[str, str] = {}
        self._local.inode = self._current_inode()

    @contextmanager
    def transaction(self, write: bool = False, quiet: bool = False) -> Iterator[None]:
        """Run a block and commit it; roll it back when anything goes wrong.

        A block inside a block is part of the outer one.

        :param write: take the write lock first, for blocks that read, decide and
            write (SQLite; other engines lock the rows they update).
        :param quiet: the caller logs what goes wrong, who tries again and again.
        :raises Conflict: a unique key says no.
        :raises BadRequest: a value fits no column.
        :raises Unavailable: the database is locked, gone, or refused the commit.
        """
        if getattr(self._local, "open", False):
            yield
            return
        self._local.open = True
        try:
            self._revive()
            self._local.cursor = self._new_cursor()
            if write and self.is_sqlite:
                self._patiently("BEGIN IMMEDIATE", ())
            yield
            self._commit()
        except self.dal._adapter.driver.IntegrityError as error:
            self._drop()
            raise Conflict("it contradicts what is stored; nothing was changed") from error
        except self.dal._adapter.driver.DataError as error:
            self._drop()
            raise BadRequest("there is a value in it that can't be stored") from error
        except self._driver_errors() as error:
            if not quiet:
                logs.unexpected(error, "database")
            self._drop()
            raise Unavailable(_GONE) from error
        except BaseException:
            with suppress(Exception):
                self.dal.rollback()
            raise
        finally:
            self._local.open = False
            self._local.cursor = None

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query with bound values (marks are ``?``) and return its rows.

        Here and in ``run`` the caller holds a transaction.
        """
        return list(self._execute(sql, values).fetchall())

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement with bound values; return the number of rows touched."""
        count: int = self._execute(sql, values).rowcount
        return count

    def insert(self, table: str, **values: Any) -> int:
        """Insert one row and return its id; names are constants of this code."""
        marks = ", ".join("?" for _ in values)
        # Quoted: some names are words of a server's own.
        names = ", ".join(f'"{name}"' for name in values)
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        if self.engine.startswith("postgres"):
            made = int(self._execute(f"{sql} RETURNING id", values.values()).fetchone()[0])
            if "id" in values:
                self.run(schema.count_on(table))
            return made
        return int(self._execute(sql, values.values()).lastrowid)

    def folded(self, column: str) -> str:
        """SQL for a column compared without regard for case, so that an index serves it.

        The other side must be lower case.  MySQL folds by its collation.
        """
        return column if self.engine.startswith("mysql") else f"lower({column})"

    def first_two(self, column: str) -> str:
        """SQL for the text of a column up to its second slash, or all of it.

        Of a text without a slash it may be something else with one.
        """
        if self.engine.startswith("postgres"):
            return f"SPLIT_PART({column}, '/', 1) || '/' || SPLIT_PART({column}, '/', 2)"
        if self.engine.startswith("sqlite"):
            first = f"INSTR({column}, '/')"
            second = f"INSTR(SUBSTR({column}, {first} + 1) || '/', '/')"
            return f"SUBSTR({column}, 1, {first} + {second} - 1)"
        return f"SUBSTRING_INDEX({column}, '/', 2)"

    def close(self) -> None:
        """End this thread's connection; the next use opens a new one."""
        with suppress(Exception):
            self.dal._adapter.close(None)

    def _open(self, uri: str, folder: Path, lock_seconds: float, migrate: bool) -> Any:
        try:
            dal = schema.connect(uri, folder, lock_seconds, migrate)
        except StartupError:
            raise
        except Exception as error:
            raise Unavailable(_GONE) from error
        THREAD_LOCAL._pydal_db_instances_.pop(dal._db_uid, None)
        schema.define(dal, migrate)
        return dal

    def _new_cursor(self) -> Any:
        return self.dal._adapter.get_connection().cursor()

    def _execute(self, sql: str, values: Iterable[Any]) -> Any:
        cursor = self._local.cursor
        try:
            if self.is_sqlite:
                self._patiently(sql, tuple(values))
            else:
                cursor.execute(self._statement(sql), tuple(values))
        except ValueError as error:
            # PostgreSQL's texts hold no NUL, and nobody's hold half of a character.
            raise BadRequest("there is a value in it that can't be stored") from error
        return cursor

    def _patiently(self, sql: str, values: tuple[Any, ...]) -> None:
        """Run a statement on SQLite, again and again while another process writes.

        SQLite itself would sleep ever longer, up to a tenth of a second, while others pass.
        """
        deadline = 0.0
        while True:
            try:
                self._local.cursor.execute(sql, values)
            except self.dal._adapter.driver.OperationalError as error:
                now = time.monotonic()
                deadline = deadline or now + self._lock_seconds
                if "is locked" not in str(error) or now >= deadline:
                    raise
            else:
                return

    def _commit(self) -> None:
        if self.is_sqlite and not self.dal._adapter.connection.in_transaction:
            return  # nothing but reads
        self.dal.commit()

    def _statement(self, sql: str) -> str:
        if self._marks_are_questions:
            return sql
        known = self._statements.get(sql)
        if known is None:
            if len(self._statements) >= _STATEMENTS:
                self._statements.clear()
            known = sql.replace("%", "%%").replace("?", "%s")
            if self.engine.startswith("postgres"):
                known = schema.in_postgres(known)
            self._statements[sql] = known
        return known

    def _driver_errors(self) -> Any:
        driver = self.dal._adapter.driver
        return (driver.Error, ConnectionError)

    def _drop(self) -> None:
        with suppress(Exception):
            self.dal.rollback()
        self.close()

    def _current_inode(self) -> int | None:
        if self._path is None:
            return None
        try:
            return os.stat(self._path).st_ino
        except OSError:
            return 0

    def _revive(self) -> None:
        """Notice a SQLite file that was removed or replaced under this thread's connection,
        and a server that ended a connection which was long idle.
        """
        if not self.is_sqlite:
            self._greet()
            return
        inode = self._current_inode()
        if inode == getattr(self._local, "inode", None):
            return
        self.close()
        self._local.inode = inode


    def _greet(self) -> None:
        """Try a connection that was long idle, or on which something came unasked: its end."""
        now = time.monotonic()
        idle, self._local.used = now - getattr(self._local, "used", now), now
        if idle < IDLE_SECONDS and not servers.is_told(self.dal._adapter):
            return
        try:
            cursor = self._new_cursor()
            cursor.execute("SELECT 1")
            cursor.fetchall()
            self.dal.rollback()
        except self._driver_errors():
            self.close()
            if time.monotonic() - now > 1:
                raise  # it is silent, and would be once more
