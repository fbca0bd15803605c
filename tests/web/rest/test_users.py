"""Users and memberships over the REST API: who sees whom, and who may change what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from applications.init.modules.registries.login import caller as callers
from applications.init.modules.registries.login.sessions import COOKIE
from tests.web.conftest import Answer, Site
from tests.web.rest.shelf import API
from tests.web.rest.town import (
    ADA_ID,
    AUDIT,
    BLOCKED_ID,
    BOB_ID,
    EVE_ID,
    LINUS_ID,
    PLATFORM,
    PULL_ID,
    ROOT_ID,
    TWIN,
    WEBDEV,
    Town,
    settled,
)
from tests.web.world import ADA, BLOCKED, BOB, EVE, LINUS, NODE, PUSH, ROOT, SERVICE, Login
from tests.web.world import PULL as PULLER

NEW = "new@example.org"
FIELDS = {
    "id", "first_name", "last_name", "email", "username", "phone_work", "quota_app",
    "quota_org_group", "quota_docker_registries", "lock_filter", "email_notifications",
    "email_log_level", "email_notifications_delay", "im_notifications", "im_log_level",
    "im_notifications_delay", "im_type", "im_username",
}
SECRETS = ("password", "registration_key", "reset_password_key", "registration_id")


@pytest.fixture
def town(site: Site) -> Iterator[Town]:
    """People to change."""
    with settled(site) as found:
        yield found


# Reading


def test_who_is_seen(town: Town) -> None:
    """Everybody sees itself and who shares a group with it; who manages users sees all."""
    assert town.ids("/users", "limit=0", EVE) == [PULL_ID, EVE_ID]
    assert set(town.ids("/users", "limit=0", PULLER)) == {*range(31, 38)}
    assert set(town.ids("/users", "limit=0", ADA)) == {31, 32, 33, 34, 35, 37}
    assert ROOT_ID in town.ids("/users", "limit=0", ROOT)
    town.grant(EVE_ID, "UserManager")
    assert {ROOT_ID, *range(31, 38)} <= set(town.ids("/users", "limit=0", EVE))


@pytest.mark.parametrize("login", [SERVICE, NODE])
def test_machines_see_nobody(town: Town, login: Login) -> None:
    """Services and nodes see no users, and have no account."""
    assert town.data("/users", "limit=0", login) == []
    assert town.data("/users/31", login=login) == []
    for path in ("/users/self", "/users/self/groups", "/users/self/dump", "/users/self/prefs"):
        answer = town.get(path, login=login)
        assert (answer.status, "only people" in answer.json["error"]) == (403, True)


def test_shape(town: Town) -> None:
    """A user is found by id, e-mail, username and self; the row has the contract's columns."""
    for text in ("31", "ada@example.org", "ADA@example.org", "ada", "self"):
        (row,) = town.data(f"/users/{text}", login=ADA)
        assert set(row) == FIELDS
        assert (row["id"], row["email"], row["lock_filter"]) == (31, ADA[0], False)
    assert town.data("/users/31", "props=id,active") == [{"id": 31, "active": True}]
    assert town.data("/users/37", "props=active") == [{"active": False}]
    assert town.ids("/users", "filters=active+F&limit=0") == [BLOCKED_ID]
    assert town.ids("/users", "filters=active+F&props=id&limit=0") == [BLOCKED_ID]
    assert town.data("/users", "limit=0&meta=0&props=id,email&query=email+like+ad%25") == [
        {"id": 1, "email": ROOT[0]}, {"id": 31, "email": ADA[0]},
    ]


