"""What real clients are refused, and the reason in the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.conftest import Docker, Tool
from tests.system.rig import Collector, Registry, free_port
from tests.system.world import TESS
from tests.web.world import (
    ADA,
    BOB,
    HIDDEN,
    LINUS,
    NODE,
    OTHER_SERVICE,
    PULL,
    PUSH,
    SERVICE,
    Login,
)

PLAIN = "--tls-verify=false"
SUBJECT = {PULL: "pull@example.org", BOB: "bob@example.org", PUSH: "push@example.org",
           TESS: "tess@example.org"}
"""The login in the log where it is not what was typed: an account's e-mail."""

Row = tuple[str, Login, str, str]

PUSHES: list[Row] = [
    ("another user", BOB, "users/31/x", "not_owner"),
    ("another user by name", BOB, "users/ada/x", "not_owner"),
    ("nobody's", LINUS, "users/nobody/x", "no_such_owner"),
    ("no member", ADA, "groups/platform-team/x", "not_member"),
    ("ambiguous name", BOB, "groups/twin/x", "ambiguous_owner"),
    ("app only published", ADA, "apps/other/x", "app_not_responsible"),
    ("app of others", TESS, "apps/store/x", "app_not_responsible"),
    ("other, not responsible", ADA, "base/x", "not_responsible"),
    ("other, manager but not responsible", BOB, "base/x", "not_responsible"),
    ("no pusher", PULL, "users/33/x", "privilege_missing"),
    ("pusher without puller", PUSH, "users/34/x", "privilege_missing"),
    ("service, its app", SERVICE, "apps/store/x", "service_never_pushes"),
    ("service, other", SERVICE, "base/x", "service_never_pushes"),
    ("service, users/", SERVICE, "users/31/x", "service_never_pushes"),
]

PULLS: list[Row] = [
    ("another user", BOB, "users/31/x", "not_owner"),
    ("another user by name", BOB, "users/ada/x", "not_owner"),
    ("no member", ADA, "groups/21/x", "not_member"),
    ("no member by name", ADA, "groups/platform-team/x", "not_member"),
    ("app of others", TESS, "apps/store/x", "app_not_published"),
    ("no puller", PUSH, "users/34/x", "privilege_missing"),
    ("no puller, other", PUSH, "base/x", "privilege_missing"),
    ("service, users/", SERVICE, "users/31/x", "service_never_here"),
    ("service, groups/", SERVICE, "groups/20/x", "service_never_here"),
    ("service, app of others", OTHER_SERVICE, "apps/store/x", "other_app"),
    ("node", NODE, "base/x", "node_no_access"),
]


@pytest.mark.parametrize("row", PUSHES, ids=[row[0] for row in PUSHES])
def test_push(
    docker: Docker, registry: Registry, collector: Collector, image: Path, row: Row
) -> None:
    """Docker says denied, and the audit log says why."""
    _, login, name, reason = row
    target = f"{registry.address}/{name}:1"
    docker.login(registry, login)
    docker.load(image, target)
    since = len(collector.audit())
    assert "denied" in docker.fails("push", target)
    assert reason in collector.reasons(SUBJECT.get(login, login[0]), since)


@pytest.mark.parametrize("row", PULLS, ids=[row[0] for row in PULLS])
def test_pull(skopeo: Tool, registry: Registry, collector: Collector, row: Row) -> None:
    """A pull is denied whether the repository exists or not, and the audit log says why."""
    _, login, name, reason = row
    skopeo.login(registry, login)
    since = len(collector.audit())
    said = skopeo.fails("inspect", PLAIN, f"docker://{registry.address}/{name}:1")
    assert "access to the resource is denied" in said
    assert reason in collector.reasons(SUBJECT.get(login, login[0]), since)


def test_restricted_registry(
    docker: Docker, restricted: Registry, collector: Collector, image: Path
) -> None:
    """On a restricted registry owners pull, and only responsibles push."""
    own, others = f"{restricted.address}/users/31/x:1", f"{restricted.address}/users/35/x:1"
    docker.login(restricted, ADA)
    docker.load(image, own)
    since = len(collector.audit())
    assert "denied" in docker.fails("push", own)
    assert "restricted" in collector.reasons(ADA[0], since)
    docker.login(restricted, LINUS)
    docker("tag", own, others)
    docker("push", others)


def test_registry_published_to_nobody(
    docker: Docker, collector: Collector, image: Path, tmp_path: Path
) -> None:
    """One logs in to a registry that is published to nobody, and gets nothing there."""
    with Registry(HIDDEN, 2, tmp_path / "hidden", free_port()) as hidden:
        hidden.start(collector)
        own = f"{hidden.address}/users/31/x:1"
        docker.login(hidden, ADA)
        docker.load(image, own)
        since = len(collector.audit())
        assert "denied" in docker.fails("push", own)
        assert set(collector.reasons(ADA[0], since)) == {"not_published"}


@pytest.mark.parametrize(
    ("login", "reason"),
    [(ADA, "privilege_missing"), (BOB, "not_responsible")],
    ids=["no manager", "manager but not responsible"],
)
def test_delete(
    skopeo: Tool,
    registry: Registry,
    collector: Collector,
    image: Path,
    login: Login,
    reason: str,
) -> None:
    """Who may push can't delete; a manager of registries who is responsible can, by digest."""
    where = f"docker://{registry.address}/groups/webdev/gone:1"
    skopeo.login(registry, login)
    skopeo("copy", "--dest-tls-verify=false", f"oci:{image}:latest", where)
    since = len(collector.audit())
    assert "401 Unauthorized" in skopeo.fails("delete", PLAIN, where)
    assert reason in collector.reasons(SUBJECT.get(login, login[0]), since)
    skopeo.login(registry, LINUS)
    skopeo("delete", PLAIN, where)
    assert "manifest unknown" in skopeo.fails("inspect", PLAIN, where).lower()


def test_the_log_tells_the_whole_story(
    skopeo: Tool, registry: Registry, collector: Collector, image: Path
) -> None:
    """An entry has who, from where, on what, what was asked, what was given, and why not more."""
    skopeo.login(registry, SERVICE)
    where = f"docker://{registry.address}/apps/store/x:1"
    skopeo.fails("copy", "--dest-tls-verify=false", f"oci:{image}:latest", where)
    entry = [e for e in collector.audit() if e["action"] == "docker.token"][-1]
    assert entry["login"] == SERVICE[0]
    assert entry["kind"] == "service"
    assert entry["address"] == "127.0.0.1"
    assert entry["service"] == registry.service
    asked = {scope.rpartition(":")[2] for scope in entry["asked"]}
    assert {scope.rpartition(":")[0] for scope in entry["asked"]} == {"repository:apps/store/x"}
    assert asked <= {"pull,push", "push,pull"}  # registries name actions in no order
    assert set(entry["granted"]) == {"apps/store/x:pull"}
    assert entry["why"] == "a service never pushes or deletes"
