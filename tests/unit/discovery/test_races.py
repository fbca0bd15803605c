"""What happens while a crawl is on is newer than what the crawl finds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from applications.init.modules.registries.catalog import graves, repositories, tags
from applications.init.modules.registries.catalog.tags import Facts, Known, Place
from applications.init.modules.registries.discovery.plan import plan
from tests.unit.remote import lies
from tests.unit.remote.content import image

from .site import Site, after_truth, delayed

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def _later(site: Site, then: Callable[[], object]) -> Callable[[], None]:
    """Something that happens once, a second later."""
    left = [then]

    def happen() -> None:
        if left:
            site.home.clock.advance(1)
            left.pop()()
            site.home.clock.advance(1)

    return happen


@pytest.mark.parametrize("path", ["/v2/_catalog", "/v2/a/b/tags/list", "/v2/a/b/manifests/v1"])
@pytest.mark.parametrize("repository", ["a/b", "new/one"])
def test_push_during_a_crawl_survives(site: Site, repository: str, path: str) -> None:
    """What is pushed after an answer was given is not missing because that answer lacks it."""
    site.content.push("a/b", "v1")
    push = _later(site, lambda: site.pushed(repository, "fresh"))
    site.stub.lie(path, after_truth(push))
    site.crawl(full=True)
    site.stub.be_honest()
    assert site.rows("SELECT COUNT(*) FROM registry_repositories WHERE missing > 0") == [(0,)]
    assert site.rows("SELECT COUNT(*) FROM registry_tags WHERE missing > 0") == [(0,)]
    id_ = site.tag(repository, "fresh")["id"]
    site.crawl()
    assert site.catalogue() == site.truth()
    assert site.tag(repository, "fresh")["id"] == id_
    assert site.tag(repository, "fresh")["config_digest"]


def test_push_again_during_a_crawl_survives(site: Site) -> None:
    """A repository and tag that were about to go survive a push, also when it comes late."""
    site.content.push("a/b", "v1")
    site.content.push("c/d", "v1")
    site.crawl()
    ids = site.repository("a/b")["id"], site.tag("a/b", "v1")["id"]
    site.content.forget("a/b")
    site.told_deleted("a/b")
    site.told_deleted("a/b", "v1")
    push = _later(site, lambda: site.pushed("a/b", "v1"))
    site.stub.lie("/v2/_catalog", after_truth(push))
    site.crawl()
    site.stub.be_honest()
    site.crawl()
    assert site.catalogue() == site.truth()
    assert (site.repository("a/b")["id"], site.tag("a/b", "v1")["id"]) == ids


def test_stale_facts_never_win(site: Site) -> None:
    """A manifest that was read before a push of the same tag does not overwrite it."""
    site.content.push("a/b", "v1")
    push = _later(site, lambda: site.pushed("a/b", "v1"))

    def behave() -> None:
        site.content.push("a/b", "v1", image("newer"))
        push()

    site.content.push("a/b", "v1", image("older"))
    site.stub.lie("/v2/a/b/manifests/v1", after_truth(push), times=1)
    site.crawl()
    assert site.catalogue() == site.truth()
    site.crawl()
    assert site.tag("a/b", "v1")["config_digest"]


def test_unchanged_does_not_hide_a_push(site: Site) -> None:
    """A push that comes while the tag is found unchanged is still read by the next crawl."""
    site.content.push("a/b", "v1")
    site.crawl()

    def change() -> None:
        site.content.push("a/b", "v1", image("x"))
        _hear(site)

    push = _later(site, change)
    site.stub.lie("/v2/a/b/manifests/v1", after_truth(push), times=1)
    site.crawl(full=True)
    assert site.catalogue() == site.truth()
    assert not site.tag("a/b", "v1")["config_digest"]
    site.crawl()
    assert site.tag("a/b", "v1")["config_digest"]


def _hear(site: Site) -> None:
    """Hear of the push of v1 as it is now."""
    digest, now = site.truth()["a/b"]["v1"], site.home.clock()
    with site.db.transaction(write=True):
        id_ = repositories.ensure(site.db, site.remote.id, "a/b", now)
        place = Place(site.remote.id, id_, "a/b", "v1")
        tags.put(site.db, place, Facts(digest, MANIFEST, complete=False), now, news=True)


def test_gone_while_it_was_pushed(site: Site) -> None:
    """A tag whose manifest was not there when asked, but was pushed since, is kept."""
    site.content.push("a/b", "v1")
    site.crawl()
    id_ = site.tag("a/b", "v1")["id"]
    site.told_deleted("a/b", "v1")
    push = _later(site, lambda: site.pushed("a/b", "v1"))
    gone = delayed(lies.error(404, "MANIFEST_UNKNOWN"), push)
    site.stub.lie("/v2/a/b/manifests/v1", gone, times=1)
    site.crawl(full=True)
    assert site.tag("a/b", "v1")["id"] == id_
    assert site.tag("a/b", "v1")["missing"] == 0


def test_deleted_during_a_crawl(site: Site) -> None:
    """A tag that was deleted here after it was asked for is not brought back by the answer."""
    digest = site.content.push("a/b", "v1")

    def delete() -> None:
        site.content.delete("a/b", digest)
        with site.db.transaction(write=True):
            graves.bury(site.db, site.remote.id, "a/b", site.home.clock(), "v1")

    site.stub.lie("/v2/a/b/manifests/v1", after_truth(_later(site, delete)), times=1)
    site.crawl()
    assert site.catalogue() == {"a/b": {}}


def _known(name: str, checked: float, missing: int = 0) -> Known:
    return Known(1, name, "sha256:x", checked, 0.0, missing, None, True)


def test_plan() -> None:
    """New, stale, half-known and returned tags are read, each with the digest to compare."""
    stored = {
        "fresh": _known("fresh", 50),
        "stale": _known("stale", 5),
        "told": _known("told", 0),
        "back": _known("back", 50, missing=1),
        "gone": _known("gone", 50),
    }
    made = plan(["fresh", "stale", "told", "back", "new", "new"], stored, 10)
    assert made.read == (("stale", "sha256:x"), ("told", ""), ("back", "sha256:x"), ("new", ""))
    assert [known.name for known in made.missing] == ["gone"]
    assert [known.name for known in made.back] == ["back"]