@pytest.mark.parametrize("secret", [*SECRETS, "auth_user.password"])
@pytest.mark.parametrize("path", ["/users", "/users/31", "/groups/20/users", "/users_groups"])
def test_secrets_are_out_of_reach(town: Town, path: str, secret: str) -> None:
    """No parameter reaches a password or key, and props_blacklist is nothing to us (E2)."""
    queries = [f"props={secret}"]
    if path != "/users/31":
        queries += [f"filters={secret}+%25", f"orderby={secret}", f"groupby={secret}",
                    f"search=a&search_props={secret}", f"query={secret}+like+a"]
    for query in queries:
        answer = town.get(path, query)
        assert answer.status == 400, query
        assert b"pbkdf2" not in answer.body
    for query in ("props_blacklist=x", "search=pbkdf2", "stats=1", "commonality=1"):
        assert b"pbkdf2" not in town.get(path, query).body


@pytest.mark.parametrize(("login", "path"), [
    (EVE, "/users/31"), (EVE, "/users/ada@example.org"), (ADA, "/users/1"), (ADA, "/users/999"),
    (ADA, "/users/99999999999999999999999"), (ADA, "/users/nobody"), (ADA, "/users/-1"),
])
def test_not_seen(town: Town, login: Login, path: str) -> None:
    """Who is not seen does not exist: nothing where it is shown, 404 where it is asked for."""
    assert town.data(path, login=login) == []
    for below in ("groups", "primary_group"):
        assert town.get(f"{path}/{below}", login=login).status == 404


def test_groups_of_a_user(town: Town) -> None:
    """One sees all groups of one's own, privileges too, and of others those that are shared."""
    roles = {row["role"] for row in town.data("/users/self/groups", login=ADA)}
    assert roles == {"webdev", "31", "user_31", "Everybody", "DockerRegistriesPuller",
                     "DockerRegistriesPusher"}
    mine = {row["role"] for row in town.data("/users/31/groups", login=PUSH)}
    assert mine == {"webdev", "Everybody", "DockerRegistriesPusher"}
    town.grant(33, "UserManager")
    assert len(town.data("/users/31/groups", login=PULLER)) == 6
    assert [row["id"] for row in town.data("/users/31/primary_group", login=ADA)] == [WEBDEV]
    assert town.data("/users/36/primary_group", login=EVE) == []


# Rights


def _attempts() -> list[tuple[str, str, Any]]:
    return [
        ("POST", "/users", {"email": NEW}),
        ("POST", "/users/35", {"first_name": "x"}),
        ("PUT", "/users/35", {"password": "taken over"}),
        ("POST", "/users", {"id": 35, "first_name": "x"}),
        ("POST", "/users/self", {"email": NEW}),
        ("POST", "/users/self", {"username": "other"}),
        ("POST", "/users/self", {"lock_filter": False}),
        ("POST", "/users/self", {"quota_docker_registries": 99}),
        ("POST", "/users/self", {"registration_key": ""}),
        ("POST", "/users/self", {"id": 35}),
        ("POST", "/users/self", {"password": "taken over"}),
        ("DELETE", "/users/35", None),
        ("DELETE", "/users", {"id": 35}),
        ("DELETE", "/users/self", None),
        ("POST", "/users/35/block", None),
        ("POST", "/users/37/unblock", None),
        ("POST", "/users/35/primary_group/20", None),
        ("DELETE", "/users/31/primary_group", None),
        ("POST", "/users/self/primary_group/2", None),
        ("POST", "/users/self/primary_group/279", None),
        ("POST", "/users/self/primary_group/21", None),
        ("POST", "/users/self/groups/2", None),
        ("POST", "/users/self/groups/279", None),
        ("POST", "/users/self/groups/21", None),
        ("POST", "/users/35/groups/26", None),
        ("POST", "/users_groups", {"user_id": "self", "group_id": "Manager"}),
        ("POST", "/users_groups", {"user_id": 34, "group_id": 21}),
        ("DELETE", "/users/1/groups/2", None),
        ("DELETE", "/users/35/groups/279", None),
        ("DELETE", "/users_groups", {"user_id": 35, "group_id": 279}),
    ]


