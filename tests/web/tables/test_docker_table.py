"""The docker table: its lines are what the REST lists show, joined; pages never repeat or skip."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from applications.init.modules.registries import changes
from applications.init.modules.registries.rest.docker import totals
from applications.init.modules.registries.tables import anchors, keys, mixed
from tests.databases import RANGES
from tests.web.conftest import Answer, Site
from tests.web.rest.shelf import Shelf, stocked
from tests.web.tables.oracle import COLUMNS, Line, fill, lines, rank
from tests.web.world import ADA, EVE, LINUS, NODE, PULL, ROOT, SERVICE, Login

DATA = "/init/registry/ajax_registries/data"
DEFAULT = "registry_service,repository_name,tag_name"
ORDERS = (
    "", *COLUMNS, "~registry_service", "~repository_name", "~tag_name", "~tag_id",
    "repository_stars,~tag_name", "~repository_stars,repository_name", "tag_name,repository_name",
    "~repository_official,tag_name", "~registry_service,~repository_name,~tag_name",
    "registry_id,repository_name", "~tag_config_size,registry_service", "tag_size", "~tag_pulls",
    "registry_service,tag_name", "repository_name,~tag_updated", "repository_name,tag_name",
    "~repository_stars,tag_size",
)


@pytest.fixture(params=[RANGES, False], ids=["ranges", "names"])
def shelf(
    site: Site, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shelf]:
    """Many repositories, found in SQLite's way and in that of servers."""
    monkeypatch.setattr(site.home.db, "joins_ranges", request.param)
    with stocked(site) as found:
        fill(found, 7)
        yield found


def ask(shelf: Shelf, login: Login = ROOT, **parameters: Any) -> Answer:
    """One request, of the table ``t``."""
    query = urlencode({"table_id": "t", **parameters})
    return shelf.site.ask(DATA, query, login=login)


def page(shelf: Shelf, login: Login = ROOT, **parameters: Any) -> list[Line]:
    """The lines of a page, by the names of their columns."""
    answer = ask(shelf, login, props=",".join(COLUMNS), **parameters)
    assert answer.status == 200, answer.json
    assert answer.json["meta"]["count"] == len(answer.json["data"])
    return [
        dict(zip(COLUMNS, (None if value == "empty" else value for value in line)))
        for line in answer.json["data"]
    ]


def total(shelf: Shelf, login: Login = ROOT, **parameters: Any) -> int:
    """How many lines there are."""
    return int(ask(shelf, login, limit=1, **parameters).json["meta"]["total"])


def key(line: Line) -> str:
    """Lines as texts that can be compared whatever is in them."""
    return json.dumps(line, sort_keys=True)


@pytest.mark.parametrize("login", [ROOT, ADA, LINUS, EVE, PULL, SERVICE, NODE], ids=lambda x: x[0])
def test_the_same_as_rest(shelf: Shelf, login: Login) -> None:
    """Each sees the lines that the REST lists give, untagged repositories and registries too."""
    wanted = lines(shelf, login)
    found = page(shelf, login, limit=0)
    assert sorted(map(key, found)) == sorted(map(key, wanted))
    assert total(shelf, login) == len(wanted)
    by_default = [(x["registry_service"], x["repository_name"], x["tag_name"]) for x in found]
    assert by_default == sorted(by_default, key=lambda names: [rank(name) for name in names])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("login", [ROOT, ADA], ids=["Manager", "user"])
def test_sorted(shelf: Shelf, order: str, login: Login) -> None:
    """Lines are in the order that is asked for, first column first, nothing before something."""
    found = page(shelf, login, orderby=order, limit=0)
    assert len(found) == total(shelf, login)
    words = [w for w in (order or DEFAULT).split(",") if w.lstrip("~") in COLUMNS]
    for one, other in zip(found, found[1:]):
        for word in words:
            name = word.lstrip("~")
            before, after = rank(one[name]), rank(other[name])
            if before != after:
                assert (before > after) == word.startswith("~"), (word, one, other)
                break


