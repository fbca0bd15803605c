"""A real docker engine against real registries."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.system import images
from tests.system.conftest import Docker
from tests.system.rig import Collector, Registry
from tests.web.world import ADA, BOB, LINUS, OTHER_SERVICE, PULL, SERVICE, Login


@pytest.mark.parametrize("login", [ADA, ("ada", "ada-secret"), SERVICE], ids=lambda login: login[0])
def test_login(docker: Docker, registry: Registry, login: Login) -> None:
    """Users by e-mail and username, and services, log in; the password is not kept on disk."""
    assert "Login Succeeded" in docker.login(registry, login)
    kept = (docker.config / "config.json").read_text()
    assert json.loads(kept)["auths"][registry.address]["identitytoken"].startswith("osvcreg_")
    assert login[1] not in kept


def test_wrong_password(docker: Docker, registry: Registry) -> None:
    """A wrong password is told in words, quickly, and the right one works right after it."""
    start = time.monotonic()
    said = docker.fails(
        "login", "-u", "bob", "--password-stdin", registry.address, secret="wrong"
    )
    assert "unauthorized: invalid username or password" in said
    assert time.monotonic() - start < 5
    docker.login(registry, BOB)


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


REFUSED_PUSHES: list[tuple[str, Login, str, str]] = [
    ("another user", BOB, "users/31/x", "not_owner"),
    ("another user by name", BOB, "users/ada/x", "not_owner"),
    ("no member", ADA, "groups/platform-team/x", "not_member"),
    ("app only published", ADA, "apps/other/x", "app_not_responsible"),
    ("other, not responsible", ADA, "base/x", "not_responsible"),
    ("no pusher", PULL, "users/33/x", "privilege_missing"),
    ("service", SERVICE, "apps/store/x", "service_never_pushes"),
]


@pytest.mark.parametrize("row", REFUSED_PUSHES, ids=[row[0] for row in REFUSED_PUSHES])
def test_refused_push(
    docker: Docker,
    registry: Registry,
    collector: Collector,
    image: Path,
    row: tuple[str, Login, str, str],
) -> None:
    """Docker says denied, and the audit log says why."""
    _, login, name, reason = row
    docker.login(registry, login)
    docker.load(image, f"{registry.address}/{name}:1")
    assert "denied" in docker.fails("push", f"{registry.address}/{name}:1")
    entry = next(e for e in reversed(collector.audit()) if e["action"] == "docker.token")
    assert entry["service"] == registry.service
    assert reason in [r["reason"] for r in entry["refused"]]


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


def test_restricted_registry(docker: Docker, restricted: Registry, image: Path) -> None:
    """On a restricted registry owners pull, and only responsibles push."""
    own, others = f"{restricted.address}/users/31/x:1", f"{restricted.address}/users/35/x:1"
    docker.login(restricted, ADA)
    docker.load(image, own)
    assert "denied" in docker.fails("push", own)
    docker.login(restricted, LINUS)
    docker("tag", own, others)
    docker("push", others)


def test_an_old_login_ends_with_the_password(
    docker: Docker, registry: Registry, collector: Collector, tmp_path: Path
) -> None:
    """After a change of password the stored identity token no longer works, and docker says so."""
    person = {"email": "tmp@example.org", "groups": ["webdev"]}
    collector.load({"users": [{**person, "password": "first-secret"}]})
    docker.login(registry, ("tmp@example.org", "first-secret"))
    collector.load({"users": [{**person, "password": "second-secret"}]})
    said = docker.fails("pull", f"{registry.address}/base/x:1")
    assert "log in again" in said


def test_images_differ(tmp_path: Path) -> None:
    """Each image made for a test is a new one."""
    first, second = (images.layout(tmp_path / name) for name in "ab")
    assert (first / "index.json").read_bytes() != (second / "index.json").read_bytes()
