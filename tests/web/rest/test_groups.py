"""Groups over the REST API: seen by their members, changed by those who manage them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.rest.town import (
    ADA_ID,
    AUDIT,
    BOB_ID,
    EVE_ID,
    PLATFORM,
    PULL_ID,
    ROOT_ID,
    TWIN,
    WEBDEV,
    Town,
    settled,
)
from tests.web.world import ADA, BOB, EVE, LINUS, NODE, PUSH, ROOT, SERVICE, Login

FIELDS = {"id", "role", "description", "privilege"}


@pytest.fixture
def town(site: Site) -> Iterator[Town]:
    """Groups to change."""
    with settled(site) as found:
        yield found


def test_who_sees_which(town: Town) -> None:
    """People see the groups they are in, privileges too; services those they act with."""
    rows = town.data("/groups", "limit=0", EVE)
    assert set(rows[0]) == FIELDS
    assert {row["role"] for row in rows} == {
        "audit", "user_36", "Everybody", "DockerRegistriesPuller", "DockerRegistriesPusher",
        "DockerRegistriesManager",
    }
    assert {row["role"] for row in town.data("/groups", "limit=0", SERVICE)} == {
        "webdev", "audit", "Everybody"
    }
    assert town.data("/groups", "limit=0", NODE) == []
    town.grant(EVE_ID, "UserManager", "GroupManager")
    assert "webdev" not in {row["role"] for row in town.data("/groups", "limit=0", EVE)}
    assert {"webdev", "user_31", "QuotaManager"} <= {
        row["role"] for row in town.data("/groups", "limit=0")
    }


def test_as_the_screens_ask(town: Town) -> None:
    """The selectors of the screens get organisational groups by a part of their names."""
    query = ("filters%5B%5D=privilege+F&filters%5B%5D=role+%25ud%25&orderby=role&props=id,role"
             "&limit=0&meta=false")
    answer = town.get("/groups", query)
    assert answer.json == {"data": [{"id": AUDIT, "role": "audit"}]}
    assert town.get("/groups", query, LINUS).json == {"data": []}
    privileges = town.data("/groups", "filters=privilege+T&props=role&limit=0")
    assert {"Manager", "SelfManager"} <= {row["role"] for row in privileges}


def test_one_group(town: Town) -> None:
    """A group is shown by id or exact name; one that is not seen is nothing, and 404 below."""
    for text in ("20", "webdev"):
        assert town.data(f"/groups/{text}", "props=id,role", ADA) == [{"id": 20, "role": "webdev"}]
    for text in ("22", "audit", "999", "WEBDEV", "99999999999999999999", "x--"):
        assert town.data(f"/groups/{text}", login=LINUS) == []
        for below in ("users", "apps"):
            assert town.get(f"/groups/{text}/{below}", login=LINUS).status == 404


def test_users_of_a_group(town: Town) -> None:
    """Members are listed as users are seen, so Everybody tells nothing more."""
    assert town.ids("/groups/audit/users", "limit=0", EVE) == [PULL_ID, EVE_ID]
    assert town.ids("/groups/Everybody/users", "limit=0", EVE) == [PULL_ID, EVE_ID]
    assert ADA_ID in town.ids("/groups/Everybody/users", "limit=0")


def test_apps_of_a_group(town: Town) -> None:
    """The applications that a group is responsible for are listed."""
    assert town.ids("/groups/webdev/apps", login=ADA) == [41]
    assert town.ids("/groups/22/apps", login=EVE) == [42]


# Creating


def test_create(town: Town) -> None:
    """Who creates a group is in it; it is recorded and announced."""
    town.grant(34, "GroupManager")
    answer = town.send("POST", "/groups", {"role": "ops", "description": "a\nb"}, PUSH)
    assert answer.status == 200, answer.json
    (row,) = answer.json["data"]
    assert {**row, "id": 0} == {"id": 0, "role": "ops", "description": "a\nb", "privilege": False}
    assert town.in_group(34, row["id"])
    assert town.audit("groups.add") == [{"data": ["description: a\nb", "role: ops"]}]
    assert town.modified() == {"auth_group", "auth_membership"}
    assert ("auth_group_change", {"a": "b"}) in town.events()


@pytest.mark.parametrize(("role", "status"), [
    ("webdev", 409), ("WebDev", 409), ("Manager", 400), ("manager", 400), ("everybody", 400),
    ("QuotaManager", 400), ("user_999", 400), ("USER_31", 400), ("12", 400), ("", 400),
    ("١٢", 400), ("a\nb", 400), ("a\x00", 400), ("a" * 256, 400), (None, 400), (["a"], 400),
])
def test_names(town: Town, role: Any, status: int) -> None:
    """A name is not taken, whatever its case, no id, and none that the collector gives itself."""
    before = town.stored()
    for body in ({"role": role}, {"role": role, "privilege": "F"}):
        assert town.send("POST", "/groups", body).status == status
        assert town.send("POST", "/groups/24", body).status == status
    assert town.stored() == before


def test_names_beyond_ascii(town: Town) -> None:
    """Names that differ in case only are one name, with accents too."""
    assert town.send("POST", "/groups", {"role": "Équipe"}).status == 200
    assert town.send("POST", "/groups", {"role": "équipe"}).status == 409


@pytest.mark.parametrize("body", [
    {}, {"role": "a", "foo": 1}, {"role": "a", "privilege": None}, {"role": "a", "id": "x"},
    {"role": "a", "description": ["x"]}, {"role": "a", "description": "x" * 4001},
])
def test_hostile_bodies(town: Town, body: dict[str, Any]) -> None:
    """What can't be meant is refused with a sentence."""
    answer = town.send("POST", "/groups", body)
    assert (answer.status, bool(answer.json["error"])) == (400, True)


