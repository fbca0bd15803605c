"""MariaDB and PostgreSQL as we want their connections: patient, strict, and in Unicode."""

from __future__ import annotations

import re
import select
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any

from pydal import Field
from pydal._globals import THREAD_LOCAL
from pydal.adapters import adapters
from pydal.adapters.mysql import MySQL
from pydal.adapters.postgres import PostgrePsyco

from ..errors import StartupError

NOTES = "collector"
"""What the DAL's notes on tables are named after."""

LOGIN_SECONDS = 3
"""How long a server has to take a connection."""

_STRICT = "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION"
_OLD_UNICODE = " CHARACTER SET utf8;"
_UNICODE = " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;"
_BYTES = "COLLATE utf8mb4_bin"
_EXACT = {
    "docker_tags": ("name",),
    "registry_deleted": ("tag",),
    "registry_questions": ("tag",),
    "registry_events": ("event_id", "tag"),
}
"""Texts that have a regard for case, where a server has none."""
_FOUND_ROWS = 2
_SETUP_LOCKS = {
    "mysql": "SELECT GET_LOCK(CONCAT('collector set-up ', DATABASE()), 30)",
    "postgres": "SELECT 1 FROM pg_advisory_lock(7261504019)",
}
"""Whoever sets up a database holds this to the end of the connection: homes may be many."""
_COLUMNS = {
    "mysql": "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = DATABASE()",
    "postgres": "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema()",
}


@adapters.register_for("mysql", "mysql:pymysql", "mysql:MySQLdb")
class _StrictMySQL(MySQL):  # type: ignore[misc]
    """MariaDB or MySQL that refuses what fits no column, where it would cut it off."""

    def _initialize_(self) -> None:
        super()._initialize_()
        seconds = self.adapter_args["lock_seconds"]
        self.driver_args["connect_timeout"] = LOGIN_SECONDS
        # An UPDATE tells of the rows it found, as everywhere else, also when it changes nothing.
        self.driver_args["client_flag"] = _FOUND_ROWS
        if self.driver_name == "pymysql":
            self.driver_args["database"] = self.driver_args.pop("db")
            self.driver_args["password"] = self.driver_args.pop("passwd", "")
            # A server that is stopped, or cut off, says nothing at all.
            self.driver_args["read_timeout"] = self.adapter_args["silence_seconds"]
            self.driver_args["write_timeout"] = self.adapter_args["silence_seconds"]
        if self.driver_args["charset"] in ("utf8", "utf8mb3"):
            self.driver_args["charset"] = "utf8mb4"
        self._lock_seconds = max(1, ceil(seconds))

    def after_connection(self) -> None:
        """Tell the server how this connection is meant."""
        self.execute("SET FOREIGN_KEY_CHECKS = 1")
        self.execute(f"SET sql_mode = '{_STRICT}'")
        for name in ("innodb_lock_wait_timeout", "lock_wait_timeout"):
            self.execute(f"SET SESSION {name} = {self._lock_seconds}")

    def create_sequence_and_triggers(self, query: str, table: Any, **more: Any) -> None:
        """Create a table; its texts are all of Unicode, and tags in capitals are others."""
        query = query.replace(_OLD_UNICODE, _UNICODE)
        for name in _EXACT.get(table._tablename, ()):
            query = re.sub(rf"(`{name}` VARCHAR\(\d+\))", rf"\1 {_BYTES}", query)
        self.execute(query)


@adapters.register_for("postgres:psycopg2")
class _PatientPostgres(PostgrePsyco):  # type: ignore[misc]
    """PostgreSQL that waits no longer than a client does, and counts on from given ids."""

    def _initialize_(self) -> None:
        self.driver_args["connect_timeout"] = LOGIN_SECONDS
        # A server that is cut off says nothing at all.
        self.driver_args.update(keepalives_idle=5, keepalives_interval=1, keepalives_count=3)
        self.driver_args["tcp_user_timeout"] = 1000 * self.adapter_args["silence_seconds"]
        super()._initialize_()

    @property
    def types(self) -> Any:
        """SQL of the types; texts are compared by their bytes, wherever the database is from."""
        known = super().types
        return {**known, **{name: f'{known[name]} COLLATE "C"' for name in ("string", "text")}}

    def connector(self) -> Any:
        """A connection, told how it is meant; a rollback would undo what is not committed."""
        connection = super().connector()
        milliseconds = int(1000 * self.adapter_args["lock_seconds"])
        with connection.cursor() as cursor:
            cursor.execute("SET client_encoding TO 'UTF8'")
            cursor.execute("SET standard_conforming_strings TO on")
            cursor.execute(f"SET lock_timeout TO {milliseconds}")
        connection.commit()
        return connection

    def after_connection(self) -> None:
        """Leave it as ``connector`` made it."""

    def insert(self, table: Any, fields: Any) -> Any:
        """Insert a row; the ids after it are larger than one that was given."""
        made = super().insert(table, fields)
        if any(field.name == "id" for field, _ in fields):
            self.execute(count_on(table._tablename))
        return made


