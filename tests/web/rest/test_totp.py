"""The second factor over REST: turned on, asked for at every door, turned off, reset."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from tests.web.conftest import Answer, Site
from tests.web.rest.rack import Rack, standing
from tests.web.rest.test_personal_tokens import bearer, create
from tests.web.world import ADA, BOB, LINUS, OPEN, ROOT

API = "/init/rest/api"
PATH = "/users/self/totp"
INSTEAD = "a personal access token takes the place of the password"


@pytest.fixture
def rack(site: Site) -> Iterator[Rack]:
    """The site, with accounts that are as they were afterwards."""
    with standing(site) as found:
        yield found


@dataclass
class Person:
    """Somebody in a browser, with an authenticator."""

    rack: Rack
    login: tuple[str, str] = ADA
    cookie: str = ""
    secret: str = ""
    codes: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Make a request with the session's cookie."""
        content = b"" if body is None else json.dumps(body).encode()
        return self.rack.site.ask(f"{API}{path}", "", method, content, cookie=self.cookie,
                                  content_type="application/json", x_requested_with="x")

    def sign_in(self, **more: str) -> Answer:
        """Sign in, and keep the cookie where there is one."""
        body = {"login": self.login[0], "password": self.login[1], **more}
        answer = self.ask("POST", "/session", body)
        self.cookie = answer.headers.get("set-cookie", self.cookie).partition(";")[0]
        return answer

    def code(self) -> str:
        """The code of the moment."""
        return pyotp.TOTP(self.secret).at(int(self.rack.site.home.clock()))

    def turn_on(self) -> Answer:
        """Begin, and confirm with the first code."""
        begun = self.ask("POST", PATH, {})
        assert begun.status == 200, begun.json
        self.secret = begun.json["data"]["secret"]
        answer = self.ask("POST", f"{PATH}/confirm", {"code": self.code()})
        assert answer.status == 200, answer.json
        self.codes = answer.json["data"]["recovery_codes"]
        self.rack.site.home.clock.advance(60)
        return answer


@pytest.fixture
def ada(rack: Rack) -> Person:
    """Signed in, without a second factor."""
    person = Person(rack)
    assert person.sign_in().status == 200
    return person


def test_from_on_to_off(ada: Person) -> None:
    """Turned on with its first code, asked for when signing in, turned off with a code."""
    assert ada.ask("GET", PATH).json["data"] == [{"on": False, "recovery_codes_left": 0}]
    answer = ada.turn_on()
    assert len(ada.codes) == 10
    assert "identity tokens have ended" in answer.json["info"]
    assert ada.ask("GET", PATH).json["data"] == [{"on": True, "recovery_codes_left": 10}]
    refused = ada.sign_in()
    assert (refused.status, refused.json["second_factor"]) == (401, True)
    assert "www-authenticate" not in refused.headers
    wrong = ada.sign_in(code="000000")
    assert (wrong.status, "second_factor" in wrong.json) == (401, False)
    assert ada.sign_in(code=ada.code()).status == 200
    ada.rack.site.home.clock.advance(60)
    assert ada.ask("DELETE", PATH, {"code": "000000"}).status == 403
    assert ada.ask("DELETE", PATH, {"code": ada.code()}).status == 200
    assert ada.ask("GET", "/session").status == 200
    assert ada.ask("DELETE", PATH, {"code": "000000"}).status == 404
    assert ada.sign_in().status == 200
    assert len(ada.rack.audit("user.totp.on")) == len(ada.rack.audit("user.totp.off")) == 1
    for secret in (ada.secret, *ada.codes):
        assert secret not in str(ada.rack.site.home.audit())


def test_what_an_authenticator_reads(ada: Person) -> None:
    """The address has the secret, the login and the collector; the picture is a plain drawing."""
    data = ada.ask("POST", PATH, {}).json["data"]
    address = urlsplit(data["uri"])
    asked = parse_qs(address.query)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert asked["secret"] == [data["secret"]]
    assert asked["issuer"][0].startswith("OpenSVC collector")
    assert "ada" in address.path
    assert data["svg"].startswith("<svg ")
    assert "<script" not in data["svg"]


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": None}, {"code": ["1"]},
                                  {"code": "1" * 65}, {"code": "000000"}, {"code": "x" * 6},
                                  {"code": "000000", "secret": "A"}, {"code": "\u0661" * 6}])