@pytest.mark.parametrize(("quota", "status"), [(None, 200), (0, 200), (2, 200), (1, 403)])
def test_quota(town: Town, quota: int | None, status: int) -> None:
    """The groups one is in are counted, without Everybody, privileges and the private one."""
    town.grant(34, "GroupManager")
    town.run("UPDATE auth_user SET quota_org_group = ? WHERE id = 34", quota)
    answer = town.send("POST", "/groups", {"role": "ops"}, PUSH)
    assert answer.status == status
    assert (town.group("ops") is None) == (status == 403)


def test_only_a_manager_makes_privileges(town: Town) -> None:
    """Nobody but a Manager makes a privilege; who makes it does not hold it by that."""
    town.grant(34, "GroupManager")
    body = {"role": "Special", "privilege": True}
    assert town.send("POST", "/groups", body, PUSH).status == 403
    assert town.send("POST", "/groups/webdev", {"privilege": "T"}, PUSH).status == 403
    assert town.send("POST", "/groups", body).status == 200
    assert not town.in_group(ROOT_ID, town.group("Special"))
    assert town.send("POST", "/groups/Special", {"privilege": "F"}).status == 200


# Rights


def _attempts() -> list[tuple[str, str, Any]]:
    return [
        ("POST", "/groups", {"role": "new", "privilege": True}),
        ("POST", "/groups", {"id": 22, "role": "mine"}),
        ("POST", "/groups/22", {"role": "mine"}),
        ("PUT", "/groups/audit", {"description": "mine"}),
        ("POST", "/groups/20", {"privilege": True}),
        ("POST", "/groups/277", {"role": "mine"}),
        ("POST", "/groups/277", {"description": "mine"}),
        ("POST", "/groups/277", {"privilege": False}),
        ("POST", "/groups/2", {"privilege": False}),
        ("POST", "/groups/Everybody", {"description": "mine"}),
        ("POST", "/groups/user_34", {"role": "mine"}),
        ("DELETE", "/groups/22", None),
        ("DELETE", "/groups", {"id": 22}),
        ("DELETE", "/groups", {"role": "audit"}),
        ("DELETE", "/groups/277", None),
        ("DELETE", "/groups/Everybody", None),
        ("DELETE", "/groups/user_34", None),
        ("DELETE", "/groups/Manager", None),
    ]


@pytest.mark.parametrize("privilege", [
    "SelfManager", "UserManager", "AppManager", "QuotaManager", "GroupManager", "",
])
def test_nobody_gets_what_it_has_not(town: Town, privilege: str) -> None:
    """A group one is not in, a privilege, and what the collector relies on are out of reach."""
    if privilege:
        town.grant(34, privilege)
    before = town.stored()
    for method, path, body in _attempts():
        answer = town.send(method, path, body, PUSH)
        assert answer.status in (403, 404, 409), (method, path, answer.json)
        assert town.stored() == before, (method, path)
    if privilege != "GroupManager":
        for method, path, body in (("POST", "/groups", {"role": "new"}),
                                   ("POST", "/groups/20", {"description": "x"}),
                                   ("DELETE", "/groups/20", None)):
            answer = town.send(method, path, body, PUSH)
            assert (answer.status, "GroupManager" in answer.json["error"]) == (403, True)


@pytest.mark.parametrize("login", [SERVICE, NODE])
def test_machines_change_nothing(town: Town, login: Login) -> None:
    """Services and nodes change no group."""
    before = town.stored()
    for method, path, body in [*_attempts(), ("DELETE", "/groups/20", None)]:
        assert town.send(method, path, body, login).status in (403, 404), (method, path)
    assert town.stored() == before


@pytest.mark.parametrize("role", ["Manager", "UserManager", "Everybody", "user_31",
                                  "DockerRegistriesPuller"])
def test_what_the_collector_relies_on_stays(town: Town, role: str) -> None:
    """Not even a Manager renames, turns or deletes what the collector itself relies on."""
    before = town.stored()
    assert town.send("POST", f"/groups/{role}", {"role": "other"}).status == 409
    turned = role in ("Everybody", "user_31")
    assert town.send("POST", f"/groups/{role}", {"privilege": turned}).status == 409
    assert town.send("DELETE", f"/groups/{role}").status == 409
    assert town.stored() == before
    assert town.send("POST", f"/groups/{role}", {"description": "known"}).status == 200


