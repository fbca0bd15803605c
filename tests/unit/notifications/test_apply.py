"""Digestion: what people mean by a push, a pull and a delete is what is counted."""

from __future__ import annotations

from typing import Any

import pytest

from applications.init.modules.registries.catalog import graves
from applications.init.modules.registries.notifications.history import TOGETHER_SECONDS
from tests.home import Home

from .told import (
    BLOB,
    CAPTURED,
    INDEX,
    MANIFEST,
    OURS,
    VERSIONS,
    body,
    captured,
    digest,
    event,
    events,
    of_case,
    questions,
    repository,
    rows,
    stars,
    tag,
    tags,
    tell,
)


@pytest.mark.parametrize("version", VERSIONS)
def test_all_that_was_captured(world: Home, version: str) -> None:
    """A real registry's life leaves what it really held in the end, and counts real pulls."""
    world.clock.now = CAPTURED
    for one in captured(version):
        tell(world, _as_body(one))
    assert set(tags(world, "a/b")) == {"1", "2", "idx", "list"}
    assert repository(world, "d.id", "c/d") is None  # a mounted blob is no image
    # Four GETs by tag; a HEAD by tag and the GET by digest that follows are the fifth.
    assert stars(world, "a/b") == 5
    assert repository(world, "f.pushed_by", "a/b") == ("user@example.com",)
    assert len(world.audit("docker.pull")) == 5
    assert world.audit("docker.pull")[-1]["log_user"] == ""
    assert {row[1] for row in events(world)} == {"done"}


