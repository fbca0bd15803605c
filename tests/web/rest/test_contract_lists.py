"""The collector's recorded contract: what a list can be asked for (A.5, A.6)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.databases import CHOSEN
from tests.web.conftest import Site
from tests.web.rest.yard import Yard, opened
from tests.web.world import OPEN, ROOT

REGISTRIES, REPOSITORIES, TAGS = "/docker/registries", "/docker/repositories", "/docker/tags"
COLUMNS = ["id", "service", "url", "insecure", "restricted", "created", "updated"]


@pytest.fixture
def yard(site: Site) -> Iterator[Yard]:
    """Three registries, six repositories in them, a tag in each."""
    with opened(site) as found:
        found.run("UPDATE docker_repositories SET description = NULL WHERE id = 61")
        found.run("UPDATE docker_repositories SET description = 'The Shop', stars = 9,"
                  " official = 'T' WHERE id = 62")
        yield found


def test_meta(yard: Yard) -> None:
    """Meta says which columns there are, which page this is, and how many rows there are."""
    meta = yard.get(REGISTRIES, "props=id,service&orderby=id&limit=2&offset=1").json["meta"]
    assert meta.pop("server_timezone")
    assert meta == {
        "included_props": ["docker_registries.id", "docker_registries.service"],
        "available_props": [f"docker_registries.{name}" for name in (*COLUMNS, "placement")],
        "mapping": {}, "offset": 1, "limit": 2, "total": 3, "count": 2,
    }


@pytest.mark.parametrize("path", [REGISTRIES, "/users/self/dump"])
def test_the_zone_has_its_name(yard: Yard, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """The zone of dates is told by its name, from which summer time follows."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    try:
        answer = yard.get(path).json
    finally:
        monkeypatch.undo()
        time.tzset()
    assert answer.get("meta", answer)["server_timezone"] == "Europe/Paris"


@pytest.mark.parametrize("false", ["0", "f", "F", "false", "False", "n", "no", "N"])
def test_meta_is_left_out(yard: Yard, false: str) -> None:
    """Each spelling of no leaves meta out; anything else keeps it."""
    assert set(yard.get(REGISTRIES, f"meta={false}").json) == {"data"}
    assert "meta" in yard.get(REGISTRIES, "meta=1").json


def test_props(yard: Yard) -> None:
    """Columns come by name or table.name, a new name is in the mapping, all without props."""
    answer = yard.get(REGISTRIES, "props=service:name,docker_registries.id&orderby=id&limit=1")
    assert answer.json["data"] == [{"name": OPEN, "id": 51}]
    assert answer.json["meta"]["mapping"] == {"docker_registries.service": "name"}
    assert list(yard.data(REGISTRIES)[0]) == COLUMNS
    assert list(yard.data(f"{REGISTRIES}/51", "props=url,id")[0]) == ["url", "id"]
    for path in (REGISTRIES, f"{REGISTRIES}/51"):
        answer = yard.get(path, "props=id,foo")
        assert (answer.status, answer.json["error"]) == (400, "prop does not exist: ['foo']")


def test_pages(yard: Yard) -> None:
    """Twenty rows where no limit is given, all with 0, and offset skips."""
    for number in range(100, 130):
        yard.repository(number, f"many/r{number}")
    assert len(yard.ids(REPOSITORIES)) == 20
    assert len(yard.ids(REPOSITORIES, "limit=0")) == 36
    assert yard.ids(REPOSITORIES, "orderby=id&limit=3&offset=2") == [63, 64, 65]
    assert yard.ids(REPOSITORIES, "orderby=id&limit=0&offset=34") == [128, 129]
    assert yard.get(REPOSITORIES, "limit=0").json["meta"]["count"] == 36


@pytest.mark.parametrize(("order", "ids"), [
    ("id", [51, 52, 53]), ("~id", [53, 52, 51]), ("restricted,~id", [53, 51, 52]),
    ("~restricted,id", [52, 51, 53]), ("~docker_registries.service", [52, 51, 53]),
])
def test_order(yard: Yard, order: str, ids: list[int]) -> None:
    """Columns sort upwards, with ~ downwards, the first one first (E41)."""
    assert yard.ids(REGISTRIES, f"orderby={order}") == ids


def test_groups_of_rows(yard: Yard) -> None:
    """groupby has one row for each value, and the total counts those."""
    answer = yard.get(REPOSITORIES, "groupby=registry_id&props=registry_id&orderby=registry_id")
    assert answer.json["data"] == [{"registry_id": n} for n in (51, 52, 53)]
    assert answer.json["meta"]["total"] == 3