@pytest.mark.parametrize("privileges", [
    (), ("SelfManager",), ("GroupManager",), ("QuotaManager",), ("AppManager",),
    ("QuotaManager", "AppManager"),
])
def test_nobody_gets_what_it_has_not(town: Town, privileges: tuple[str, ...]) -> None:
    """Whatever else somebody manages: users, and rights of others, are not among it."""
    town.grant(34, *privileges)
    before = town.stored()
    for method, path, body in _attempts():
        answer = town.send(method, path, body, PUSH)
        assert answer.status in (400, 403, 404, 409), (method, path, body, answer.json)
        assert town.stored() == before, (method, path, body)
    assert town.audit("user.change") == []


@pytest.mark.parametrize("login", [SERVICE, NODE])
def test_machines_change_nothing(town: Town, login: Login) -> None:
    """Services and nodes change no user and no membership."""
    before = town.stored()
    for method, path, body in _attempts():
        assert town.send(method, path, body, login).status in (400, 403, 404), (method, path)
    assert town.stored() == before


@pytest.mark.parametrize(("method", "path", "body"), [
    ("PUT", "/users/1", {"password": "taken over"}),
    ("POST", "/users/1", {"email": "mine@example.org"}),
    ("POST", "/users/1", {"username": "mine"}),
    ("POST", "/users", {"id": 1, "password": "taken over"}),
    ("DELETE", "/users/1", None), ("DELETE", "/users", {"email": "admin@localhost"}),
    ("POST", "/users/1/block", None),
    ("PUT", "/users/35", {"password": "taken over"}), ("DELETE", "/users/35", None),
    ("POST", "/users/35/block", None), ("POST", "/users/31/primary_group/26", None),
    ("POST", "/users/self/groups/2", None), ("POST", "/users/self/groups/279", None),
    ("POST", "/users/self/groups/21", None), ("POST", "/users/35/groups/21", None),
    ("DELETE", "/users/1/groups/2", None),
    ("POST", "/users/33", {"quota_docker_registries": 9}),
    ("POST", "/users", {"email": NEW, "quota_app": 9}),
    ("POST", "/users/self", {"password": "new secret"}),
    ("DELETE", "/users/self", None), ("POST", "/users/self/block", None),
])
def test_user_manager_is_no_manager(town: Town, method: str, path: str, body: Any) -> None:
    """A UserManager gets no account in hand that holds more than it, and gives no rights."""
    town.grant(37, "SelfManager")
    town.grant(34, "UserManager")
    before = town.stored()
    answer = town.send(method, path, body, PUSH)
    assert answer.status in (403, 404, 409), answer.json
    assert town.stored() == before


def test_filters_reach_no_further(town: Town) -> None:
    """What filters choose is judged one by one; who is not seen is not chosen."""
    town.grant(34, "UserManager")
    answer = town.send("POST", "/users", {"phone_work": "1"}, PUSH, "filters=id+(1,34,35)")
    assert answer.status == 200
    by_id = {row["id"]: row for row in answer.json["data"]}
    assert "Manager" in by_id[1]["error"]
    assert "DockerRegistriesManager" in by_id[35]["error"]
    assert by_id[34]["phone_work"] == "1"
    answer = town.send("DELETE", "/users", None, EVE, "filters=id+31")
    assert (answer.status, answer.json["data"]) == (200, [])
    assert town.send("DELETE", "/users", None, ROOT, "filters=email+%25").status == 200
    assert town.user(ROOT[0]) == ROOT_ID
    assert town.send("DELETE", "/users", None, ROOT, "filters=email+!").status == 400


# Changing


