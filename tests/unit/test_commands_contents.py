"""manage.py discover, registry state and delete: what operators see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from applications.init.modules.registries import commands
from tests.home import Home
from tests.unit.discovery.site import Site
from tests.unit.remote import lies
from tests.unit.remote.content import image
from tests.unit.remote.stub import StubRegistry


class Desk:
    """An operator at work with one registry."""

    def __init__(self, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        self.site = site
        self.capsys = capsys

    def __call__(self, text: str, status: int = 0) -> str:
        """Type a command; return what it printed, errors included."""
        self.capsys.readouterr()
        assert commands.main(text.split()) == status
        out, err = self.capsys.readouterr()
        return out + err


@pytest.fixture
def desk(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """A home with a registry of two repositories."""
    monkeypatch.setenv("COLLECTOR_HOME", str(home.settings.home))
    monkeypatch.setenv("COLLECTOR_DB_URI", home.settings.db_uri)
    with StubRegistry() as stub:
        site = Site(home, stub)
        for tag in ("v1", "v2"):
            site.content.push("a/b", tag)
        site.content.push("c/d", "v1")
        yield Desk(site, capsys)


def test_discover(desk: Desk) -> None:
    """Discovery shows its progress and its result, and can be repeated at once."""
    said = desk("discover")
    assert "reg: 2 of 2 repositories, 3 tags read" in said
    assert "reg: ok: 2 repositories, 3 tags (3 tags read, 6 requests)" in said
    assert desk.site.catalogue() == desk.site.truth()
    assert "6 requests" in desk("discover reg --full")


def test_discover_tells_what_failed(desk: Desk) -> None:
    """A registry that can't be read makes the command fail, in words."""
    desk.site.stub.lie("/v2/_catalog", lies.html)
    assert "answers with text/html, not JSON" in desk("discover reg", 1)
    assert "is not declared" in desk("discover nobody", 1)


def test_state(desk: Desk) -> None:
    """The state says when, what, how long, what it cost, what failed, and what is next."""
    assert "was never crawled" in desk("registry state")
    desk("discover")
    said = desk("registry state reg")
    assert "holds:          2 repositories, 3 tags" in said
    assert "6 requests" in said
    assert "last error" not in said
    desk.site.stub.lie("/v2/_catalog", lies.html)
    desk("discover", 1)
    said = desk("registry state")
    assert "last error:     " in said
    assert "not JSON (1 in a row)" in said
    assert "never" not in said.partition("notifications")[0]


def test_check_tells_of_discovery(desk: Desk) -> None:
    """The check says what discovery holds, and fails where it fails."""
    assert "has not run yet" in desk("check")
    desk("discover")
    assert "2 repositories, 3 tags" in desk("check")
    desk.site.stub.lie("/v2/_catalog", lies.html)
    desk("discover", 1)
    assert "failed 1 times in a row" in desk("check", 1)


def test_delete(desk: Desk) -> None:
    """A tag and a repository are deleted in the registry and here."""
    desk("discover")
    assert "a/b:v1: deleted" in desk("delete reg a/b:v1")
    assert "a/b: deleted" in desk("delete reg a/b")
    assert desk.site.truth() == {"a/b": {}, "c/d": desk.site.catalogue()["c/d"]}
    assert "there is no a/b" in desk("delete reg a/b:v1", 1)


def test_delete_by_force(desk: Desk) -> None:
    """A tag that shares its image is refused with the names, and deleted by force."""
    desk.site.content.push("a/b", "v1", image("a/b:v2"))
    assert "v1 and v2 are the same image" in desk("delete reg a/b:v1", 1)
    said = desk("delete reg a/b:v1 --force")
    assert "a/b:v1: deleted" in said
    assert "a/b:v2: deleted" in said


def test_delete_leaves_something(desk: Desk) -> None:
    """What could not be deleted is told, with the reason and the exit status."""
    digest = desk.site.truth()["a/b"]["v2"]
    desk.site.stub.lie(f"/v2/a/b/manifests/{digest}", lies.error(500, "UNKNOWN"))
    said = desk("delete reg a/b", 1)
    assert "a/b: some tags are left" in said
    assert "answers 500" in said


def test_delete_of_a_name_with_a_port(desk: Desk) -> None:
    """A colon before a slash is a port's, not a tag's."""
    desk.site.content.push("host:5000/a", "v1")
    assert "host:5000/a: deleted" in desk("delete reg host:5000/a")