def test_wrong_confirmations(ada: Person, body: dict[str, Any]) -> None:
    """Without the first code of the secret it is not on."""
    ada.ask("POST", PATH, {})
    assert ada.ask("POST", f"{PATH}/confirm", body).status == 400
    assert ada.sign_in().status == 200


def test_every_other_door(ada: Person) -> None:
    """The right password alone opens nothing any more, and is told what does; a wrong one isn't."""
    rack, site = ada.rack, ada.rack.site
    ada.turn_on()
    form = f"grant_type=password&service={OPEN}&client_id=x&username=ada&password="
    search = "/init/registry/call/json/search"
    for answer in (
        rack.get("/session", login=ADA),
        rack.send("POST", "/users/self/tokens", {"name": "x"}, ADA),
        rack.send("POST", "/users/self/personal_tokens", {"name": "x"}, ADA),
        rack.send("POST", f"{PATH}/confirm", {"code": ada.code()}, ADA),
        rack.send("DELETE", PATH, {"code": ada.code()}, ADA),
        site.token(f"service={OPEN}", ADA), site.form(form + ADA[1]),
        site.ask(search, f"q=a&service={OPEN}", login=ADA),
        site.ask("/init/registry/ajax_registries/data", login=ADA),
        site.ask("/init/default/index", login=ADA),
    ):
        assert answer.status in (401, 303)
        assert INSTEAD in answer.body.decode() or not answer.body.startswith(b"{")
    reasons = [one["reason"] for one in rack.audit("docker.login.failed")]
    assert set(reasons) == {"second factor"}
    wrong = ("ada", "wrong")
    for answer in (rack.get("/session", login=wrong), site.token(f"service={OPEN}", wrong)):
        assert (answer.status, INSTEAD in answer.body.decode()) == (401, False)


def test_signing_in_by_header(ada: Person) -> None:
    """With login and password in a header there is no place for a code: it has to be the body."""
    ada.turn_on()
    answer = ada.rack.send("POST", "/session", {"code": ada.code()}, ADA)
    assert (answer.status, answer.json["second_factor"]) == (401, True)
    assert "send it as code" in answer.json["error"]
    assert "set-cookie" not in answer.headers


def test_a_personal_token_takes_its_place(ada: Person) -> None:
    """Made while signed in, it opens what the password did."""
    ada.turn_on()
    made = ada.ask("POST", "/users/self/personal_tokens", {"name": "docker"})
    login = (ADA[0], made.json["data"]["token"])
    assert ada.rack.site.token(f"service={OPEN}", login).status == 200
    assert ada.rack.get("/session", login=login).status == 200
    assert ada.rack.site.ask("/init/registry/call/json/search", f"q=a&service={OPEN}",
                             login=login).status == 200


def test_old_tokens_and_sessions(ada: Person) -> None:
    """What the password alone had opened before is closed; this browser stays signed in."""
    rack, other = ada.rack, Person(ada.rack)
    other.sign_in()
    asked = rack.site.token(f"service={OPEN}&offline_token=true&client_id=docker", ADA)
    rest = rack.send("POST", "/users/self/tokens", {"name": "x"}, ADA).json["data"]["token"]
    kept = create(rack)
    ada.turn_on()
    form = f"grant_type=refresh_token&service={OPEN}&client_id=x&refresh_token="
    assert rack.site.form(form + asked.json["refresh_token"]).status == 401
    assert bearer(rack, rest).status == 401
    assert other.ask("GET", "/session").status == 401
    assert ada.ask("GET", "/session").status == 200
    assert bearer(rack, kept).status == 200


def test_the_password_is_changed_as_before(ada: Person) -> None:
    """Who is signed in changes the password with the old one; the second factor stays on."""
    ada.rack.grant(31, "SelfManager")
    ada.turn_on()
    body = {"old_password": "wrong", "password": "a-new-secret"}
    assert ada.ask("POST", "/users/self", body).status == 403
    assert ada.ask("POST", "/users/self", {**body, "old_password": ADA[1]}).status == 200
    refused = [one["reason"] for one in ada.rack.audit("docker.login.failed")]
    assert refused == ["wrong password"]
    ada.login = (ADA[0], "a-new-secret")
    assert ada.ask("GET", "/session").status == 401
    assert ada.sign_in().json["second_factor"] is True
    assert ada.sign_in(code=ada.code()).status == 200


