"""Pages of the GUI over WSGI: who gets them, what they carry, fragments of tables."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.web.conftest import Answer, Site
from tests.web.world import ADA, BLOCKED, LINUS, NODE, ROOT, SERVICE, Login

pytestmark = pytest.mark.any_database

SIGN_IN = "/init/default/user/login"
OVERVIEW = "/init/default/index"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "lit-html",
}
PAGES = (
    OVERVIEW, "/init/default/account", "/init/registry/registries", "/init/resinfo/resinfo",
    "/init/log/log", "/init/dm/index/data_action_add_docker_registry",
    "/init/show/tabs/docker_registry/51", "/init/show/tabs/docker_repository/1",
)
FRAGMENTS = ("/init/registry/registries_load", "/init/resinfo/resinfo_load", "/init/log/log_load")


def attribute(answer: Answer, name: str) -> str:
    """What the page's body carries under ``data-<name>``."""
    found = re.search(rf'<body[^>]* data-{name}="([^"]*)"', answer.body.decode())
    assert found, answer.body
    return html.unescape(found[1])


def context(answer: Answer) -> dict[str, object]:
    """What the page's scripts are told."""
    assert answer.status == 200, answer.body
    value: dict[str, object] = json.loads(attribute(answer, "context"))
    return value


@pytest.mark.parametrize("path", PAGES)
def test_policy(site: Site, path: str) -> None:
    """A page lets nothing run but its own files, and no text of a script become markup."""
    answer = site.ask(path, login=ADA)
    sent = answer.headers["content-security-policy"].split("; ")
    assert {one.partition(" ")[0]: one.partition(" ")[2] for one in sent} == POLICY
    assert site.ask(SIGN_IN).headers["content-security-policy"].split("; ") == sent
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", [SIGN_IN, OVERVIEW, "/init/log/log"])
def test_nothing_is_inline(site: Site, path: str) -> None:
    """Pages have no script, style or handler in themselves, and nothing of other hosts."""
    text = site.ask(path, login=ADA).body.decode()
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", text)
    sources = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert sources
    assert all(source.startswith("/init/") or source == "#main" for source in sources)


@pytest.mark.parametrize("path", [*PAGES, "/init/show/tabs", "/init/show/tabs/nothing/1"])
@pytest.mark.parametrize(
    "query", ["", "a=1&b=%22%3E%26&panel=registry:3", "x=%00&_next=/init/log/log"]
)
def test_stranger_is_led_to_the_sign_in(site: Site, path: str, query: str) -> None:
    """Without a session a page leads to the sign-in, with its own address, to the letter."""
    for cookie in ("", "osvc_session=", "osvc_session=nonsense", "session_id_init=1"):
        answer = site.ask(path, query, cookie=cookie)
        target = urlsplit(answer.headers["location"])
        assert answer.status == 303
        assert (target.scheme, target.netloc, target.path) == ("", "", SIGN_IN)
        assert parse_qs(target.query) == {"_next": [path + (f"?{query}" if query else "")]}
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers


def test_page_with_a_session(site: Site) -> None:
    """Who signed in gets the page, in their name; one who signed out is led away again."""
    body = json.dumps({"login": ADA[0], "password": ADA[1]}).encode()
    signed = site.ask(
        "/init/rest/api/session", method="POST", body=body, content_type="application/json"
    )
    cookie = signed.headers["set-cookie"].partition(";")[0]
    user = context(site.ask(OVERVIEW, cookie=cookie))["user"]
    assert isinstance(user, dict)
    assert (user["id"], user["login"]) == (31, ADA[0])
    out = site.ask("/init/rest/api/session", method="DELETE", cookie=cookie,
                   x_requested_with="XMLHttpRequest")
    assert out.status == 200
    assert site.ask(OVERVIEW, cookie=cookie).status == 303


@pytest.mark.parametrize(
    "next_",
    ["https://evil.example/init/", "//evil.example/init/", "/\\evil.example",
     "/init/\\evil.example", "\\/evil.example", "javascript:alert(1)", "data:text/html,x",
     "init/log/log", "/admin", "/",
     "", " /init/log/log", "/init/log/log\r\nSet-Cookie: a=b", "/init/\x00", "/init/\u2028",
     "/init/ü", "/INIT/log/log", "https:/init/log"],
)
def test_next_leads_nowhere_else(site: Site, next_: str) -> None:
    """What is no address of ours is forgotten: after the sign-in comes the overview."""
    answer = site.ask(SIGN_IN, f"_next={quote(next_, safe='')}")
    assert answer.status == 200
    assert attribute(answer, "next") == OVERVIEW


@pytest.mark.parametrize(
    "next_",
    ["/init/log/log", "/init/registry/registries?panel=registry:3&a=%22%3E%3Cscript%3E",
     '/init/log/log?a="><script>alert(1)</script>', "/init/log/log?a=' onload=x"],
)
def test_next_is_kept(site: Site, next_: str) -> None:
    """An address of ours is kept as it was asked for, and stays a text in the page."""
    answer = site.ask(SIGN_IN, f"_next={quote(next_, safe='')}")
    assert attribute(answer, "next") == next_
    assert b"<script>alert" not in answer.body


