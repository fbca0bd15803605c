"""Deleting tags and repositories in real registries, and the catalogue with them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.system.known import Known
from tests.system.raw import Raw
from tests.system.rig import Collector, Registry


@pytest.fixture
def registry(told: Registry, quiet: Collector) -> Registry:
    """A registry that deletes, and tells nobody."""
    told.start(quiet)
    return told


@pytest.fixture
def known(told: Registry, quiet: Collector) -> Known:
    """What the collector knows of the registry."""
    return Known(quiet, told.service)


@pytest.fixture
def name(tmp_path: Path) -> str:
    """A repository that no other test uses."""
    return f"base/{tmp_path.name.lower().replace('_', '-').strip('-')}"


class Content:
    """One repository, here and in its registry."""

    def __init__(self, collector: Collector, registry: Registry, known: Known, name: str) -> None:
        self.collector = collector
        self.registry = registry
        self.known = known
        self.name = name
        self.raw = Raw(collector, registry)

    def fill(self, *images: tuple[str, ...]) -> None:
        """Push an image under each tuple of tags, and have them found."""
        for tags in images:
            self.raw.push(self.name, *tags)
        self.collector.manage("discover", self.registry.service)

    def delete(self, tag: str = "", *options: str) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        what = f"{self.name}:{tag}" if tag else self.name
        return self.collector.try_manage("delete", *options, self.registry.service, what)

    def here(self) -> list[str]:
        """The tags in the catalogue."""
        prefix = f"{self.name}:"
        return sorted(t[len(prefix):] for t in self.known.tags() if t.startswith(prefix))

    def there(self) -> list[str]:
        """The tags in the registry; one that dies while it deletes lists a tag without image."""
        return sorted(t for t in self.raw.tags(self.name) if self.raw.digest(self.name, t))


@pytest.fixture
def content(quiet: Collector, registry: Registry, known: Known, name: str) -> Content:
    """A repository to delete from."""
    return Content(quiet, registry, known, name)


def test_a_tag(content: Content) -> None:
    """A deleted tag is gone there and here at once, and in the audit log; others stay."""
    content.fill(("1",), ("2",))
    done = content.delete("1")
    assert done.stdout == f"{content.name}:1: deleted\n"
    assert content.here() == content.there() == ["2"]
    (entry,) = content.known.audit("docker.tags.delete", r=content.name)
    assert (entry["s"], entry["by"]) == ("1", "manage.py")
    again = content.delete("1")
    assert again.returncode == 1
    assert f"there is no {content.name}:1 in {content.registry.service}" in again.stderr


def test_a_tag_of_an_image_with_two(content: Content) -> None:
    """The other tag of an image stays where the registry can do that, else nothing is deleted."""
    content.fill(("1", "2"), ("3",))
    done = content.delete("1")
    if content.registry.major == 3:
        assert done.returncode == 0
        assert content.here() == content.there() == ["2", "3"]
        return
    assert done.returncode == 1
    assert "1 and 2 are the same image" in done.stderr
    assert content.here() == content.there() == ["1", "2", "3"]
    forced = content.delete("1", "--force")
    assert sorted(forced.stdout.splitlines()) == [f"{content.name}:{t}: deleted" for t in "12"]
    assert content.here() == content.there() == ["3"]


def test_a_repository(content: Content) -> None:
    """A repository goes with all its tags, and a crawl does not bring its empty name back."""
    content.fill(("1", "2"), ("3",))
    done = content.delete()
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{content.name}: deleted\n")
    assert content.there() == []
    assert content.name not in content.known.stars()
    content.collector.manage("discover", "--full", content.registry.service)
    assert content.name not in content.known.stars()
    content.fill(("new",))
    assert content.here() == content.there() == ["new"]


def test_a_registry_that_does_not_delete(
    told: Registry, quiet: Collector, known: Known, name: str
) -> None:
    """Where deletion is off that is said with the setting to change, and nothing changes."""
    storage = {"filesystem": {"rootdirectory": str(told.folder / "data")}}
    told.start(quiet, storage=storage)
    content = Content(quiet, told, known, name)
    content.fill(("1", "2"), ("3",))
    for tag in ("1", "3", ""):
        done = content.delete(tag)
        assert done.returncode == 1
        assert "set REGISTRY_STORAGE_DELETE_ENABLED=true there" in done.stderr
    assert content.here() == content.there() == ["1", "2", "3"]


def test_a_registry_that_is_down(content: Content) -> None:
    """A registry that can't be asked is said in words, and the catalogue keeps all."""
    content.fill(("1",))
    content.registry.stop()
    for tag in ("1", ""):
        done = content.delete(tag)
        assert done.returncode == 1
        assert f"{content.registry.address} can't be reached" in done.stderr
    assert content.here() == ["1"]


def test_a_registry_that_dies_meanwhile(content: Content, quiet: Collector) -> None:
    """When the registry dies half-way, what is gone is gone here, and the rest is named."""
    content.fill(*((f"t{number:02}",) for number in range(40)))
    deleting = subprocess.Popen(
        [sys.executable, "-u", str(CHECKOUT / "manage.py"), "delete",
         content.registry.service, content.name],
        env={**os.environ, **quiet.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert deleting.stdout is not None
    first = deleting.stdout.readline()
    content.registry.kill()
    rest, errors = deleting.communicate(timeout=60)
    said = (first + rest).splitlines()
    gone = {line.split(":")[1] for line in said if line.endswith(": deleted")}
    assert deleting.returncode == 1
    assert f"{content.name}: some tags are left" in said
    assert 0 < len(gone) < 40
    assert set(content.here()).isdisjoint(gone)
    for tag in content.here():
        assert f"{content.name}:{tag}: " in errors
    content.registry.start(quiet)
    # The answer to one deletion at most can have been lost.
    assert set(content.there()) <= set(content.here())
    assert len(content.here()) - len(content.there()) <= 1
    assert content.delete().returncode == 0
    assert content.here() == content.there() == []
