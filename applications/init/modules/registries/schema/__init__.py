"""The DAL tables: the collector's own (``host``) apart from ours (``own``).

Names, columns and types are those of ``collector-contract.md`` D, so that an
existing database is used as it stands.
"""

from __future__ import annotations

from typing import Any

from . import host, own


def define(dal: Any, migrate: bool) -> None:
    """Define all tables; with ``migrate`` also create what is missing, indexes too."""
    for tables in (host.TABLES, own.TABLES):
        for name, fields in tables.items():
            dal.define_table(name, *fields(), migrate=migrate)
    if migrate:
        for statement in (*host.indexes(dal._dbname), *own.INDEXES):
            dal.executesql(statement)
        dal.commit()
