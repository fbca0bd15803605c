"""Sessions of browsers: signing in, staying, signing out, and what other sites can't do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from applications.init.modules.registries import accounts, container
from tests.web.conftest import Answer, Site
from tests.web.rest.rack import Rack, standing
from tests.web.world import ADA, BLOCKED, BOB, NODE, ROOT, SERVICE

PATH = "/init/rest/api/session"
TOKENS = "/init/rest/api/users/self/tokens"
XHR = "XMLHttpRequest"


@pytest.fixture
def rack(site: Site) -> Iterator[Rack]:
    """Sessions that are gone afterwards."""
    with standing(site) as found:
        yield found


def sign_in(site: Site, login: tuple[str, str] = ADA, **headers: str) -> Answer:
    """Sign in as the screens do."""
    body = json.dumps({"login": login[0], "password": login[1]}).encode()
    headers.setdefault("content_type", "application/json")
    return site.ask(PATH, "", "POST", body, **headers)


def cookie(answer: Answer) -> str:
    """The cookie that an answer sets, as browsers send it back."""
    return answer.headers["set-cookie"].partition(";")[0]


def who(site: Site, value: str) -> Answer:
    """Ask who is signed in."""
    return site.ask(PATH, cookie=value, x_requested_with=XHR)


def test_sign_in_and_out(rack: Rack) -> None:
    """Signing in gives a cookie that is somebody until signing out, which ends it everywhere."""
    site = rack.site
    answer = sign_in(site)
    assert answer.status == 200, answer.json
    assert answer.json["data"]["login"] == "ada@example.org"
    assert "headers" not in answer.json
    assert answer.headers["cache-control"] == "no-store"
    value = cookie(answer)
    told = who(site, value).json["data"]
    assert (told["id"], told["kind"]) == (31, "user")
    assert told["privileges"] == ["DockerRegistriesPuller", "DockerRegistriesPusher"]
    assert 20 in told["groups"]
    assert site.ask("/init/rest/api/nodes", cookie=value).status == 200
    left = site.ask(PATH, "", "DELETE", cookie=value, x_requested_with=XHR)
    assert (left.status, left.json) == (200, {"info": "signed out"})
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert who(site, value).status == 401
    assert rack.audit("docker.login")[0]["login"] == "ada@example.org"
    assert rack.audit("docker.logout")[0]["login"] == "ada@example.org"


def test_no_challenge_for_screens(rack: Rack) -> None:
    """A screen without session gets 401 without the window of the browser."""
    answer = who(rack.site, "osvc_session=none")
    assert answer.status == 401
    assert "www-authenticate" not in answer.headers
    assert rack.site.ask(PATH).headers["www-authenticate"].startswith("Basic")


def test_cookie(rack: Rack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts don't read it, other sites don't send it, and with https only https does."""
    built = rack.site.home.container
    for url, secure in (("http://collector", False), ("https://collector", True)):
        settings = replace(built.settings, url=url)
        monkeypatch.setattr(container._Process, "container", replace(built, settings=settings))
        parts = sign_in(rack.site).headers["set-cookie"].split("; ")
        assert parts[0].startswith("osvc_session=")
        assert len(parts[0]) > 50
        assert {"HttpOnly", "SameSite=Lax", "Path=/init"} <= set(parts)
        assert ("Secure" in parts) is secure
        assert not any(part.lower().startswith("domain") for part in parts)


def test_by_basic(rack: Rack) -> None:
    """Credentials may be in the header; a token is none of them."""
    answer = rack.site.ask(PATH, "", "POST", login=ADA, x_requested_with=XHR)
    assert who(rack.site, cookie(answer)).json["data"]["id"] == 31
    token = rack.send("POST", "/users/self/tokens", {"name": "x"}, ADA).json["data"]["token"]
    answer = rack.site.ask(PATH, "", "POST", authorization=f"Bearer {token}", x_requested_with=XHR)
    assert answer.status == 401
    assert "set-cookie" not in answer.headers


def test_fixation(rack: Rack) -> None:
    """A cookie that was there before is never the one of the session."""
    chosen = "osvc_session=chosen-by-somebody-else"
    given = cookie(sign_in(rack.site, cookie=chosen))
    assert given != chosen
    assert who(rack.site, chosen).status == 401


