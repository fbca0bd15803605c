"""What a crawl makes of changes: what is new, what moved, what is gone."""

from __future__ import annotations

import json

import pytest

from applications.init.modules.registries.catalog import graves
from applications.init.modules.registries.remote import manifests
from tests.unit.remote.content import image, index

from .site import Site


def test_first_crawl(site: Site) -> None:
    """Every repository and tag is stored with digest, type, config and size."""
    site.stub.page = 100
    for number in range(130):
        site.content.push(f"a/r{number:03}", "v1", image(f"{number}", (5, 7)))
    outcome = site.crawl()
    assert site.catalogue() == site.truth()
    assert outcome.read == 130
    tag = site.tag("a/r077", "v1")
    assert (tag["size"], tag["config_size"]) == (12, 90)
    assert tag["config_digest"].startswith("sha256:")
    assert tag["media_type"] == manifests.OCI_MANIFEST
    row = site.repository("a/r077")
    assert (row["stars"], row["description"]) == (0, "")
    assert not row["automated"]
    assert not row["official"]


def test_state_that_people_see(site: Site) -> None:
    """Last success, duration, counts, requests and next run are stored."""
    site.content.push("a/b", "v1")
    site.content.push("a/b", "v2")
    site.crawl()
    state = site.state()
    now = site.home.clock()
    assert (state.repositories, state.tags, state.requests) == (1, 2, 4)
    assert state.succeeded == state.finished == now
    assert (state.error, state.failures, state.phase) == ("", 0, "done")
    assert now < state.next_run <= now + 120


@pytest.mark.parametrize("media_type", [manifests.OCI_MANIFEST, manifests.SCHEMA2])
def test_every_type_of_image(site: Site, media_type: str) -> None:
    """Images of all current types are read."""
    site.content.push("a/b", "v1", image("x", (1, 2, 3), media_type))
    site.crawl()
    assert site.tag("a/b", "v1")["media_type"] == media_type
    assert site.tag("a/b", "v1")["size"] == 6


@pytest.mark.parametrize("media_type", [manifests.OCI_INDEX, manifests.LIST])
def test_index_with_platforms(site: Site, media_type: str) -> None:
    """Of an index each platform is stored with its size; linux/amd64 stands for all."""
    arm, amd = image("arm", (5,)), image("amd", (20, 1))
    platforms = {"linux/arm64/v8": arm, "linux/amd64": amd, "unknown/unknown": image("sbom")}
    for child in platforms.values():
        site.content.push("a/b", "", child)
    site.content.push("a/b", "v1", index(platforms, media_type))
    site.crawl()
    tag = site.tag("a/b", "v1")
    assert (tag["media_type"], tag["size"]) == (media_type, 21)
    found = [(p["os"], p["architecture"], p["variant"], p["size"])
             for p in json.loads(tag["platforms"])]
    assert found == [("linux", "arm64", "v8", 5), ("linux", "amd64", "", 21)]


def test_index_of_platforms_that_nobody_pushed(site: Site) -> None:
    """A platform without a manifest is listed without a size."""
    site.content.push("a/b", "v1", index({"linux/s390x": image("never pushed")}))
    site.crawl()
    assert site.tag("a/b", "v1")["size"] is None
    assert json.loads(site.tag("a/b", "v1")["platforms"])[0]["architecture"] == "s390x"


def test_new_moved_and_removed_tags(site: Site) -> None:
    """New tags come, moved ones keep their id, removed ones stay once and go when seen twice."""
    for tag in ("same", "moves", "goes"):
        site.content.push("a/b", tag)
    site.crawl()
    ids = {tag: site.tag("a/b", tag)["id"] for tag in ("same", "moves", "goes")}
    moved = site.content.push("a/b", "moves", image("another"))
    site.content.push("a/b", "new")
    site.content.untag("a/b", "goes")
    site.crawl()
    assert set(site.catalogue()["a/b"]) == {"same", "moves", "goes", "new"}
    site.crawl()
    assert site.catalogue() == site.truth()
    assert site.catalogue()["a/b"]["moves"] == moved
    for tag in ("same", "moves"):
        assert site.tag("a/b", tag)["id"] == ids[tag]


def test_tag_that_was_told_of(site: Site) -> None:
    """After a deletion event, one complete listing without the tag is proof."""
    site.content.push("a/b", "v1")
    site.content.push("a/b", "v2")
    site.crawl()
    site.content.untag("a/b", "v1")
    site.told_deleted("a/b", "v1")
    site.crawl()
    assert set(site.catalogue()["a/b"]) == {"v2"}


def test_tag_that_comes_back(site: Site) -> None:
    """A tag that was missing once and is back is read again, and the count starts anew."""
    site.content.push("a/b", "v1")
    site.crawl()
    id_ = site.tag("a/b", "v1")["id"]
    site.content.untag("a/b", "v1")
    site.crawl()
    digest = site.content.push("a/b", "v1", image("another"))
    with site.db.transaction(write=True):
        site.db.run("UPDATE registry_tags SET checked = ?", site.home.clock() + 10_000)
    site.crawl()
    assert site.catalogue()["a/b"] == {"v1": digest}
    site.content.untag("a/b", "v1")
    site.crawl()
    assert site.tag("a/b", "v1")["id"] == id_


