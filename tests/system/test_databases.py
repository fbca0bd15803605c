"""The running collector on MariaDB and PostgreSQL: docker, REST, commands, a server that dies."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.databases import mariadb, postgres
from tests.databases.server import MissingServer, Process, Server, place
from tests.system.conftest import Docker
from tests.system.engines import Engine
from tests.system.rig import IN_CI, Collector, Registry, free_port, wait_until
from tests.system.world import world
from tests.web.world import ADA, OPEN, ROOT

KINDS: dict[str, Any] = {"mariadb": mariadb, "postgres": postgres}


class Rig:
    """A collector with its database's server, and a registry that trusts it."""

    def __init__(self, server: Server, process: Process, collector: Collector, port: int) -> None:
        self.server = server
        self.process = process
        self.collector = collector
        self.registry = Registry(OPEN, 2, collector.folder / "registry", port)

    def rest(self, path: str) -> Any:
        """The data of an answer of the REST API."""
        answer = requests.get(
            f"{self.collector.url}/init/rest/api{path}", auth=ROOT, timeout=10
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def count(self, tables: str) -> int:
        """How many rows there are, asked of the server itself."""
        connection = KINDS[self.server.kind].connect(self.server, "collector")
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {tables}")
            return int(cursor.fetchone()[0])

    def token(self) -> requests.Response:
        """Ask for a token."""
        return requests.get(
            f"{self.collector.url}/init/registry/token", {"service": OPEN}, auth=ADA, timeout=10
        )


def _empty(server: Server) -> str:
    """A database as docs/database.md has it made; its URI."""
    with contextlib.closing(KINDS[server.kind].connect(server)) as admin, admin.cursor() as cursor:
        if server.kind == "postgres":
            cursor.execute("CREATE DATABASE collector OWNER collector TEMPLATE template0"
                           " ENCODING 'UTF8'")
        else:
            cursor.execute("CREATE DATABASE collector CHARACTER SET utf8mb4")
            cursor.execute("GRANT ALL ON collector.* TO collector@'127.0.0.1'")
    return server.uri("collector")


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """A collector on an empty database, with the world of the policy's table."""
    with contextlib.ExitStack() as stack:
        try:
            server, process = stack.enter_context(
                KINDS[request.param].running(stack.enter_context(place()))
            )
        except MissingServer as error:
            (pytest.fail if IN_CI else pytest.skip)(str(error))
        port = free_port()
        collector = stack.enter_context(
            Collector(tmp_path / "collector", COLLECTOR_DB_URI=_empty(server))
        )
        collector.start()
        made_up = world({OPEN: port})
        # On MariaDB no two groups differ by case alone.
        groups = [group for group in made_up["groups"] if group["role"] != "Twin"]
        collector.load({**made_up, "groups": groups})
        made = Rig(server, process, collector, port)
        stack.enter_context(made.registry)
        yield made


def test_a_day_on_a_server(rig: Rig, engine: Engine, tmp_path: Path, image: Path) -> None:
    """Login, push, REST, check, restart, and the database's server killed and back."""
    collector, registry = rig.collector, rig.registry
    registry.start(collector)
    docker = Docker(engine, tmp_path / "docker")
    name = f"{registry.address}/users/31/tool"
    docker.login(registry, ADA)
    docker.load(image, f"{name}:1")
    docker("push", f"{name}:1")
    collector.manage("discover", OPEN)
    (repository,) = rig.rest("/docker/repositories?filters=repository+users/31/tool")
    (tag,) = rig.rest(f"/docker/tags?filters=repository_id+{repository['id']}")
    assert tag["name"] == "1"
    said = collector.try_manage("check").stdout
    assert "all tables are there" in said
    assert f"ok    registry {OPEN}: {registry.url} answers and accepts our tokens" in said

    wait_until(lambda: rig.count("scheduler_task WHERE times_run > 0") > 0, "a task's end")
    collector.stop()
    collector.start()
    assert rig.rest(f"/docker/repositories/{repository['id']}")[0]["repository"] == "users/31/tool"

    rig.process.kill()
    answer = rig.token()
    assert (answer.status_code, answer.elapsed.total_seconds() < 5) == (503, True)
    assert "database" in answer.json()["errors"][0]["message"]
    rig.process.start()
    wait_until(lambda: rig.token().status_code == 200, "tokens once the database is back")
    docker("pull", f"{name}:1")
