"""The collector's recorded contract: envelopes, statuses, many at once (A.4, A.7, A.8).

Each line of the contract has its test; in this folder unless a path says else:

=========== ==========================================================================
A.4         here; test_injections (E31, E32), test_matrix (a status for each identity)
A.5         test_contract_lists; test_injections (E2, E5, E11, E41 to E47), test_tags
            (pages), tests/unit/rest/test_filters
A.6         test_contract_lists, tests/unit/rest/test_query
A.7         here; test_registry_changes, test_removal, test_apps, test_groups, test_users
A.8         here; test_registry_changes, test_removal, test_repositories
A.9         test_contract_shapes, tests/unit/rest/test_routes, test_doc, test_openapi
A.10        test_contract_shapes; test_repositories, test_tags
A.11        test_contract_shapes, test_contract_groups (18 to 22); test_parties (8 to 13),
            test_registry_changes (15, 16, 23, 24), test_repositories (6, 7, 17), test_tags
            (14), test_removal (25, 26)
A.12, A.13  test_parties, test_repositories (the policy has replaced these rules)
A.14        test_contract_effects, test_contract_groups; tests/unit/notifications/test_apply
            (push), tests/unit/login/test_authenticate (failed logins)
A.15        test_contract_screens; test_me, test_links, test_logs, test_resinfo, test_users
C.2 to C.6  test_contract_screens; test_search (C.5)
the CLI     test_contract_screens, tests/system/test_collector_cli
=========== ==========================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.rest.yard import Yard, opened
from tests.web.world import ADA, EVE, LINUS, OPEN, ROOT, Login

REGISTRIES, REPOSITORIES = "/docker/registries", "/docker/repositories"
LINKS = "/docker/registries_publications"


@pytest.fixture
def yard(site: Site) -> Iterator[Yard]:
    """Registries to change."""
    with opened(site) as found:
        yield found


@pytest.mark.parametrize("path", [
    REGISTRIES, f"{REGISTRIES}/51/publications", f"{REGISTRIES}/{OPEN}/responsibles", LINKS,
    "/docker/registries_responsibles", REPOSITORIES, f"{REPOSITORIES}/61/pullers/apps",
    f"{REPOSITORIES}/61/pullers/groups", f"{REPOSITORIES}/61/pullers/services",
    f"{REPOSITORIES}/61/pullers/users", f"{REPOSITORIES}/61/pushers/apps",
    f"{REPOSITORIES}/61/pushers/groups", f"{REPOSITORIES}/61/pushers/users", "/docker/tags",
    "/docker/tags/71/resources", "/groups", "/logs", "/resources_info", "/services/s1/resinfo",
])
def test_lists(yard: Yard, path: str) -> None:
    """A list has data and meta, or data alone where meta is not wanted."""
    answer = yard.get(path)
    assert set(answer.json) == {"data", "meta"}
    assert isinstance(answer.json["data"], list)
    assert set(answer.json["meta"]) == {
        "included_props", "available_props", "mapping", "offset", "limit", "total", "count",
        "server_timezone",
    }
    assert set(yard.get(path, "meta=0").json) == {"data"}


LINES = [
    (f"{REGISTRIES}/51", f"{REGISTRIES}/999"), (f"{REGISTRIES}/{OPEN}", f"{REGISTRIES}/none.lab"),
    (f"{REPOSITORIES}/61", f"{REPOSITORIES}/999"), ("/docker/tags/71", "/docker/tags/999"),
    ("/groups/20", "/groups/999"), ("/users/31", "/users/999"), ("/apps/41", "/apps/999"),
    ("/services/s1", "/services/s9"),
]


@pytest.mark.parametrize(("path", "missing"), LINES)
def test_one_object(yard: Yard, path: str, missing: str) -> None:
    """One object is an array of one, without meta; what is not there is an empty one."""
    wanted = yard.get(path)
    assert (wanted.status, set(wanted.json), len(wanted.json["data"])) == (200, {"data"}, 1)
    query = "meta=1&stats=1&commonality=1&limit=1&filters=id+0&query=id+%3D+0&search=zzz"
    assert yard.get(path, query).json == wanted.json
    assert (yard.get(missing).status, yard.get(missing).json) == (200, {"data": []})


@pytest.mark.parametrize(("path", "login"), [
    (f"{REGISTRIES}/51", EVE), (f"{REGISTRIES}/{OPEN}", EVE), (f"{REPOSITORIES}/61", EVE),
    ("/docker/tags/71", EVE), ("/groups/20", EVE), (f"{REPOSITORIES}/63", EVE),
    (f"{REGISTRIES}/53", ADA),
])
def test_not_seen(yard: Yard, path: str, login: Login) -> None:
    """What is not visible is as empty as what does not exist."""
    assert yard.get(path, login=login).json == {"data": []}


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    ("GET", f"{REGISTRIES}/999/publications", None, 404),
    ("GET", f"{REGISTRIES}/999/am_i_responsible", None, 404),
    ("GET", f"{REGISTRIES}/none.lab/am_i_responsible", None, 404),
    ("GET", f"{REPOSITORIES}/999/pullers", None, 404),
    ("GET", f"{REPOSITORIES}/abc", None, 400),
    ("GET", REGISTRIES, None, 400),
    ("POST", REGISTRIES, {}, 400),
    ("POST", f"{REGISTRIES}/51", {"foo": 1}, 400),
    ("POST", f"{REGISTRIES}/51", {"id": 51}, 400),
    ("POST", f"{REGISTRIES}/none.lab", {"restricted": True}, 404),
    ("POST", f"{REPOSITORIES}/999", {"stars": 1}, 404),
    ("DELETE", f"{REGISTRIES}/999", None, 404),
    ("DELETE", REPOSITORIES, {}, 400),
    ("DELETE", "/docker/tags", {}, 400),
    ("DELETE", "/docker/tags/999", None, 404),
    ("GET", "/docker/nothing", None, 404),
])
def test_refusals(yard: Yard, method: str, path: str, body: Any, status: int) -> None:
    """A refusal has its real status, whatever the method, and both members that clients read."""
    query = "props=nothing" if path == REGISTRIES and method == "GET" else ""
    answer = yard.get(path, query) if method == "GET" else yard.send(method, path, body)
    assert answer.status == status
    assert set(answer.json) == {"ret", "error"}
    assert answer.json["ret"] == status
    assert answer.json["error"].isprintable()


def test_nothing_to_do(yard: Yard) -> None:
    """What is so already is an info and no error."""
    for method, path, body in (
        ("POST", f"{REGISTRIES}/51", {"restricted": False}),
        ("POST", f"{REGISTRIES}/51/publications/20", None),
        ("DELETE", f"{REGISTRIES}/51/publications/22", None),
        ("POST", f"{REPOSITORIES}/61", {"stars": 0}),
    ):
        answer = yard.send(method, path, body)
        assert answer.status == 200
        assert "already" in answer.json["info"]
    assert yard.events() == []
    assert yard.modified() == set()


def test_an_array(yard: Yard) -> None:
    """An array is answered with all three arrays; each refusal has its status in words."""
    link = {"registry_id": 51, "group_id": 22}
    body = [link, {**link, "registry_id": 999}, {"registry_id": 51}, 5, [link]]
    answer = yard.send("POST", LINKS, body)
    assert answer.status == 200
    assert answer.json == {
        "info": [f"registry {OPEN} published to audit"],
        "error": ["404 NOT FOUND: there is no registry '999'",
                  "400 BAD REQUEST: group_id is missing", "an item is no object",
                  "an item is no object"],
        "data": [],
    }
    answer = yard.send("POST", REGISTRIES, [{"service": "a.lab"}, {"service": "b.lab"}])
    assert [row["service"] for row in answer.json["data"]] == ["a.lab", "b.lab"]
    assert yard.send("POST", LINKS, []).json == {"info": [], "error": [], "data": []}


def test_an_array_by_who_may_not(yard: Yard) -> None:
    """Each element of an array is judged, and the status stays 200."""
    answer = yard.send("POST", REGISTRIES, [{"service": "a.lab"}] * 2, ADA)
    assert (answer.status, answer.json["info"], answer.json["data"]) == (200, [], [])
    assert answer.json["error"] == [
        "403 FORBIDDEN: the privilege DockerRegistriesManager is missing"
    ] * 2


@pytest.mark.parametrize("where", ["url", "brackets", "json", "form"])
def test_chosen_by_filters(yard: Yard, where: str) -> None:
    """Filters in the URL or body choose rows; each has its own data, info or error."""
    if where == "json":
        body: dict[str, Any] = {"filters": ["id (51,53)"], "restricted": True}
        answer = yard.send("POST", REGISTRIES, body)
    elif where == "form":
        answer = yard.site.ask(
            f"/init/rest/api{REGISTRIES}", "", "POST", b"filters=id+(51,53)&restricted=true",
            ROOT, content_type="application/x-www-form-urlencoded",
        )
    else:
        name = "filters" if where == "url" else "filters[]"
        query = f"{name}=id+(51,53)"
        answer = yard.send("POST", REGISTRIES, {"restricted": True}, query=query)
    assert answer.status == 200
    assert set(answer.json) == {"data"}
    assert {(row["id"], row["restricted"]) for row in answer.json["data"]} == {
        (51, True), (53, True)
    }


def test_chosen_by_query(yard: Yard) -> None:
    """A query chooses, a limit bounds, and what fails is told with its id (E67)."""
    answer = yard.send("DELETE", REGISTRIES, login=LINUS, query="query=id+%3C+60&limit=1")
    assert answer.json == {"data": [{"info": f"registry {OPEN} deleted"}]}
    yard.run("DELETE FROM docker_registries_responsibles")
    answer = yard.send("DELETE", REGISTRIES, login=LINUS, query="query=id+%3C+60")
    (row,) = answer.json["data"]
    assert (row["id"], set(row)) == (52, {"id", "error"})
    answer = yard.send("DELETE", LINKS, query="filters=group_id+20")
    assert [set(row) for row in answer.json["data"]] == [{"info"}]
    assert yard.groups("publications", 52) == {21}
