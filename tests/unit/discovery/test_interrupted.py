"""A crawl that ends anywhere is gone on with, and comes to the same end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from applications.init.modules.registries.database import Database
from applications.init.modules.registries.discovery import crawl as crawl_module
from tests.home import Home
from tests.unit.remote import lies
from tests.unit.remote.content import image, index
from tests.unit.remote.stub import StubRegistry

from .site import From, Site


class Killed(BaseException):
    """The process ended."""


class Mortal:
    """Ends the process at its n-th statement, and lets it do nothing after that."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        for name in ("rows", "run", "insert"):
            patch.setattr(Database, name, self._counted(getattr(Database, name)))

    def _counted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **values: Any) -> Any:
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    raise Killed
            return method(*args, **values)

        return counted


def _fill(site: Site) -> None:
    """A first crawl, then changes of every kind."""
    for name in ("a/moves", "b/goes", "c/tags", "d/same"):
        for tag in ("v1", "v2"):
            site.content.push(name, tag)
    site.crawl()
    site.content.push("a/moves", "v1", image("another"))
    site.content.forget("b/goes")
    site.content.untag("c/tags", "v1")
    site.content.push("e/new", "v1")
    site.content.push("e/new", "multi", index({"linux/amd64": image("child")}))


def _check(site: Site, before: dict[str, Any]) -> None:
    """After one more crawl everything is as the registry has it, and what stayed has its row."""
    site.crawl(full=True)
    site.crawl(full=True)
    assert site.catalogue() == site.truth()
    assert before == _ids(site)
    for table, key in (("registry_tags", "tag_id"), ("registry_repositories", "repository_id")):
        sql = f"SELECT COUNT(*), COUNT(DISTINCT {key}) FROM {table} WHERE registry_id = ?"
        rows, distinct = site.rows(sql, site.remote.id)[0]
        assert rows == distinct


def _ids(site: Site) -> dict[str, Any]:
    """The rows of what is there all the time."""
    return {
        **{name: site.repository(name)["id"] for name in ("a/moves", "c/tags", "d/same")},
        **{name: site.tag("d/same", name)["id"] for name in ("v1", "v2")},
        "moved": site.tag("a/moves", "v1")["id"],
    }


def _small(patch: pytest.MonkeyPatch) -> None:
    """Batches so small that there are several."""
    patch.setattr(crawl_module, "BATCH", 2)


@pytest.mark.parametrize("lie", [lies.reset, lies.error(503), lies.html])
def test_interrupted_at_any_request(
    home: Home, monkeypatch: pytest.MonkeyPatch, lie: lies.Behaviour
) -> None:
    """A crawl whose n-th request is the last that is answered ends as one that was not."""
    _small(monkeypatch)
    n, whole = 0, False
    while not whole:
        with StubRegistry() as stub:
            site = Site(home, stub, f"reg{n}")
            _fill(site)
            before = _ids(site)
            stub.lie("*", From(n, lie))
            home.clock.advance(150)
            outcome = site.crawler(threads=1).run(site.remote, force=True, full=True)
            whole = outcome.state == "ok"
            assert outcome.state in ("ok", "failed", "partial")
            stub.be_honest()
            _check(site, before)
        n += 1
    assert n > 10


def test_killed_at_any_statement(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crawl that is killed at its n-th statement is gone on with once its lease is over."""
    _small(monkeypatch)
    mortal = Mortal(monkeypatch)
    n, whole = 0, False
    while not whole:
        with StubRegistry() as stub:
            site = Site(home, stub, f"reg{n}")
            _fill(site)
            before = _ids(site)
            home.clock.advance(150)
            mortal.left = n
            with suppress(Killed):
                whole = site.crawler(threads=1).run(site.remote, force=True).state == "ok"
            mortal.left = None
            _check(site, before)
        n += 7
    assert n > 60


def test_goes_on_where_it_was(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crawl that was interrupted among the tags asks nothing again that is done."""
    _small(monkeypatch)
    for number in range(10):
        site.content.push(f"r{number}", "v1")
    site.stub.lie("/v2/r6/tags/list", lies.reset)
    site.stub.lie("/v2/", lies.reset)
    site.crawl(state="failed")
    assert site.state().phase == "tags"
    site.stub.be_honest()
    site.stub.requests.clear()
    site.crawl()
    asked = {seen.path.split("/")[2] for seen in site.stub.requests}
    assert asked == {"r6", "r7", "r8", "r9"}
    assert site.catalogue() == site.truth()


def test_an_old_interrupted_crawl_begins_anew(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a day, and where everything is to be asked again, a crawl begins at the catalog."""
    _small(monkeypatch)
    for full, seconds in ((False, 90_000), (True, 10)):
        for number in range(5):
            site.content.push(f"r{number}", "v1")
        site.stub.lie("/v2/r3/tags/list", lies.reset)
        site.stub.lie("/v2/", lies.reset)
        site.crawl(state="failed")
        site.stub.be_honest()
        site.stub.requests.clear()
        site.home.clock.advance(seconds)
        site.crawl(full)
        assert site.stub.requests[0].path == "/v2/_catalog"
