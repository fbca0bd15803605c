"""Registries that tell: what they say is in the catalogue, without any crawl."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.system import images
from tests.system.conftest import Docker, Tool
from tests.system.known import Known
from tests.system.raw import Raw
from tests.system.rig import Collector, Registry, wait_until
from tests.web.world import ADA, LINUS, SERVICE

PLAIN = "--tls-verify=false"
TO_PLAIN = "--dest-tls-verify=false"
TOOL = "users/31/tool"


def _documented(collector: Collector, **headers: list[str]) -> dict[str, Any]:
    """The notifications of the documentation of old, which has no secret."""
    endpoint: dict[str, Any] = {
        "name": "opensvc",
        "url": f"{collector.url}/init/registry/call/json/events",
        "timeout": "500ms",
        "threshold": 5,
        "backoff": "1s",
    }
    return {"endpoints": [{**endpoint, "headers": headers} if headers else endpoint]}


@pytest.fixture
def registry(told: Registry, quiet: Collector) -> Registry:
    """A registry with the configuration that ``manage.py`` prints, secret and all."""
    data = str(told.folder / "data")
    # The bundle for all is the one of 2.8.
    told.serve(quiet.manage("registry", "config", told.service, "--folder", data))
    return told


@pytest.fixture
def known(told: Registry, quiet: Collector) -> Known:
    """What the collector knows of the registry."""
    return Known(quiet, told.service)


def _name(prefix: str, path: Path) -> str:
    """A repository that no other test uses."""
    return f"{prefix}-{path.name.lower().replace('_', '-').strip('-')}"


def _digest(layout: Path) -> str:
    return str(json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])


class TestPush:
    """Pushes of real clients."""

    def test_docker(
        self, docker: Docker, skopeo: Tool, registry: Registry, known: Known, tmp_path: Path,
        image: Path,
    ) -> None:
        """A pushed tag is there with digest and size, and who pushed it is in the audit log."""
        name = _name(TOOL, tmp_path)
        docker.login(registry, ADA)
        docker.load(image, f"{registry.address}/{name}:1")
        said = docker("push", f"{registry.address}/{name}:1")
        tag = known.wait_for(f"{name}:1")
        assert f"digest: {tag.digest} " in said
        skopeo.login(registry, ADA)
        raw = skopeo("inspect", "--raw", PLAIN, f"docker://{registry.address}/{name}:1")
        assert tag.size == sum(layer["size"] for layer in json.loads(raw)["layers"])
        assert tag.pushed_by == ADA[0]
        (entry,) = known.audit("docker.push", repo=name, tag="1")
        assert entry["actor"] == ADA[0]
        assert entry["address"] == "127.0.0.1"

    def test_podman(
        self, podman: Tool, registry: Registry, known: Known, tmp_path: Path, image: Path
    ) -> None:
        """What podman pushes is seen likewise."""
        name = _name("groups/webdev/tool", tmp_path)
        podman.login(registry, ADA)
        made = podman("pull", "-q", f"oci:{image}:latest").split()[-1]
        podman("push", PLAIN, made, f"docker://{registry.address}/{name}:1")
        assert known.wait_for(f"{name}:1").pushed_by == ADA[0]

    def test_image_index(
        self, skopeo: Tool, registry: Registry, known: Known, tmp_path: Path
    ) -> None:
        """Of an image for several architectures each platform is known; it is one push."""
        name = _name(TOOL, tmp_path)
        made = images.index(tmp_path / "index")
        skopeo.login(registry, ADA)
        where = f"docker://{registry.address}/{name}:all"
        skopeo("copy", TO_PLAIN, "--all", f"oci:{made}:latest", where)
        tag = known.wait_for(f"{name}:all", _digest(made))
        assert [p["architecture"] for p in tag.platforms] == ["amd64", "arm64"]
        assert all(p["size"] for p in tag.platforms)
        assert len(known.audit("docker.push", repo=name)) == 1

    def test_moved_tag(
        self, skopeo: Tool, registry: Registry, known: Known, tmp_path: Path, image: Path
    ) -> None:
        """A tag that is pushed again points at the new image."""
        name = _name(TOOL, tmp_path)
        skopeo.login(registry, ADA)
        for layout in (image, images.layout(tmp_path / "second", 1)):
            where = f"docker://{registry.address}/{name}:1"
            skopeo("copy", TO_PLAIN, f"oci:{layout}:latest", where)
            known.wait_for(f"{name}:1", _digest(layout))
        assert [n for n in known.tags() if n.startswith(name)] == [f"{name}:1"]


def test_stars(
    docker: Docker, podman: Tool, registry: Registry, quiet: Collector, known: Known,
    tmp_path: Path, image: Path,
) -> None:
    """docker pull is one star, podman pull one; a look that finds it up to date is none."""
    name, raw = _name("apps/store/tool", tmp_path), Raw(quiet, registry)
    where = f"{registry.address}/{name}:1"
    docker.login(registry, ADA)
    docker.load(image, where)
    docker("push", where)
    docker("rmi", where, "made:here")

    def stars() -> int:
        # What is told later is applied later: when this tag is known, so is all before it.
        marker = f"{time.monotonic_ns()}"
        raw.push(_name("base/marker", tmp_path), marker)
        known.wait_for(f"{_name('base/marker', tmp_path)}:{marker}")
        return known.stars()[name]

    assert stars() == 0
    docker.login(registry, SERVICE)
    docker("pull", where)
    assert stars() == 1
    assert "up to date" in docker("pull", where)
    assert raw.digest(name, "1")
    assert stars() == 1
    podman.login(registry, ADA)
    podman("pull", PLAIN, where)
    assert stars() == 2
    pulled = known.audit("docker.pull", repo=name, tag="1")
    assert [entry["actor"] for entry in pulled] == [SERVICE[0], ADA[0]]
    assert known.tags()[f"{name}:1"].pulls == 2


def test_delete_by_digest(
    skopeo: Tool, registry: Registry, quiet: Collector, known: Known, tmp_path: Path
) -> None:
    """Deleting an image takes all its tags out of the catalogue, and no other."""
    name, raw = _name("base/gone", tmp_path), Raw(quiet, registry)
    raw.push(name, "1", "2")
    raw.push(name, "3")
    for tag in "123":
        known.wait_for(f"{name}:{tag}")
    skopeo.login(registry, LINUS)
    skopeo("delete", PLAIN, f"docker://{registry.address}/{name}:1")
    for tag in "12":
        known.wait_until_gone(f"{name}:{tag}")
    assert f"{name}:3" in known.tags()
    deleted = {e["tag"] for e in known.audit("docker.delete", repo=name)}
    assert deleted == {"1", "2"}


@pytest.mark.parametrize("secret", ["", "osvc-51-" + "A" * 43], ids=["none", "wrong"])
def test_without_the_secret(
    told: Registry, quiet: Collector, known: Known, tmp_path: Path, secret: str
) -> None:
    """Without the secret a push is a hint that is confirmed; pulls and people are not believed."""
    headers = {"Authorization": [f"Bearer {secret}"]} if secret else {}
    told.start(quiet, notifications=_documented(quiet, **headers))
    name, raw = _name("base/hint", tmp_path), Raw(quiet, told)
    digest = raw.push(name, "1")
    assert known.wait_for(f"{name}:1", digest).pushed_by == ""
    assert raw.pull(name, "1") == 200
    digest = raw.push(name, "1", "2")
    for tag in "12":
        known.wait_for(f"{name}:{tag}", digest)
    assert known.stars()[name] == 0
    assert known.audit("docker.push", repo=name) == known.audit("docker.pull", repo=name) == []
    raw.delete(name, digest)
    for tag in "12":
        known.wait_until_gone(f"{name}:{tag}")
    said = quiet.manage("registry", "state", told.service)
    assert "without secret never" not in said


def test_ignored_layers(
    told: Registry, quiet: Collector, known: Known, tmp_path: Path
) -> None:
    """A registry that is told to keep layers to itself still tells pushes, pulls and deletions."""
    secret = quiet.manage("registry", "secret", told.service).strip()
    made = _documented(quiet, Authorization=[f"Bearer {secret}"])
    made["endpoints"][0]["ignore"] = {"mediatypes": ["application/octet-stream"]}
    told.start(quiet, notifications=made)
    name, raw = _name("base/manifests", tmp_path), Raw(quiet, told)
    digest = raw.push(name, "1")
    raw.pull(name, "1")
    known.wait_for(f"{name}:1", digest)
    wait_until(lambda: known.stars()[name] == 1, "the star")
    raw.delete(name, digest)
    known.wait_until_gone(f"{name}:1")
    sql = "SELECT COUNT(*) FROM registry_events WHERE repository = ? AND media_type LIKE '%octet%'"
    assert quiet.rows(sql, name) == [(0,)]


def test_rotated_secret(
    registry: Registry, quiet: Collector, known: Known, tmp_path: Path
) -> None:
    """A registry goes on telling with its old secret until that is over."""
    name, raw = _name("base/rotated", tmp_path), Raw(quiet, registry)
    new = quiet.manage("registry", "secret", "--rotate", registry.service).strip()
    raw.push(name, "1")
    assert known.wait_for(f"{name}:1").pushed_by == LINUS[0]
    newest = quiet.manage("registry", "secret", "--rotate", "--overlap-hours", "0",
                          registry.service).strip()
    assert newest != new
    raw.push(name, "2")
    assert known.wait_for(f"{name}:2").pushed_by == ""


class TestKilled:
    """A collector that is killed while registries tell."""

    ROUNDS, EACH = 3, 8

    def test_nothing_is_lost_and_nothing_twice(
        self, registry: Registry, quiet: Collector, known: Known, tmp_path: Path
    ) -> None:
        """The registry's queue drains into the next start: each push and pull counted once."""
        name, raw = _name("base/killed", tmp_path), Raw(quiet, registry)
        pushed = {"first": raw.push(name, "first")}
        for round_ in range(self.ROUNDS):
            self._push_while_killed(round_, name, raw, quiet, pushed)
        # What a minute does: the leases of killed followers are over.
        quiet.change("UPDATE registry_questions SET leased_until = 0")
        for tag, digest in pushed.items():
            known.wait_for(f"{name}:{tag}", digest)
        entries = Counter(entry["tag"] for entry in known.audit("docker.push", repo=name))
        assert entries == Counter(dict.fromkeys(pushed, 1))
        pulls = self.ROUNDS * self.EACH
        wait_until(lambda: known.stars()[name] >= pulls, "all pulls")
        assert known.stars()[name] == pulls
        ids = [row[0] for row in quiet.rows(
            "SELECT event_id FROM registry_events WHERE registry_id = ?", known.id
        )]
        assert len(ids) == len(set(ids))

    def _push_while_killed(
        self, round_: int, name: str, raw: Raw, collector: Collector, pushed: dict[str, str]
    ) -> None:
        half_way = threading.Event()

        def push() -> None:
            for number in range(self.EACH):
                tag = f"{round_}-{number}"
                pushed[tag] = raw.push(name, tag)
                raw.pull(name, tag)
                if number == self.EACH // 2:
                    half_way.set()

        pushing = threading.Thread(target=push)
        pushing.start()
        assert half_way.wait(30)
        collector.kill()
        pushing.join()
        collector.start()


