"""What docker search finds: order, pages, types, and nothing that the asker may not pull."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from applications.init.modules.registries import catalog, search, visibility
from applications.init.modules.registries.catalog import hosts
from applications.init.modules.registries.policy import Kind, Principal
from applications.init.modules.registries.search import Found
from tests.databases import RANGES
from tests.home import Home, user

PULLER = "DockerRegistriesPuller"
WEBDEV, REGISTRY, ANOTHER = 20, 51, 52
ADA = Principal(Kind.USER, "ada", 31, frozenset({WEBDEV}), frozenset({PULLER}))
MANAGER = Principal(Kind.USER, "root", 32, frozenset(), frozenset({"Manager"}))


def _repository(name: str, stars: int = 0, registry: int = REGISTRY, **more: Any) -> dict[str, Any]:
    return {"registry": registry, "repository": name, "stars": stars, **more}


@pytest.fixture(params=[RANGES, False], ids=["ranges", "names"])
def world(home: Home, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A registry that ada's group sees, another beside it, no repositories yet.

    Searched in SQLite's way and in that of servers.
    """
    home.load(
        groups=[{"id": WEBDEV, "role": "webdev"}],
        users=[user("ada", 31, groups=["webdev"], privileges=[PULLER])],
        registries=[
            {"id": id_, "service": f"registry.{id_}", "url": f"http://host:{id_}",
             "publications": ["webdev"]}
            for id_ in (REGISTRY, ANOTHER)
        ],
    )
    monkeypatch.setattr(home.db, "joins_ranges", request.param)
    return home


def _find(
    home: Home, term: str = "", limit: int = 25, page: int = 1, who: Principal = ADA
) -> Found:
    with home.db.transaction():
        declared = catalog.by_id(home.db, REGISTRY)
        assert declared is not None
        return home.container.search.find(who, declared.registry, term, limit, page)


def _names(home: Home, term: str = "", **more: Any) -> list[str]:
    return [result.name for result in _find(home, term, **more).results]


def test_best_match_first(world: Home) -> None:
    """The very name, then names that begin so, then others; by stars, then by name."""
    world.load(repositories=[
        _repository("web"), _repository("webmail"), _repository("web-b", 3),
        _repository("web-a", 3), _repository("site/web", 99), _repository("other", 100),
    ])
    assert _names(world, "web") == ["web", "web-a", "web-b", "webmail", "site/web"]
    assert _names(world, "WEB")[0] == "web"
    assert _names(world)[:2] == ["other", "site/web"]


def test_only_this_registry(world: Home) -> None:
    """A repository of another registry is not found here."""
    world.load(repositories=[_repository("here/x"), _repository("there/x", registry=ANOTHER)])
    assert _names(world, "x") == ["here/x"]


def test_only_what_may_be_pulled(world: Home) -> None:
    """Another's repositories are neither found nor counted; a Manager has no more than others."""
    world.load(repositories=[
        _repository(f"{space}/x") for space in ("users/31", "users/32", "groups/20", "base")
    ])
    found = _find(world, "x")
    assert {result.name for result in found.results} == {"users/31/x", "groups/20/x", "base/x"}
    assert found.total == 3
    assert _find(world, "x", who=MANAGER) == Found([], 0)


def test_terms_mean_themselves(world: Home) -> None:
    """No character of a term is a wildcard, and one that no name holds finds nothing."""
    world.load(repositories=[_repository("base/x")])
    for term in ("%", "_%", "b_se", "!", "a" * 256, "é", "a b", "\x00", "base'--", "?", "base\n"):
        assert _find(world, term) == Found([], 0), term


def test_underscore(world: Home) -> None:
    """An underscore is found as such."""
    world.load(repositories=[_repository("b_se/x"), _repository("base/x")])
    assert _names(world, "b_s") == ["b_se/x"]


def test_types(world: Home) -> None:
    """Columns that are NULL become an empty text, 0 and False."""
    world.load(repositories=[_repository("base/x", 4, official=True, description="the base")])
    with world.db.transaction(write=True):
        world.db.run(
            "INSERT INTO docker_repositories (registry_id, repository, created, updated,"
            " description, stars, official, automated)"
            " VALUES (?, 'z', '2026-01-02', '2026-01-02', NULL, NULL, NULL, NULL)", REGISTRY,
        )
    first, second = _find(world).results
    assert first == search.Result("base/x", "the base", 4, True, False)
    assert second == search.Result("z", "", 0, False, False)
    assert type(second.stars) is int


