"""Registries of the site that a test may change: afterwards they are as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from applications.init.modules.registries import container
from tests.web.conftest import Site
from tests.web.rest.shelf import Shelf, stocked

KEPT = ("docker_registries", "docker_registries_publications", "docker_registries_responsibles",
        "auth_user", "auth_membership", "services", "svcmon", "node_ip")
CLEARED = ("registry_options", "registry_events", "registry_questions", "registry_crawls",
           "registry_deleted", "registry_identity_tokens", "log")


class Yard(Shelf):
    """A shelf whose registries may be changed too."""

    def run(self, sql: str, *values: Any) -> None:
        """Change something behind the API's back."""
        with self.db.transaction(write=True):
            self.db.run(sql, *values)

    def insert(self, table: str, **values: Any) -> int:
        """Put a row into a table."""
        with self.db.transaction(write=True):
            return self.db.insert(table, **values)

    def groups(self, kind: str, registry_id: int) -> set[int]:
        """The groups in one of the link tables."""
        sql = f"SELECT group_id FROM docker_registries_{kind} WHERE registry_id = ?"
        return {row[0] for row in self.rows(sql, registry_id)}

    def registry(self, service: str) -> int | None:
        """The id of a registry."""
        rows = self.rows("SELECT id FROM docker_registries WHERE service = ?", service)
        return int(rows[0][0]) if rows else None

    def audit(self, action: str) -> list[dict[str, Any]]:
        """The details of the audit entries of an action."""
        return [entry["details"] for entry in self.site.home.audit(action)]


@contextmanager
def opened(site: Site) -> Iterator[Yard]:
    """The yard, with what is on the shelf in its registries."""
    with stocked(site) as shelf:
        yard = Yard(shelf.site)
        before = {table: _rows(yard, table) for table in KEPT}
        try:
            yield yard
        finally:
            _restore(yard, before)


def in_public(yard: Yard, patch: pytest.MonkeyPatch) -> None:
    """Make the collector a public one, where anybody may declare registries."""
    built = yard.site.home.container
    settings = replace(built.settings, public_collector=True)
    patch.setattr(container._Process, "container", replace(built, settings=settings))


def _rows(yard: Yard, table: str) -> list[dict[str, Any]]:
    with yard.db.transaction():
        columns = [field.name for field in yard.db.dal[table]]
        rows = yard.db.rows(f"SELECT {', '.join(columns)} FROM {table}")
    return [dict(zip(columns, row)) for row in rows]


def _restore(yard: Yard, before: dict[str, list[dict[str, Any]]]) -> None:
    with yard.db.transaction(write=True):
        for table in (*KEPT, *CLEARED):
            yard.db.run(f"DELETE FROM {table}")
        yard.db.run("DROP TABLE IF EXISTS scheduler_task")
        for table, rows in before.items():
            for row in rows:
                yard.db.insert(table, **row)