def test_create(town: Town) -> None:
    """A new user has its private group, Everybody, and a password that is shown once."""
    town.grant(34, "UserManager")
    answer = town.send("POST", "/users", {"email": NEW, "first_name": "New"}, PUSH)
    assert answer.status == 200, answer.json
    (row,) = answer.json["data"]
    assert set(row) == FIELDS
    assert (row["email"], row["first_name"]) == (NEW, "New")
    password = answer.json["info"].rpartition(" ")[2]
    assert {g["role"] for g in town.data("/users/self/groups", login=(NEW, password))} == {
        "Everybody", f"user_{row['id']}"
    }
    assert password not in str(town.site.home.audit())
    assert town.audit("user.create") == [{"data": [f"email: {NEW}", "first_name: New"]}]
    assert {"auth_user", "auth_membership"} <= town.modified()
    assert ("auth_user_change", {"a": "b"}) in town.events()


def test_create_with_password(town: Town) -> None:
    """A given password is taken as it is, and told to nobody."""
    answer = town.send("POST", "/users", {"email": NEW, "password": " s3cret "})
    assert answer.status == 200
    assert b"s3cret" not in answer.body
    assert town.get("/users/self", login=(NEW, " s3cret ")).status == 200
    assert town.get("/users/self", login=(NEW, "s3cret")).status == 401
    assert "s3cret" not in str(town.site.home.audit())


@pytest.mark.parametrize("body", [
    {}, {"email": ""}, {"email": None}, {"email": ["a@b"]}, {"email": "nobody"},
    {"email": "a b@c.d"}, {"email": "a@b@c"}, {"email": "a:b@c.d"}, {"email": "a@b\nc"},
    {"email": "é@example.org"}, {"email": "a@b.c" + "d" * 300}, {"email": NEW, "password": "abc"},
    {"email": NEW, "password": 12345}, {"email": NEW, "password": ["a"]},
    {"email": NEW, "password": None}, {"email": NEW, "password": "a" * 1025},
    {"email": NEW, "username": "31"}, {"email": NEW, "username": "self"},
    {"email": NEW, "username": "a/b"}, {"email": NEW, "username": "a@b"},
    {"email": NEW, "username": "éve"}, {"email": NEW, "first_name": "a" * 129},
    {"email": NEW, "first_name": "a\x1b[1m"}, {"email": NEW, "first_name": {"a": 1}},
    {"email": NEW, "quota_app": -1}, {"email": NEW, "quota_app": "x"},
    {"email": NEW, "quota_app": 10**30}, {"email": NEW, "quota_app": True},
    {"email": NEW, "email_log_level": "loud"}, {"email": NEW, "lock_filter": []},
    {"email": NEW, "im_notifications_delay": 1.5}, {"email": NEW, "foo": 1},
    {"email": NEW, "id": "x"}, {"email": NEW, "registration_key": ""},
    {"email": NEW, "old_password": "x"}, {"email": NEW, "reset_password_key": "x"},
    {"email": NEW, "first_name": "a\x00"}, {"email": NEW, "first_name": "\ud800"},
])
def test_hostile_bodies(town: Town, body: dict[str, Any]) -> None:
    """What can't be meant is refused with a sentence, and nothing is stored."""
    before = town.stored()
    answer = town.send("POST", "/users", body)
    assert (answer.status, bool(answer.json["error"])) == (400, True), answer.json
    assert town.stored() == before


@pytest.mark.parametrize("body", [
    {"email": "ada@example.org"}, {"email": "ADA@EXAMPLE.ORG"},
    {"email": NEW, "username": "ada"}, {"email": NEW, "username": "ADA"},
    {"email": "web@n1.lab"}, {"email": NEW, "username": "n1.lab"}, {"email": "x@N1.LAB"},
])
def test_names_that_are_taken(town: Town, body: dict[str, Any]) -> None:
    """A name to log in with is nobody else's: no user's, no machine's, whatever its case."""
    assert town.send("POST", "/users", body).status == 409
    assert town.send("POST", "/users/34", body).status == 409
    assert town.user(NEW) is None


