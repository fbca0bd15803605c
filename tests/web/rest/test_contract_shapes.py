"""The collector's recorded contract: the API's description, objects, endpoints (A.9 to A.11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.rest.yard import Yard, opened
from tests.web.world import ADA, HIDDEN, LINUS, NODE, OPEN, RESTRICTED, ROOT, Login

REGISTRIES, REPOSITORIES = "/docker/registries", "/docker/repositories"
DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
LIST_PARAMS = {
    "props", "limit", "offset", "orderby", "groupby", "filters", "query", "search",
    "search_props", "meta", "stats", "commonality", "data_format",
}
ENDPOINTS = [
    ("GET", "/docker/registries"), ("GET", "/docker/registries/<id>"),
    ("GET", "/docker/registries/<id>/publications"),
    ("GET", "/docker/registries/<id>/responsibles"),
    ("GET", "/docker/registries/<id>/am_i_responsible"),
    ("GET", "/docker/repositories"), ("GET", "/docker/repositories/<id>"),
    *(("GET", f"/docker/repositories/<id>/pullers{kind}")
      for kind in ("", "/apps", "/groups", "/services", "/users")),
    *(("GET", f"/docker/repositories/<id>/pushers{kind}")
      for kind in ("", "/apps", "/groups", "/users")),
    ("GET", "/docker/tags/<id>"),
    ("POST", "/docker/registries"), ("POST", "/docker/registries/<id>"),
    ("POST", "/docker/repositories/<id>"),
    *((method, f"/docker/registries{path}") for method in ("POST", "DELETE") for path in (
        "/<id>/publications/<group>", "/<id>/responsibles/<group>", "_publications",
        "_responsibles")),
    ("DELETE", "/docker/registries/<id>"), ("DELETE", "/docker/registries"),
    ("DELETE", "/docker/repositories/<id>"), ("DELETE", "/docker/repositories"),
    ("DELETE", "/docker/tags/<id>"), ("DELETE", "/docker/tags"),
]


@pytest.fixture
def yard(site: Site) -> Iterator[Yard]:
    """Registries with repositories and tags."""
    with opened(site) as found:
        yield found


def _described(yard: Yard, login: Login = ROOT) -> dict[tuple[str, str], dict[str, Any]]:
    data = yard.get("", login=login).json["data"]
    return {(method, one["path"]): one for method, found in data.items() for one in found}


def test_description(yard: Yard) -> None:
    """The API describes itself, all methods, to whoever is known, as clients read it."""
    for path, login in (("", ADA), ("/", ADA), ("", NODE)):
        answer = yard.get(path, login=login)
        assert (answer.status, set(answer.json)) == (200, {"data"})
        assert set(answer.json["data"]) == {"GET", "POST", "DELETE", "PUT"}
    for one in _described(yard).values():
        assert set(one) == {"path", "pattern", "params", "data", "desc", "examples"}
        assert one["desc"]
        assert all(isinstance(text, str) and text for text in one["desc"])
        assert all("%(collector)s/init/rest/api" in text for text in one["examples"])
        assert all("%(email)s" in text or "Bearer" in text or one["path"] == "/session"
                   for text in one["examples"])
        for name, param in one["params"].items():
            assert param["desc"].strip()
            assert param.get("type", "list") == "list"
            assert ("type" in param) == (name == "filters") or name not in LIST_PARAMS


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_endpoints(yard: Yard, method: str, path: str) -> None:
    """Each documented endpoint is described, with a pattern that finds it by id and name."""
    one = _described(yard)[method, path]
    for value in ("51", "reg.lab.example:5000", "a(slash)b", "web dev"):
        assert re.match(one["pattern"], re.sub(r"<\w+>", value, path))
    assert not re.match(one["pattern"], f"{path}/more")


def test_described_params(yard: Yard) -> None:
    """Lists say what they take, single objects that they take props, and which there are."""
    found = _described(yard)
    assert set(found["GET", "/docker/registries"]["params"]) == LIST_PARAMS
    assert set(found["GET", "/docker/registries/<id>/publications"]["params"]) == LIST_PARAMS
    assert set(found["GET", "/docker/tags/<id>"]["params"]) == {"props"}
    assert found["GET", "/docker/registries/<id>/am_i_responsible"]["params"] == {}
    assert set(found["POST", "/docker/registries"]["params"]) == {"filters", "query", "limit"}
    props = found["GET", "/docker/registries/<id>"]["params"]["props"]["desc"]
    assert "``id, service, url, insecure, restricted, created, updated``:green" in props


@pytest.mark.parametrize(("path", "columns", "written"), [
    ("/docker/registries", {"created", "insecure", "restricted", "service", "updated", "url"},
     {"insecure", "restricted", "service", "url"}),
    ("/docker/registries/<id>", {"created", "insecure", "restricted", "service", "updated", "url"},
     {"insecure", "restricted", "service", "url"}),
    ("/docker/repositories/<id>",
     {"automated", "created", "description", "official", "registry_id", "repository", "stars",
      "updated"}, {"automated", "description", "official", "stars"}),
])
def test_described_columns(yard: Yard, path: str, columns: set[str], written: set[str]) -> None:
    """A change describes all columns but the id, and says which of them can be written."""
    data = _described(yard)["POST", path]["data"]
    assert set(data) - {"id"} == columns
    for name in columns:
        assert set(data[name]) >= {"desc", "img", "type", "table", "unique", "writable"}
        assert data[name]["writable"] is data[name]["writeable"] is (name in written)
    assert data[sorted(columns)[0]]["table"] == path.split("/")[2].join(("docker_", ""))


def test_a_registry(yard: Yard) -> None:
    """A registry has its seven members, with booleans and dates as clients read them."""
    row = yard.data(f"{REGISTRIES}/{RESTRICTED}", login=LINUS)[0]
    dates = row.pop("created"), row.pop("updated")
    assert all(DATE.fullmatch(date) for date in dates)
    assert row == {"id": 52, "service": RESTRICTED, "url": "http://127.0.0.1:2",
                   "insecure": False, "restricted": True}
    assert yard.data(f"{REGISTRIES}/52", login=LINUS)[0].items() >= row.items()


def test_a_repository_and_a_tag(yard: Yard) -> None:
    """Repositories and tags have the members of the contract with their types."""
    date = "2026-02-02 10:00:00"
    assert yard.data(f"{REPOSITORIES}/61") == [{
        "id": 61, "registry_id": 51, "repository": "base/alpine", "description": "", "stars": 0,
        "automated": False, "official": False, "created": date, "updated": date,
    }]
    assert yard.data("/docker/tags/71") == [{
        "id": 71, "registry_id": 51, "repository_id": 61, "name": "v1.0",
        "config_digest": "sha256:9b", "config_size": 1511, "created": date, "updated": date,
    }]


def test_old_rows(yard: Yard) -> None:
    """What an older collector left empty is null, and nothing fails by it."""
    yard.run("UPDATE docker_repositories SET description = NULL, stars = NULL, automated = NULL,"
             " official = NULL WHERE id = 61")
    row = yard.data(f"{REPOSITORIES}/61")[0]
    assert {row["description"], row["stars"], row["automated"], row["official"]} == {None}
    for query in ("stats=1", "commonality=1", "orderby=stars", "orderby=~official",
                  "filters=stars+empty", "filters=official+empty&filters=automated+empty"):
        assert yard.get(REPOSITORIES, query).status == 200
    assert yard.ids(REPOSITORIES, "filters=stars+empty&filters=official+empty") == [61]
    body = {"official": "T", "automated": False, "description": "x", "stars": 1}
    answer = yard.send("POST", f"{REPOSITORIES}/61", body)
    assert answer.json["data"][0].items() >= {**body, "official": True}.items()
    assert "official: None => True" in answer.json["info"]


def test_an_empty_url(yard: Yard) -> None:
    """A registry that was declared without url is in the way of no other one (E57)."""
    yard.run("UPDATE docker_registries SET url = '' WHERE id = 53")
    answer = yard.send("POST", f"{REGISTRIES}/51", {"restricted": True}, LINUS)
    assert answer.status == 200, answer.json
    assert yard.send("POST", f"{REGISTRIES}/53", {"restricted": True}).status == 200
    assert yard.data(f"{REGISTRIES}/53")[0]["url"] == ""
    answer = yard.send("POST", REGISTRIES, {"service": HIDDEN, "url": "https://hidden.lab"})
    assert answer.json["data"][0]["url"] == "https://hidden.lab"


@pytest.mark.parametrize(("login", "expected"), [(ADA, False), (LINUS, True), (ROOT, True)])
def test_am_i_responsible(yard: Yard, login: Login, expected: bool) -> None:
    """am_i_responsible is true or false alone, by id and by service."""
    for text in ("51", OPEN):
        answer = yard.get(f"{REGISTRIES}/{text}/am_i_responsible", login=login)
        assert (answer.status, answer.json) == (200, {"data": expected})


def test_declared(yard: Yard) -> None:
    """A new registry is answered without info; one that is changed with old => new in it."""
    answer = yard.send("POST", REGISTRIES, {"service": "new.lab"}, LINUS)
    assert set(answer.json) == {"data"}
    (row,) = answer.json["data"]
    assert DATE.fullmatch(row["updated"])
    answer = yard.send("POST", f"{REGISTRIES}/{row['id']}", {"url": "http://new.lab"}, LINUS)
    assert set(answer.json) == {"data", "info"}
    assert "url: https://new.lab => http://new.lab" in answer.json["info"]


def test_what_is_not_written(yard: Yard) -> None:
    """A repository keeps its id, name and dates, whatever a client sends back of them."""
    before = yard.data(f"{REPOSITORIES}/61")[0]
    body = {"id": 5, "repository": "x", "created": "x", "updated": "x", "stars": "7"}
    answer = yard.send("POST", f"{REPOSITORIES}/61", body, LINUS)
    assert answer.json["data"] == [{**before, "stars": 7}]
    assert answer.json["info"].endswith("stars: 0 => 7")


@pytest.mark.parametrize(("path", "login", "word"), [
    (f"{REGISTRIES}/53", LINUS, "there is no registry"),
    (f"{REPOSITORIES}/999", LINUS, "there is no docker repository"),
    ("/docker/tags/999", LINUS, "there is no docker tag"),
])
def test_nothing_to_delete(yard: Yard, path: str, login: Login, word: str) -> None:
    """What is not there, or not seen, can't be deleted."""
    answer = yard.send("DELETE", path, login=login)
    assert answer.status == 404
    assert word in answer.json["error"]


@pytest.mark.parametrize("path", [REGISTRIES, REPOSITORIES, "/docker/tags"])
def test_named_in_the_url(yard: Yard, path: str) -> None:
    """A DELETE without body, or with the empty text as body, names its object in the URL."""
    for body in (None, ""):
        answer = yard.send("DELETE", path, body, query="id=999")
        assert (answer.status, "999" in answer.json["error"]) == (404, True)
        assert yard.send("DELETE", path, body).status == 400