def there(dal: Any) -> dict[str, set[str]]:
    """The tables that a server has, with their columns; takes the lock of who sets up.

    :raises StartupError: somebody else has had it for long.
    """
    engine = dal._adapter.dbengine
    if engine not in _COLUMNS:
        return {}
    if not dal.executesql(_SETUP_LOCKS[engine])[0][0]:
        raise StartupError("the database is being set up by another process, for long")
    found: dict[str, set[str]] = {}
    for table, column in dal.executesql(_COLUMNS[engine]):
        found.setdefault(str(table), set()).add(str(column).lower())
    return found


def note(dal: Any, name: str, fields: tuple[Field, ...], columns: set[str]) -> None:
    """Have the DAL believe what a table has, whatever its own notes say.

    Another machine, or a backup, may have made it what it is.
    """
    known = [field for field in fields if field.name in columns]
    (Path(dal._adapter.folder) / f"{NOTES}_{name}.table").unlink(missing_ok=True)
    dal.define_table(name, *known, migrate=True, fake_migrate=True)


def is_told(adapter: Any) -> bool:
    """Tell whether a server sent something to this thread's connection, which asked nothing."""
    connection = getattr(THREAD_LOCAL, adapter._connection_uname_, None)
    socket: Any = getattr(connection, "_sock", None) or connection
    if not hasattr(socket, "fileno"):
        return False
    try:
        waiting = select.poll()
        waiting.register(socket.fileno(), select.POLLIN)
        return bool(waiting.poll(0))
    except Exception:  # closed already; each driver says that in its way
        return True


def count_on(table: str) -> str:
    """SQL for PostgreSQL, after a row with an id that was given: others get larger ones."""
    return (
        f"SELECT setval('{table}_id_seq', GREATEST((SELECT MAX(id) FROM {table}),"
        f" (SELECT last_value FROM {table}_id_seq)))"
    )


def in_postgres(sql: str) -> str:
    """A statement in the words of PostgreSQL, of those that have others everywhere else."""
    # Everywhere else NULL is less than all there is; our indexes are made so.
    sql = sql.replace(" ASC", " ASC NULLS FIRST").replace(" DESC", " DESC NULLS LAST")
    # A value alone would be folded in the database's language, unlike our columns.
    sql = sql.replace("lower(%s)", 'lower(%s COLLATE "C")')
    # Everywhere else LIKE has no regard for case.
    sql = sql.replace(" LIKE ", " ILIKE ").replace("INSTR(", "STRPOS(")
    return re.sub(r"json_array\(([^()]*)\)", r"CAST(json_build_array(\1) AS TEXT)", sql)


def index_in_postgres(statement: str) -> str:
    """A statement that makes an index, in the order of ``in_postgres``."""
    head, _, columns = statement.partition(" (")
    return f"{head} ({', '.join(f'{one} NULLS FIRST' for one in columns[:-1].split(', '))})"


def require_driver(uri: str) -> None:
    """Tell who starts us what to install.

    :raises StartupError: the driver for this URI is missing.
    """
    kind = "postgres" if uri.startswith("postgres") else "mysql"
    drivers = {"postgres": ("psycopg2",), "mysql": ("pymysql", "MySQLdb")}[kind]
    if not any(find_spec(name) for name in drivers):
        raise StartupError(f"COLLECTOR_DB_URI is of {kind}, whose driver is missing: run"
                           f" make {kind}")


def arguments(lock_seconds: float, migrate: bool) -> dict[str, Any]:
    """What the DAL is given beside a server's URI.

    A table's notes are named after us, not the URI: passwords change.
    """
    return {
        "decode_credentials": True,
        "table_hash": NOTES,
        # Changing a large table takes long, and says nothing meanwhile.
        "adapter_args": {
            "lock_seconds": lock_seconds if migrate else max(1.0, lock_seconds - 1),
            "silence_seconds": 3600 if migrate else max(2, ceil(lock_seconds)),
        },
    }
