"""Personal tokens over REST: made, listed and revoked; what they can't do, whoever tries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from applications.init.modules.registries import container
from applications.init.modules.registries.rest.table import ROUTER
from tests.web.conftest import Answer, Site
from tests.web.rest.rack import Rack, standing
from tests.web.world import ADA, BOB, HIDDEN, LINUS, NODE, OPEN, RESTRICTED, ROOT, SERVICE

PATH = "/users/self/personal_tokens"
TYPE = "application/json"


@pytest.fixture
def rack(site: Site) -> Iterator[Rack]:
    """The site, with accounts that are as they were afterwards."""
    with standing(site) as found:
        yield found


def create(rack: Rack, login: tuple[str, str] = ADA, name: str = "ci", **more: Any) -> str:
    """A new token."""
    answer = rack.send("POST", PATH, {"name": name, **more}, login)
    assert answer.status == 200, answer.json
    return str(answer.json["data"]["token"])


def bearer(
    rack: Rack, token: str, method: str = "GET", path: str = "/session", body: Any = None
) -> Answer:
    """Make a request with a token alone."""
    content = b"" if body is None else json.dumps(body).encode()
    return rack.site.ask(f"/init/rest/api{path}", "", method, content, content_type=TYPE,
                         authorization=f"Bearer {token}")


def test_life(rack: Rack) -> None:
    """A token is shown once, is its owner, is listed with its last use, and dies when revoked."""
    token = create(rack, days=30)
    assert token.startswith("osvcpat_")
    for answer in (bearer(rack, token), rack.get("/session", login=(ADA[0], token)),
                   rack.get("/session", login=("Ada", token))):
        assert (answer.status, answer.json["data"]["id"]) == (200, 31)
    (row,) = rack.data(PATH, login=ADA)
    assert set(row) == {"id", "name", "created", "expires", "last_used", "last_address",
                        "read_only", "registries", "revoked"}
    assert (row["name"], row["read_only"], row["registries"]) == ("ci", False, None)
    assert (row["last_address"], row["revoked"]) == ("192.0.2.1", None)
    assert row["expires"] > row["created"]
    answer = rack.send("DELETE", f"{PATH}/{row['id']}", None, ADA)
    assert answer.json == {"info": f"personal token {row['id']} (ci) revoked"}
    assert bearer(rack, token).status == 401
    assert rack.get("/session", login=(ADA[0], token)).status == 401
    assert rack.send("DELETE", f"{PATH}/{row['id']}", None, ADA).status == 404
    assert rack.audit("docker.personal_token.create")[0]["name"] == "ci"
    assert rack.audit("docker.personal_token.revoke")[0]["login"] == "ada@example.org"
    refused = rack.audit("docker.login.failed")
    assert {one["reason"] for one in refused} == {"the personal token 'ci' is revoked"}
    assert token not in str(rack.site.home.audit())


@pytest.mark.parametrize("body", [
    {}, {"name": ""}, {"name": " "}, {"name": "x" * 129}, {"name": ["x"]}, {"name": "a\nb"},
    {"name": "x", "days": 0}, {"name": "x", "days": -1}, {"name": "x", "days": 366},
    {"name": "x", "days": "1e3"}, {"name": "x", "days": 1.5}, {"name": "x", "days": None},
    {"name": "x", "read_only": None}, {"name": "x", "read_only": []},
    {"name": "x", "registries": []}, {"name": "x", "registries": ""},
    {"name": "x", "registries": {}}, {"name": "x", "registries": 51},
    {"name": "x", "registries": [None]}, {"name": "x", "registries": ["nowhere"]},
    {"name": "x", "registries": [HIDDEN]}, {"name": "x", "registries": [53]},
    {"name": "x", "registries": [True]}, {"name": "x", "registries": [51] * 101},
    {"name": "x", "user_id": 32}, {"name": "x", "token": "osvcpat_x"}, {"name": "x", "expires": 9},
])
def test_bodies(rack: Rack, body: dict[str, Any]) -> None:
    """What can't be understood, or is a registry that one doesn't see, makes no token."""
    assert rack.send("POST", PATH, body, ADA).status == 400
    assert rack.rows("SELECT id FROM registry_personal_tokens") == []


@pytest.mark.parametrize("named", [[51, RESTRICTED], [OPEN, "52"], f"{OPEN}, 52"])
def test_registries_by_id_or_service(rack: Rack, named: Any) -> None:
    """Registries are named as elsewhere in the API."""
    create(rack, registries=named)
    assert rack.data(PATH, login=ADA)[0]["registries"] == [51, 52]


def test_names_are_ones_own(rack: Rack) -> None:
    """Two live tokens of one person have two names; a revoked one gives its name back."""
    create(rack)
    assert rack.send("POST", PATH, {"name": "CI"}, ADA).status == 409
    create(rack, BOB)
    rack.send("DELETE", PATH, None, ADA)
    create(rack)


def test_as_many_as_one_can_look_after(rack: Rack) -> None:
    """A hundred live tokens are enough for one person."""
    for number in range(100):
        create(rack, name=f"t{number}")
    assert rack.send("POST", PATH, {"name": "one more"}, ADA).status == 409


def test_only_ones_own(rack: Rack) -> None:
    """Nobody without the right sees or ends the tokens of others (IDOR)."""
    token = create(rack)
    (row,) = rack.data(PATH, login=ADA)
    assert rack.data(PATH, login=BOB) == []
    assert rack.send("DELETE", f"{PATH}/{row['id']}", None, BOB).status == 404
    for path in ("/users/31/personal_tokens", f"/users/31/personal_tokens/{row['id']}"):
        assert rack.send("DELETE", path, None, BOB).status == 403
    assert rack.get("/users/31/personal_tokens", login=LINUS).status == 403
    assert bearer(rack, token).status == 200


def test_managers_of_users(rack: Rack) -> None:
    """A UserManager revokes those of others, one or all, but not of who may more than itself."""
    one, two, mine = create(rack), create(rack, name="two"), create(rack, ROOT)
    rack.grant(32, "UserManager")
    rows = rack.data("/users/31/personal_tokens", login=BOB)
    assert {row["name"] for row in rows} == {"ci", "two"}
    first = next(row["id"] for row in rows if row["name"] == "ci")
    assert rack.send("DELETE", f"/users/ada/personal_tokens/{first}", None, BOB).status == 200
    assert (bearer(rack, one).status, bearer(rack, two).status) == (401, 200)
    answer = rack.send("DELETE", "/users/31/personal_tokens", None, BOB)
    assert answer.json == {"info": "1 personal token revoked"}
    assert bearer(rack, two).status == 401
    root = rack.rows("SELECT user_id FROM registry_personal_tokens WHERE user_id < 31")[0][0]
    assert rack.get(f"/users/{root}/personal_tokens", login=BOB).status == 403
    assert rack.send("DELETE", f"/users/{root}/personal_tokens", None, BOB).status == 403
    assert bearer(rack, mine).status == 200
    assert rack.get("/users/999999/personal_tokens", login=BOB).status == 404


@pytest.mark.parametrize("column", ["digest", "user_id", "personal_tokens.digest"])
def test_secrets_are_out_of_reach(rack: Rack, column: str) -> None:
    """Digests can neither be shown nor filtered."""
    create(rack)
    for query in (f"props={column}", f"filters={column}+%25a%25", f"orderby={column}"):
        assert rack.get(PATH, query, ADA).status == 400


PERSON = [f"{route.method} {route.path}" for route in ROUTER.routes if route.person]


def test_what_needs_a_person_is_known() -> None:
    """All that opens sessions, makes or revokes tokens, or changes second factors is marked."""
    paths = ("/session", "/users/self/sessions", "/users/self/tokens", "personal_tokens", "totp")
    assert {
        f"{route.method} {route.path}" for route in ROUTER.routes
        if route.method != "GET" and any(path in route.path for path in paths)
    } == {*PERSON, "POST /session"}


def test_what_needs_a_person_is_described(rack: Rack) -> None:
    """The API says of each such route that no personal token does it."""
    document = rack.get("/openapi.json").json
    for route in PERSON:
        method, _, path = route.partition(" ")
        words = document["paths"][path.replace("<", "{").replace(">", "}")][method.lower()]
        assert "No personal token does this" in words["description"]


@pytest.mark.parametrize("route", PERSON)
@pytest.mark.parametrize("way", ["bearer", "basic"])
def test_a_token_is_no_person(rack: Rack, route: str, way: str) -> None:
    """The token of a Manager, without limits, does none of it, whichever way it comes."""
    token = create(rack, ROOT)
    method, _, path = route.partition(" ")
    path = path.replace("<id>", "31").replace("<token>", "1")
    body = {"name": "x"} if method == "POST" else {}
    if way == "bearer":
        answer = bearer(rack, token, method, path, body)
    else:
        answer = rack.send(method, path, body, (ROOT[0], token))
    assert (answer.status, "personal token 'ci'" in answer.json["error"]) == (403, True)


def test_a_token_signs_nobody_in(rack: Rack) -> None:
    """Neither in the body nor in a header does it open a session."""
    token = create(rack)
    body = {"login": ADA[0], "password": token}
    for answer in (
        rack.site.ask("/init/rest/api/session", "", "POST", json.dumps(body).encode(),
                      content_type=TYPE),
        rack.send("POST", "/session", {}, (ADA[0], token)),
    ):
        assert answer.status == 403
        assert "set-cookie" not in answer.headers
    assert bearer(rack, token, "POST", "/session", {}).status == 401
    assert rack.rows("SELECT id FROM registry_sessions") == []


def test_a_token_changes_no_password(rack: Rack) -> None:
    """Not with the token, not with the token as the old password, not of others."""
    token, root = create(rack), create(rack, ROOT)
    rack.grant(31, "SelfManager")
    new = {"password": "a-new-secret"}
    for old in (ADA[1], token):
        body = {**new, "old_password": old}
        assert bearer(rack, token, "POST", "/users/self", body).status == 403
        assert rack.send("PUT", "/users/31", body, (ADA[0], token)).status == 403
    assert rack.send("POST", "/users/self", {**new, "old_password": token}, ADA).status == 403
    for path, body in (("/users/31", new), ("/users", {**new, "id": 31}),
                       ("/users", [{**new, "id": 31}])):
        answer = bearer(rack, root, "POST", path, body)
        assert "personal token" in str(answer.json["error"])
    assert rack.get("/session", login=ADA).status == 200


def test_a_reader_reads(rack: Rack) -> None:
    """A token for reading gets what its owner may see, and changes nothing."""
    token = create(rack, ROOT, read_only=True)
    assert bearer(rack, token, "GET", "/docker/registries").status == 200
    assert rack.site.ask("/init/registry/ajax_registries/data", "", "GET", b"",
                         authorization=f"Bearer {token}").status == 200
    for method, path, body in (
        ("POST", "/docker/registries", {"service": "new.lab"}),
        ("PUT", "/docker/registries/51", {"restricted": True}),
        ("DELETE", "/docker/registries/51", {}), ("POST", "/users/self/prefs", {"data": {}}),
    ):
        answer = bearer(rack, token, method, path, body)
        assert answer.status == 403
        assert answer.json["error"] == "the personal token 'ci' is for reading only"
        assert rack.send(method, path, body, (ROOT[0], token)).status == 403


@pytest.mark.parametrize("what", ["secret", "config"])
def test_a_reader_gets_no_secret(rack: Rack, what: str) -> None:
    """What lets one tell of pushes in a registry's name is not for tokens that only read."""
    path = f"/docker/registries/51/{what}"
    assert bearer(rack, create(rack, ROOT, "r", read_only=True), "GET", path).status == 403
    assert bearer(rack, create(rack, ROOT, "w"), "GET", path).status == 200