def test_change(town: Town) -> None:
    """A change is answered with the new row and what changed; it is recorded and announced."""
    body = {"phone_work": "42", "quota_docker_registries": "5", "first_name": ""}
    answer = town.send("POST", "/users/31", body)
    assert answer.status == 200, answer.json
    (row,) = answer.json["data"]
    assert (row["phone_work"], row["quota_docker_registries"]) == ("42", 5)
    assert town.audit("user.change") == [{
        "email": "ada@example.org",
        "data": ["phone_work: None => 42", "quota_docker_registries: None => 5"],
    }]
    assert town.modified() == {"auth_user"}
    assert town.events() == [("auth_user_change", {"a": "b"})]
    again = town.send("PUT", "/users/ada@example.org", body)
    assert again.json["info"] == "user ada@example.org is so already"
    assert len(town.audit("user.change")) == 1
    town.send("POST", "/users/31", {"quota_docker_registries": ""})
    assert town.column(31, "quota_docker_registries") is None


def test_array_bodies(town: Town) -> None:
    """Each object of an array is a change of its own."""
    answer = town.send("POST", "/users", [
        {"id": 31, "phone_work": "1"}, {"email": "nonsense"}, "x", {"id": 999, "phone_work": "1"},
        {"email": NEW, "password": "good enough"},
    ])
    assert answer.status == 200
    assert [row["email"] for row in answer.json["data"]] == ["ada@example.org", NEW]
    assert [error[:3] for error in answer.json["error"]] == ["400", "an ", "404"]


def test_oneself(town: Town) -> None:
    """With SelfManager one changes one's names, phone and notifications, and nothing else."""
    assert town.send("POST", "/users/self", {"phone_work": "1"}, ADA).status == 403
    town.grant(ADA_ID, "SelfManager")
    body = {"first_name": "Ada", "phone_work": "1", "im_notifications": "F", "im_type": "xmpp"}
    assert town.send("POST", "/users/self", body, ADA).status == 200
    assert town.send("POST", "/users/31", {"last_name": "L"}, ADA).status == 200
    assert town.column(ADA_ID, "im_notifications") == "F"
    answer = town.send("POST", "/users/self", {"phone_work": "2", "quota_app": 9}, ADA)
    assert answer.status == 403
    assert "quota_app" in answer.json["error"]
    assert "QuotaManager" in answer.json["error"]
    assert town.column(ADA_ID, "phone_work") == "1"
    town.grant(ADA_ID, "QuotaManager")
    assert town.send("POST", "/users/self", {"quota_app": 9}, ADA).status == 200
    assert town.send("POST", "/users/33", {"quota_app": 9}, ADA).status == 403
    assert town.column(ADA_ID, "quota_app") == 9


def test_own_password(town: Town) -> None:
    """One's own password is changed with the old one; then the old one is of no use."""
    town.grant(ADA_ID, "SelfManager")
    for body in ({"password": "new secret"}, {"password": "new secret", "old_password": "wrong"},
                 {"password": "new secret", "old_password": ["ada-secret"]},
                 {"password": "new secret", "old_password": ""}):
        answer = town.send("POST", "/users/self", body, ADA)
        assert answer.status == 403
        assert "old_password" in answer.json["error"]
    body = {"password": "new secret", "old_password": "ada-secret", "phone_work": "7"}
    answer = town.send("POST", "/users/self", body, ADA)
    assert answer.status == 200, answer.json
    assert b"secret" not in answer.body
    assert town.get("/users/self", login=ADA).status == 401
    assert town.get("/users/self", login=(ADA[0], "new secret")).status == 200
    (entry,) = town.audit("user.change")
    assert entry["data"] == ["phone_work: None => 7", "password changed"]


