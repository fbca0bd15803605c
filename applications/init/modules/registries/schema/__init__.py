"""The DAL tables: the collector's own (``host``) apart from ours (``own``).

Names, columns and types are those of ``collector-contract.md`` D, so that an
existing database is used as it stands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydal import DAL
from pydal.adapters import adapters
from pydal.adapters.sqlite import SQLite

from . import host, indexes, own, servers
from .servers import count_on, in_postgres

__all__ = ["connect", "count_on", "define", "in_postgres"]


@adapters.register_for("sqlite")
class _ExistingSQLite(SQLite):  # type: ignore[misc]
    """SQLite that never creates a database by connecting, unless it was told to.

    A file that is gone must be an error; an empty one in its place would be worse.
    """

    def connector(self) -> Any:
        mode = "rwc" if self.adapter_args.get("create") else "rw"
        uri = f"file:{quote(self.dbpath)}?mode={mode}"
        return self.driver.Connection(uri, uri=True, **self.driver_args)


SHORTEST_WAIT = 0.005
"""Seconds that SQLite itself waits for another writer."""


def connect(uri: str, folder: Path, lock_seconds: float, migrate: bool = False) -> Any:
    """Open a DAL the way all our processes do: one try, WAL and patient locks on SQLite.

    :param lock_seconds: how long a statement waits for another writer.
    """
    arguments: dict[str, Any] = {"attempts": 1, "check_reserved": None, "bigint_id": False}
    if uri.startswith("sqlite"):
        # Who waits longer tries again by itself, see ``Database``.
        arguments["driver_args"] = {"timeout": lock_seconds if migrate else SHORTEST_WAIT}
        arguments["after_connection"] = _pragmas
        arguments["adapter_args"] = {"foreign_keys": False, "create": migrate}
    else:
        servers.require_driver(uri)
        arguments.update(servers.arguments(lock_seconds, migrate))
    return DAL(uri, folder=str(folder), migrate_enabled=migrate, **arguments)


def _pragmas(adapter: Any) -> None:
    adapter.execute("PRAGMA journal_mode=WAL")
    adapter.execute("PRAGMA synchronous=NORMAL")


def define(dal: Any, migrate: bool) -> None:
    """Define all tables; with ``migrate`` also create what is missing, indexes too."""
    there = servers.there(dal) if migrate else {}
    made = set(host.TABLES) - set(there)
    for tables in (host.TABLES, own.TABLES):
        for name, fields in tables.items():
            if name in there:
                servers.note(dal, name, fields(), there[name])
            dal.define_table(name, *fields(), migrate=migrate, redefine=name in there)
    if migrate:
        is_postgres = dal._dbname.startswith("postgres")
        for statement in (*indexes.statements(dal._dbname, made), *own.INDEXES):
            dal.executesql(servers.index_in_postgres(statement) if is_postgres else statement)
        dal.commit()
