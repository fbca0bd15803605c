"""Applications over the REST API, and the groups that see and answer for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.rest.town import AUDIT, EVE_ID, PLATFORM, WEBDEV, Town, settled
from tests.web.world import ADA, EVE, LINUS, NODE, OTHER_SERVICE, PUSH, ROOT, SERVICE, Login
from tests.web.world import PULL as PULLER

FIELDS = {"id", "app", "updated", "app_domain", "app_team_ops", "description"}


@pytest.fixture
def town(site: Site) -> Iterator[Town]:
    """Applications to change; push has the right to."""
    with settled(site) as found:
        found.grant(34, "AppManager")
        yield found


@pytest.mark.parametrize(("login", "seen"), [
    (ADA, [41, 42]), (EVE, [41, 42]), (ROOT, [41, 42]), (SERVICE, [41]), (OTHER_SERVICE, [42]),
    (NODE, [41]),
])
def test_who_sees_which(town: Town, login: Login, seen: list[int]) -> None:
    """People see what is published to their groups or owned by them, machines their own."""
    assert town.ids("/apps", "limit=0", login) == seen
    assert town.ids("/apps/42", login=login) == ([42] if 42 in seen else [])


def test_not_seen(town: Town) -> None:
    """An application that is not seen is nothing, and 404 below its path."""
    town.run("DELETE FROM apps_publications WHERE app_id = 42")
    for text in ("42", "Other", "999", "other", "99999999999999999999", "x--"):
        assert town.data(f"/apps/{text}", login=ADA) == []
        for below in ("publications", "responsibles", "am_i_responsible"):
            assert town.get(f"/apps/{text}/{below}", login=ADA).status == 404
    assert town.ids("/apps_responsibles", "limit=0&filters=app_id+42", ADA) == []


def test_shape(town: Town) -> None:
    """An application is shown by id or code, with the contract's columns."""
    for text in ("41", "Store"):
        (row,) = town.data(f"/apps/{text}", login=ADA)
        assert set(row) == FIELDS
        assert (row["id"], row["app"]) == (41, "Store")
    assert town.data("/apps/41/am_i_responsible", login=ADA) is True
    assert town.data("/apps/41/am_i_responsible", login=EVE) is False
    assert town.data("/apps/41/am_i_responsible", login=ROOT) is True
    assert town.data("/apps/41/am_i_responsible", login=SERVICE) is True
    assert [g["role"] for g in town.data("/apps/41/responsibles", login=EVE)] == ["webdev"]
    assert [g["role"] for g in town.data("/apps/41/publications", login=EVE)] == ["audit"]
    (row,) = town.data("/apps_publications", "filters=app_id+41", ADA)
    assert {**row, "id": 0} == {
        "id": 0, "app_id": 41, "group_id": AUDIT, "app": "Store", "role": "audit"
    }


def test_create(town: Town) -> None:
    """The primary group, else the private group, owns and sees what one creates."""
    answer = town.send("POST", "/apps", {"app": "shop", "description": "Shop"}, PUSH)
    assert answer.status == 200, answer.json
    (row,) = answer.json["data"]
    assert set(row) == FIELDS
    assert (row["app"], row["description"], row["updated"][:2]) == ("shop", "Shop", "20")
    private = town.group("user_34")
    assert town.attached("responsibles", row["id"]) == {private}
    assert town.attached("publications", row["id"]) == {private}
    assert town.audit("apps.create") == [
        {"app": "shop", "data": ["app: shop", "description: Shop"]}
    ]
    tables = {"apps", "apps_responsibles", "apps_publications"}
    assert town.modified() == tables
    assert sorted(town.events()) == sorted((f"{t}_change", {"a": "b"}) for t in tables)


@pytest.mark.parametrize(("quota", "status"), [(None, 200), (0, 200), (2, 200), (1, 403)])
def test_quota(town: Town, quota: int | None, status: int) -> None:
    """The applications that one's groups are responsible for are counted."""
    town.run("UPDATE auth_user SET quota_app = ? WHERE id = 34", quota)
    answer = town.send("POST", "/apps", {"app": "shop"}, PUSH)
    assert answer.status == status
    assert (town.app("shop") is None) == (status == 403)


@pytest.mark.parametrize(("body", "status"), [
    ({}, 400), ({"app": ""}, 400), ({"app": "12"}, 400), ({"app": "a" * 65}, 400),
    ({"app": "a\tb"}, 400), ({"app": ["a"]}, 400), ({"app": None}, 400), ({"app": "a\x00"}, 400),
    ({"app": "\ud800"}, 400), ({"app": "a", "foo": 1}, 400), ({"app": "a", "updated": "x"}, 400),
    ({"app": "a", "id": "x"}, 400), ({"app": "a", "description": {}}, 400),
    ({"app": "a", "app_domain": "x" * 65}, 400), ({"app": 10**400}, 400),
    ({"app": "Store"}, 409), ({"app": "STORE"}, 409),
])
def test_hostile_bodies(town: Town, body: dict[str, Any], status: int) -> None:
    """What can't be meant is refused, and so is a code that is taken, whatever its case."""
    before = town.stored()
    answer = town.send("POST", "/apps", body, PUSH)
    assert (answer.status, bool(answer.json["error"])) == (status, True)
    assert town.stored() == before


