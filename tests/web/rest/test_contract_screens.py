"""The collector's recorded contract: what its screens and command line ask (A.15, C.2 to C.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from applications.init.modules.registries.rest.routes import Route
from applications.init.modules.registries.rest.table import ROUTER
from tests.unit.remote.stub import StubRegistry
from tests.web.conftest import Answer, Site
from tests.web.rest.shelf import API, OPEN_ID
from tests.web.rest.test_matrix import IDS
from tests.web.rest.yard import Yard, opened
from tests.web.world import ADA, BOB, HIDDEN, LINUS, OPEN, ROOT, Login

REGISTRIES, REPOSITORIES, TAGS = "/docker/registries", "/docker/repositories", "/docker/tags"


@pytest.fixture
def yard(site: Site) -> Iterator[Yard]:
    """Registries with repositories and tags; one deletes what it is told to."""
    with StubRegistry() as stub, opened(site) as found:
        found.reach(OPEN_ID, stub.url)
        for number, name in enumerate(("base/alpine", "users/31/x", "groups/20/x")):
            stub.content.push(name, f"v1.{number}")
        yield found


def _screen(
    yard: Yard, method: str, path: str, body: str = '""', query: str = "", login: Login = LINUS
) -> Answer:
    """A request as the screens make it: JSON, marked as theirs, an empty text as no body."""
    return yard.site.ask(
        API + path, query, method, body.encode() if method != "GET" else b"", login,
        content_type="application/json; charset=utf-8", x_requested_with="XMLHttpRequest",
        accept="application/json, text/javascript, */*; q=0.01",
    )


def _service(text: str) -> str:
    return urlencode({"filters[]": f"service {text}"})


def test_adding_a_registry(yard: Yard) -> None:
    """While one types the registry is looked for; Enter creates it, or opens what is there."""
    assert _screen(yard, "GET", REGISTRIES, query=_service("new.lab")).json["data"] == []
    made = _screen(yard, "POST", REGISTRIES, '{"service":"new.lab"}').json
    assert "error" not in made
    assert made["data"][0]["service"] == "new.lab"
    again = _screen(yard, "POST", REGISTRIES, '{"service":"new.lab"}').json
    assert ("error" in again, again["data"]) == (False, made["data"])
    found = _screen(yard, "GET", REGISTRIES, query=_service("new.lab")).json
    assert found["data"] == made["data"]


@pytest.mark.parametrize("text", ["", "reg", "reg(", "a b", "a&b", "!", ">", "ré", "%", "a'b", "|"])
def test_typing_anything(yard: Yard, text: str) -> None:
    """Whatever is typed has an answer with data, or an error in words."""
    answer = _screen(yard, "GET", REGISTRIES, query=_service(text))
    assert answer.status in (200, 400)
    assert isinstance(answer.json.get("data"), list) or answer.json["error"]


def test_registry_tabs(yard: Yard) -> None:
    """The tabs of a registry open by its id, or by its service alone."""
    by_id = _screen(yard, "GET", f"{REGISTRIES}/51").json["data"][0]
    (by_name,) = _screen(yard, "GET", REGISTRIES, query=_service(OPEN)).json["data"]
    assert by_id == by_name
    assert (by_id["id"], by_id["service"]) == (51, OPEN)
    assert _screen(yard, "GET", REGISTRIES, query=_service(HIDDEN)).json["data"] == []


@pytest.mark.parametrize(("path", "body", "name", "value"), [
    (f"{REGISTRIES}/51", '{"url":"https://other.lab"}', "url", "https://other.lab"),
    (f"{REGISTRIES}/51", '{"service":"other.lab"}', "service", "other.lab"),
    (f"{REGISTRIES}/51", '{"restricted":true}', "restricted", True),
    (f"{REGISTRIES}/51", '{"insecure":false}', "insecure", False),
    (f"{REPOSITORIES}/61", '{"description":"The base"}', "description", "The base"),
    (f"{REPOSITORIES}/61", '{"stars":"12"}', "stars", 12),
    (f"{REPOSITORIES}/61", '{"automated":true}', "automated", True),
    (f"{REPOSITORIES}/61", '{"official":false}', "official", False),
    (f"{REPOSITORIES}/61", '{"repository":"renamed"}', "repository", "base/alpine"),
])
def test_editing(yard: Yard, path: str, body: str, name: str, value: Any) -> None:
    """What is edited in place comes back as it is now, without error."""
    answer = _screen(yard, "POST", path, body)
    assert (answer.status, answer.json.get("error")) == (200, None)
    assert answer.json["data"][0][name] == value
    assert yard.data(path)[0][name] == value


def test_editing_is_refused(yard: Yard) -> None:
    """A refused edit has an error that the screen shows."""
    for login, path in ((BOB, f"{REGISTRIES}/51"), (ADA, f"{REPOSITORIES}/61")):
        answer = _screen(yard, "POST", path, "{}", login=login)
        assert answer.status == 403
        assert answer.json["error"]


def test_group_widgets(yard: Yard) -> None:
    """The widgets ask for the right to edit, for groups and candidates; they attach and detach."""
    query = "orderby=role&props=id,role&limit=0"
    for kind in ("publications", "responsibles"):
        path = f"{REGISTRIES}/52/{kind}"
        assert _screen(yard, "GET", f"{REGISTRIES}/52/am_i_responsible").json == {"data": True}
        candidates = _screen(yard, "GET", "/groups", query=urlencode(
            [("filters[]", "privilege F"), ("filters[]", "role %web%")]) + f"&{query}&meta=false")
        assert candidates.json == {"data": [{"id": 20, "role": "webdev"}]}
        for method in ("POST", "DELETE"):
            answer = _screen(yard, method, f"{path}/20")
            assert (answer.status, answer.json.get("error")) == (200, None)
            rows = _screen(yard, "GET", path, query=query).json["data"]
            assert {"id": 21, "role": "Platform-Team"} in rows
            assert ({"id": 20, "role": "webdev"} in rows) == (method == "POST")


def test_repository_tabs(yard: Yard) -> None:
    """The tabs of a repository have its registry, and who may pull and push."""
    row = _screen(yard, "GET", f"{REPOSITORIES}/64", login=ADA).json["data"][0]
    registry = _screen(yard, "GET", f"{REGISTRIES}/{row['registry_id']}", login=ADA).json
    assert set(registry["data"][0]) >= {"service", "url", "insecure"}
    members = {"apps": {"id", "app"}, "groups": {"id", "role"},
               "users": {"id", "first_name", "last_name"},
               "services": {"svc_id", "svcname", "svc_app"}}
    for kind, names in (("pullers", set(members)), ("pushers", set(members) - {"services"})):
        data = _screen(yard, "GET", f"{REPOSITORIES}/64/{kind}", login=ADA).json["data"]
        assert set(data) == names
        for name in names:
            assert data[name]
            assert all(set(one) == members[name] for one in data[name])


@pytest.mark.parametrize(("path", "query", "name", "value"), [
    (f"{TAGS}/71", "meta=0&props=name", "name", "v1.0"),
    (f"{REPOSITORIES}/61", "meta=0&props=repository", "repository", "base/alpine"),
    (f"{REGISTRIES}/51", "meta=0&props=service", "service", OPEN),
    (f"{TAGS}/71", "meta=false&limit=1&props=name", "name", "v1.0"),
    (f"{REPOSITORIES}/61", "meta=false&limit=1&props=repository", "repository", "base/alpine"),
    (f"{REGISTRIES}/51", "meta=false&limit=1&props=service", "service", OPEN),
])
def test_titles(yard: Yard, path: str, query: str, name: str, value: str) -> None:
    """The titles of lines and permalinks are asked for alone."""
    assert _screen(yard, "GET", path, query=query).json == {"data": [{name: value}]}


@pytest.mark.parametrize(("path", "table", "ids"), [
    (TAGS, "docker_tags", [71, 73]), (REPOSITORIES, "docker_repositories", [61]),
    (REGISTRIES, "docker_registries", [51]),
])
def test_action_menu(yard: Yard, path: str, table: str, ids: list[int]) -> None:
    """Chosen lines are deleted as an array; info and error are arrays of texts."""
    body = "[" + ",".join(f'{{"id":{id_}}}' for id_ in (*ids, 999)) + "]"
    refused = _screen(yard, "DELETE", path, body, login=ADA).json
    assert (refused["info"], len(refused["error"])) == ([], len(ids) + 1)
    answer = _screen(yard, "DELETE", path, body, login=ROOT)
    assert answer.status == 200
    assert len(answer.json["info"]) == len(ids)
    assert answer.json["error"][0].startswith("404 NOT FOUND: ")
    assert not any(yard.has(table, id_) for id_ in ids)


@pytest.mark.parametrize("query", [
    "substring=alpine&in=docker", "substring=alpine", "substring=docker:+alpine",
    "substring=alpine&in=docker_repository&limit=0", "substring=alpine&in=docker&limit=10",
])
def test_global_search(yard: Yard, query: str) -> None:
    """However the search is begun, its sections have total, data and formats for each line."""
    data = _screen(yard, "GET", "/search", query=query).json["data"]
    found = data["docker_repositories"]
    assert [row["id"] for row in found["data"]] == [61, 65]
    assert found["total"] == 2
    for section in data.values():
        assert set(section) == {"total", "data", "fmt", "elapsed"}
        assert isinstance(section["elapsed"], str)
        assert section["fmt"]["id"].startswith("%(")


@pytest.mark.parametrize("path", ["/apps/41", "/groups/20", "/users/31", "/services/s1"])
def test_double_clicks(yard: Yard, path: str) -> None:
    """What a puller or group is opened by has its object."""
    assert len(_screen(yard, "GET", path, login=ADA).json["data"]) == 1


def test_quota(yard: Yard) -> None:
    """The user tab sends the quota as a text; who may not change quotas is told so."""
    body = '{"quota_docker_registries":"5"}'
    answer = _screen(yard, "POST", "/users/31", body, login=ROOT)
    assert answer.json["data"][0]["quota_docker_registries"] == 5
    assert _screen(yard, "POST", "/users/31", body, login=LINUS).status == 403


def test_permalinks(yard: Yard) -> None:
    """A permalink keeps its function, parameters and title."""
    body = ('{"fn":"docker_registry_tabs","title":"link.docker_registry_tabs",'
            '"title_args":{"id":51},"param":{"registry_id":51}}')
    link_id = _screen(yard, "POST", "/links", body, login=ADA).json["link_id"]
    row = _screen(yard, "GET", f"/links/{link_id}").json["data"][0]
    yard.run("DELETE FROM links")
    assert row.items() >= {
        "link_function": "docker_registry_tabs", "link_parameters": '{"registry_id": 51}',
        "link_title": "link.docker_registry_tabs", "link_title_args": '{"id": 51}',
    }.items()


LISTED = {"nodes": "node_id,nodename", "services": "svc_id,svcname", "apps": "id,app",
          "users": "id,email", "groups": "id,role", "tags": "tag_id,tag_name"}
"""What the command line asks a list for, by the last word of its path; id of all others."""

WITHOUT_MAIL = (f"{REPOSITORIES}/<id>/pullers/users", f"{REPOSITORIES}/<id>/pushers/users")
"""Lists that never tell an address (E1)."""

LISTS = [route for route in ROUTER.routes
         if route.many and route.method == "GET" and route.path not in WITHOUT_MAIL]


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.path)
def test_ls(yard: Yard, route: Route) -> None:
    """The command line lists what each list holds, also below a pattern and after a slash."""
    id_ = next((id_ for start, id_ in IDS.items() if route.path.startswith(start)), "")
    path, last = route.path.replace("<id>", id_), route.path.split("/")[-1]
    props = LISTED.get(last, "id")
    query = f"limit=0&meta=0&props={quote(props)}"
    answer = yard.get(path, query)
    assert (answer.status, set(answer.json)) == (200, {"data"})
    assert all(set(row) == set(props.split(",")) for row in answer.json["data"])
    assert yard.get(f"{path}/", query).json == answer.json
    if last in LISTED:
        like = quote(f"{props.split(',')[1]} like %")
        assert yard.data(path, f"{query}&query={like}") == answer.json["data"]
