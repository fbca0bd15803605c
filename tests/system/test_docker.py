"""A real docker engine against real registries."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.system import images
from tests.system.conftest import Docker
from tests.system.rig import Collector, Registry, free_port
from tests.system.world import ADA_BY_NAME, NAMESPACED, UNKNOWN
from tests.web.world import (
    ADA,
    BLOCKED,
    BOB,
    LINUS,
    NODE,
    OTHER_SERVICE,
    PULL,
    SERVICE,
    Login,
)

LOGINS = [ADA, ADA_BY_NAME, SERVICE, NAMESPACED, NODE]


@pytest.mark.parametrize("login", LOGINS, ids=lambda login: login[0])
def test_login(docker: Docker, registry: Registry, login: Login) -> None:
    """Users by e-mail and username, services, and nodes log in."""
    assert "Login Succeeded" in docker.login(registry, login)


@pytest.mark.parametrize(
    "login",
    [("bob", "wrong"), ("nobody@example.org", "bob-secret"), (SERVICE[0], "not-its-uuid"), BLOCKED],
    ids=lambda login: login[0],
)
def test_bad_login(docker: Docker, registry: Registry, login: Login) -> None:
    """Whatever is wrong with a login, it is told in the same words, quickly."""
    start = time.monotonic()
    said = docker.fails(
        "login", "-u", login[0], "--password-stdin", registry.address, secret=login[1]
    )
    assert "unauthorized: invalid username or password" in said
    assert time.monotonic() - start < 5


def test_right_after_a_wrong_password(docker: Docker, registry: Registry) -> None:
    """One typo locks nobody out."""
    docker.fails("login", "-u", "bob", "--password-stdin", registry.address, secret="typo")
    docker.login(registry, BOB)


def test_registry_that_nobody_declared(
    docker: Docker, collector: Collector, tmp_path: Path
) -> None:
    """Docker shows why a registry with an unknown service name gets no tokens."""
    with Registry(UNKNOWN, 2, tmp_path / "registry", free_port()) as registry:
        registry.start(collector)
        said = docker.fails(
            "login", "-u", ADA[0], "--password-stdin", registry.address, secret=ADA[1]
        )
        assert f"'{UNKNOWN}' is not declared" in said


def test_push_and_pull(docker: Docker, registry: Registry, image: Path) -> None:
    """New layers are pushed, the same digest is pulled back, a second tag pushes nothing new."""
    name = f"{registry.address}/users/31/tool"
    docker.login(registry, ADA)
    docker.load(image, f"{name}:1")
    pushed = docker("push", f"{name}:1")
    docker("tag", f"{name}:1", f"{name}:2")
    assert docker("push", f"{name}:2").count("Layer already exists") == 2
    docker("rmi", f"{name}:1", f"{name}:2", "made:here")
    pulled = docker("pull", f"{name}:1")
    digest = pulled.partition("Digest: ")[2].split()[0]
    assert digest in pushed


def test_mount_from_another_repository(docker: Docker, registry: Registry, image: Path) -> None:
    """Layers of a repository one may pull are mounted, with a token of two scopes."""
    first, second = (f"{registry.address}/groups/webdev/{n}:1" for n in ("first", "second"))
    docker.login(registry, ADA)
    docker.load(image, first)
    docker("push", first)
    docker("tag", first, second)
    assert "Mounted from groups/webdev/first" in docker("push", second)


def test_mount_from_where_one_may_not_pull(
    docker: Docker, registry: Registry, collector: Collector, image: Path, tmp_path: Path
) -> None:
    """Without pull on the source nothing is mounted; the push itself goes on."""
    source, target = f"{registry.address}/users/35/s:1", f"{registry.address}/users/31/t:1"
    docker.login(registry, LINUS)
    docker.load(image, source)
    docker("push", source)
    docker("tag", source, target)
    docker.login(registry, ADA)
    assert "Mounted" not in docker("push", target)
    refused = [r["reason"] for e in collector.audit() for r in e.get("refused", [])]
    assert "not_owner" in refused


def test_pull_follows_the_policy(docker: Docker, registry: Registry, image: Path) -> None:
    """What one person pushed, others pull exactly where the policy lets them."""
    names = ("users/31/p", "groups/webdev/p", "apps/store/p")
    docker.login(registry, ADA)
    for name in names:
        docker.load(image, f"{registry.address}/{name}:1")
        docker("push", f"{registry.address}/{name}:1")
    allowed = {
        LINUS: ("groups/webdev/p", "apps/store/p"),
        SERVICE: ("apps/store/p",),
        OTHER_SERVICE: (),
    }
    for login, readable in allowed.items():
        docker.login(registry, login)
        for name in names:
            if name in readable:
                docker("pull", "-q", f"{registry.address}/{name}:1")
            else:
                assert "denied" in docker.fails("pull", f"{registry.address}/{name}:1")


def test_read_without_push(docker: Docker, registry: Registry, image: Path) -> None:
    """Who only pulls reads a manifest, although docker asks for push as well."""
    name = f"{registry.address}/groups/webdev/read:1"
    docker.login(registry, ADA)
    docker.load(image, name)
    docker("push", name)
    docker.login(registry, PULL)
    assert json.loads(docker("manifest", "inspect", "--insecure", name))["layers"]


def test_manifest_list(docker: Docker, registry: Registry, image: Path) -> None:
    """A list of manifests, made and pushed by the CLI alone."""
    name = f"{registry.address}/users/31/list"
    docker.login(registry, ADA)
    docker.load(image, f"{name}:amd64")
    docker("push", f"{name}:amd64")
    docker("manifest", "create", "--insecure", f"{name}:all", f"{name}:amd64")
    docker("manifest", "push", "--insecure", f"{name}:all")
    docker("pull", "-q", f"{name}:all")


class TestBuildKit:
    """BuildKit asks for tokens by itself, through the CLI's session."""

    def _build(self, folder: Path, base: str) -> str:
        folder.mkdir()
        (folder / "Dockerfile").write_text(f"FROM {base}\nCOPY Dockerfile /\n")
        return str(folder)

    def test_build(
        self, buildkit: Docker, registry: Registry, image: Path, tmp_path: Path
    ) -> None:
        """A build starts from an image that one may pull; what was built is pushed."""
        base, built = (f"{registry.address}/groups/webdev/{n}:1" for n in ("base", "built"))
        buildkit.login(registry, ADA)
        buildkit.load(image, base)
        buildkit("push", base)
        buildkit("rmi", base, "made:here")
        buildkit("build", "--pull", "-t", built, self._build(tmp_path / "context", base))
        buildkit("push", built)

    def test_refused(self, buildkit: Docker, registry: Registry, tmp_path: Path) -> None:
        """A build from an image of another's space fails."""
        buildkit.login(registry, BOB)
        base = f"{registry.address}/users/31/base:1"
        said = buildkit.fails("build", "--pull", self._build(tmp_path / "context", base))
        assert "denied" in said or "authorization failed" in said


def test_images_differ(tmp_path: Path) -> None:
    """Each image made for a test is a new one."""
    first, second = (images.layout(tmp_path / name) for name in "ab")
    assert (first / "index.json").read_bytes() != (second / "index.json").read_bytes()