@pytest.mark.parametrize("few", [0, 9, 2_000])
@pytest.mark.parametrize("many", [0, 20_000])
def test_a_thousand_random_pages(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, few: int, many: int
) -> None:
    """A page is the piece of the whole, whatever the order, the filter and who asks."""
    monkeypatch.setattr(keys, "FEW", few)
    monkeypatch.setattr(mixed, "FEW", few)
    monkeypatch.setattr(mixed, "SMALL", few)
    monkeypatch.setattr(keys, "MANY", many)
    monkeypatch.setattr(anchors, "DEEP", 0)
    chance = random.Random(few + many)
    filters: tuple[dict[str, str], ...] = (
        {}, {"t_f_tag_name": "v%"}, {"t_f_tag_name": "!v1%"}, {"t_f_repository_name": "%n1%"},
        {"t_f_repository_stars": ">0", "t_f_tag_name": "%.0|empty"}, {"t_f_tag_id": "empty"},
        {"t_f_tag_updated": ">2026-01", "t_f_registry_service": "%open%"},
    )
    for _ in range(50):
        login, order = chance.choice((ROOT, ADA, LINUS)), chance.choice(ORDERS)
        asked = {**chance.choice(filters), "orderby": order}
        whole = page(shelf, login, limit=0, **asked)
        for _ in range(5):
            offset, limit = chance.randrange(len(whole) + 5), chance.randrange(1, 40)
            got = page(shelf, login, limit=limit, offset=offset, **asked)
            start = offset if offset < len(whole) else 0
            assert got == whole[start : start + limit], (login, asked, offset, limit)


@pytest.mark.parametrize("order", ["tag_name", "~tag_name", "~tag_updated", "tag_created"])
@pytest.mark.parametrize("login", [ROOT, ADA], ids=["Manager", "user"])
def test_pages_near_those_seen(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, order: str, login: Login
) -> None:
    """A page that begins at a line seen before is the same, and so it is after a change."""
    monkeypatch.setattr(anchors, "DEEP", 0)
    monkeypatch.setattr(keys, "MANY", 0)
    begun = []
    nearest = anchors.Anchors.nearest

    def watched(self: anchors.Anchors, *args: int) -> anchors.Start:
        begun.append(nearest(self, *args))
        return begun[-1]

    monkeypatch.setattr(anchors.Anchors, "nearest", watched)
    chance = random.Random(order)
    for number in range(3):
        whole = page(shelf, login, orderby=order, limit=0)
        for _ in range(25):
            offset, limit = chance.randrange(len(whole)), chance.randrange(1, 20)
            got = page(shelf, login, orderby=order, limit=limit, offset=offset)
            assert got == whole[offset : offset + limit], (offset, limit)
        shelf.tag(9000 + number, 71 + number, "v0.5")
    assert {one.backwards for one in begun if one.line} == {True, False}


@pytest.mark.parametrize(
    ("column", "expression", "holds"),
    [
        ("tag_name", "v1%", lambda x: str(x["tag_name"]).startswith("v1")),
        ("tag_name", "!v1%", lambda x: not str(x["tag_name"]).startswith("v1")),
        ("tag_name", "empty", lambda x: x["tag_name"] is None),
        ("tag_config_digest", "9b", lambda x: x["tag_config_digest"] == "sha256:9b"),
        ("repository_name", "%n1%&!%n12%", lambda x: "n1" in str(x["repository_name"])
         and "n12" not in x["repository_name"]),
        ("repository_stars", ">=1", lambda x: (x["repository_stars"] or 0) >= 1),
        ("repository_official", "true", lambda x: x["repository_official"] is True),
        ("repository_id", "(200,201,202)", lambda x: x["repository_id"] in (200, 201, 202)),
        ("registry_service", "%open%", lambda x: "open" in x["registry_service"]),
        ("tag_id", "2000|2010", lambda x: x["tag_id"] in (2000, 2010)),
    ],
)
def test_filters(shelf: Shelf, column: str, expression: str, holds: Any) -> None:
    """A filter chooses the lines that it means, and the total is of these."""
    for login in (ROOT, ADA):
        wanted = [line for line in lines(shelf, login) if holds(line)]
        found = page(shelf, login, limit=0, **{f"t_f_{column}": expression})
        if column != "tag_config_digest":  # shorter than what agents report
            assert sorted(map(key, found)) == sorted(map(key, wanted))
        assert total(shelf, login, **{f"t_f_{column}": expression}) == len(found)


