"""Repositories over the REST API: seeing them, changing what is said about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.databases import RANGES
from tests.web.conftest import Site
from tests.web.rest.shelf import HIDDEN_ID, RESTRICTED_ID, Shelf, stocked
from tests.web.world import ADA, BOB, EVE, LINUS, NODE, PULL, PUSH, ROOT, SERVICE, Login

LIST = "/docker/repositories"
CHANGED = "docker.repositories.change"


@pytest.fixture(params=[RANGES, False], ids=["ranges", "names"])
def shelf(
    site: Site, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shelf]:
    """Some repositories, found in SQLite's way and in that of servers."""
    monkeypatch.setattr(site.home.db, "joins_ranges", request.param)
    with stocked(site) as found:
        yield found


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        (ROOT, {61, 62, 63, 64, 65, 66}),
        (ADA, {61, 62, 63, 64, 65}),
        (BOB, {61, 63, 64, 65}),
        (PULL, {61, 63, 64, 65}),
        (PUSH, {63, 64}),
        (LINUS, {61, 63, 64, 65}),
        (SERVICE, {61, 64, 65}),
        (EVE, set()),
        (NODE, set()),
    ],
)
def test_seen(shelf: Shelf, login: Login, seen: set[int]) -> None:
    """Seen is what may be pulled or pushed, in the list and one by one; a Manager sees all."""
    assert set(shelf.ids(LIST, "", login)) == seen
    for id_ in range(60, 68):
        assert shelf.ids(f"{LIST}/{id_}", "", login) == ([id_] if id_ in seen else [])


def test_shape(shelf: Shelf) -> None:
    """A repository has the members of the contract; those of ours when they are asked for."""
    expected = {
        "id": 61, "registry_id": 51, "repository": "base/alpine", "description": "", "stars": 0,
        "automated": False, "official": False, "created": "2026-02-02 10:00:00",
        "updated": "2026-02-02 10:00:00",
    }
    answer = shelf.get(f"{LIST}/61", login=ADA).json
    assert answer == {"data": [expected]}
    listed = shelf.get(LIST, "filters=id+61", ADA).json
    assert listed["data"] == [expected]
    assert listed["meta"]["total"] == 1
    assert shelf.data(f"{LIST}/61", "props=repository,pulls") == [
        {"repository": "base/alpine", "pulls": None}
    ]


def test_what_is_no_number(shelf: Shelf) -> None:
    """An id that is none is refused before anything is looked for."""
    for text in ("x", "0x3d", "99999999999", "4294967296"):
        answer = shelf.get(f"{LIST}/{text}")
        assert answer.status == 400
        assert "id" in answer.json["error"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_change(shelf: Shelf, method: str) -> None:
    """A change is stored, answered, written into the audit log, and told to screens."""
    body = {"description": "The base", "stars": 5, "official": True, "automated": "F"}
    answer = shelf.send(method, f"{LIST}/61", body, LINUS)
    assert answer.status == 200
    row = answer.json["data"][0]
    assert (row["id"], row["description"], row["stars"], row["official"], row["automated"]) == (
        61, "The base", 5, True, False
    )
    assert "stars: 0 => 5" in answer.json["info"]
    entry = shelf.site.home.audit(CHANGED)[0]
    assert entry["details"] == {
        "s": "base/alpine",
        "data": ["description:  => The base", "official: False => True", "stars: 0 => 5"],
    }
    assert entry["log_fmt"] % entry["details"]
    assert shelf.modified() == {"docker_repositories"}
    assert shelf.events() == [("docker_repositories_change", {"id": 61})]


def test_nothing_to_change(shelf: Shelf) -> None:
    """What is so already is no change: nothing is logged or told."""
    answer = shelf.send("POST", f"{LIST}/61", {"stars": 0, "official": ""}, LINUS)
    assert answer.status == 200
    assert "already" in answer.json["info"]
    assert not shelf.site.home.audit(CHANGED)
    assert not shelf.events()


def test_members_that_come_back(shelf: Shelf) -> None:
    """A client may send a repository back as it got it, but for where it is."""
    row = shelf.data(f"{LIST}/61")[0]
    del row["registry_id"]
    changed = {**row, "stars": 2, "id": 4, "repository": "other", "created": "x", "updated": ""}
    answer = shelf.send("POST", f"{LIST}/61", changed, LINUS)
    assert answer.json["data"][0] == {**row, "stars": 2, "registry_id": 51}


@pytest.mark.parametrize("name", ["registry_id", "foo", "pulls", "config_digest", "pushed_by"])
def test_other_members_are_refused(shelf: Shelf, name: str) -> None:
    """A repository is never moved to another registry (E20), nor anything but the four changed."""
    answer = shelf.send("POST", f"{LIST}/61", {name: 53, "stars": 4}, ROOT)
    assert answer.status == 400
    assert answer.json == {"ret": 400, "error": f"there is no writable column '{name}'"}
    row = shelf.data(f"{LIST}/61")[0]
    assert (row["registry_id"], row["stars"]) == (51, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stars", "many"), ("stars", -1), ("stars", 2**31), ("stars", True), ("stars", None),
        ("stars", 1.5), ("stars", [1]), ("stars", "9" * 5000), ("description", "x" * 256),
        ("description", {"a": 1}), ("official", []), ("description", "a\0b"),
        ("description", "\ud800"), ("automated", {"$": 1}),
    ],
)
def test_values_that_can_not_be(shelf: Shelf, name: str, value: Any) -> None:
    """A value that a column can't have is refused, and nothing is changed."""
    answer = shelf.send("POST", f"{LIST}/61", {"official": True, name: value}, ROOT)
    assert answer.status == 400
    assert shelf.data(f"{LIST}/61", "props=stars,official,automated,description") == [
        {"stars": 0, "official": False, "automated": False, "description": ""}
    ]


