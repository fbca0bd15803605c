"""People whom a real FreeRADIUS knows log in with docker, over REST and in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import logins
from tests.system.conftest import Docker
from tests.system.freeradius import FreeRadius
from tests.system.logins import groups, reason, refresh, rest, token
from tests.system.rig import Collector, Registry, free_port, wait_until

_PUSHERS = ["webdev", "DockerRegistriesPuller", "DockerRegistriesPusher"]


@pytest.fixture(scope="module")
def radius(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreeRadius]:
    """The server."""
    with FreeRadius(tmp_path_factory.mktemp("freeradius")) as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def port() -> int:
    """Where the registry is."""
    return free_port()


@pytest.fixture(scope="module")
def site(
    radius: FreeRadius, port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Collector]:
    """A collector that asks its own table, and then the server, whose groups have a meaning."""
    environ = {
        **radius.environ,
        "COLLECTOR_RADIUS_GROUP_ATTRIBUTE": "Class",
        "COLLECTOR_RADIUS_GROUP_MAPPING": json.dumps({"web-developers": _PUSHERS}),
        "COLLECTOR_RADIUS_SECONDS": "2",
        "COLLECTOR_DIRECTORY_SECONDS": "1",
        "COLLECTOR_LOCKOUT_TRIES": "100",
    }
    with Collector(tmp_path_factory.mktemp("radius"), **environ) as server:
        server.start()
        server.load(logins.world(port))
        yield server


def test_docker(
    site: Collector, port: int, docker: Docker, image: Path, tmp_path: Path
) -> None:
    """A real docker logs in with a password that RADIUS checks, and pushes with what its groups
    mean here.
    """
    with Registry(logins.SERVICE, 2, tmp_path / "registry", port) as registry:
        registry.start(site)
        docker.fails("login", "-u", "ada", "--password-stdin", registry.address, secret="wrong")
        assert reason(site)[1] == ""  # nobody knows yet whose she is
        docker.login(registry, ("ada", "ada-secret"))
        name = f"{registry.address}/users/ada/tool:1"
        docker.load(image, name)
        docker("push", name)
        docker.fails("login", "-u", "ada", "--password-stdin", registry.address, secret="wrong2")
        assert reason(site)[1] == "radius"
    assert groups(site, "ada") == set(_PUSHERS)


def test_rest_and_browser(site: Collector) -> None:
    """REST and the page take the same people; a closed account stays out."""
    answer = rest(site, "/users/self", auth=("bob@example.org", "bob-secret"),
                  params={"props": "username,email"})
    assert answer.json()["data"] == [{"username": "bob@example.org", "email": "bob@example.org"}]
    logins.in_browser(site, "ada", "ada-secret", "ada")
    assert rest(site, "/users/self", auth=("eve", "eve-secret")).status_code == 401


def test_killed_and_back(radius: FreeRadius, site: Collector) -> None:
    """A silent server is told of in words and in time; identity tokens, about which RADIUS tells
    nothing, go on.
    """
    answer = token(site, "ada", "ada-secret", offline_token="true")
    identity = answer.json()["refresh_token"]
    radius.kill()
    wait_until(lambda: logins.is_dark(site, "ada", "ada-secret"), "silence", 20)
    assert refresh(site, identity).status_code == 200
    assert token(site, "local", "local-secret").status_code == 200
    radius.start()

    def all_back() -> bool:
        return all(token(site, "ada", "ada-secret").ok for _ in range(8))  # in each process

    wait_until(all_back, "an answer", 20)


def test_too_long_without_a_password(site: Collector) -> None:
    """After the days of the settings, a token needs a login by password first."""
    identity = token(site, "ada", "ada-secret", offline_token="true").json()["refresh_token"]
    site.change("UPDATE registry_account_origins SET checked = checked - 8 * 86400")
    assert refresh(site, identity).status_code == 401
    assert reason(site) == ("too long without a login by password", "radius")

    def good_again() -> bool:
        return token(site, "ada", "ada-secret").ok and refresh(site, identity).ok

    wait_until(good_again, "a login")
