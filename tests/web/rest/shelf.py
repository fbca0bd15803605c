"""Repositories and tags in the site's catalogue, for the length of a test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.web.conftest import Answer, Site
from tests.web.world import ROOT, Login

API = "/init/rest/api"
OPEN_ID, RESTRICTED_ID, HIDDEN_ID = 51, 52, 53
_DATE = "2026-02-02 10:00:00"
_TABLES = ("docker_repositories", "docker_tags", "registry_repositories", "registry_tags",
           "registry_deleted", "registry_changes", "table_modified")


class Shelf:
    """What is in the catalogue, and requests about it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.db = site.home.db

    def repository(self, id: int, name: str, registry_id: int = OPEN_ID, **more: Any) -> None:
        """Put a repository on the shelf."""
        values = {"description": "", "stars": 0, "automated": "F", "official": "F", **more}
        with self.db.transaction(write=True):
            self.db.insert(
                "docker_repositories", id=id, registry_id=registry_id, repository=name,
                created=_DATE, updated=_DATE, **values,
            )

    def tag(self, id: int, repository_id: int, name: str, registry_id: int = OPEN_ID) -> None:
        """Put a tag on the shelf."""
        with self.db.transaction(write=True):
            self.db.insert(
                "docker_tags", id=id, registry_id=registry_id, repository_id=repository_id,
                name=name, created=_DATE, updated=_DATE, config_digest="sha256:9b",
                config_size=1511,
            )

    def reach(self, registry_id: int, url: str) -> None:
        """Have a registry at a url."""
        with self.db.transaction(write=True):
            self.db.run("UPDATE docker_registries SET url = ? WHERE id = ?", url, registry_id)

    def get(self, path: str, query: str = "", login: Login = ROOT) -> Answer:
        """Read something of the API."""
        return self.site.ask(f"{API}{path}", query, login=login)

    def data(self, path: str, query: str = "", login: Login = ROOT) -> Any:
        """The data of an answer that must be right."""
        answer = self.get(path, query, login)
        assert answer.status == 200, answer.json
        return answer.json["data"]

    def ids(self, path: str, query: str = "", login: Login = ROOT) -> list[int]:
        """The ids of the rows of an answer."""
        return [row["id"] for row in self.data(path, query, login)]

    def send(
        self, method: str, path: str, body: Any = None, login: Login = ROOT, query: str = ""
    ) -> Answer:
        """Change something, with a JSON body."""
        content = b"" if body is None else json.dumps(body).encode()
        return self.site.ask(
            f"{API}{path}", query, method, content, login, content_type="application/json"
        )

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database."""
        with self.db.transaction():
            return self.db.rows(sql, *values)

    def has(self, table: str, id: int) -> bool:
        """Tell whether there is such a row."""
        return bool(self.rows(f"SELECT id FROM {table} WHERE id = ?", id))

    def events(self) -> list[tuple[str, Any]]:
        """What live screens were told."""
        rows = self.rows("SELECT event, data FROM registry_changes ORDER BY id")
        return [(event, json.loads(data)) for event, data in rows]

    def modified(self) -> set[str]:
        """Tables that were marked as changed."""
        return {row[0] for row in self.rows("SELECT table_name FROM table_modified")}


@contextmanager
def stocked(site: Site) -> Iterator[Shelf]:
    """A shelf with repositories of all namespaces, one tag in each; it is cleared again."""
    shelf = Shelf(site)
    _clear(shelf)
    urls = shelf.rows("SELECT id, url FROM docker_registries")
    names = ("base/alpine", "users/31/x", "groups/20/x", "apps/store/x")
    for number, name in enumerate(names):
        shelf.repository(61 + number, name)
        shelf.tag(71 + number, 61 + number, f"v1.{number}")
    shelf.repository(65, "base/alpine", RESTRICTED_ID)
    shelf.tag(75, 65, "v2", RESTRICTED_ID)
    shelf.repository(66, "base/hidden", HIDDEN_ID)
    shelf.tag(76, 66, "v3", HIDDEN_ID)
    try:
        yield shelf
    finally:
        _clear(shelf)
        for id_, url in urls:
            shelf.reach(id_, url)


def _clear(shelf: Shelf) -> None:
    with shelf.db.transaction(write=True):
        for table in _TABLES:
            shelf.db.run(f"DELETE FROM {table}")