def test_an_image_id_is_found_both_ways(shelf: Shelf) -> None:
    """An image id finds its tag with sha256: before it and without (E73)."""
    digest = "ab" * 32
    with shelf.db.transaction(write=True):
        sql = "UPDATE docker_tags SET config_digest = ? WHERE id = 71"
        shelf.db.run(sql, f"sha256:{digest}")
    for text in (digest, f"sha256:{digest}", f"{digest[:12]}%", f"sha256:{digest[:12]}%"):
        assert [x["tag_id"] for x in page(shelf, t_f_tag_config_digest=text)] == [71], text


def test_what_comes_and_goes_is_seen_at_once(shelf: Shelf) -> None:
    """Tags, repositories and registries that come or go change lines and total at once."""
    before = total(shelf, ADA)
    shelf.repository(900, "base/new")
    assert total(shelf, ADA) == before + 1
    shelf.tag(9000, 900, "one")
    assert total(shelf, ADA) == before + 1
    shelf.tag(9001, 900, "two")
    assert total(shelf, ADA) == before + 2
    assert shelf.send("DELETE", "/docker/repositories", {"id": 900, "force": True}).status != 500


def test_what_is_remembered_weighs(shelf: Shelf) -> None:
    """Places and counts say their weight, so that memory has a limit."""
    page(shelf, ROOT)
    kept = [value for value, _ in totals._known[shelf.db].totals.values()]
    weights = [value.nbytes for value in kept if hasattr(value, "nbytes")]
    assert len(weights) == 2
    tagged = {line["repository_id"] for line in lines(shelf, ROOT) if line["tag_id"]}
    assert min(weights) >= 16 * len(tagged)


def test_values_are_counted(shelf: Shelf) -> None:
    """Each value of a column comes with the number of its lines (E44)."""
    for login in (ROOT, ADA):
        whole = lines(shelf, login)
        for name in COLUMNS:
            path = f"/init/registry/ajax_registries_col_values/{name}"
            answer = shelf.site.ask(path, "table_id=t", login=login).json["data"][name]
            wanted: dict[str, int] = {}
            for line in whole:
                value = line[name]
                text = "empty" if value in (None, "") else str(value)
                text = text.lower() if isinstance(value, bool) else text
                wanted[text] = wanted.get(text, 0) + 1
            counts = {k: v for k, v in answer.items() if not k.startswith("_")}
            assert answer["_total"] == len(wanted), name
            assert answer["_maxed"] == (len(wanted) > 50), name
            assert counts.items() <= wanted.items(), name
            assert len(counts) == min(50, len(wanted))
            assert sum(counts.values()) == sum(sorted(wanted.values())[-50:])


def test_values_are_filters_again(shelf: Shelf) -> None:
    """The text of a value, as a filter, chooses as many lines as were counted for it."""
    for name in ("repository_official", "repository_stars", "tag_name", "registry_service"):
        path = f"/init/registry/ajax_registries_col_values/{name}"
        found = shelf.site.ask(path, "table_id=t", login=ADA).json["data"][name]
        for value, count in found.items():
            if not value.startswith("_"):
                asked = {f"t_f_{name}": f'"{value}"' if value != "empty" else value}
                assert total(shelf, ADA, **asked) == count, (name, value)


def test_pulls_are_seen_although_totals_are_remembered(shelf: Shelf) -> None:
    """What changes without a tag's coming or going is shown as it is, sorted and filtered."""
    assert total(shelf, t_f_repository_stars=">5") == 0
    with shelf.db.transaction(write=True):
        shelf.db.run("UPDATE docker_repositories SET stars = 9 WHERE id = 61")
        changes.touch(shelf.db, shelf.site.home.clock(), "docker_repositories")
    assert total(shelf, t_f_repository_stars=">5") == 1
    assert page(shelf, orderby="~repository_stars")[0]["repository_id"] == 61
