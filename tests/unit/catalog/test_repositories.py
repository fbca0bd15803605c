"""Repositories: made once, dated by the newest news, deleted only on proof."""

from __future__ import annotations

from typing import Any

from applications.init.modules.registries.catalog import graves, repositories, tags
from applications.init.modules.registries.catalog.tags import Facts, Place
from tests.home import Home

from .conftest import NAME, OTHER, REGISTRY


def _facts(home: Home, columns: str, id_: int) -> tuple[Any, ...]:
    sql = f"SELECT {columns} FROM registry_repositories WHERE repository_id = ?"
    return home.db.rows(sql, id_)[0]


def _marker(home: Home, table: str) -> int:
    sql = "SELECT COUNT(*) FROM table_modified WHERE table_name = ?"
    return int(home.db.rows(sql, table)[0][0])


def test_ensure(world: Home) -> None:
    """A repository is made where it is new, and is one and the same from then on."""
    db = world.db
    with db.transaction(write=True):
        id_ = repositories.ensure(db, REGISTRY, NAME, 100)
        assert repositories.ensure(db, REGISTRY, NAME, 200) == id_
        assert repositories.ensure(db, OTHER, NAME, 200) != id_
        assert repositories.find(db, REGISTRY, NAME) == id_
        assert repositories.find(db, REGISTRY, NAME.upper()) is None
        assert repositories.count(db, REGISTRY) == 1
        assert _facts(world, "changed", id_) == (200,)
        assert _marker(world, "docker_repositories") == 1
        row = db.rows("SELECT stars, official, automated, description FROM docker_repositories"
                      " WHERE id = ?", id_)[0]
    assert row == (0, "F", "F", "")


def test_named(world: Home) -> None:
    """Many names are looked up in portions; unknown ones are left out."""
    db, names = world.db, [f"a/{n}" for n in range(1200)]
    with db.transaction(write=True):
        wanted = {name: repositories.add(db, REGISTRY, name, 1) for name in names[::7]}
        assert repositories.named(db, REGISTRY, names) == wanted
        assert repositories.named(db, OTHER, names) == {}
        assert repositories.named(db, REGISTRY, []) == {}


def test_after(world: Home) -> None:
    """Repositories are walked through by id, of one registry only, each once."""
    db = world.db
    with db.transaction(write=True):
        for n in range(5):
            repositories.add(db, REGISTRY, f"a/{n}", 1)
            repositories.add(db, OTHER, f"b/{n}", 1)
        seen, cursor = [], 0
        while batch := repositories.after(db, REGISTRY, cursor, 2):
            seen += [name for _, name in batch]
            cursor = batch[-1][0]
    assert seen == [f"a/{n}" for n in range(5)]


def test_pushed_and_pulled(world: Home, repository: int) -> None:
    """Who was last and when; an older one changes no date, a star is counted all the same."""
    db = world.db
    with db.transaction(write=True):
        repositories.facts(db, repository, REGISTRY)
        repositories.pushed(db, repository, "ada", 100)
        repositories.pushed(db, repository, "bob", 90)
        repositories.pulled(db, repository, "ada", 100, star=True)
        repositories.pulled(db, repository, "bob", 90, star=True)
        repositories.pulled(db, repository, "eve", 110, star=False)
        columns = "pushed_at, pushed_by, pulled_at, pulled_by, pulls"
        assert _facts(world, columns, repository) == (100, "ada", 110, "eve", 2)
        stars = db.rows("SELECT stars FROM docker_repositories WHERE id = ?", repository)
    assert stars == [(2,)]


def test_deleted_when_missed_twice(world: Home, repository: int) -> None:
    """One complete catalogue without it proves nothing, two in a row do."""
    db = world.db
    with db.transaction(write=True):
        assert not repositories.missed(db, REGISTRY, repository, 100, 101)
        assert repositories.missing(db, REGISTRY) == {repository}
        repositories.back(db, [repository])
        assert repositories.missing(db, REGISTRY) == set()
        assert not repositories.missed(db, REGISTRY, repository, 200, 201)
        assert repositories.missed(db, REGISTRY, repository, 300, 301)
        assert repositories.find(db, REGISTRY, NAME) is None


def test_deleted_at_once_when_it_was_told(world: Home, repository: int) -> None:
    """Where the registry told of the deletion, one catalogue without it is proof."""
    db = world.db
    with db.transaction(write=True):
        repositories.mark_deleted(db, REGISTRY, NAME, 50)
        repositories.mark_deleted(db, REGISTRY, "unknown", 50)
        assert repositories.missed(db, REGISTRY, repository, 100, 101)


def test_news_wins_over_an_older_catalogue(world: Home) -> None:
    """What was told after a catalogue was asked for is not missing in it."""
    db = world.db
    with db.transaction(write=True):
        id_ = repositories.ensure(db, REGISTRY, NAME, 100)
        assert not repositories.missed(db, REGISTRY, id_, 100, 101)
        assert repositories.missing(db, REGISTRY) == set()
        repositories.mark_deleted(db, REGISTRY, NAME, 100)
        repositories.ensure(db, REGISTRY, NAME, 150)
        assert not repositories.missed(db, REGISTRY, id_, 160, 161)


def test_delete(world: Home, repository: int) -> None:
    """A repository goes with its tags and all that was known of them; others stay."""
    db = world.db
    with db.transaction(write=True):
        other = repositories.ensure(db, OTHER, NAME, 1)
        for registry, id_ in ((REGISTRY, repository), (OTHER, other)):
            facts = Facts("sha256:" + "a" * 64, "x")
            tags.put(db, Place(registry, id_, NAME, "v1"), facts, 1, news=True)
        repositories.delete(db, [repository], 2)
        assert repositories.find(db, OTHER, NAME) == other
        for table in ("docker_repositories", "registry_repositories", "docker_tags",
                      "registry_tags"):
            assert [row[0] for row in db.rows(f"SELECT registry_id FROM {table}")] == [OTHER]
        assert _marker(world, "docker_tags") == 1


def test_adding_reopens_the_grave(world: Home) -> None:
    """A repository that is made anew is not deleted any more."""
    with world.db.transaction(write=True):
        graves.bury(world.db, REGISTRY, NAME, 1)
        repositories.add(world.db, REGISTRY, NAME, 2)
        assert graves.deleted_at(world.db, REGISTRY, NAME) is None


def test_refresh(world: Home, repository: int) -> None:
    """What a crawl saw is dated, what it missed and other registries' are not."""
    db = world.db
    with db.transaction(write=True):
        repositories.add(db, OTHER, "a/other", 1)
        missing = repositories.add(db, REGISTRY, "a/missing", 1)
        repositories.missed(db, REGISTRY, missing, 100, 101)
        before = dict(db.rows("SELECT repository, updated FROM docker_repositories"))
        last = repositories.refresh(db, REGISTRY, world.clock() + 86_400, 0)
        assert repositories.refresh(db, REGISTRY, world.clock(), last) == 0
        after = dict(db.rows("SELECT repository, updated FROM docker_repositories"))
    assert {name for name in after if after[name] != before[name]} == {NAME}