def test_renewal(rack: Rack) -> None:
    """Signing in again gives a new cookie and ends the session before, whosever it was."""
    first = cookie(sign_in(rack.site))
    second = cookie(sign_in(rack.site, BOB, cookie=first))
    assert first != second
    assert who(rack.site, first).status == 401
    assert who(rack.site, second).json["data"]["id"] == 32


def test_stored_as_digest(rack: Rack) -> None:
    """What the database holds signs nobody in."""
    value = cookie(sign_in(rack.site)).partition("=")[2]
    digest = rack.rows("SELECT digest FROM registry_sessions")[0][0]
    assert value not in str(rack.rows("SELECT * FROM registry_sessions"))
    assert who(rack.site, f"osvc_session={digest}").status == 401


@pytest.mark.parametrize("login", [(ADA[0], "wrong"), BLOCKED, ("nobody", "x"), ("", ""),
                                   ("ada@example.org", ""), ("a" * 300, "x"), ("a\x00", "x")])
def test_wrong(rack: Rack, login: tuple[str, str]) -> None:
    """Wrong credentials and blocked accounts get the same answer and no cookie."""
    answer = sign_in(rack.site, login)
    assert answer.status in (400, 401)
    assert "set-cookie" not in answer.headers
    assert rack.rows("SELECT id FROM registry_sessions") == []


@pytest.mark.parametrize("login", [NODE, SERVICE])
def test_machines(rack: Rack, login: tuple[str, str]) -> None:
    """Nodes and services have no sessions."""
    answer = sign_in(rack.site, login)
    assert (answer.status, "only people" in answer.json["error"]) == (403, True)
    assert "set-cookie" not in answer.headers


def test_failures_are_counted(rack: Rack) -> None:
    """Wrong passwords are in the log and lock, as everywhere."""
    statuses = [sign_in(rack.site, (BOB[0], f"wrong{n}")).status for n in range(8)]
    assert (statuses[0], statuses[-1]) == (401, 429)
    assert rack.audit("docker.login.failed")[0]["login"] == "bob"
    answer = sign_in(rack.site, (BOB[0], "wrong-again"))
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("body", [b"[]", b"[{}]", b"3", b"{", b'{"login": ["ada"]}',
                                  b'{"login": "ada", "password": {"a": 1}}',
                                  b'{"login": "ada", "password": "x", "user_id": 1}',
                                  b'{"login": "ada", "password": "' + b"x" * 9000 + b'"}',
                                  b'{"login": "\\ud800", "password": "x"}'])
def test_bodies(rack: Rack, body: bytes) -> None:
    """What is no login is refused; an array tries no passwords."""
    answer = rack.site.ask(PATH, "", "POST", body, content_type="application/json")
    assert answer.status in (400, 401), answer.json
    assert rack.site.home.audit("docker.login.failed") == []


def test_a_large_body_of_a_guest(rack: Rack) -> None:
    """Who says no name sends no large body."""
    answer = rack.site.ask(PATH, "", "POST", b" " * 20_000, content_type="application/json")
    assert answer.status == 413


