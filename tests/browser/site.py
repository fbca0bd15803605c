"""The server that browsers visit: the demonstration's people and images, changed through REST."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import requests

from tests.conftest import CHECKOUT
from tests.system.rig import Collector

ROOT = ("root", "root-secret")
API = "/init/rest/api"
SESSION = "osvc_session"
_NOT_DUE = (
    "INSERT INTO registry_crawls (registry_id, next_run, phase, mark, cursor, repositories, tags,"
    " requests, failures, leased_until, refreshed) VALUES (?, 9e9, 'done', 0, 0, 0, 0, 0, 0, 0, 0)"
)


class Gui(Collector):
    """A collector with the demonstration in it, and helpers that add objects of a test's own.

    Objects that tests change are made by them, with names that nothing else has.  Each
    visitor has an address of its own (``X-Forwarded-For``), so no lock hits another.
    """

    def __init__(self, folder: Path, **environ: str) -> None:
        super().__init__(folder, COLLECTOR_TRUSTED_PROXIES="127.0.0.1", **environ)
        self._numbers = itertools.count(1)
        self._http = requests.Session()

    def begin(self) -> None:
        """Make the demonstration, and serve it."""
        command = [sys.executable, "-m", "server.demo", str(self.home), self.url]
        subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, timeout=120)
        for (id_,) in self.rows("SELECT id FROM docker_registries"):
            self.change(_NOT_DUE, id_)  # no registry of it is real
        self.start()

    def unique(self, word: str) -> str:
        """A name that nothing else here has: ``word-7``."""
        return f"{word}-{next(self._numbers)}"

    def address(self) -> str:
        """An address that no other visitor comes from."""
        number = next(self._numbers)
        return f"198.{18 + number // 62500 % 2}.{number // 250 % 250}.{number % 250 + 1}"

    def rest(
        self, method: str, path: str, body: Any = None, login: tuple[str, str] = ROOT, **query: Any
    ) -> Any:
        """Call the REST API, as a Manager if not told otherwise; it must do as asked."""
        answer = self._http.request(
            method, f"{self.url}{API}{path}", json=body, params=query, auth=login, timeout=20
        )
        value = answer.json()
        assert answer.status_code == 200, value
        assert not value.get("error"), value
        return value

    def session(self, login: str, password: str) -> str:
        """Sign in through REST: the value of the cookie."""
        answer = requests.post(
            f"{self.url}{API}/session", json={"login": login, "password": password},
            headers={"X-Forwarded-For": self.address()}, timeout=20,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.cookies[SESSION])

    def make_registry(
        self,
        service: str = "",
        publications: Iterable[str] = ("webdev", "Platform-Team", "audit"),
        responsibles: Iterable[str] = ("Platform-Team",),
        **more: Any,
    ) -> dict[str, Any]:
        """Declare a registry at an address where nothing answers; its row.

        :param publications: the groups it is published to; ``responsibles`` alike.
        """
        service = service or f"{self.unique('registry')}.example.org"
        host = self.unique("nowhere")
        body = {"service": service, "url": f"https://{host}.invalid", "restricted": False, **more}
        row = self._only("/docker/registries", body)
        for relation, roles in (("publications", publications), ("responsibles", responsibles)):
            for role in roles:
                path = f"/docker/registries/{row['id']}/{relation}/{self.group(role)}"
                self.rest("POST", path, {})
        return row

    def make_repository(
        self, registry: int, name: str = "", tags: Iterable[str] = (), **more: Any
    ) -> dict[str, Any]:
        """Put a repository into a registry, with tags, as if discovery had found it; its row."""
        name = name or self.unique("base/repository")
        flags = {flag: "T" if more.pop(flag, False) else "F" for flag in ("official", "automated")}
        values = {"description": "", "stars": 0, **more, **flags}
        values.update(registry_id=registry, repository=name)
        id_ = self.insert("docker_repositories", **values)
        for tag in tags:
            self.make_tag(id_, tag)
        self.announce("docker_repositories", "docker_tags")
        return {"id": id_, **values}

    def make_tag(self, repository: int, name: str, **facts: Any) -> int:
        """Put a tag into a repository; its id.

        :param facts: columns of ``registry_tags``, such as ``size``.
        """
        ((registry,),) = self.rows(
            "SELECT registry_id FROM docker_repositories WHERE id = ?", repository
        )
        places = {"registry_id": registry, "repository_id": repository}
        digest = f"sha256:{next(self._numbers):064x}"
        id_ = self.insert(
            "docker_tags", name=name, config_digest=digest, config_size=1500, **places
        )
        known = {"digest": digest, "media_type": "", "size": 12_000_000, "pulls": 0}
        self.insert(
            "registry_tags", dates=(), tag_id=id_, changed=0, missing=0, checked=time.time(),
            **places, **{**known, **facts},
        )
        self.announce("docker_tags")
        return id_

    def make_user(
        self, name: str = "", groups: Iterable[str] = (), **more: Any
    ) -> dict[str, Any]:
        """Create somebody, with ``-secret`` behind the username as the password; the row.

        :param groups: roles of the groups to join, privileges too.
        """
        name = name or self.unique("visitor")
        body = {"username": name, "email": f"{name}@example.org", "password": f"{name}-secret"}
        row = self._only("/users", {**body, **more})
        for role in groups:
            self.rest("POST", f"/users/{row['id']}/groups/{self.group(role)}", {})
        return row

    def group(self, role: str) -> int:
        """The id of a group."""
        ((id_,),) = self.rows("SELECT id FROM auth_group WHERE role = ?", role)
        return int(id_)

    def insert(
        self, table: str, dates: Iterable[str] = ("created", "updated"), **values: Any
    ) -> int:
        """Put a row into a table behind the server's back; its id."""
        values = {**dict.fromkeys(dates, time.strftime("%Y-%m-%d %H:%M:%S")), **values}
        assert all(re.fullmatch("[a-z_]+", word) for word in (table, *values))
        marks = ", ".join("?" * len(values))
        sql = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"
        self.change(sql, *values.values())
        return int(self.rows(f"SELECT MAX(id) FROM {table}")[0][0])

    def announce(self, *tables: str) -> None:
        """Tell live screens that tables changed."""
        for table in tables:
            self.insert(
                "registry_changes", dates=(), event=f"{table}_change", data='{"a": "b"}',
                at=time.time(),
            )

    def _only(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        (row,) = self.rest("POST", path, body)["data"]
        return dict(row)