@pytest.mark.parametrize(("query", "ids"), [
    ("filters=repository+%25alpine", [61, 65]),
    ("filters[]=repository+%25alpine&filters[]=registry_id+52", [65]),
    ("filters=repository+base%25&filters[]=registry_id+51", [61]),
    ("filters=docker_repositories.stars+>3", [62]),
    ("filters=stars>=9", [62]),
    ("filters=description+empty", [61, 63, 64, 65, 66]),
    ("filters=official+T", [62]),
    ("filters=repository+!base%25%26!users%25", [63, 64]),
    ("filters=id+(61,63)", [61, 63]),
    ("filters=created+2026-02-02+10:00:00&filters=id+61", [61]),
    ("filters=created+>-1d", []),
    ("query=registry_id+%3D+52+or+stars+>+5", [62, 65]),
    ("query=repository+like+base%25+and+not+registry_id+is+53", [61, 65]),
    ("query=description+%3D+'the+shop'", [62] if CHOSEN == "mariadb" else []),
    ("query=description+%3D+the%25", [62]),
    ("query=STARS+equals+9", [62]),
    ("query=id+in+61,63&filters=id+<62", [61]),
])
def test_choosing(yard: Yard, query: str, ids: list[int]) -> None:
    """All filters hold together with the query."""
    assert yard.ids(REPOSITORIES, f"orderby=id&{query}") == ids


@pytest.mark.parametrize("query", [
    "foo is 1", "stars", "stars > ", "stars > x", "service ~~ x", "id like 6%",
])
def test_queries_that_mean_nothing(yard: Yard, query: str) -> None:
    """The error of a query quotes it and says why, also where it would choose what to change."""
    read = yard.get(REPOSITORIES, f"query={quote(query)}")
    sent = yard.send("DELETE", REPOSITORIES, query=f"query={quote(query)}")
    for answer in (read, sent):
        assert answer.status == 400
        assert answer.json["error"].startswith(f"smart query error for '{query}': ")
    assert yard.has("docker_repositories", 61)


@pytest.mark.parametrize(("query", "ids"), [
    ("search=alpine", [61, 65]),
    ("search=ALPINE&props=id,repository", [61, 65]),
    ("search=alpine&props=id", []),
    ("search=alpine&props=id&search_props=repository,description", [61, 65]),
    ("search=hop&search_props=description", [62]),
    ("search=52&search_props=registry_id", [65]),
    ("search=5&search_props=registry_id", []),
    ("search=5%25", []),
    ("search=2026-02-02+10:00:00&search_props=created&filters=id+61", [61]),
    ("search=2026-02-02+10:00:01&search_props=created", []),
    ("search=web&search_props=created,id", []),
    ("search=true&search_props=official", [62]),
    ("search=T&search_props=official", [62]),
    ("search=tr&search_props=official", []),
])
def test_searching(yard: Yard, query: str, ids: list[int]) -> None:
    """A text is looked for in texts; other columns have to be equal to it."""
    props = "" if "&props=" in query else "&props=id,registry_id,repository,description"
    assert yard.ids(REPOSITORIES, f"orderby=id&{query}{props}") == ids


def test_stats(yard: Yard) -> None:
    """stats counts each value over all rows, with what is empty under one key."""
    query = "stats=1&limit=1&props=description,official,registry_id,created"
    assert yard.get(REPOSITORIES, query).json == {
        "data": {
            "description": {"empty": 5, "The Shop": 1}, "official": {"false": 5, "true": 1},
            "registry_id": {"51": 4, "52": 1, "53": 1}, "created": {"2026-02-02 10:00:00": 6},
        },
        "meta": {
            "distinct": {"description": 2, "official": 2, "registry_id": 3, "created": 1},
            "total": 6,
        },
    }
    empty = {"data": {}, "meta": {"distinct": {}, "total": 0}}
    assert yard.get(REPOSITORIES, "stats=1&filters=id+999").json == empty


def test_commonality(yard: Yard) -> None:
    """commonality has the most frequent values, the most frequent of all first."""
    query = "commonality=1&limit=1&props=id,registry_id,official,stars"
    assert yard.get(REPOSITORIES, query).json == {"data": [
        {"prop": "official", "value": False, "percent": 83},
        {"prop": "stars", "value": 0, "percent": 83},
        {"prop": "registry_id", "value": 51, "percent": 66},
    ]}
    assert yard.get(REPOSITORIES, "commonality=1&filters=id+999").json == {"data": []}


def test_rows_as_arrays(yard: Yard) -> None:
    """data_format=table has arrays in the order of props, or of all columns."""
    query = "data_format=table&orderby=id&limit=2"
    assert yard.data(REPOSITORIES, f"{query}&props=repository,id") == [
        ["base/alpine", 61], ["users/31/x", 62]
    ]
    answer = yard.get(REGISTRIES, query).json
    assert [len(row) for row in answer["data"]] == [len(COLUMNS)] * 2
    assert answer["meta"]["included_props"] == [f"docker_registries.{name}" for name in COLUMNS]


@pytest.mark.parametrize("path", [REGISTRIES, REPOSITORIES, TAGS, f"{REGISTRIES}/51"])
def test_what_is_unknown_is_ignored(yard: Yard, path: str) -> None:
    """Parameters of nobody, filtersets and cache busters change nothing (E91)."""
    plain: Any = yard.get(path, login=ROOT).json
    assert yard.get(path, "foo=1&fset-id=3&_=17000000", ROOT).json == plain
