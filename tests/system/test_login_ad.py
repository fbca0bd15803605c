"""People of a real Active Directory domain, Samba's: docker, REST, a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import logins
from tests.system.conftest import Docker
from tests.system.logins import groups, reason, refresh, rest, token
from tests.system.rig import Collector, Registry, free_port, wait_until
from tests.system.samba import NORMAL, PEOPLE, REALM, Samba

_PUSHERS = ["DockerRegistriesPuller", "DockerRegistriesPusher", "developers"]


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samba]:
    """A domain where ada is a developer, since her team is."""
    with Samba(tmp_path_factory.mktemp("samba")) as server:
        server.start()
        for name in ("ada", "grace", "linus"):
            server.person(name)
        team = server.group("compilers", "ada")
        server.group("developers", team)
        yield server


@pytest.fixture(scope="module")
def port() -> int:
    """Where the registry is."""
    return free_port()


@pytest.fixture(scope="module")
def site(
    domain: Samba, port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Collector]:
    """A collector that asks its own table, and then the domain, which it believes for 2 s."""
    environ = {
        **domain.environ,
        "COLLECTOR_LDAP_MANAGE_GROUPS": "yes",
        "COLLECTOR_LDAP_GROUP_MAPPING": json.dumps({"developers": _PUSHERS}),
        "COLLECTOR_LDAP_SECONDS": "3",
        "COLLECTOR_DIRECTORY_SECONDS": "2",
        "COLLECTOR_LOCKOUT_TRIES": "100",
    }
    with Collector(tmp_path_factory.mktemp("ad"), **environ) as server:
        server.start()
        server.load(logins.world(port))
        yield server


def test_docker(site: Collector, port: int, docker: Docker, image: Path, tmp_path: Path) -> None:
    """A real docker logs in by both of one's names, and pushes as one of a group in a group."""
    with Registry(logins.SERVICE, 2, tmp_path / "registry", port) as registry:
        registry.start(site)
        docker.fails("login", "-u", "ada", "--password-stdin", registry.address, secret="wrong")
        assert reason(site) == ("wrong password", "ldap")
        docker.login(registry, ("ada", "ada-secret"))
        name = f"{registry.address}/users/ada/tool:1"
        docker.load(image, name)
        docker("push", name)
        docker("logout", registry.address)
        docker.login(registry, (f"ada@{REALM}", "ada-secret"))
        docker("pull", name)
    assert groups(site, "ada") == set(_PUSHERS)


def test_rest_and_browser(site: Collector) -> None:
    """REST and the page take the same people."""
    answer = rest(site, "/users/self", auth=("grace", "grace-secret"), params={"props": "username"})
    assert answer.json()["data"] == [{"username": "grace"}]
    logins.in_browser(site, "grace", "grace-secret", "Some Grace")


def test_disabled_and_back(domain: Samba, site: Collector) -> None:
    """Who is disabled in the domain is out with password and token, and in again when enabled."""
    answer = token(site, "linus", "linus-secret", offline_token="true")
    identity = answer.json()["refresh_token"]
    domain.disable("linus")
    wait_until(lambda: token(site, "linus", "linus-secret").status_code == 401, "the end", 15)
    wait_until(lambda: refresh(site, identity).status_code == 401, "the end of the token", 15)
    domain.change(f"CN=linus,{PEOPLE}", userAccountControl=str(NORMAL))
    wait_until(lambda: refresh(site, identity).status_code == 200, "the way back", 15)


def test_killed_and_back(domain: Samba, site: Collector) -> None:
    """A controller that is killed is told of in words and in time; then it is back."""
    assert token(site, "grace", "grace-secret").status_code == 200
    domain.kill()
    wait_until(lambda: logins.is_dark(site, "grace", "grace-secret"), "silence", 40)
    domain.start()
    wait_until(lambda: token(site, "grace", "grace-secret").status_code == 200, "an answer", 40)
