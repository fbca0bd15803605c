"""Nodes and services of the site that a test may change: afterwards they are as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.web.conftest import Answer, Site
from tests.web.rest.shelf import Shelf

KEPT = ("auth_user", "auth_group", "auth_membership", "apps", "apps_publications",
        "apps_responsibles", "nodes", "auth_node", "node_ip", "services", "svcmon", "resinfo",
        "links")
CLEARED = ("registry_changes", "table_modified", "registry_sessions")


class Rack(Shelf):
    """Machines, who may change them, and requests about them."""

    def run(self, sql: str, *values: Any) -> None:
        """Change something behind the API's back."""
        with self.db.transaction(write=True):
            self.db.run(sql, *values)

    def insert(self, table: str, **values: Any) -> int:
        """Put a row into a table."""
        with self.db.transaction(write=True):
            return self.db.insert(table, **values)

    def grant(self, user_id: int, privilege: str) -> None:
        """Give somebody a privilege, which is made where it is missing."""
        found = self.rows("SELECT id FROM auth_group WHERE role = ?", privilege)
        group = found[0][0] if found else self.insert(
            "auth_group", role=privilege, privilege="T"
        )
        self.insert("auth_membership", user_id=user_id, group_id=group, primary_group="F")

    def told(self, res_key: str, res_value: str, svc_id: str = "s1", rid: str = "") -> None:
        """Have a service tell something of a resource."""
        self.insert(
            "resinfo", rid=rid or f"container#{res_key}", res_key=res_key, res_value=res_value,
            updated="2026-02-02 10:00:00", topology="failover", node_id="n1", svc_id=svc_id,
        )

    def audit(self, action: str) -> list[dict[str, Any]]:
        """The details of the audit entries of an action."""
        return [entry["details"] for entry in self.site.home.audit(action)]

    def form(self, path: str, body: str, login: tuple[str, str], method: str = "POST") -> Answer:
        """Change something as curl does."""
        return self.site.ask(
            f"/init/rest/api{path}", "", method, body.encode(), login,
            content_type="application/x-www-form-urlencoded",
        )


@contextmanager
def standing(site: Site) -> Iterator[Rack]:
    """The rack; what tests do to it is undone."""
    rack = Rack(site)
    before = {table: _rows(rack, table) for table in KEPT}
    _clear(rack, CLEARED)
    try:
        yield rack
    finally:
        _clear(rack, (*KEPT, *CLEARED))
        with rack.db.transaction(write=True):
            for table, rows in before.items():
                for row in rows:
                    rack.db.insert(table, **row)


def _clear(rack: Rack, tables: tuple[str, ...]) -> None:
    with rack.db.transaction(write=True):
        for table in tables:
            rack.db.run(f"DELETE FROM {table}")


def _rows(rack: Rack, table: str) -> list[dict[str, Any]]:
    with rack.db.transaction():
        columns = [field.name for field in rack.db.dal[table]]
        rows = rack.db.rows(f"SELECT {', '.join(columns)} FROM {table}")
    return [dict(zip(columns, row)) for row in rows]