@pytest.mark.parametrize("path", [
    "/init/rest/api/session", "/init/rest/api/docker/registries", "/init/rest/api/users/self",
    "/init/registry/ajax_registries/data", "/init/rest/api/nowhere",
])
def test_for_some_registries_is_for_docker(rack: Rack, path: str) -> None:
    """A token for some registries is none for the API and the screens, and is told so."""
    token = create(rack, registries=[51])
    for more in ({"authorization": f"Bearer {token}"}, {"login": (ADA[0], token)}):
        answer = rack.site.ask(path, **more)
        assert (answer.status, "not for the REST API" in answer.json["error"]) == (403, True)


def test_a_full_token_changes_things(rack: Rack) -> None:
    """Without limits it may what its owner may, but for what needs a person."""
    token = create(rack, ROOT)
    assert bearer(rack, token, "POST", "/groups", {"role": "made by token"}).status == 200
    assert bearer(rack, token, "POST", "/users/self/prefs", {"data": {"a": 1}}).status == 200


def test_identity_tokens_make_none(rack: Rack) -> None:
    """An identity token of the API makes no personal tokens, but may revoke them."""
    answer = rack.send("POST", "/users/self/tokens", {"name": "x"}, ADA)
    identity, token = answer.json["data"]["token"], create(rack)
    made = bearer(rack, identity, "POST", PATH, {"name": "y"})
    assert (made.status, "password" in made.json["error"]) == (403, True)
    assert bearer(rack, identity, "DELETE", PATH, {}).status == 200
    assert bearer(rack, token).status == 401


@pytest.mark.parametrize("login", [NODE, SERVICE])
def test_people_only(rack: Rack, login: tuple[str, str]) -> None:
    """Nodes and services have none, and nobody's token makes one of them."""
    assert rack.send("POST", PATH, {"name": "x"}, login).status == 403
    assert rack.get("/session", login=(login[0], create(rack))).status == 401


def test_off(rack: Rack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they may live for no day, none is given out."""
    built = rack.site.home.container
    settings = replace(built.settings, personal_token_days=0)
    monkeypatch.setattr(container._Process, "container", replace(built, settings=settings))
    answer = rack.send("POST", PATH, {"name": "x"}, ADA)
    assert (answer.status, "switched off" in answer.json["error"]) == (403, True)
