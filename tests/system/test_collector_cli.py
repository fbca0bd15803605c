"""The collector's own command line client, by the requests that it makes.

The client itself comes with the agent and can't be had from a package index; these
are its requests to the letter (``agent-contract.md`` 1.2 to 1.4): Basic credentials
each time, paths appended to the base, form bodies, only a 200 is a success.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.system.rig import Collector
from tests.system.world import world
from tests.web.world import ADA, LINUS, NODE, OPEN, Login

ROWS = [{"id": 61, "registry": 51, "repository": "base/alpine"}]
TAGS = [{"id": 71, "repository": 61, "name": "v1"}]


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Collector]:
    """A collector; its registries are nowhere."""
    with Collector(folder / "driver", COLLECTOR_DISCOVERY_SECONDS="3600") as server:
        server.start()
        server.load({**world({}), "repositories": ROWS, "tags": TAGS})
        yield server


class Driver:
    """Makes the requests of the client's commands; reads answers as it does."""

    def __init__(self, collector: Collector, login: Login) -> None:
        self.api = f"{collector.url}/init/rest/api"
        self.login = login
        self.handlers = self._ask("GET", "")["data"]

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = requests.request(
            method, self.api + path, auth=self.login, timeout=10,
            headers={"Accept": "*/*", **more.pop("headers", {})}, **more,
        )
        if answer.status_code != 200:
            raise LookupError(f"{answer.status_code} {answer.json()['error']}")
        return answer.json()

    def handler(self, method: str, path: str) -> dict[str, Any] | None:
        """The first handler whose pattern matches, as the client finds it."""
        trimmed = path.rstrip("/")
        return next(
            (h for h in self.handlers[method] if re.match(h["pattern"], trimmed)), None
        )

    def get(self, path: str, *options: tuple[str, str]) -> Any:
        """``get PATH --name value ...``: only options that the handler declares."""
        handler = self.handler("GET", path)
        assert handler is not None, path
        assert {name for name, _ in options} <= set(handler["params"]), "no such option"
        return self._ask("GET", path, params=list(options))

    def ls(self, path: str, glob: str = "") -> list[str]:
        """``ls PATH`` and ``ls PATH/glob``: ids of the objects there."""
        query = {"limit": "0", "meta": "0", "props": "id"}
        if glob:
            query["query"] = f"id like {glob.replace('*', '%').replace('?', '_')}"
        rows = self._ask("GET", path, params=query)["data"]
        return [str(row["id"]) for row in rows] if isinstance(rows, list) else []

    def post(self, path: str, *data: str, method: str = "POST", raw: str = "") -> Any:
        """``post PATH --data k=v ...``, or ``--data @file`` with JSON in it."""
        assert self.handler(method, path) is not None, path
        if raw:
            headers = {
                "Content-Type": "application/json; charset=utf-8", "Accept": "application/json"
            }
            return self._ask(method, path, data=raw.encode(), headers=headers)
        return self._ask(method, path, data=dict(pair.split("=", 1) for pair in data))


@pytest.fixture
def manager(served: Collector) -> Driver:
    """The client of a manager of registries."""
    return Driver(served, LINUS)


def test_start(manager: Driver) -> None:
    """The description has all that the client keeps of it."""
    assert set(manager.handlers) == {"GET", "POST", "DELETE", "PUT"}
    for handlers in manager.handlers.values():
        for handler in handlers:
            assert handler["pattern"].startswith("^/")
            assert handler["pattern"].endswith("$")
            assert all("desc" in param for param in handler["params"].values())
            assert not {"help", "data"} & set(handler["params"])
            # The client cuts patterns at slashes, so none may be inside of a group or class.
            for part in handler["pattern"].split("/"):
                re.compile(part.strip("^$") or "x")


def test_listing(manager: Driver) -> None:
    """Lists, with and without a slash at the end, and by pattern."""
    assert {"51", "52"} <= set(manager.ls("/docker/registries"))
    assert manager.ls("/docker/registries/") == manager.ls("/docker/registries")
    assert manager.ls("/docker/repositories") == ["61"]
    assert manager.ls("/docker/tags") == ["71"]
    with pytest.raises(LookupError, match="400"):
        manager.ls("/docker/registries", "r*")


def test_get(manager: Driver) -> None:
    """Options repeat as keys; names stand for ids."""
    answer = manager.get(
        "/docker/registries", ("filters", "restricted F"), ("filters", "service registry.open"),
        ("props", "id,service"), ("meta", "0"),
    )
    assert answer == {"data": [{"id": 51, "service": OPEN}]}
    assert manager.get(f"/docker/registries/{OPEN}")["data"][0]["id"] == 51
    assert manager.get(f"/docker/registries/{OPEN}/am_i_responsible") == {"data": True}
    with pytest.raises(LookupError, match=r"400 .*there is no column"):
        manager.get("/docker/registries", ("filters", "foo x"))


def test_changes(manager: Driver) -> None:
    """Forms and JSON files change things; deletion takes its data in the body."""
    made = manager.post("/docker/registries", "service=cli.lab", "url=https://cli.lab")
    id_ = made["data"][0]["id"]
    assert "insecure" in manager.post(f"/docker/registries/{id_}", "insecure=true")["info"]
    link = json.dumps([{"registry_id": id_, "group_id": 20}])
    answer = manager.post("/docker/registries_publications", raw=link)
    assert answer["error"] == []
    assert len(answer["info"]) == 1
    assert manager.get(f"/docker/registries/{id_}/publications", ("props", "role"))["data"]
    manager.post("/docker/registries", f"id={id_}", method="DELETE")
    assert manager.get(f"/docker/registries/{id_}") == {"data": []}
    with pytest.raises(LookupError, match="404 Unsupported api url"):
        manager._ask("GET", "/docker/nothing")


def test_refusals(served: Collector) -> None:
    """A refusal is a status and a sentence; a wrong password is one too."""
    with pytest.raises(LookupError, match="403 the privilege DockerRegistriesManager"):
        Driver(served, ADA).post("/docker/registries", "service=x.lab")
    with pytest.raises(LookupError, match="401"):
        Driver(served, (ADA[0], "wrong"))


def test_node(served: Collector) -> None:
    """Root on a node logs in as the node, and sees what nodes see."""
    node = Driver(served, NODE)
    assert node.ls("/docker/registries") == []
    with pytest.raises(LookupError, match="403"):
        node.post("/docker/registries", "service=x.lab")