def _attempts() -> list[tuple[str, str, Any]]:
    return [
        ("POST", "/apps", {"id": 42, "description": "x"}),
        ("POST", "/apps/42", {"description": "x"}),
        ("PUT", "/apps/Other", {"app": "mine"}),
        ("DELETE", "/apps/42", None),
        ("DELETE", "/apps", {"id": 42}),
        ("DELETE", "/apps", {"app": "Other"}),
        ("POST", "/apps/42/responsibles/20", None),
        ("POST", "/apps/42/publications/20", None),
        ("POST", "/apps_responsibles", {"app_id": 42, "group_id": 20}),
        ("POST", "/apps_publications", {"app_id": "Other", "group_id": "webdev"}),
        ("DELETE", "/apps/42/responsibles/22", None),
        ("DELETE", "/apps/42/publications/20", None),
        ("DELETE", "/apps_responsibles", {"app_id": 42, "group_id": 22}),
        ("DELETE", "/apps_publications", {"app_id": 42, "group_id": 20}),
        ("POST", "/apps/41/responsibles/21", None),
        ("POST", "/apps/41/responsibles/2", None),
        ("POST", "/apps/41/publications/279", None),
        ("POST", "/apps/41/publications/22", None),
    ]


def test_not_responsible(town: Town) -> None:
    """An AppManager changes what its groups own, and gives it to its own groups only."""
    before = town.stored()
    for method, path, body in _attempts():
        answer = town.send(method, path, body, PUSH)
        assert answer.status in (403, 404), (method, path, answer.json)
        assert town.stored() == before, (method, path)
    for table in ("apps_responsibles", "apps_publications"):
        answer = town.send("DELETE", f"/{table}", None, PUSH, "filters=app_id+42")
        assert "no group of yours" in answer.json["data"][0]["error"]
    assert town.stored() == before


@pytest.mark.parametrize("login", [ADA, EVE, PULLER, SERVICE, NODE])
def test_needs_the_privilege(town: Town, login: Login) -> None:
    """Without AppManager nothing is changed, whatever else one manages; the answer names it."""
    for user in (31, 33, EVE_ID):
        town.grant(user, "UserManager", "GroupManager", "SelfManager", "QuotaManager")
    before = town.stored()
    more = [("POST", "/apps", {"app": "new"}), ("POST", "/apps/41", {"description": "x"}),
            ("DELETE", "/apps/41/publications/22", None)]
    for method, path, body in [*_attempts(), *more]:
        answer = town.send(method, path, body, login)
        assert (answer.status, "AppManager" in answer.json["error"]) == (403, True), (method, path)
    assert town.stored() == before


def test_change(town: Town) -> None:
    """Who is responsible changes the properties; it is recorded and announced."""
    answer = town.send("POST", "/apps/Store", {"description": "new", "app_domain": "d"}, PUSH)
    assert answer.status == 200, answer.json
    assert answer.json["data"][0]["description"] == "new"
    assert town.audit("apps.change") == [{
        "app": "Store", "data": ["app_domain: None => d", "description:  => new"]
    }]
    assert town.events() == [("apps_change", {"id": 41})]
    assert town.modified() == {"apps"}
    again = town.send("PUT", "/apps/41", {"description": "new"}, PUSH)
    assert again.json["info"] == "application Store is so already"


def test_a_code_that_is_in_use_stays(town: Town) -> None:
    """Whoever took the code of an application with services would have them: it is kept."""
    before = town.stored()
    for answer in (town.send("POST", "/apps/41", {"app": "mine"}, PUSH),
                   town.send("DELETE", "/apps/41", None, PUSH), town.send("DELETE", "/apps/41")):
        assert answer.status == 409
        assert "2 services and nodes" in answer.json["error"]
    assert town.stored() == before
    town.run("DELETE FROM services WHERE svc_app = 'Store'")
    town.run("DELETE FROM nodes WHERE app = 'Store'")
    assert town.send("POST", "/apps/41", {"app": "Other"}, PUSH).status == 409
    assert town.send("POST", "/apps/41", {"app": "store"}, PUSH).status == 200