def test_what_a_page_is_told(site: Site) -> None:
    """A page knows who signed in, with which privileges, and since when it has to be told."""
    told = context(site.ask(OVERVIEW, login=LINUS))
    assert set(told) == {"user", "privileges", "url", "change"}
    now = json.loads(site.ask("/init/registry/changes", login=LINUS).body)
    assert told["change"] == now["last"]
    assert "DockerRegistriesManager" in str(told["privileges"])
    assert context(site.ask(OVERVIEW, login=ROOT))["privileges"] == ["Manager"]


@pytest.mark.parametrize("login", [SERVICE, NODE], ids=["service", "node"])
def test_services_and_nodes(site: Site, login: Login) -> None:
    """A service or node that asks with its secret gets a page too: it names no user."""
    user = context(site.ask(OVERVIEW, login=login))["user"]
    assert isinstance(user, dict)
    assert user["login"] == login[0]
    assert not user["id"]


@pytest.mark.parametrize("path", [OVERVIEW, *FRAGMENTS])
def test_scripts_are_not_led_away(site: Site, path: str) -> None:
    """A request of a script without a session is a 401 in capitals, which screens wait for."""
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "REMOTE_ADDR": "192.0.2.1",
        "SERVER_NAME": "collector", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
        "HTTP_X_REQUESTED_WITH": "XMLHttpRequest",
    }
    pieces = site.application(environ, lambda status, headers, e=None: statuses.append(status))
    assert statuses == ["401 UNAUTHORIZED"]
    assert json.loads(b"".join(pieces))["errors"]


@pytest.mark.parametrize("login", [("ada", "wrong"), BLOCKED], ids=["wrong", "blocked"])
def test_wrong_login(site: Site, login: Login) -> None:
    """Who sends a login that is not valid is told so, not led to the sign-in."""
    answer = site.ask(OVERVIEW, login=login)
    assert answer.status == 401
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("path", [*PAGES, SIGN_IN, *FRAGMENTS])
def test_only_reading(site: Site, path: str) -> None:
    """HEAD is GET without a body; nothing is ever sent to a page, a password least of all."""
    got, head = (site.ask(path, method=method, login=ADA) for method in ("GET", "HEAD"))
    got.headers.pop("content-length", None)
    assert (head.status, head.body) == (got.status, b"")
    assert head.headers == got.headers
    for method in ("POST", "PUT", "DELETE"):
        refused = site.ask(path, method=method, login=ADA, body=b"login=a&password=b")
        assert refused.status == 405


@pytest.mark.parametrize(
    ("path", "query", "panel"),
    [("/init/show/tabs/docker_registry/51", "", "registry:51"),
     ("/init/show/tabs/docker_repository/7", "", "repository:7"),
     ("/init/show/tabs", "otype=docker_registry&oid=51", "registry:51"),
     ("/init/show/tabs/", "otype=docker_repository&oid=7", "repository:7")],
)
def test_deep_link(site: Site, path: str, query: str, panel: str) -> None:
    """The link to an object is the registries' page with the panel of that object."""
    answer = site.ask(path, query, login=ADA)
    assert context(answer)["panel"] == panel
    assert attribute(answer, "screen") == "registries"


@pytest.mark.parametrize(
    "rest",
    ["/nothing/1", "/docker_registry", "/docker_registry/", "/docker_registry/x",
     "/docker_registry/-1", "/docker_registry/1234567890", "/docker_registry/1e3",
     "/docker_registry/²", '/"><script>/1', "/DOCKER_REGISTRY/1"],
)
def test_no_such_tabs(site: Site, rest: str) -> None:
    """A link to what has no tabs is a 404 with a page that says so."""
    answer = site.ask(f"/init/show/tabs{rest}", login=ADA)
    assert answer.status == 404
    assert b"<script>" not in answer.body
    if rest.isascii() and "<" not in rest:
        assert json.loads(attribute(answer, "context"))["notice"]


def test_add_registry_is_an_address(site: Site) -> None:
    """The collector's menu entry opens the page with the dialog that declares a registry."""
    answer = site.ask("/init/dm/index/data_action_add_docker_registry", login=LINUS)
    assert context(answer)["add"] is True


HOSTILE = "</script><script>alert(1)</script>\"'\\ &amp; \u2028\u2029 \U0001f600"


@pytest.mark.parametrize("path", FRAGMENTS)
def test_fragment(site: Site, path: str) -> None:
    """A fragment hands filters to the table's function; whatever is in them stays a value."""
    query = f"t_f_name={quote(HOSTILE)}&volatile_filters={quote(HOSTILE)}&other=1&x%22_f_y=2"
    text = site.ask(path, query, login=ADA).body.decode()
    found = re.fullmatch(
        r'<div id="layout"></div><script>table_(\w+)\("layout", (\{.*\})\)</script>', text
    )
    assert found
    assert found[1] == path.rpartition("/")[2].replace("_load", "")
    assert json.loads(found[2]) == {
        "request_vars": {"t_f_name": HOSTILE}, "volatile_filters": HOSTILE
    }
    assert text.count("<") == 4
    assert text.isascii()