def test_guessing_the_old_password_is_locked(town: Town) -> None:
    """In a session left open, wrong old passwords count as failed logins, which lock."""
    built = town.site.home.container
    with town.db.transaction(write=True):
        account = built.directory.account_by_id(ROOT_ID)
        assert account is not None
        cookie = built.sessions.open(callers.user(account), "192.0.2.7", built.clock())

    def guess(old: str) -> Answer:
        body = json.dumps({"password": "new secret", "old_password": old}).encode()
        return town.site.ask(
            f"{API}/users/self", "", "POST", body, address="192.0.2.7",
            content_type="application/json", cookie=f"{COOKIE}={cookie}",
        )

    assert guess("wrong").status == 403
    assert [guess(f"wrong {n}").status for n in range(30)][-1] == 429
    assert guess("admin-secret").status == 429
    assert town.get("/users/self").status == 200


def test_a_managers_own_password_needs_the_old_one(town: Town) -> None:
    """No privilege spares anybody the old password: a session left open is no way in."""
    assert town.send("POST", "/users/self", {"password": "new secret"}).status == 403
    assert town.send("POST", f"/users/{ROOT[0]}", {"password": "new secret"}).status == 403


def test_password_of_others(town: Town) -> None:
    """A UserManager sets the password of somebody who holds nothing that it lacks."""
    town.grant(34, "UserManager")
    town.grant(34, "DockerRegistriesPuller")
    assert town.send("POST", "/users/33", {"password": "new secret"}, PUSH).status == 200
    assert town.get("/users/self", login=("pull", "new secret")).status == 200


def test_delete(town: Town) -> None:
    """With a user go its private group, memberships, preferences, tokens and sessions."""
    private = town.group("user_33")
    town.insert("user_prefs", user_id=33, prefs="{}")
    town.insert("registry_sessions", digest="d", user_id=33, credential="", created=1,
                last_used=1, expires=1)
    town.insert("registry_identity_tokens", digest="d", kind="user", login="pull", user_id=33,
                registry_id=0, credential="", created=1, last_used=1, expires=1)
    answer = town.send("DELETE", "/users/33")
    assert answer.json == {"info": "user pull@example.org deleted"}
    for table in ("auth_membership", "user_prefs", "registry_sessions",
                  "registry_identity_tokens"):
        assert not town.rows(f"SELECT id FROM {table} WHERE user_id = 33")
    assert not town.has("auth_group", private or 0)
    assert not town.has("auth_user", 33)
    assert town.audit("user.delete") == [{"email": "pull@example.org"}]
    assert {"auth_user", "auth_group", "auth_membership"} <= town.modified()
    assert town.get("/users/self", login=PULLER).status == 401


def test_delete_keeps_what_is_owned(town: Town) -> None:
    """A user whose private group alone is responsible for something is not deleted."""
    town.insert("docker_registries_responsibles", registry_id=53, group_id=town.group("user_33"))
    answer = town.send("DELETE", "/users/33")
    assert answer.status == 409
    assert "registry.hidden" in answer.json["error"]
    assert town.has("auth_user", 33)
    town.insert("docker_registries_responsibles", registry_id=53, group_id=WEBDEV)
    assert town.send("DELETE", "/users/33").status == 200
    assert town.groups("responsibles", 53) == {WEBDEV}


def test_block(town: Town) -> None:
    """Who is blocked logs in no more, at once; unblocked, it does again."""
    assert town.get("/users/self", login=BOB).status == 200
    answer = town.send("POST", "/users/32/block")
    assert answer.json == {"info": "user bob@example.org is blocked"}
    assert town.get("/users/self", login=BOB).status == 401
    assert town.send("POST", "/users/32/block").json["info"].endswith("already")
    assert town.send("POST", "/users/32/unblock").json["info"].endswith("active again")
    assert town.get("/users/self", login=BOB).status == 200
    assert town.send("POST", "/users/32/unblock").json["info"].endswith("already")
    assert [e["data"] for e in town.audit("user.change")] == [
        ["active: True => False"], ["active: False => True"]
    ]
    assert town.send("POST", "/users/37/unblock").status == 200
    assert town.get("/users/self", login=BLOCKED).status == 200


