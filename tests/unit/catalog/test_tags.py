"""Tags: newer news wins, the deleted stay so, facts are kept until others are known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from applications.init.modules.registries.catalog import graves, tags
from applications.init.modules.registries.catalog.tags import Facts, Known, Place
from tests.home import Home

from .conftest import NAME, REGISTRY

A, B = ("sha256:" + letter * 64 for letter in "ab")
FACTS = Facts(A, "application/vnd.oci.image.manifest.v1+json", B, 90, 1234)
TOLD = Facts(A, FACTS.media_type, complete=False)


def _put(
    home: Home, repository: int, facts: Facts = FACTS, asked: float = 100, name: str = "v1",
    news: bool = False,
) -> bool:
    with home.db.transaction(write=True):
        place = Place(REGISTRY, repository, NAME, name)
        return tags.put(home.db, place, facts, asked, news=news)


def _find(home: Home, repository: int, name: str = "v1") -> Known:
    with home.db.transaction():
        found = tags.find(home.db, repository, name)
    assert found is not None
    return found


def _row(home: Home, columns: str) -> tuple[Any, ...]:
    with home.db.transaction():
        return home.db.rows(
            f"SELECT {columns} FROM docker_tags d JOIN registry_tags f ON f.tag_id = d.id"
        )[0]


def test_put(world: Home, repository: int) -> None:
    """All facts are stored; the collector's columns have config digest and size, as it expects."""
    index = replace(FACTS, platforms=({"os": "linux", "architecture": "arm64"},))
    assert _put(world, repository, index)
    assert _row(world, "d.name, d.config_digest, d.config_size, f.digest, f.size") == (
        "v1", B, 90, A, 1234
    )
    assert json.loads(_row(world, "f.platforms")[0]) == [{"os": "linux", "architecture": "arm64"}]
    assert _find(world, repository).checked == 100


def test_put_again(world: Home, repository: int) -> None:
    """The same again changes nothing that a person sees; another digest does; one row stays."""
    assert _put(world, repository)
    assert not _put(world, repository, asked=200)
    assert _put(world, repository, replace(FACTS, digest=B), 300)
    with world.db.transaction():
        assert tags.count(world.db, REGISTRY) == 1
        assert set(tags.of_repository(world.db, repository)) == {"v1"}


def test_told_of(world: Home, repository: int) -> None:
    """A digest without its manifest keeps what is known of it, and is to be read."""
    _put(world, repository)
    assert not _put(world, repository, TOLD, 200, news=True)
    assert _row(world, "f.size, d.config_digest, f.checked, f.changed") == (1234, B, 0, 200)
    assert _put(world, repository, replace(TOLD, digest=B), 300, news=True)
    assert _row(world, "f.digest, f.size, d.config_digest, d.config_size") == (B, None, "", None)


def test_older_answers(world: Home, repository: int) -> None:
    """An answer asked for before the newest news moves nothing; the same answer is no harm."""
    _put(world, repository, TOLD, 200, news=True)
    assert not _put(world, repository, replace(FACTS, digest=B), 199)
    assert _find(world, repository).digest == A
    _put(world, repository, FACTS, 199)
    assert _row(world, "f.digest, f.size, f.changed") == (A, 1234, 200)
    assert _put(world, repository, replace(FACTS, digest=B), 201)


def test_the_deleted_stay_so(world: Home, repository: int) -> None:
    """What was asked before a deletion does not bring a tag back; what was asked later does."""
    with world.db.transaction(write=True):
        graves.bury(world.db, REGISTRY, NAME, 100, "v1")
    assert not _put(world, repository, asked=99)
    with world.db.transaction():
        assert tags.find(world.db, repository, "v1") is None
    assert _put(world, repository, asked=101)
    with world.db.transaction():
        assert graves.deleted_at(world.db, REGISTRY, NAME, "v1") is None


def test_missed(world: Home, repository: int) -> None:
    """One complete listing without a tag proves nothing, two in a row do; a sighting resets."""
    _put(world, repository)
    with world.db.transaction(write=True):
        known = tags.find(world.db, repository, "v1")
        assert known is not None
        assert not tags.missed(world.db, REGISTRY, known, repository, 200)
        tags.listed(world.db, [known.id])
    assert _find(world, repository).missing == 0
    for asked, gone in ((300, False), (400, True)):
        with world.db.transaction(write=True):
            known = tags.find(world.db, repository, "v1")
            assert known is not None
            assert tags.missed(world.db, REGISTRY, known, repository, asked) is gone
    with world.db.transaction():
        assert tags.find(world.db, repository, "v1") is None