def test_removed_repository(site: Site) -> None:
    """A repository that the catalog lacks once stays with its tags, twice it goes with them."""
    site.content.push("a/b", "v1")
    site.content.push("c/d", "v1")
    site.crawl()
    before = site.describe("a/b")
    site.content.forget("a/b")
    site.crawl()
    assert site.catalogue()["a/b"]
    assert site.repository("a/b") == before
    site.crawl()
    assert site.catalogue() == site.truth()
    assert site.rows("SELECT COUNT(*) FROM docker_tags") == [(1,)]
    assert site.rows("SELECT COUNT(*) FROM registry_tags") == [(1,)]


def test_repository_that_comes_back(site: Site) -> None:
    """A repository that was missing once keeps its row, and the count starts anew."""
    site.content.push("a/b", "v1")
    site.crawl()
    before = site.describe("a/b")
    kept = site.content.repositories["a/b"]
    for _ in range(2):
        site.content.forget("a/b")
        site.crawl()
        site.content.repositories["a/b"] = kept
        site.crawl()
    assert site.repository("a/b") == before


def test_repository_that_was_told_of(site: Site) -> None:
    """After a deletion event, one complete catalog without the repository is proof."""
    site.content.push("a/b", "v1")
    site.content.push("c/d", "v1")
    site.crawl()
    site.content.forget("a/b")
    site.told_deleted("a/b")
    site.crawl()
    assert set(site.catalogue()) == {"c/d"}


def test_what_people_gave_survives(site: Site) -> None:
    """Ids, description, stars and flags survive any number of crawls."""
    site.content.push("a/b", "v1")
    site.crawl()
    before = site.describe("a/b")
    for full in (False, True, False):
        site.content.push("a/b", "v1", image(f"{full}"))
        site.crawl(full)
    after = site.repository("a/b")
    kept = ("id", "description", "stars", "official", "automated", "created")
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}


def test_untagged_repository_is_kept(site: Site) -> None:
    """A repository without tags stays, however often it is seen so; its tags go."""
    site.content.push("a/b", "v1")
    site.content.push("digests/only", "")
    site.crawl()
    id_ = site.repository("a/b")["id"]
    site.content.untag("a/b", "v1")
    for _ in range(4):
        site.crawl()
    assert site.catalogue() == {"a/b": {}, "digests/only": {}}
    assert site.repository("a/b")["id"] == id_


def test_deleted_here(site: Site) -> None:
    """A repository deleted here stays away while it is listed empty; tags bring it back."""
    site.content.push("a/b", "v1")
    site.content.untag("a/b", "v1")
    with site.db.transaction(write=True):
        graves.bury(site.db, site.remote.id, "a/b", site.home.clock())
    site.crawl()
    assert site.catalogue() == {}
    site.content.push("a/b", "v2")
    site.crawl()
    assert site.catalogue() == site.truth()


def test_deleted_here_and_pushed(site: Site) -> None:
    """A push brings back a repository that was deleted here, for good."""
    site.content.push("a/b", "v1")
    with site.db.transaction(write=True):
        graves.bury(site.db, site.remote.id, "a/b", site.home.clock())
    site.pushed("a/b", "v1")
    site.content.untag("a/b", "v1")
    site.crawl()
    assert "a/b" in site.catalogue()


def test_bad_names_are_left_out(site: Site) -> None:
    """Names outside the grammar are not stored; one that is stored already breaks no crawl."""
    site.content.push("a/b", "v1")
    site.content.push("../../etc", "v1")
    site.content.push("Big/Name", "v1")
    with site.db.transaction(write=True):
        site.db.insert("docker_repositories", registry_id=site.remote.id, repository="Old/Name")
    site.crawl(state="partial")
    assert site.catalogue() == {"a/b": site.truth()["a/b"], "Old/Name": {}}
    site.crawl()
    assert set(site.catalogue()) == {"a/b"}


def test_a_registry_that_is_suddenly_empty(site: Site) -> None:
    """Where there was much and all of it is gone at once, it takes ten answers to believe it."""
    for number in range(11):
        site.content.push(f"a/r{number}", "v1", image(f"{number}"))
    site.crawl()
    kept = dict(site.content.repositories)
    site.content.repositories.clear()
    for _ in range(9):
        site.home.clock.advance(120)
        site.crawl()
    assert len(site.catalogue()) == 11
    site.content.repositories.update(kept)
    site.home.clock.advance(120)
    site.crawl()
    site.content.repositories.clear()
    for _ in range(10):
        assert len(site.catalogue()) == 11
        site.home.clock.advance(120)
        site.crawl()
    assert site.catalogue() == {}


def test_what_went_is_in_the_audit_log(site: Site) -> None:
    """A tag and a repository that discovery takes out of the catalogue leave a line each."""
    site.content.push("a/b", "v1", image("1"))
    site.content.push("a/b", "v2", image("2"))
    site.content.push("c/d", "v1", image("3"))
    site.crawl()
    site.content.untag("a/b", "v2")
    del site.content.repositories["c/d"]
    for _ in range(2):
        site.home.clock.advance(120)
        site.crawl()
    told = [(e["details"]["repo"], e["details"]["tags"]) for e in
            site.home.audit("docker.discovery.gone")]
    assert sorted(told) == [("a/b", ["v2"]), ("c/d", [])]


def test_a_deletion_that_was_taken_back(site: Site) -> None:
    """What a listing has again is not deleted by one later listing without it."""
    site.content.push("a/b", "v1")
    site.content.push("a/b", "v2", image("2"))
    site.crawl()
    with site.home.db.transaction(write=True):
        site.home.db.run("UPDATE registry_tags SET deleted = 1")
    site.home.clock.advance(120)
    site.crawl()
    site.content.untag("a/b", "v2")
    site.home.clock.advance(120)
    site.crawl()
    assert set(site.catalogue()["a/b"]) == {"v1", "v2"}