# Memberships


def test_join_and_leave(town: Town) -> None:
    """A GroupManager puts people into its own groups and takes them out; it is recorded."""
    town.grant(34, "GroupManager")
    for path in ("/users/eve/groups/webdev", "/users/eve@example.org/groups/20"):
        answer = town.send("POST", path, None, PUSH)
        assert answer.status == 200, answer.json
    assert answer.json == {"info": "user eve@example.org already attached to group webdev"}
    assert town.in_group(EVE_ID, WEBDEV)
    assert town.audit("user.group.attach") == [{"u": "eve@example.org", "g": "webdev"}]
    assert town.modified() == {"auth_membership"}
    payload = {"user_id": EVE_ID, "group_id": WEBDEV}
    assert town.events() == [("auth_membership_change", payload)]
    assert town.send("DELETE", "/users/36/groups/20", None, PUSH).status == 200
    assert not town.in_group(EVE_ID, WEBDEV)
    assert town.audit("user.group.detach") == [{"u": "eve@example.org", "g": "webdev"}]
    assert town.send("DELETE", "/users/eve/groups/20", None, PUSH).status == 404


def test_whom_one_does_not_see_one_must_name(town: Town) -> None:
    """By ids nobody finds out who there is: somebody not seen is invited by its name only."""
    town.grant(34, "GroupManager")
    answers = [town.send("POST", f"/users/{n}/groups/20", None, PUSH) for n in (EVE_ID, 999)]
    assert [a.status for a in answers] == [404, 404]
    assert not town.in_group(EVE_ID, WEBDEV)


def test_bodies_of_memberships(town: Town) -> None:
    """The body may name both, by id or name, also in an array and with DELETE."""
    body = [{"user_id": 36, "group_id": 20}, {"user_id": "eve", "group_id": "twin"},
            {"user_id": 36}, {"user_id": 36, "group_id": 20, "primary_group": True}]
    answer = town.send("POST", "/users_groups", body)
    assert len(answer.json["info"]) == 2
    assert [error[:3] for error in answer.json["error"]] == ["400", "400"]
    assert town.in_group(EVE_ID, TWIN)
    assert town.send("DELETE", "/users_groups", {"user_id": 36, "group_id": 20}).status == 200
    assert not town.in_group(EVE_ID, WEBDEV)
    query = "filters=user_id+36&filters=group_id+24"
    answer = town.send("DELETE", "/users_groups", None, ROOT, query)
    assert answer.json["data"][0]["info"].endswith("detached from group twin")
    assert not town.in_group(EVE_ID, TWIN)


def test_list_of_memberships(town: Town) -> None:
    """Memberships are listed of the users and groups that one sees both of."""
    rows = town.data("/users_groups", "limit=0", EVE)
    assert set(rows[0]) == {"id", "user_id", "group_id", "primary_group", "email", "role"}
    assert {row["user_id"] for row in rows} == {PULL_ID, EVE_ID}
    assert {row["role"] for row in rows if row["user_id"] == PULL_ID} == {
        "audit", "Everybody", "DockerRegistriesPuller"
    }
    assert town.data("/users_groups", "limit=0", NODE) == []


def test_privileges_are_a_managers(town: Town) -> None:
    """A Manager gives and takes privileges; the last one that can log in keeps Manager."""
    manager = town.group("Manager")
    town.grant(34, "UserManager", "GroupManager")
    answer = town.send("POST", "/users/self/groups/SelfManager", None, PUSH)
    assert (answer.status, "only a Manager" in answer.json["error"]) == (403, True)
    assert town.send("POST", "/users/31/groups/UserManager").status == 200
    assert town.send("POST", f"/users/37/groups/{manager}").status == 200
    answer = town.send("DELETE", "/users/self/groups/Manager")
    assert answer.status == 409
    assert "last Manager" in answer.json["error"]
    town.send("POST", f"/users/31/groups/{manager}")
    assert town.send("DELETE", "/users/self/groups/Manager").status == 200
    assert not town.in_group(ROOT_ID, manager)


