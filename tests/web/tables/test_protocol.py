"""The protocol of tables: parameters, answers, refusals (``collector-contract.md`` B.5)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.web.conftest import Answer, Site
from tests.web.rest.rack import standing
from tests.web.rest.shelf import Shelf, stocked
from tests.web.world import ADA, BLOCKED, EVE, LINUS, ROOT, SERVICE

ROOTS = {
    "/init/registry/ajax_registries": "repository_name",
    "/init/resinfo/ajax_resinfo": "res_key",
    "/init/log/ajax_log": "log_action",
}


@pytest.fixture
def shelf(site: Site) -> Iterator[Shelf]:
    """Some tags."""
    with stocked(site) as found:
        yield found


def ask(shelf: Shelf, what: str, login: tuple[str, str] | None = ROOT, **parameters: str) -> Answer:
    """One request of the docker table ``t``."""
    path = f"/init/registry/ajax_registries{what}"
    return shelf.site.ask(path, urlencode({"table_id": "t", **parameters}), login=login)


def test_a_page(shelf: Shelf) -> None:
    """Lines are arrays in the order of props; NULL is "empty", dates and booleans as documented."""
    names = "tag_name,repository_stars,repository_official,tag_updated,repository_name,tag_size"
    only = {"t_f_repository_name": "base/alpine", "t_f_registry_id": "51"}
    answer = ask(shelf, "/data", props=names, **only)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json == {
        "meta": {"total": 1, "offset": 0, "count": 1},
        "data": [["v1.0", 0, False, "2026-02-02 10:00:00", "base/alpine", "empty"]],
    }


def test_limits(shelf: Shelf) -> None:
    """20 lines if not said or no number, all for 0; beyond the end is the beginning."""
    for number in range(30):
        shelf.tag(300 + number, 61, f"t{number:02}")
    for limit, count in (("", 20), ("0", 36), ("x", 20), ("-5", 20), ("7", 7), ("9" * 30, 20)):
        asked = {"limit": limit} if limit else {}
        assert len(ask(shelf, "/data", **asked).json["data"]) == count, limit
    assert ask(shelf, "/data", offset="30", limit="20").json["meta"] == {
        "total": 36, "offset": 30, "count": 6
    }
    beyond = ask(shelf, "/data", offset="36", limit="20").json
    assert beyond["meta"] == {"total": 36, "offset": 0, "count": 20}
    assert ask(shelf, "/data", offset="1 OR 1=1").json["meta"]["offset"] == 0


def test_without_props_all_columns(shelf: Shelf) -> None:
    """Without props the documented columns are there (E70)."""
    assert len(ask(shelf, "/data").json["data"][0]) == 17


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"props": "tag_name,password"}, "prop does not exist"),
        ({"t_f_password": "x"}, "there is no column 'password'"),
        ({"t_f_tag_name": "a&(b"}, "filter of tag_name"),
        ({"t_f_repository_stars": ">abc&>=1&"}, "filter of repository_stars"),
        ({"t_f_tag_name": "x" * 9000}, ""),
    ],
)
def test_what_cant_be_meant(shelf: Shelf, parameters: dict[str, str], words: str) -> None:
    """Unknown columns and broken filters are refused in words, never ignored (E45, E47)."""
    for what in ("/data", "/csv", "/commonality"):
        answer = ask(shelf, what, **parameters)
        assert answer.status in (400, 413), answer.body
        assert answer.json["ret"] == answer.status
        assert words in answer.json["error"]


def test_what_is_ignored(shelf: Shelf) -> None:
    """Cache busters, filters of parent tables and unknown sort columns do no harm (E91)."""
    plain = ask(shelf, "/data").json
    noise = {"_": "123", "parent_f_nodename": "n1", "orderby": "nonsense,~also", "whatever": "1"}
    assert ask(shelf, "/data", **noise).json == plain


def test_both_signs(shelf: Shelf) -> None:
    """An expression with & and | means what it says (E45)."""
    found = ask(shelf, "/data", props="tag_name", t_f_tag_name="v1%&%.0|v2").json["data"]
    assert sorted(row[0] for row in found) == ["v1.0", "v2"]


@pytest.mark.parametrize("login", [None, ("ada", "wrong"), BLOCKED], ids=["none", "wrong", "out"])
@pytest.mark.parametrize("root", ROOTS)
def test_strangers(site: Site, root: str, login: tuple[str, str] | None) -> None:
    """Nobody gets a line, in words that the screens understand."""
    for what in ("/data", "/csv", "/commonality", f"_col_values/{ROOTS[root]}"):
        answer = site.ask(f"{root}{what}", login=login)
        assert answer.status == 401
        assert answer.json["error"]
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("root", ROOTS)
def test_methods_and_addresses(site: Site, root: str) -> None:
    """Only GET, only the documented addresses."""
    for method, what, status in (
        ("POST", "/data", 405), ("DELETE", "/data", 405), ("GET", "", 404), ("GET", "/", 404),
        ("GET", "/datax", 404), ("GET", "/data/x", 404), ("GET", "_col_values", 404),
        ("GET", "_col_values/nothing", 400), ("GET", "_col_values/password", 400),
        ("HEAD", "/data", 200), ("GET", "/data", 200), ("GET", "/csv", 200),
        ("GET", "/commonality", 200), ("GET", f"_col_values/{ROOTS[root]}", 200),
    ):
        assert site.ask(f"{root}{what}", method=method, login=ROOT).status == status, (method, what)
    assert site.tickets() == []


def test_csv(shelf: Shelf) -> None:
    """All lines as a file, named after the table, that spreadsheets open safely."""
    shelf.repository(90, "base/formula", description="=HYPERLINK(\"http://evil\")")
    answer = ask(shelf, "/csv", props="repository_name,repository_description,tag_name")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="t.csv"'
    rows = list(csv.reader(io.StringIO(answer.body.decode(), newline=""), delimiter=";"))
    assert rows[0] == ["repository_name", "repository_description", "tag_name"]
    assert ["base/formula", "'=HYPERLINK(\"http://evil\")", ""] in rows
    assert len(rows) == 8


def test_hostile_table_ids(shelf: Shelf) -> None:
    """No table id gets into a header (E72)."""
    for name in ('x"\r\nSet-Cookie: a=b', "../../etc/passwd", "a b", "é", "x" * 100, ""):
        answer = shelf.site.ask(
            "/init/registry/ajax_registries/csv", urlencode({"table_id": name}), login=ROOT
        )
        assert answer.status == 200
        assert answer.headers["content-disposition"] == 'attachment; filename="registries.csv"'
        assert "set-cookie" not in answer.headers


def test_commonality(shelf: Shelf) -> None:
    """The most frequent value of each column, the most common first; single values are left out."""
    data = ask(shelf, "/commonality").json["data"]
    found = {row["prop"]: row for row in data}
    assert found["repository_official"] == {
        "prop": "repository_official", "value": False, "percent": 100
    }
    assert found["registry_service"]["value"] == "registry.open"
    assert "tag_id" not in found
    assert [row["percent"] for row in data] == sorted((r["percent"] for r in data), reverse=True)


def test_resources(site: Site) -> None:
    """The resources table shows what REST shows, and finds images by both names of their key."""
    with standing(site) as rack:
        rack.told("image_id", "ab" * 32, rid="container#1")
        rack.told("docker_image_id", "cd" * 32, rid="container#2", svc_id="s2")
        rack.told("ipaddr", "192.0.2.9", rid="env")
        for login in (ROOT, ADA, EVE, LINUS, SERVICE):
            rest = site.ask("/init/rest/api/resources_info", "limit=0", login=login).json["data"]
            answer = site.ask("/init/resinfo/ajax_resinfo/data", "limit=0&props=id", login=login)
            ids = sorted(row[0] for row in answer.json["data"])
            assert ids == sorted(row["id"] for row in rest)
            assert answer.json["meta"]["total"] == len(rest)
        for key in ("image_id", "docker_image_id"):
            query = f"table_id=r&r_f_res_key={key}&props=res_key"
            answer = site.ask("/init/resinfo/ajax_resinfo/data", query, login=ROOT)
            rest = site.ask(
                "/init/rest/api/resources_info", f"filters=res_key+{key}&limit=0", login=ROOT
            )
            assert answer.json["meta"]["total"] == len(rest.json["data"]) == 2


def test_log(site: Site) -> None:
    """The log table shows the entries that one may read, newest first."""
    site.ask("/init/registry/token", "service=registry.open&scope=repository:users/32/x:push",
             login=ADA)
    for login in (ROOT, ADA, EVE):
        rest = site.ask("/init/rest/api/logs", "limit=0&props=id", login=login).json["data"]
        query = "limit=0&props=id,log_date,log_event"
        lines = site.ask("/init/log/ajax_log/data", query, login=login).json["data"]
        assert {line[0] for line in lines} == {row["id"] for row in rest}
        dates = [line[1] for line in lines]
        assert dates == sorted(dates, reverse=True)
    assert "users/32/x" in site.ask("/init/log/ajax_log/csv", "", login=ADA).body.decode()
