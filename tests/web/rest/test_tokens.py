"""Tokens of one's own for the REST API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from applications.init.modules.registries import accounts, container
from tests.web.conftest import Answer, Site
from tests.web.rest.rack import Rack, standing
from tests.web.world import ADA, BOB, NODE, OPEN, SERVICE

PATH = "/users/self/tokens"


@pytest.fixture
def rack(site: Site) -> Iterator[Rack]:
    """The site, with accounts that are as they were afterwards."""
    with standing(site) as found:
        yield found


def create(rack: Rack, login: tuple[str, str] = ADA, name: str = "backup") -> dict[str, Any]:
    """A new token as it is given out."""
    answer = rack.send("POST", PATH, {"name": name}, login)
    assert answer.status == 200, answer.json
    data: dict[str, Any] = answer.json["data"]
    return data


def by_token(rack: Rack, token: str, path: str = "/session", method: str = "GET") -> Answer:
    """Make a request with a token."""
    return rack.site.ask(
        f"/init/rest/api{path}", "", method, b'{"name": "x"}' if method == "POST" else b"",
        authorization=f"Bearer {token}", content_type="application/json",
    )


def test_life(rack: Rack) -> None:
    """A token is shown once, is somebody, is listed, and dies when it is revoked."""
    given = create(rack)
    assert given["name"] == "backup"
    assert given["token"].startswith("osvcreg_")
    assert by_token(rack, given["token"]).json["data"]["id"] == 31
    rows = rack.data(PATH, login=ADA)
    assert set(rows[0]) == {"id", "client", "kind", "registry_id", "created", "last_used",
                            "expires", "revoked"}
    assert (rows[0]["id"], rows[0]["client"], rows[0]["registry_id"]) == (
        given["id"], "backup", 0
    )
    assert len(rows[0]["created"]) == 19
    assert rows[0]["revoked"] is None
    answer = rack.send("DELETE", f"{PATH}/{given['id']}", None, ADA)
    assert answer.json == {"info": f"token {given['id']} (backup) revoked"}
    assert by_token(rack, given["token"]).status == 401
    assert rack.data(PATH, login=ADA)[0]["revoked"] is not None
    assert rack.audit("docker.identity_token.create")[0]["name"] == "backup"
    assert rack.audit("docker.identity_token.revoke")[0]["id"] == given["id"]
    assert given["token"] not in str(rack.site.home.audit())


def test_only_ones_own(rack: Rack) -> None:
    """Nobody sees or ends the tokens of others (IDOR)."""
    given = create(rack)
    assert rack.data(PATH, login=BOB) == []
    assert rack.send("DELETE", f"{PATH}/{given['id']}", None, BOB).status == 404
    assert rack.send("DELETE", f"{PATH}/{given['id'] + 1}", None, ADA).status == 404
    assert by_token(rack, given["token"]).status == 200


@pytest.mark.parametrize("column", ["digest", "credential", "login", "user_id", "tokens.digest"])
def test_secrets_are_out_of_reach(rack: Rack, column: str) -> None:
    """Neither digests nor what tokens are bound to can be shown or filtered."""
    create(rack)
    for query in (f"props={column}", f"filters={column}+%25a%25", f"orderby={column}"):
        assert rack.get(PATH, query, ADA).status == 400


def test_kinds_don_t_cross(rack: Rack) -> None:
    """A token of the API is none for registries, nor the other way (Quay CVE-2026-123710)."""
    mine = create(rack)["token"]
    form = f"grant_type=refresh_token&service={OPEN}&client_id=x&refresh_token="
    assert rack.site.form(form + mine).status == 401
    answer = rack.site.token(f"service={OPEN}&offline_token=true&client_id=docker", ADA)
    theirs, access = answer.json["refresh_token"], answer.json["token"]
    assert rack.site.form(form + theirs).status == 200
    for wrong in (theirs, access, "", "x", mine + "x", mine[:-1]):
        assert by_token(rack, wrong).status == 401
    as_password = rack.get("/session", login=(ADA[0], mine))
    assert as_password.status == 401
    listed = {row["client"]: row["registry_id"] for row in rack.data(PATH, login=ADA)}
    assert listed == {"backup": 0, "docker": 51}


def test_a_token_makes_no_tokens(rack: Rack) -> None:
    """What is revoked leaves no children; a token may end itself."""
    given = create(rack)
    answer = by_token(rack, given["token"], PATH, "POST")
    assert (answer.status, "password" in answer.json["error"]) == (403, True)
    assert by_token(rack, given["token"], f"{PATH}/{given['id']}", "DELETE").status == 200
    assert by_token(rack, given["token"]).status == 401


def test_password_change(rack: Rack) -> None:
    """A token dies with the password, and with the account being blocked."""
    one, two = create(rack)["token"], create(rack, BOB)["token"]
    with rack.db.transaction(write=True):
        accounts.set_password(rack.db, 31, "another-secret")
    rack.run("UPDATE auth_user SET registration_key = 'blocked' WHERE id = 32")
    assert by_token(rack, one).status == by_token(rack, two).status == 401


@pytest.mark.parametrize("login", [NODE, SERVICE])
def test_people_only(rack: Rack, login: tuple[str, str]) -> None:
    """Nodes and services have no tokens here."""
    assert rack.get(PATH, login=login).status == 403
    assert rack.send("POST", PATH, {"name": "x"}, login).status == 403
    assert rack.send("DELETE", f"{PATH}/1", None, login).status == 403


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "x" * 129}, {"name": ["x"]},
                                  {"name": "x", "registry_id": 51}, {"name": "x", "login": "bob"},
                                  {"name": "x", "user_id": 32}, {"name": "\x00"}, {"name": None}])
def test_bodies(rack: Rack, body: dict[str, Any]) -> None:
    """A token has a name and nothing that its owner could choose besides."""
    assert rack.send("POST", PATH, body, ADA).status == 400
    assert rack.rows("SELECT id FROM registry_identity_tokens") == []


def test_off(rack: Rack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where identity tokens are switched off none is given out."""
    built = rack.site.home.container
    settings = replace(built.settings, identity_tokens=False)
    monkeypatch.setattr(container._Process, "container", replace(built, settings=settings))
    answer = rack.send("POST", PATH, {"name": "x"}, ADA)
    assert (answer.status, "switched off" in answer.json["error"]) == (403, True)