@pytest.mark.parametrize(
    ("login", "id_", "status", "word"),
    [
        (LINUS, 61, 200, ""),
        (LINUS, 65, 200, ""),
        (ADA, 62, 200, ""),
        (PUSH, 63, 200, ""),
        (ADA, 64, 200, ""),
        (ROOT, 66, 200, ""),
        (ADA, 61, 403, "responsible"),
        (PULL, 63, 403, "DockerRegistriesPusher"),
        (SERVICE, 64, 403, "service"),
        (BOB, 62, 404, "62"),
        (LINUS, 66, 404, "66"),
        (EVE, 61, 404, "61"),
        (NODE, 61, 404, "61"),
        (ROOT, 999, 404, "999"),
    ],
)
def test_who_may_change(shelf: Shelf, login: Login, id_: int, status: int, word: str) -> None:
    """Who may push changes it, a Manager always; others hear why, or that there is none."""
    answer = shelf.send("POST", f"{LIST}/{id_}", {"stars": 3}, login)
    assert answer.status == status
    if status != 200:
        assert word in answer.json["error"]


def test_by_name(shelf: Shelf) -> None:
    """A name that one visible registry has is as good as the id."""
    answer = shelf.send("POST", f"{LIST}/users(slash)31(slash)x", {"stars": 1}, ADA)
    assert answer.json["data"][0]["id"] == 62
    answer = shelf.send("POST", f"{LIST}/users(slash)31(slash)x", {"stars": 1}, BOB)
    assert answer.status == 404


def test_name_of_several(shelf: Shelf) -> None:
    """A name that several visible registries have is refused (E63); what isn't seen is no other."""
    answer = shelf.send("POST", f"{LIST}/base(slash)alpine", {"stars": 1}, LINUS)
    assert answer.status == 400
    assert "61 in registry.open, 65 in registry.restricted" in answer.json["error"]
    shelf.repository(67, "base/only", RESTRICTED_ID)
    shelf.repository(68, "base/only", HIDDEN_ID)
    answer = shelf.send("POST", f"{LIST}/base(slash)only", {"stars": 1}, LINUS)
    assert answer.json["data"][0]["id"] == 67
    assert shelf.send("POST", f"{LIST}/base(slash)only", {"stars": 1}, ROOT).status == 400


def test_array(shelf: Shelf) -> None:
    """Each object of an array is a change of its own; what goes wrong is told beside the rest."""
    body = [{"stars": 1}, {"foo": 1}, 7, {"description": "d"}]
    answer = shelf.send("POST", f"{LIST}/61", body, LINUS)
    assert answer.status == 200
    assert [row["id"] for row in answer.json["data"]] == [61, 61]
    assert len(answer.json["error"]) == 2
    assert answer.json["error"][0].startswith("400 BAD REQUEST: ")


def test_form(shelf: Shelf) -> None:
    """A form is as good as JSON."""
    answer = shelf.site.ask(
        f"/init/rest/api{LIST}/61", method="POST", body=b"stars=7&official=1", login=LINUS,
        content_type="application/x-www-form-urlencoded",
    )
    assert (answer.json["data"][0]["stars"], answer.json["data"][0]["official"]) == (7, True)
