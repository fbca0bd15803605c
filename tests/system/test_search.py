"""docker search and podman search through a real nginx, as the collector prints it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
import requests

from applications.init.modules.registries import snippets
from tests.conftest import CHECKOUT
from tests.system.authority import Authority
from tests.system.conftest import Docker, Tool
from tests.system.front import Nginx
from tests.system.known import Known
from tests.system.raw import Raw
from tests.system.rig import Collector, Registry, free_port
from tests.system.world import FRONTED
from tests.web.world import ADA, BOB, EVE, LINUS, NODE, OTHER_SERVICE, PULL, PUSH, SERVICE, Login

PLAIN = "--tls-verify=false"
NOBODY = ("", "")
NAMES = (
    "base/find", "searchapp/find", "find", "users/31/find", "users/ada/find", "users/32/find",
    "groups/20/find", "groups/webdev/find", "groups/platform-team/find", "groups/twin/find",
    "apps/41/find", "apps/store/find", "apps/42/find", "apps/none/find", "users/find",
)
PEOPLE = (ADA, BOB, PULL, PUSH, LINUS, SERVICE, OTHER_SERVICE)
STRANGERS = (EVE, NODE)
"""The registry is not published to eve; a node pulls nothing."""


@pytest.fixture(scope="module")
def nginx(
    quiet: Collector, quiet_ports: dict[str, int], folder: Path, authority: Authority
) -> Iterator[Nginx]:
    """A registry of 2.8 full of images, behind an nginx with TLS on localhost."""
    port = free_port()
    registry = Registry(FRONTED, 2, folder / "fronted", port)
    front = Nginx(folder / "nginx", quiet_ports[FRONTED], authority)
    with registry, front:
        registry.start(quiet)
        front.start(quiet.manage("registry", "nginx", FRONTED, "--upstream", registry.url))
        _fill(quiet, registry)
        yield front


def _fill(collector: Collector, registry: Registry) -> None:
    """Have every name in the registry, whoever owns it, and the collector find them."""
    for name in NAMES:
        for login in PEOPLE:
            if {"pull", "push"} <= set(_granted(collector, login, name)):
                Raw(collector, registry, login).push(name, "1")
                break
    collector.manage("discover", FRONTED)
    # Nobody may push these; the registry could have them from before.
    id_ = Known(collector, FRONTED).id
    for name in set(NAMES) - set(Known(collector, FRONTED).stars()):
        collector.change(
            "INSERT INTO docker_repositories (registry_id, repository, stars, description)"
            " VALUES (?, ?, 0, 'from before')", id_, name,
        )


def _granted(collector: Collector, login: Login, name: str) -> list[str]:
    answer = requests.get(
        f"{collector.url}/init/registry/token",
        params={"service": FRONTED, "scope": f"repository:{name}:*"},
        auth=login,
        timeout=10,
    )
    (entry,) = jwt.decode(answer.json()["token"], options={"verify_signature": False})["access"]
    return list(entry["actions"])


def _may_pull(collector: Collector, login: Login) -> list[str]:
    return sorted(name for name in NAMES if "pull" in _granted(collector, login, name))


def _found(docker: Docker, nginx: Nginx, term: str = "find") -> list[str]:
    command = ("search", "--limit", "100", "--format", "{{.Name}}", f"{nginx.address}/{term}")
    return docker(*command).split()


class TestDockerSearch:
    """The docker CLI and engine."""

    @pytest.mark.parametrize("login", PEOPLE, ids=lambda login: login[0])
    def test_with_an_identity_token(
        self, docker: Docker, nginx: Nginx, quiet: Collector, login: Login
    ) -> None:
        """After docker login somebody finds what they may pull, and nothing else."""
        docker("login", "-u", login[0], "--password-stdin", nginx.address, secret=login[1])
        assert "identitytoken" in (docker.config / "config.json").read_text()
        assert sorted(_found(docker, nginx)) == _may_pull(quiet, login)

    @pytest.mark.parametrize("login", STRANGERS, ids=lambda login: login[0])
    def test_strangers(
        self, docker: Docker, nginx: Nginx, quiet: Collector, login: Login
    ) -> None:
        """Who may pull nothing finds nothing, however they logged in."""
        assert _may_pull(quiet, login) == []
        docker("login", "-u", login[0], "--password-stdin", nginx.address, secret=login[1])
        assert docker.try_("search", f"{nginx.address}/find").stdout.count("find") == 0
        self._keep(docker, nginx, login)
        assert _found(docker, nginx) == []

    @pytest.mark.parametrize("login", [ADA, SERVICE], ids=lambda login: login[0])
    def test_with_a_password(
        self, docker: Docker, nginx: Nginx, quiet: Collector, login: Login
    ) -> None:
        """A login that keeps the password finds the same."""
        self._keep(docker, nginx, login)
        assert sorted(_found(docker, nginx)) == _may_pull(quiet, login)

    def test_with_a_wrong_password(self, docker: Docker, nginx: Nginx) -> None:
        """A password that is wrong by now is an error, not an empty list."""
        self._keep(docker, nginx, ("ada@example.org", "not-any-more"))
        assert "401" in docker.fails("search", f"{nginx.address}/find")

    def test_nobody(self, docker: Docker, nginx: Nginx) -> None:
        """Without a login there is nothing to find, and no error."""
        assert _found(docker, nginx) == []

    def test_terms_and_order(self, docker: Docker, nginx: Nginx, quiet: Collector) -> None:
        """The very name comes first; stars count; a term may hold slashes, or what no name has."""
        id_ = Known(quiet, FRONTED).id
        sql = "UPDATE docker_repositories SET stars = 9 WHERE registry_id = ? AND repository = ?"
        quiet.change(sql, id_, "groups/20/find")
        docker("login", "-u", ADA[0], "--password-stdin", nginx.address, secret=ADA[1])
        assert _found(docker, nginx)[:2] == ["find", "groups/20/find"]
        assert _found(docker, nginx, "apps/store/fi") == ["apps/store/find"]
        assert _found(docker, nginx, "a+b%26c") == []
        stars = docker("search", "--format", "{{.StarCount}}", f"{nginx.address}/groups/20/find")
        assert stars.split() == ["9"]

    def _keep(self, docker: Docker, nginx: Nginx, login: Login) -> None:
        auth = base64.b64encode(":".join(login).encode()).decode()
        entry = {"auths": {nginx.address: {"auth": auth}}}
        (docker.config / "config.json").write_text(json.dumps(entry))


def test_podman_search(podman: Tool, nginx: Nginx) -> None:
    """podman sends no credentials with a search, so it finds nothing, without an error."""
    term = f"{nginx.address}/find"
    podman.auth.write_text("{}")
    assert podman("search", PLAIN, term).split() == []
    podman("login", PLAIN, "-u", ADA[0], "--password-stdin", nginx.address, secret=ADA[1])
    assert podman("search", PLAIN, term).split() == []


@pytest.mark.parametrize("name", ["searchapp/tool", "search/tool", "search"])
def test_repositories_named_search(
    docker: Docker, nginx: Nginx, image: Path, name: str
) -> None:
    """What is named like a search is pushed and pulled through the nginx as anything else."""
    where = f"{nginx.address}/{name}:1"
    docker("login", "-u", LINUS[0], "--password-stdin", nginx.address, secret=LINUS[1])
    docker.load(image, where)
    docker("push", where)
    docker("rmi", where, "made:here")
    docker("pull", "-q", where)


def test_discovery_through_nginx(nginx: Nginx, quiet: Collector) -> None:
    """The collector reaches the registry with TLS, by the authority it was given."""
    assert f"{FRONTED}: ok: " in quiet.manage("discover", FRONTED)
    assert f"{FRONTED}  {nginx.url}" in quiet.manage("registry", "list")


def test_the_shipped_file(tmp_path: Path, authority: Authority) -> None:
    """deploy/nginx/registry.conf is what the collector prints, and nginx takes it."""
    facts = snippets.Facts(
        url="https://collector.example.org",
        service="registry.example.org",
        registry_url="https://registry.example.org",
        issuer="opensvc",
        bundle="",
        secret="",
    )
    shipped = (CHECKOUT / "deploy" / "nginx" / "registry.conf").read_text()
    assert shipped == snippets.nginx(facts, "http://localhost:5000")
    # No name has to be resolved here.
    local = shipped.replace("https://collector.example.org", "https://127.0.0.1")
    said = Nginx(tmp_path / "nginx", free_port(), authority).test(local)
    assert "test is successful" in said
    assert "[warn]" not in said