def test_names_outside_the_grammar(world: Home) -> None:
    """A stored name that no token could be given for is not shown."""
    with world.db.transaction(write=True):
        for name in ("Users/32/x", "a//x", "a/x"):
            world.db.run(
                "INSERT INTO docker_repositories (registry_id, repository, created, updated)"
                " VALUES (?, ?, '2026-01-02', '2026-01-02')", REGISTRY, name,
            )
    assert _names(world) == ["a/x"]


@pytest.mark.parametrize("at_once", [2, visibility.AT_ONCE])
@pytest.mark.parametrize("spare", [0, 1, search._SPARE])
def test_pages(world: Home, monkeypatch: pytest.MonkeyPatch, at_once: int, spare: int) -> None:
    """All pages together are the whole result in order, however it was read; the total is right."""
    monkeypatch.setattr(visibility, "AT_ONCE", at_once)
    monkeypatch.setattr(search, "_SPARE", spare)
    rows = [(f"{space}/web{n}", n % 4) for n in range(9)
            for space in ("a", "groups/20", "users/31", "users/ada", "web")]
    world.load(repositories=[_repository(*row) for row in rows])

    @limits(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(["", "web", "a/w", "eb3", "nothing"]), st.integers(1, 50))
    def holds(term: str, limit: int) -> None:
        wanted = sorted(
            (name for name, _ in rows if term in name),
            key=lambda name: (not name.startswith(term), -dict(rows)[name], name),
        )
        pages = [_find(world, term, limit, page) for page in range(1, len(wanted) // limit + 3)]
        assert [result.name for found in pages for result in found.results] == wanted
        assert {found.total for found in pages} == {len(wanted)}

    holds()


def test_a_page_far_behind(world: Home) -> None:
    """A page behind the last one is empty, whatever its number."""
    world.load(repositories=[_repository("a/x")])
    assert _find(world, "x", page=10**15) == Found([], 1)


@pytest.mark.sqlite_only("its own words for how it finds something")
def test_the_unique_key_is_used(world: Home) -> None:
    """Each range is a look-up in the index by registry and name, not a scan of the table."""
    table, values = visibility.mine(visibility.EVERYTHING)
    query = f"EXPLAIN QUERY PLAN {table}SELECT d.id FROM {visibility.VISIBLE}"
    with world.db.transaction():
        plan = " ".join(str(row[3]) for row in world.db.rows(query, *values, REGISTRY))
    assert "(registry_id=? AND repository>? AND repository<?)" in plan


REGISTRIES = [
    {"id": 61, "service": "registry.example", "url": "https://registry.example"},
    {"id": 62, "service": "ports:5000", "url": "http://10.0.0.9:5000"},
    {"id": 63, "service": "Internal Name", "url": "https://Alone.Example:5443"},
    {"id": 64, "service": "first", "url": "http://shared.example:5001"},
    {"id": 65, "service": "second", "url": "http://shared.example:5002"},
    {"id": 66, "service": "third", "url": "https://default.example"},
    {"id": 67, "service": "default.example.org", "url": "http://elsewhere.example"},
    {"id": 68, "service": "fourth", "url": "http://[2001:db8::1]:5000"},
]


HOSTS: dict[str, int | None] = {
    "registry.example": 61, "registry.example:443": 61, "registry.example:5000": 61,
    "Registry.Example": 61, "ports:5000": 62, "ports": None, "10.0.0.9": 62, "10.0.0.9:5000": 62,
    "10.0.0.9:5001": None, "alone.example": 63, "ALONE.example:5443": 63,
    "alone.example:443": None, "shared.example": None, "shared.example:5001": 64,
    "shared.example:5002": 65, "default.example:443": 66, "default.example:80": None,
    "default.example.org": 67, "elsewhere.example:80": 67, "[2001:db8::1]:5000": 68,
    "": None, "nowhere": None, ":5000": None, "a@registry.example": None,
    "registry.example/x": None, "[": None, "h:99999999": None, "x" * 9999: None,
    "registry.example\n": None, "%": None,
}


def test_host(home: Home) -> None:
    """A host names the registry whose service it is, else the only one with it in its url."""
    home.load(registries=REGISTRIES)
    with home.db.transaction():
        found = {host: hosts.by_host(home.db, host) for host in HOSTS}
    assert {host: f.registry.id if f else None for host, f in found.items()} == HOSTS