def test_a_privilege_one_holds_is_not_ones_own(town: Town) -> None:
    """Who holds a privilege that is no known one sees it, and changes nothing of it."""
    town.send("POST", "/groups", {"role": "Special", "privilege": True})
    town.grant(34, "GroupManager", "Special")
    assert [row["role"] for row in town.data("/groups/Special", login=PUSH)] == ["Special"]
    before = town.stored()
    for method, body in (("POST", {"description": "x"}), ("POST", {"role": "x"}),
                         ("DELETE", None)):
        assert town.send(method, "/groups/Special", body, PUSH).status == 403
    assert town.send("DELETE", "/groups/Special").status == 409
    assert town.stored() == before


# Changing and deleting


def test_change(town: Town) -> None:
    """A member who manages groups changes one; it is recorded and announced."""
    town.grant(34, "GroupManager")
    answer = town.send("POST", "/groups/webdev", {"role": "web", "description": ""}, PUSH)
    assert answer.status == 200, answer.json
    assert answer.json["data"][0]["role"] == "web"
    assert town.audit("groups.change") == [{"role": "webdev", "data": ["role: webdev => web"]}]
    assert town.events() == [("auth_group_change", {"id": WEBDEV})]
    assert town.modified() == {"auth_group"}
    again = town.send("PUT", "/groups/20", {"role": "web"}, PUSH)
    assert again.json["info"] == "group web is so already"
    assert town.send("POST", "/groups/20", {"role": "Web"}, PUSH).status == 200


def test_array_bodies_and_filters(town: Town) -> None:
    """Arrays and filters change several groups, each judged for itself."""
    answer = town.send("POST", "/groups", [{"role": "a1"}, {"role": "webdev"},
                                           {"id": 20, "description": "x"}])
    assert [row["role"] for row in answer.json["data"]] == ["a1", "webdev"]
    assert [error[:3] for error in answer.json["error"]] == ["409"]
    town.grant(BOB_ID, "GroupManager")
    town.run("DELETE FROM apps_responsibles WHERE group_id = 20")
    answer = town.send("DELETE", "/groups", None, BOB, "filters=role+(webdev,twin,audit,user_32)")
    assert answer.status == 200
    assert town.group("webdev") is None
    assert town.group("twin") is None
    assert town.group("audit") == AUDIT
    assert [r["id"] for r in answer.json["data"] if "error" in r] == [town.group("user_32")]


def test_delete(town: Town) -> None:
    """With a group go its memberships and its ties to registries and applications."""
    town.grant(BOB_ID, "GroupManager")
    town.insert("docker_registries_publications", registry_id=51, group_id=TWIN)
    town.insert("docker_registries_responsibles", registry_id=51, group_id=TWIN)
    town.insert("apps_publications", app_id=41, group_id=TWIN)
    town.insert("apps_responsibles", app_id=41, group_id=TWIN)
    answer = town.send("DELETE", "/groups/twin", None, BOB)
    assert answer.json == {"info": "group twin deleted"}
    for table in ("auth_membership", "docker_registries_publications",
                  "docker_registries_responsibles", "apps_publications", "apps_responsibles"):
        assert not town.rows(f"SELECT id FROM {table} WHERE group_id = ?", TWIN)
        assert table in town.modified()
    assert town.rows("SELECT id FROM auth_group WHERE id = 25")
    assert town.audit("groups.delete") == [{"g": "twin"}]
    assert ("auth_group_change", {"id": TWIN}) in town.events()


@pytest.mark.parametrize(("group", "what"), [
    (WEBDEV, "application Store"), (PLATFORM, "registry registry.open"),
])
def test_who_alone_answers_for_something_stays(town: Town, group: int, what: str) -> None:
    """A group that alone is responsible for something is neither deleted nor made a privilege."""
    before = town.stored()
    answers = (town.send("DELETE", f"/groups/{group}"),
               town.send("POST", f"/groups/{group}", {"privilege": True}))
    for answer in answers:
        assert answer.status == 409
        assert what in answer.json["error"]
    assert town.stored() == before


def test_delete_by_name(town: Town) -> None:
    """The body of DELETE has an id or a role, exactly."""
    assert town.send("DELETE", "/groups", {"role": "TWIN"}).status == 404
    assert town.send("DELETE", "/groups", {"id": "twin"}).status == 400
    assert town.send("DELETE", "/groups", {}).status == 400
    assert town.send("DELETE", "/groups", {"role": "twin"}).status == 200
    assert town.send("DELETE", "/groups", [{"id": 25}, {"id": 999}]).json["error"] == [
        "404 NOT FOUND: there is no group '999'"
    ]
    assert town.group("Twin") is None


def test_root_sees_nothing_secret(town: Town) -> None:
    """What is no column of groups can't be asked."""
    for query in ("props=password", "filters=users.password+a", "orderby=x"):
        assert town.get("/groups", query, ROOT).status == 400
