"""Tags over the REST API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from applications.init.modules.registries import changes
from applications.init.modules.registries.rest.docker import sight
from tests.databases import RANGES
from tests.web.conftest import Site
from tests.web.rest.shelf import Shelf, stocked
from tests.web.world import ADA, BOB, EVE, LINUS, NODE, PUSH, ROOT, SERVICE, Login

LIST = "/docker/tags"


@pytest.fixture(params=[RANGES, False], ids=["ranges", "names"])
def shelf(
    site: Site, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shelf]:
    """Some tags, found in SQLite's way and in that of servers."""
    monkeypatch.setattr(site.home.db, "joins_ranges", request.param)
    with stocked(site) as found:
        yield found


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        (ROOT, {71, 72, 73, 74, 75, 76}),
        (ADA, {71, 72, 73, 74, 75}),
        (BOB, {71, 73, 74, 75}),
        (PUSH, {73, 74}),
        (LINUS, {71, 73, 74, 75}),
        (SERVICE, {71, 74, 75}),
        (EVE, set()),
        (NODE, set()),
    ],
)
def test_seen(shelf: Shelf, login: Login, seen: set[int]) -> None:
    """A tag is seen where its own repository is (E3), in the list and one by one, once."""
    assert sorted(shelf.ids(LIST, "limit=0", login)) == sorted(seen)
    for id_ in range(70, 78):
        assert shelf.ids(f"{LIST}/{id_}", "", login) == ([id_] if id_ in seen else [])


def test_shape(shelf: Shelf) -> None:
    """A tag has the members of the contract; those of ours when they are asked for."""
    expected = {
        "id": 71, "registry_id": 51, "repository_id": 61, "name": "v1.0",
        "config_digest": "sha256:9b", "config_size": 1511, "created": "2026-02-02 10:00:00",
        "updated": "2026-02-02 10:00:00",
    }
    assert shelf.get(f"{LIST}/71", login=ADA).json == {"data": [expected]}
    listed = shelf.get(LIST, "filters=repository_id+61", ADA).json
    assert listed["data"] == [expected]
    assert listed["meta"]["total"] == 1
    assert shelf.data(f"{LIST}/71", "props=name,digest") == [{"name": "v1.0", "digest": None}]


@pytest.mark.parametrize("login", [ROOT, ADA])
def test_pages(shelf: Shelf, login: Login) -> None:
    """Pages neither repeat nor skip rows, whatever they are sorted by, upwards or downwards."""
    for number in range(30):
        shelf.tag(200 + number, 61 + number % 4, f"t{number % 7}-{number}")
    total = len(shelf.ids(LIST, "limit=0", login))
    for order in ("", "~updated", "updated", "name", "~name", "~updated,name", "~registry_id,~id"):
        found = [
            id_ for offset in range(0, 40, 10)
            for id_ in shelf.ids(LIST, f"limit=10&offset={offset}&orderby={order}", login)
        ]
        assert len(found) == len(set(found)) == total, order


@pytest.mark.parametrize("few", [0, 1, sight.FEW])
def test_few_or_many(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """Whichever way the tags are looked for, they are the same ones, and as many."""
    monkeypatch.setattr(sight, "FEW", few)
    for query, expected in (
        ("orderby=~name", [75, 74, 73, 71]),
        ("orderby=~name&limit=2&offset=1", [74, 73]),
        ("filters=name+v1%25&limit=1", [71]),
        ("filters=pulls+empty&limit=2", [71, 73]),
    ):
        answer = shelf.get(LIST, query, LINUS).json
        assert [row["id"] for row in answer["data"]] == expected
        assert answer["meta"]["total"] == (3 if "v1" in query else 4)


def test_totals(shelf: Shelf) -> None:
    """The total is right at once when tags come and go, also as many as went."""

    def total(login: Login) -> int:
        return int(shelf.get(LIST, "limit=1", login).json["meta"]["total"])

    def delete(table: str, id: int) -> None:
        with shelf.db.transaction(write=True):
            shelf.db.run(f"DELETE FROM {table} WHERE id = ?", id)
            changes.touch(shelf.db, shelf.site.home.clock(), "docker_tags")

    assert (total(LINUS), total(SERVICE), total(ROOT)) == (4, 3, 6)
    shelf.tag(300, 61, "new")
    assert (total(LINUS), total(SERVICE), total(ROOT)) == (5, 4, 7)
    delete("docker_tags", 73)
    shelf.tag(301, 64, "other")
    assert (total(LINUS), total(SERVICE), total(ROOT)) == (5, 5, 7)
    delete("docker_repositories", 61)
    assert total(LINUS) == 3


def test_pages_beyond_the_end(shelf: Shelf) -> None:
    """The total of a page without rows, and of the last page, is that of all pages."""
    for query, count in (("offset=50", 0), ("offset=2&limit=3", 2), ("limit=0", 4), ("limit=4", 4)):
        meta = shelf.get(LIST, query, LINUS).json["meta"]
        assert (meta["total"], meta["count"]) == (4, count)


def test_filters(shelf: Shelf) -> None:
    """Filters choose among the tags that are seen, and no others."""
    assert shelf.ids(LIST, "filters=name+v1%25&filters=registry_id+51", LINUS) == [71, 73, 74]
    assert shelf.ids(LIST, "filters=name+v3", LINUS) == []
    assert shelf.ids(LIST, "query=name+%3D+v3", ROOT) == [76]


def test_what_is_no_number(shelf: Shelf) -> None:
    """An id that is none is refused."""
    assert shelf.get(f"{LIST}/v1").status == 400