FOREIGN: list[dict[str, Any]] = [
    {},
    {"content_type": "application/x-www-form-urlencoded"},
    {"content_type": "text/plain"},
    {"content_type": "text/plain; application/json"},
    {"content_type": "multipart/form-data; boundary=json"},
    {"content_type": "application/json", "origin": "https://evil.example"},
    {"content_type": "application/json", "origin": "null"},
    {"content_type": "application/json", "sec_fetch_site": "cross-site"},
    {"content_type": "application/json", "sec_fetch_site": "same-site"},
    {"x_requested_with": XHR, "origin": "https://evil.example"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_csrf(rack: Rack, headers: dict[str, str]) -> None:
    """No other site changes anything with the session of a browser."""
    value = cookie(sign_in(rack.site))
    for method, path, body in (
        ("POST", TOKENS, b'{"name": "x"}'), ("DELETE", PATH, b""),
        ("PUT", "/init/rest/api/nodes/n1", b'{"node_env": "PRD"}'),
    ):
        answer = rack.site.ask(path, "", method, body, cookie=value, **headers)
        assert answer.status == 403, (path, answer.json)
    assert who(rack.site, value).status == 200
    assert rack.rows("SELECT id FROM registry_identity_tokens") == []


@pytest.mark.parametrize("headers", FOREIGN)
def test_csrf_of_the_login(rack: Rack, headers: dict[str, str]) -> None:
    """No other site signs somebody in, with a body or a password that the browser keeps."""
    body = json.dumps({"login": ADA[0], "password": ADA[1]}).encode()
    answer = rack.site.ask(PATH, "", "POST", body, **headers)
    assert (answer.status, "set-cookie" in answer.headers) == (403, False)
    answer = rack.site.ask(PATH, "", "POST", b"", ADA, **headers)
    assert (answer.status, "set-cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize("headers", FOREIGN[5:])
def test_csrf_of_kept_passwords(rack: Rack, headers: dict[str, str]) -> None:
    """A browser that keeps a Basic password sends it for no other site."""
    answer = rack.site.ask(TOKENS, "", "POST", b'{"name": "x"}', ADA, **headers)
    assert answer.status == 403
    assert rack.rows("SELECT id FROM registry_identity_tokens") == []


@pytest.mark.parametrize("headers", [
    {"content_type": "application/json"},
    {"content_type": "application/json; charset=utf-8", "sec_fetch_site": "same-origin"},
    {"x_requested_with": XHR, "content_type": "application/x-www-form-urlencoded"},
])
def test_our_own_pages(rack: Rack, headers: dict[str, str]) -> None:
    """Our own pages change what their user may change."""
    value = cookie(sign_in(rack.site))
    url = rack.site.home.settings.url.rstrip("/")
    body = b"name=x" if "x_requested_with" in headers else b'{"name": "x"}'
    answer = rack.site.ask(TOKENS, "", "POST", body, cookie=value, origin=url, **headers)
    assert answer.status == 200, answer.json


def test_get_changes_nothing(rack: Rack) -> None:
    """A GET with what a change takes changes nothing."""
    value = cookie(sign_in(rack.site))
    query = "name=x&login=ada@example.org&password=ada-secret&nodename=n9&app=Store"
    for path in (PATH, TOKENS, "/init/rest/api/nodes/n1", "/init/rest/api/register",
                 "/init/rest/api/links"):
        answer = rack.site.ask(path, query, cookie=value, x_requested_with=XHR)
        assert answer.status in (200, 404)
        assert "set-cookie" not in answer.headers
    assert rack.events() == []
    assert len(rack.rows("SELECT id FROM registry_sessions")) == 1
    assert rack.rows("SELECT id FROM registry_identity_tokens") == []


def test_ends(rack: Rack) -> None:
    """A session is over when it was not used for long, after a day, and never in between."""
    clock, site = rack.site.home.clock, rack.site
    idle = cookie(sign_in(site))
    used = cookie(sign_in(site))
    for _ in range(23):
        clock.advance(3500)
        assert who(site, used).status == 200
    assert who(site, idle).status == 401
    clock.advance(3500)
    clock.advance(3500)
    assert who(site, used).status == 401


def test_password_change_ends_sessions(rack: Rack) -> None:
    """A new password ends all sessions, and blocking does as well."""
    one, two = cookie(sign_in(rack.site)), cookie(sign_in(rack.site, BOB))
    with rack.db.transaction(write=True):
        accounts.set_password(rack.db, 31, "another-secret")
    rack.run("UPDATE auth_user SET registration_key = 'blocked' WHERE id = 32")
    assert who(rack.site, one).status == 401
    assert who(rack.site, two).status == 401


def test_rights_are_read_anew(rack: Rack) -> None:
    """A session has the rights of today, not those of the sign-in."""
    value = cookie(sign_in(rack.site, ROOT))
    assert "Manager" in who(rack.site, value).json["data"]["privileges"]
    user = who(rack.site, value).json["data"]["id"]
    rack.run("DELETE FROM auth_membership WHERE user_id = ?", user)
    assert who(rack.site, value).json["data"]["privileges"] == []


def test_only_signing_in_is_open(rack: Rack) -> None:
    """Without credentials nothing else answers, not even that it exists."""
    for method in ("GET", "DELETE", "PUT"):
        answer = rack.site.ask(PATH, "", method, x_requested_with=XHR)
        assert answer.status == 401, method
    for path in ("/init/rest/api/session/x", "/init/rest/api/nothing", "/init/rest/api"):
        assert rack.site.ask(path, "", "POST", x_requested_with=XHR).status == 401, path