def _as_body(one: dict[str, Any]) -> bytes:
    return body(*one["body"]["events"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("case", "name", "kind"),
    [
        ("push OCI manifest tag 1", "1", "application/vnd.oci.image.manifest.v1+json"),
        ("push OCI index tag idx", "idx", INDEX),
        ("push docker manifest list tag list", "list",
         "application/vnd.docker.distribution.manifest.list.v2+json"),
        ("move tag 2 to schema2", "2", MANIFEST),
    ],
)
def test_push(world: Home, version: str, case: str, name: str, kind: str) -> None:
    """Each kind of manifest under a tag is a push: tag, digest, actor and date; size is asked."""
    world.clock.now = CAPTURED
    (text,) = of_case(version, case)
    tell(world, text)
    assert tag(world, "f.media_type, f.pushed_by, f.pulls", name) == (kind, "user@example.com", 0)
    assert tag(world, "f.digest", name) == events(world, "digest")[0]
    assert tag(world, "f.pushed_at", name) == events(world, "happened")[0]
    assert repository(world, "f.pushed_at, d.stars", "a/b") == (
        events(world, "happened")[0][0], 0
    )
    assert questions(world) == {(OURS, "a/b", name)}
    (entry,) = world.audit("docker.push")
    assert entry["log_user"] == "user@example.com"
    assert (entry["details"]["repo"], entry["details"]["service"]) == ("a/b", "ours")


@pytest.mark.parametrize("version", VERSIONS)
def test_push_by_digest(world: Home, version: str) -> None:
    """A manifest without a tag makes the repository known and dated, and no tag."""
    world.clock.now = CAPTURED
    tell(world, *of_case(version, "push schema2 by digest (no tag)"))
    assert repository(world, "f.pushed_by", "a/b") == ("user@example.com",)
    assert tags(world, "a/b") == {}
    assert world.audit("docker.push") == []


def test_one_docker_push(world: Home, now: float) -> None:
    """The seven events of one docker push are one push and no pull."""
    push = [
        event("push", now - 9, of="a", type=BLOB), event("pull", now - 8, of="a", type=BLOB,
                                                         method="HEAD"),
        event("push", now - 7, of="b", type=BLOB), event("pull", now - 6, of="b", type=BLOB,
                                                         method="HEAD"),
        event("push", now - 5, of="c", type=BLOB), event("pull", now - 4, of="c", type=BLOB,
                                                         method="HEAD"),
        event("push", now - 3, "v1", "d"),
    ]
    tell(world, *map(body, push))
    assert len(world.audit("docker.push")) == 1
    assert (stars(world), tags(world)) == (0, {"v1": digest("d")})


def test_one_docker_pull(world: Home, now: float) -> None:
    """A HEAD by tag, a GET by digest and the blobs are one pull, dated and with its actor."""
    tell(world, body(event("push", now - 99, "v1", "a")))
    tell(
        world,
        body(event("pull", now - 9, "v1", "a", method="HEAD", actor="bob", address="h:1")),
        body(event("pull", now - 8, of="a", actor="bob", address="h:2")),
        *(body(event("pull", now - 7, of=of, type=BLOB, actor="bob")) for of in "bcd"),
    )
    assert repository(world, "d.stars, f.pulls, f.pulled_at, f.pulled_by") == (1, 1, now - 8, "bob")
    assert tag(world, "f.pulls, f.pulled_by") == (1, "bob")
    (entry,) = world.audit("docker.pull")
    assert (entry["log_user"], entry["details"]["tag"]) == ("bob", "v1")


def test_what_is_no_pull(world: Home, now: float) -> None:
    """A look whether there is something new, a pull by digest, and blobs give no star."""
    tell(
        world,
        body(event("push", now - 99, "v1", "a")),
        body(event("pull", now - 9, "v1", "a", method="HEAD")),
        body(event("pull", now - 8, of="b")),
        body(event("pull", now - 7, of="c", type=BLOB)),
        body(event("mount", now - 6, of="c", type=BLOB)),
    )
    assert repository(world, "d.stars, f.pulls") == (0, 0)
    assert world.audit("docker.pull") == []


@pytest.mark.parametrize(
    "other",
    [{"actor": "bob"}, {"address": "198.51.100.1:1"}, {"repository": "users/31/y"}, {"of": "b"}],
)
def test_halves_of_different_pulls(world: Home, now: float, other: dict[str, str]) -> None:
    """A HEAD and a GET of different people, places, repositories or images are no pull."""
    head = event("pull", now - 9, "v1", "a", method="HEAD")
    tell(world, body(head), body(event("pull", now - 8, **{"of": "a", **other})))
    assert stars(world) == stars(world, "users/31/y") == 0


def test_halves_too_far_apart(world: Home, now: float) -> None:
    """A GET long after the HEAD, or before it, does not belong to it."""
    tell(world, body(event("pull", now - 200, of="a")))
    tell(world, body(event("pull", now - 199, "v1", "a", method="HEAD")))
    tell(world, body(event("pull", now - 199 + TOGETHER_SECONDS + 1, of="a")))
    assert stars(world) == 0


def test_pull_of_podman(world: Home, now: float) -> None:
    """A GET by tag is a pull; the manifest of the platform behind it is not another."""
    tell(world, body(event("pull", now - 9, "v1", "a", type=INDEX)),
         body(event("pull", now - 8, of="b")))
    assert (stars(world), tag(world, "f.pulls")) == (1, (1,))


def test_pull_of_a_tag_not_known(world: Home, now: float) -> None:
    """A pull by tag makes the tag known: the registry had it; its manifest is asked for."""
    tell(world, body(event("pull", now - 9, "v1", "a")))
    assert tags(world) == {"v1": digest("a")}
    assert questions(world) == {(OURS, "users/31/x", "v1")}


def test_second_tag_and_moved_tag(world: Home, now: float) -> None:
    """Two tags of one digest are two tags; a tag that moves is one."""
    tell(world, body(event("push", now - 9, "v1", "a")), body(event("push", now - 8, "v2", "a")),
         body(event("push", now - 7, "v1", "b", actor="bob")))
    assert tags(world) == {"v1": digest("b"), "v2": digest("a")}
    assert tag(world, "f.pushed_by") == ("bob",)


@pytest.mark.parametrize("version", VERSIONS)
def test_delete_by_digest(world: Home, version: str) -> None:
    """A manifest deleted by its digest takes its tags with it, each recorded once."""
    world.clock.now = CAPTURED
    case = "DELETE manifest by digest (2 tags: tag 1 + tag x)"
    pushes, deletes = of_case(version, case)[:2], of_case(version, case)[2:]
    tell(world, *pushes)
    assert set(tags(world, "a/b")) == {"1", "x"}
    tell(world, *deletes)
    assert tags(world, "a/b") == {}
    assert repository(world, "d.id", "a/b") is not None  # registries keep it, empty
    assert sorted(e["details"]["tag"] for e in world.audit("docker.delete")) == ["1", "x"]


def test_delete_by_digest_alone(world: Home, now: float) -> None:
    """Without the events of its tags they are asked for, and one absence is proof."""
    tell(world, body(event("push", now - 9, "v1", "a")), body(event("push", now - 8, "v2", "b")))
    tell(world, body(event("delete", now - 7, of="a")))
    assert set(tags(world)) == {"v1", "v2"}
    assert tag(world, "f.deleted IS NULL") == (0,)
    assert tag(world, "f.deleted IS NULL", "v2") == (1,)


def test_delete_of_a_tag(world: Home, now: float) -> None:
    """A tag deleted alone is gone, and what a crawl asked before can't bring it back."""
    tell(world, body(event("push", now - 9, "v1", "a")), body(event("push", now - 8, "v2", "a")))
    tell(world, body(event("delete", now - 7, "v1")))
    assert tags(world) == {"v2": digest("a")}
    with world.db.transaction():
        assert graves.deleted_at(world.db, OURS, "users/31/x", "v1") == now


def test_delete_of_a_repository(world: Home, now: float) -> None:
    """A repository deleted is no more than marked, until its registry says so too."""
    tell(world, body(event("push", now - 9, "v1", "a")), body(event("delete", now - 8)))
    assert repository(world, "f.deleted IS NULL") == (0,)
    assert set(tags(world)) == {"v1"}
    assert rows(world, "SELECT next_run FROM registry_crawls WHERE registry_id = ?", OURS) == [(0,)]


def test_delete_of_what_is_not_known(world: Home, now: float) -> None:
    """Deleting what was never heard of makes nothing."""
    tell(world, body(event("delete", now - 9, "v1")), body(event("delete", now - 8, of="a")),
         body(event("delete", now - 7)))
    assert repository(world, "d.id") is None