def test_delete(town: Town) -> None:
    """With an application go its groups."""
    town.send("POST", "/apps", {"app": "shop"}, PUSH)
    id_ = town.app("shop")
    answer = town.send("DELETE", "/apps/shop", None, PUSH)
    assert answer.json == {"info": "application shop deleted"}
    assert town.app("shop") is None
    assert town.attached("responsibles", id_) == town.attached("publications", id_) == set()
    assert town.audit("apps.delete") == [{"app": "shop"}]
    assert ("apps_change", {"id": id_}) in town.events()


def test_arrays_and_filters(town: Town) -> None:
    """Arrays and filters change several applications, each judged for itself."""
    answer = town.send("POST", "/apps", [{"app": "a1"}, {"app": "Store"}, {"app": "a2"}], PUSH)
    assert [row["app"] for row in answer.json["data"]] == ["a1", "a2"]
    assert [error[:3] for error in answer.json["error"]] == ["409"]
    answer = town.send("POST", "/apps", {"description": "x"}, PUSH, "filters=app+(a1,a2,Other)")
    assert sorted(row.get("app", row.get("error", ""))[:2] for row in answer.json["data"]) == [
        "a1", "a2", "no"
    ]
    assert town.send("DELETE", "/apps", None, PUSH, "filters=app+a%25").status == 200
    assert town.app("a1") is None
    assert town.app("Store") == 41


# Groups


@pytest.mark.parametrize(("kind", "word", "state"), [
    ("publications", "publication", "published to"), ("responsibles", "responsible", "owned by"),
])
def test_attach_and_detach(town: Town, kind: str, word: str, state: str) -> None:
    """A group of one's own is attached and detached; it is recorded and announced once."""
    town.join(34, PLATFORM)
    path = f"/apps/Store/{kind}/Platform-Team"
    answer = town.send("POST", path, None, PUSH)
    assert answer.json == {"info": f"application Store {state} Platform-Team"}
    assert PLATFORM in town.attached(kind, 41)
    answer = town.send("POST", f"/apps/41/{kind}/21", None, PUSH)
    assert answer.json == {"info": f"application Store already {state} Platform-Team"}
    details = {"app_id": 41, "group_id": PLATFORM, "u": "Store", "g": "Platform-Team"}
    assert town.audit(f"apps.{word}.add") == [details]
    assert town.modified() == {f"apps_{kind}"}
    payload = {"app_id": 41, "group_id": PLATFORM}
    assert town.events() == [(f"apps_{kind}_change", payload)]
    town.site.home.clock.advance(60)
    assert town.send("DELETE", path, None, PUSH).status == 200
    assert PLATFORM not in town.attached(kind, 41)
    answer = town.send("DELETE", path, None, PUSH)
    assert "already not" in answer.json["info"]
    assert town.audit(f"apps.{word}.delete") == [details]


def test_the_last_responsible_stays(town: Town) -> None:
    """An application has a responsible group as long as it exists, also where a row is double."""
    town.insert("apps_responsibles", app_id=41, group_id=WEBDEV)
    for login in (PUSH, ROOT):
        answer = town.send("DELETE", "/apps/41/responsibles/20", None, login)
        assert (answer.status, "last group" in answer.json["error"]) == (409, True)
    assert town.attached("responsibles", 41) == {WEBDEV}


def test_a_privilege_owns_nothing(town: Town) -> None:
    """Not even a Manager ties an application to a privilege."""
    before = town.stored()
    for kind in ("publications", "responsibles"):
        answer = town.send("POST", f"/apps/41/{kind}/Manager")
        assert (answer.status, "is a privilege" in answer.json["error"]) == (403, True)
    assert town.stored() == before


def test_named_in_the_body(town: Town) -> None:
    """The body names both, by id or name, also in an array, with DELETE, or by filters."""
    body = [{"app_id": 41, "group_id": "webdev"}, {"app_id": "Store", "group_id": 21},
            {"app_id": 41}, {"app_id": 41, "group_id": 999}, {"app_id": 41, "foo": 1}]
    answer = town.send("POST", "/apps_publications", body)
    assert len(answer.json["info"]) == 2
    assert [error[:3] for error in answer.json["error"]] == ["400", "404", "400"]
    assert town.attached("publications", 41) == {WEBDEV, PLATFORM, AUDIT}
    body_ = {"app_id": 41, "group_id": 21}
    assert town.send("DELETE", "/apps_publications", body_, PUSH).status == 200
    query = "filters=app_id+41&filters=role+webdev"
    assert town.send("DELETE", "/apps_publications", None, PUSH, query).status == 200
    assert town.attached("publications", 41) == {AUDIT}
    assert town.send("DELETE", "/apps/41/publications/audit", None, PUSH).status == 200
    assert town.send("DELETE", "/apps/41/publications/audit", None, PUSH).status == 404
    assert town.send("GET", "/apps_responsibles", None, LINUS).status == 200
