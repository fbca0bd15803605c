"""Users, groups and applications of the site that a test may change: restored afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.web.conftest import Site
from tests.web.rest.yard import Yard

ADA_ID, BOB_ID, PULL_ID, PUSH_ID, LINUS_ID, EVE_ID, BLOCKED_ID, ROOT_ID = (*range(31, 38), 1)
WEBDEV, PLATFORM, AUDIT, TWIN = 20, 21, 22, 24

TABLES = (
    "auth_user", "auth_group", "auth_membership", "auth_permission", "apps", "apps_publications",
    "apps_responsibles", "services", "nodes", "auth_node", "docker_registries",
    "docker_registries_publications", "docker_registries_responsibles", "user_prefs",
    "registry_sessions", "registry_identity_tokens", "registry_account_origins",
    "registry_account_groups",
)
CLEARED = ("log", "registry_changes", "table_modified", "registry_login_failures",
           "registry_login_addresses")


class Town(Yard):
    """People who may be changed."""

    def grant(self, user_id: int, *privileges: str) -> None:
        """Give privileges to a user."""
        for role in privileges:
            self.join(user_id, self.group(role))

    def join(self, user_id: int, group_id: int | None) -> None:
        """Put a user into a group."""
        self.insert("auth_membership", user_id=user_id, group_id=group_id, primary_group="F")

    def group(self, role: str) -> int | None:
        """The id of a group."""
        return self._id("auth_group", "role", role)

    def user(self, email: str) -> int | None:
        """The id of a user."""
        return self._id("auth_user", "email", email)

    def app(self, code: str) -> int | None:
        """The id of an application."""
        return self._id("apps", "app", code)

    def in_group(self, user_id: int, group_id: int | None) -> bool:
        """Tell whether a user is in a group."""
        sql = "SELECT id FROM auth_membership WHERE user_id = ? AND group_id = ?"
        return bool(self.rows(sql, user_id, group_id))

    def attached(self, kind: str, app_id: int | None) -> set[int]:
        """The groups of an application."""
        sql = f"SELECT group_id FROM apps_{kind} WHERE app_id = ?"
        return {row[0] for row in self.rows(sql, app_id)}

    def column(self, user_id: int, name: str) -> Any:
        """A column of a user, as it is stored."""
        return self.rows(f"SELECT {name} FROM auth_user WHERE id = ?", user_id)[0][0]

    def stored(self) -> dict[str, list[dict[str, Any]]]:
        """All rows that decide who may do what."""
        return {table: _rows(self, table) for table in TABLES}

    def _id(self, table: str, column: str, text: str) -> int | None:
        rows = self.rows(f"SELECT id FROM {table} WHERE {column} = ?", text)
        return int(rows[0][0]) if rows else None


@contextmanager
def settled(site: Site) -> Iterator[Town]:
    """The town, with an empty log."""
    town = Town(site)
    before = town.stored()
    _clear(town, CLEARED)
    try:
        yield town
    finally:
        _clear(town, (*TABLES, *CLEARED))
        with town.db.transaction(write=True):
            for table, rows in before.items():
                for row in rows:
                    town.db.insert(table, **row)


def _rows(town: Town, table: str) -> list[dict[str, Any]]:
    with town.db.transaction():
        columns = [field.name for field in town.db.dal[table]]
        rows = town.db.rows(f"SELECT {', '.join(columns)} FROM {table}")
    return [dict(zip(columns, row)) for row in rows]


def _clear(town: Town, tables: tuple[str, ...]) -> None:
    with town.db.transaction(write=True):
        for table in tables:
            town.db.run(f"DELETE FROM {table}")