def test_a_privilege_needs_the_flag(town: Town) -> None:
    """A group named as a privilege without being marked as one gives no right (E94)."""
    town.run("UPDATE auth_group SET privilege = 'F' WHERE role = 'UserManager'")
    town.grant(34, "UserManager")
    answer = town.send("POST", "/users", {"email": NEW}, PUSH)
    assert answer.status == 403
    assert "UserManager" in answer.json["error"]


def test_private_groups_stay_private(town: Town) -> None:
    """Nobody gets into the private group of another, nor out of its own."""
    town.grant(34, "GroupManager")
    private = town.group("user_34")
    for login in (PUSH, ROOT):
        assert town.send("POST", f"/users/ada/groups/{private}", None, login).status == 409
        assert town.send("DELETE", f"/users/34/groups/{private}", None, login).status == 409
    assert town.send("POST", "/users/self/groups/user_31", None, PUSH).status == 404


def test_everybody(town: Town) -> None:
    """Only a Manager changes who is in Everybody."""
    town.grant(34, "GroupManager", "UserManager")
    assert town.send("DELETE", "/users/31/groups/Everybody", None, PUSH).status == 403
    assert town.send("DELETE", "/users/31/groups/Everybody").status == 200
    assert town.send("POST", "/users/31/groups/Everybody", None, PUSH).status == 403


def test_primary_group(town: Town) -> None:
    """The primary group is one that the user is in; only the mark moves (E17)."""
    town.grant(35, "SelfManager")
    answer = town.send("POST", "/users/self/primary_group/Platform-Team", None, LINUS)
    assert answer.json == {"info": "user linus@example.org primary group set to Platform-Team"}
    answer = town.send("POST", "/users/35/primary_group/20", None, LINUS)
    assert answer.status == 200
    assert [row["id"] for row in town.data("/users/self/primary_group", login=LINUS)] == [WEBDEV]
    assert town.in_group(LINUS_ID, PLATFORM)
    assert town.in_group(LINUS_ID, WEBDEV)
    assert town.audit("user.primary_group.attach")[1] == {
        "u": "linus@example.org", "g": "webdev"
    }
    assert town.send("DELETE", "/users/self/primary_group", None, LINUS).status == 200
    assert town.in_group(LINUS_ID, WEBDEV)
    assert town.audit("user.primary_group.detach") == [{"u": "linus@example.org"}]
    assert town.send("DELETE", "/users/self/primary_group", None, LINUS).json["info"].endswith(
        "already"
    )


@pytest.mark.parametrize(("group", "status"), [
    ("2", 404), ("Manager", 404), ("277", 403), ("DockerRegistriesPusher", 403), ("22", 404),
    ("999", 404), ("99999999999999999999", 404), ("x--", 404), ("user_31", 404),
])
def test_the_primary_group_is_no_way_in(town: Town, group: str, status: int) -> None:
    """Neither a privilege nor a group one is not in becomes one's primary group (E17)."""
    town.grant(34, "SelfManager")
    before = town.stored()
    answer = town.send("POST", f"/users/self/primary_group/{group}", None, PUSH)
    assert answer.status == status
    assert town.stored() == before


def test_primary_group_of_others(town: Town) -> None:
    """A UserManager sets the primary group of others, to one that they are in."""
    town.grant(34, "UserManager", "DockerRegistriesPuller")
    assert town.send("POST", "/users/33/primary_group/22", None, PUSH).status == 200
    assert town.send("POST", "/users/33/primary_group/21", None, PUSH).status == 404
    assert [row["id"] for row in town.data("/users/33/primary_group")] == [AUDIT]
    assert town.send("POST", f"/users/{BOB_ID}/primary_group/24", None, PUSH).status == 403