def test_the_old_password_of_another(ada: Person) -> None:
    """The right password of another account with a second factor is not one's own."""
    bob = Person(ada.rack, BOB)
    bob.sign_in()
    ada.rack.grant(32, "SelfManager")
    ada.turn_on()
    # Names overlap: what bob logs in with is found as ada's e-mail first.
    ada.rack.run("UPDATE auth_user SET email = '' WHERE id = 32")
    ada.rack.run("UPDATE auth_user SET email = 'bob' WHERE id = 31")
    body = {"old_password": ADA[1], "password": "a-new-secret"}
    assert bob.ask("POST", "/users/self", body).status == 403


def test_guesses_lock(ada: Person) -> None:
    """Whoever has a browser that is signed in can't guess its second factor off."""
    ada.turn_on()
    statuses = [ada.ask("DELETE", PATH, {"code": f"{n:06}"}).status for n in range(8)]
    assert set(statuses) == {403, 429}
    assert statuses[-1] == 429
    assert ada.ask("GET", PATH).json["data"][0]["on"] is True


def test_recovery(ada: Person) -> None:
    """Recovery codes sign in and turn it off, each once."""
    ada.turn_on()
    assert ada.sign_in(code=ada.codes[0]).status == 200
    assert ada.sign_in(code=ada.codes[0]).status == 401
    assert ada.ask("GET", PATH).json["data"][0]["recovery_codes_left"] == 9
    assert ada.ask("DELETE", PATH, {"code": ada.codes[1]}).status == 200


def test_on_is_on(ada: Person) -> None:
    """Who is signed in can't put another secret in its place."""
    ada.turn_on()
    assert ada.ask("POST", PATH, {}).status == 409
    assert ada.ask("POST", f"{PATH}/confirm", {"code": ada.code()}).status == 409


def test_tokens_change_nothing_of_it(ada: Person) -> None:
    """Neither identity tokens nor personal ones turn it on or off, for whomever."""
    rack = ada.rack
    identity = rack.send("POST", "/users/self/tokens", {"name": "x"}, ROOT).json["data"]["token"]
    ada.turn_on()
    for token in (identity, create(rack, ROOT)):
        for method, path in (("POST", PATH), ("POST", f"{PATH}/confirm"),
                             ("DELETE", "/users/31/totp")):
            body = {"code": "123456"} if path.endswith("confirm") else {}
            assert bearer(rack, token, method, path, body).status == 403
    assert ada.ask("GET", PATH).json["data"][0]["on"] is True


def test_reset(ada: Person) -> None:
    """A UserManager resets that of another; its sessions end, for who lost it may be robbed."""
    rack = ada.rack
    ada.turn_on()
    assert rack.send("DELETE", "/users/31/totp", {}, LINUS).status == 403
    assert rack.get("/users/31/totp", login=LINUS).status == 403
    rack.grant(35, "UserManager")
    rack.grant(32, "UserManager")
    assert rack.data("/users/ada/totp", login=BOB)[0]["on"] is True
    assert rack.send("DELETE", "/users/31/totp", {}, BOB).status == 200
    assert rack.send("DELETE", "/users/31/totp", {}, BOB).status == 404
    assert ada.ask("GET", "/session").status == 401
    assert ada.sign_in().status == 200


def test_reset_of_who_may_more(rack: Rack) -> None:
    """Not of a Manager, and not of oneself: that takes a code."""
    root = Person(rack, ROOT)
    root.sign_in()
    root.turn_on()
    rack.grant(32, "UserManager")
    number = root.ask("GET", "/session").json["data"]["id"]
    assert rack.send("DELETE", f"/users/{number}/totp", {}, BOB).status == 403
    assert root.ask("DELETE", f"/users/{number}/totp", {}).status == 409
    assert root.ask("GET", PATH).json["data"][0]["on"] is True