def test_missed_after_it_was_told(world: Home, repository: int) -> None:
    """Where the registry told of the deletion one listing is proof, unless newer news came."""
    _put(world, repository, TOLD, 200, news=True)
    with world.db.transaction(write=True):
        tags.mark_deleted(world.db, [_find(world, repository).id], 250)
    known = _find(world, repository)
    with world.db.transaction(write=True):
        assert not tags.missed(world.db, REGISTRY, known, repository, 200)
        assert tags.missed(world.db, REGISTRY, known, repository, 201)


def test_a_tag_of_old(world: Home, repository: int) -> None:
    """A row that the collector had before us has no facts yet, and is missed like any other."""
    world.load(tags=[{"repository": repository, "name": "old"}])
    known = _find(world, repository, "old")
    assert (known.has_facts, known.digest, known.checked) == (False, "", 0.0)
    with world.db.transaction(write=True):
        assert not tags.missed(world.db, REGISTRY, known, repository, 100)
    assert _find(world, repository, "old").missing == 1
    assert _put(world, repository, name="old", asked=200)
    assert _find(world, repository, "old").missing == 0


def test_seen_again(world: Home, repository: int) -> None:
    """A tag that is put or confirmed is neither missing nor deleted."""
    _put(world, repository)
    with world.db.transaction(write=True):
        tags.mark_deleted(world.db, [_find(world, repository).id], 150)
    _put(world, repository, asked=200)
    assert _find(world, repository).deleted is None
    with world.db.transaction(write=True):
        tags.confirmed(world.db, _find(world, repository).id, 300)
    assert _find(world, repository).checked == 300


def test_pushed_and_pulled(world: Home, repository: int) -> None:
    """Who was last and when; an older pull is counted only; an unknown tag is nothing."""
    _put(world, repository)
    with world.db.transaction(write=True):
        for name in ("v1", "unknown"):
            for actor, when in (("ada", 100), ("bob", 90)):
                tags.pushed(world.db, repository, name, actor, when)
                tags.pulled(world.db, repository, name, actor, when)
    assert _row(world, "f.pushed_by, f.pushed_at, f.pulled_by, f.pulled_at, f.pulls") == (
        "ada", 100, "ada", 100, 2
    )


def test_case_is_part_of_a_name(world: Home, repository: int) -> None:
    """Two tags that differ in case are two."""
    _put(world, repository, name="v1")
    _put(world, repository, replace(FACTS, digest=B), name="V1")
    assert _find(world, repository, "v1").digest == A
    assert _find(world, repository, "V1").digest == B


def test_sharing(world: Home, repository: int) -> None:
    """The tags that point at a digest are known by it."""
    _put(world, repository, name="v1")
    _put(world, repository, name="v2")
    _put(world, repository, replace(FACTS, digest=B), name="v3")
    with world.db.transaction():
        assert {t.name for t in tags.sharing(world.db, repository, A)} == {"v1", "v2"}
        assert tags.sharing(world.db, repository, "") == []


def test_remove(world: Home, repository: int) -> None:
    """A removed tag leaves nothing; removing none changes no marker."""
    _put(world, repository)
    with world.db.transaction(write=True):
        world.db.run("DELETE FROM table_modified")
        tags.remove(world.db, [], 200)
        assert world.db.rows("SELECT * FROM table_modified") == []
        found = tags.find(world.db, repository, "v1")
        assert found is not None
        tags.remove(world.db, [found.id], 200)
        assert len(world.db.rows("SELECT * FROM table_modified")) == 1
        assert world.db.rows("SELECT * FROM registry_tags") == []


def test_stale_before(world: Home, repository: int) -> None:
    """About as many tags as the budget were checked before it; never later than asked."""
    for n in range(10):
        _put(world, repository, name=f"v{n}", asked=100 + n)
    with world.db.transaction():
        assert tags.stale_before(world.db, REGISTRY, 3, 1000) == 103
        assert tags.stale_before(world.db, REGISTRY, 3, 102) == 102
        assert tags.stale_before(world.db, REGISTRY, 99, 1000) == 1000
