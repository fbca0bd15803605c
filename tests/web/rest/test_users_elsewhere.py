"""Accounts of other back ends over REST: what of them is changed there, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from applications.init.modules.registries import container
from applications.init.modules.registries.login.credentials import Password
from applications.init.modules.registries.scopes import parse_all
from applications.init.modules.registries.token_service import TokenRequest
from tests.unit.login.people import Rig, rig
from tests.web.conftest import Site
from tests.web.rest.town import ADA_ID, WEBDEV, Town, settled
from tests.web.world import ADA, OPEN, ROOT

THERE = ("there", "there-there")
SAID = "this account is ldap's: its password is changed there"


@pytest.fixture
def town(site: Site) -> Iterator[Town]:
    """People to change."""
    with settled(site) as found:
        yield found


@pytest.fixture
def people(site: Site, town: Town) -> Rig:
    """Somebody in a directory, with an account here already, who may change things of itself."""
    found = rig(site.home)
    found.ldap.add("there")
    container._Process.container = found.container()
    user = found.login("there").user_id
    assert user is not None
    town.grant(user, "SelfManager")
    found.ldap.given.clear()
    return found


def test_a_password_is_changed_there(town: Town, people: Rig) -> None:
    """Neither a Manager nor its owner sets one here, and nobody is asked about the old one."""
    user = town.user("there@there.org")
    answer = town.send("PUT", f"/users/{user}", {"password": "a-local-one"}, ROOT)
    assert (answer.status, answer.json["error"]) == (409, SAID)
    asked = len(people.ldap.asked)
    for old in ({"old_password": "there-there"}, {"old_password": "wrong"}, {}):
        for method, path in (("PUT", "/users/self"), ("POST", f"/users/{user}")):
            body = {"password": "a-local-one", **old}
            answer = town.send(method, path, body, THERE)
            assert (answer.status, answer.json["error"]) == (409, SAID)
    many = [{"id": user, "phone_work": "7"}, {"id": user, "password": "a-local-one"}]
    answer = town.send("POST", "/users", many, THERE)
    assert SAID in str(answer.json)
    assert town.column(int(str(user)), "password") is None
    assert len(people.ldap.asked) == asked
    assert "there-there" not in str(people.home.audit())


def test_a_username_is_changed_there(town: Town, people: Rig) -> None:
    """The name that the directory is asked by stays what it is; the same one is no change."""
    user = town.user("there@there.org")
    answer = town.send("PUT", f"/users/{user}", {"username": "other"}, ROOT)
    assert answer.status == 409
    assert answer.json["error"] == "this account is ldap's: its username is changed there"
    assert town.send("PUT", f"/users/{user}", {"username": "there"}, ROOT).status == 200
    assert town.send("PUT", f"/users/{ADA_ID}", {"username": "adalove"}, ROOT).status == 200


def test_what_the_directory_tells_again(town: Town, people: Rig) -> None:
    """E-mail and names may be changed, until the directory is asked again."""
    user = town.user("there@there.org")
    body = {"email": "new@here.org", "first_name": "New", "quota_app": 3}
    assert town.send("PUT", f"/users/{user}", body, ROOT).status == 200
    assert town.user("new@here.org") == user
    people.home.clock.advance(301)
    people.login("there")
    assert town.user("there@there.org") == user
    assert town.column(int(str(user)), "first_name") == "There"
    assert town.column(int(str(user)), "quota_app") == 3


def test_blocked_and_deleted(town: Town, people: Rig) -> None:
    """Blocking keeps out; a deleted account leaves nothing, and comes back as a new one."""
    user = town.user("there@there.org")
    assert town.send("POST", f"/users/{user}/block", {}, ROOT).status == 200
    assert town.get("/users/self", login=THERE).status == 401
    assert people.ldap.given == []
    assert town.send("DELETE", f"/users/{user}", {}, ROOT).status == 200
    for table in ("registry_account_origins", "registry_account_groups", "auth_membership"):
        assert town.rows(f"SELECT id FROM {table} WHERE user_id = ?", user) == []
    assert town.get("/users/self", login=THERE).status == 200
    assert town.user("there@there.org") != user


def test_an_old_password_asks_nobody_else(town: Town, people: Rig) -> None:
    """Where an e-mail is two people's, the old password of one goes to no directory."""
    town.grant(ADA_ID, "SelfManager")
    people.run("UPDATE auth_user SET email = 'ADA@example.org' WHERE id = 32")
    body = {"password": "a-new-one", "old_password": "ada-secret"}
    answer = town.send("PUT", "/users/self", body, ("ada", ADA[1]))
    assert answer.status == 403
    assert people.ldap.given == []


def test_a_name_of_digits_is_nobodys_id(town: Town, people: Rig) -> None:
    """Somebody who is called as another's id is taken for that other by nobody."""
    people.ldap.add(str(ADA_ID), key="key-digits", mail="digits@there.org")
    person = people.login(str(ADA_ID)).user_id
    assert person not in (None, ADA_ID)
    assert town.data(f"/users/{ADA_ID}", "props=id")[0]["id"] == ADA_ID
    town.grant(int(str(person)), "DockerRegistriesPusher", "DockerRegistriesPuller")
    town.join(int(str(person)), WEBDEV)
    tokens = people.container().tokens
    found = [
        tokens.issue(TokenRequest(
            OPEN, parse_all([f"repository:users/{owner}/x:pull,push"]),
            Password(str(ADA_ID), f"{ADA_ID}-there"), "192.0.2.1",
        )).granted
        for owner in (ADA_ID, person)
    ]
    assert "push" not in found[0]
    assert "push" in found[1]
