"""Every route x method x kind of identity, decided on purpose.

The table is compared with the controllers themselves: a function without a row
fails, and so does a row without a function.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from applications.init.modules.registries.web import pages
from tests.web.conftest import Site
from tests.web.world import ADA, BLOCKED, EVE, LINUS, NODE, OPEN, ROOT, SERVICE, Login

pytestmark = pytest.mark.any_database

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
IDENTITIES: dict[str, Login | None] = {
    "nobody": None,
    "wrong password": ("ada", "wrong"),
    "blocked": BLOCKED,
    "user": ADA,
    "user elsewhere": EVE,
    "registries manager": LINUS,
    "Manager": ROOT,
    "service": SERVICE,
    "node": NODE,
}
REFUSED = {"nobody": 401, "wrong password": 401, "blocked": 401}
OPEN_TO_ALL = {"GET": 200, "HEAD": 200}
LOGIN_BY_GET = {"GET": {**dict.fromkeys(IDENTITIES, 200), **REFUSED}}
SEARCH = {**dict.fromkeys(IDENTITIES, 200), "wrong password": 401, "blocked": 401}
ASKED = {**LOGIN_BY_GET["GET"], "nobody": 303}
"""Pages: a browser without a session is led to the sign-in, who sends a login is not."""
NO_OBJECT = {identity: 404 if status == 200 else status for identity, status in ASKED.items()}

NO_TABLE = {**dict.fromkeys(IDENTITIES, 404), **REFUSED}
"""Tables have their answers below: /data, /csv, /commonality, /<column>."""
NO_STREAM = {**dict.fromkeys(IDENTITIES, 501), **REFUSED}
"""Only our own server keeps streams; tests/system has them."""

MANAGERS = {**dict.fromkeys(IDENTITIES, 403), **REFUSED, "Manager": 200}

Row = dict[str, "dict[str, int] | int"]
"""Status by method, and below it by identity where that matters; other methods are 405."""

ROUTES: dict[str, Row] = {
    "/init/registry/token": {**LOGIN_BY_GET, "POST": 400},
    "/init/registry/health": {**OPEN_TO_ALL},
    "/init/registry/jwks": {**OPEN_TO_ALL},
    "/init/registry/certs": {**OPEN_TO_ALL},
    "/init/registry/metrics": {"GET": MANAGERS, "HEAD": MANAGERS},
    "/init/registry/call/json/search": {"GET": SEARCH, "HEAD": SEARCH},
    "/init/registry/call/json/events": {"POST": 400},
    "/init/rest/doc": {"GET": LOGIN_BY_GET["GET"], "HEAD": LOGIN_BY_GET["GET"]},
    "/init/rest/api": {
        method: {**dict.fromkeys(IDENTITIES, 200), **REFUSED}
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE")
    },
    "/init/default/index": {"GET": ASKED, "HEAD": ASKED},
    "/init/default/account": {"GET": ASKED, "HEAD": ASKED},
    "/init/default/user/login": {**OPEN_TO_ALL},
    "/init/registry/registries": {"GET": ASKED, "HEAD": ASKED},
    "/init/resinfo/resinfo": {"GET": ASKED, "HEAD": ASKED},
    "/init/log/log": {"GET": ASKED, "HEAD": ASKED},
    "/init/dm/index/data_action_add_docker_registry": {"GET": ASKED, "HEAD": ASKED},
    "/init/show/tabs": {"GET": NO_OBJECT, "HEAD": NO_OBJECT},
    **{
        f"/init/{table}_load": {"GET": LOGIN_BY_GET["GET"], "HEAD": LOGIN_BY_GET["GET"]}
        for table in ("registry/registries", "resinfo/resinfo", "log/log")
    },
    **{
        path: {"GET": status, "HEAD": status}
        for table in ("registry/ajax_registries", "resinfo/ajax_resinfo", "log/ajax_log")
        for path, status in (
            (f"/init/{table}", NO_TABLE), (f"/init/{table}_col_values", NO_TABLE),
            (f"/init/{table}/data", LOGIN_BY_GET["GET"]),
        )
    },
    "/init/registry/changes": {"GET": LOGIN_BY_GET["GET"], "HEAD": LOGIN_BY_GET["GET"]},
    "/init/registry/live": {"GET": NO_STREAM, "HEAD": NO_STREAM},
}
BELOW = {
    "/init/registry/call": tuple(pages.CALLS),
    "/init/default/user": ("/login",),
    "/init/dm/index": ("/data_action_add_docker_registry",),
}
"""Functions that have their addresses below them only."""
TABLES = ("ajax_registries", "ajax_resinfo", "ajax_log")
NOT_ROUTES = (
    "/init/registry", "/init/registry/", "/init/registry/index",
    "/init/registry/serve", "/init/registry/pages", "/init/registry/token/extra",
    "/init/registry/token.xml", "/init/registry/_TEST", "/init/appadmin", "/init/appadmin/index",
    "/init/default/user", "/init/default/user/register", "/init/default/user/login/x",
    "/init/dm/index", "/init/dm/index/data_action_add_user", "/init/default", "/init/show",
    "/init/default/index/x", "/init/log/log/x", "/init/log/log.json",
    "/init/static/x", "/init/static/../models/x.py", "/admin",
    "/admin/default/index", "/examples", "/welcome", "/welcome/default/index", "/favicon.ico",
    "/robots.txt", "/init/registry/token%00", "/init/registry//token", "//", "/init/../init",
    "/init/registry/call", "/init/registry/call/json", "/init/registry/call/search",
    "/init/registry/call/json/nothing", "/init/registry/call/json/search/x",
    "/init/registry/call/json/search.json", "/init/registry/call/xml/search",
    "/init/registry/call/json/searchapp/x", "/INIT/registry/token", "/init/registry/TOKEN",
)


PAGES = {"/init/rest/doc", "/init/default/user/login"} | {
    path for path, row in ROUTES.items() if row.get("GET") in (ASKED, NO_OBJECT)
}


def _cases() -> list[tuple[str, str, str, int]]:
    cases = []
    for path, row in ROUTES.items():
        for method in METHODS:
            wanted = row.get(method, 405)
            for identity in IDENTITIES:
                status = wanted if isinstance(wanted, int) else wanted[identity]
                cases.append((path, method, identity, status))
    return cases


def test_every_function_has_a_row(checkout: Path) -> None:
    """The table and the controllers name the same routes; some functions have theirs below them."""
    found = set()
    for file in (checkout / "applications" / "init" / "controllers").glob("*.py"):
        for node in ast.parse(file.read_text()).body:
            exposed = isinstance(node, ast.FunctionDef) and not node.args.args
            if exposed and not node.name.startswith("_"):  # type: ignore[attr-defined]
                found.add(f"/init/{file.stem}/{node.name}")  # type: ignore[attr-defined]
    below = {f"{function}{path}" for function, paths in BELOW.items() for path in paths}
    tables = {f"{path}/data" for path in found if path.rpartition("/")[2] in TABLES}
    assert (found - set(BELOW)) | below | tables == set(ROUTES)


@pytest.mark.parametrize("case", _cases(), ids=lambda case: " ".join(map(str, case[:3])))
def test_status(site: Site, case: tuple[str, str, str, int]) -> None:
    """The status is the table's, only pages are HTML, and nothing is left behind."""
    path, method, identity, wanted = case
    answer = site.ask(path, f"service={OPEN}", method, login=IDENTITIES[identity])
    assert answer.status == wanted
    assert path in PAGES or b"<html" not in answer.body.lower()
    assert ("location" in answer.headers) == (wanted == 303)
    assert "set-cookie" not in answer.headers
    assert "x-powered-by" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert site.tickets() == []


@pytest.mark.parametrize("path", NOT_ROUTES)
@pytest.mark.parametrize("address", ["192.0.2.1", "127.0.0.1"])
def test_nothing_else_answers(site: Site, path: str, address: str) -> None:
    """No other application, no helper function, no framework page; not from localhost either."""
    for login in (None, ROOT):
        answer = site.ask(
            path, f"service={OPEN}", login=login, address=address, x_forwarded_for="127.0.0.1"
        )
        assert answer.status in (400, 404), path
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.json["errors"]
    assert site.tickets() == []


@pytest.mark.parametrize("path", ["/", "/init", "/init/"])
def test_first_page(site: Site, path: str) -> None:
    """Whoever types only the host's name is led to the overview."""
    answer = site.ask(path)
    assert (answer.status, answer.headers["location"]) == (303, "/init/default/index")
    assert site.ask(path, method="POST").status == 405


def test_a_fault_leaves_no_ticket(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error nobody expected is JSON with a log id; password and cause stay inside."""
    from applications.init.modules.registries.token_service import TokenService

    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(TokenService, "issue", fail)
    answer = site.token(f"service={OPEN}", ADA)
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert "in the log as" in answer.json["errors"][0]["message"]
    assert site.tickets() == []


def test_forged_host_is_nowhere(site: Site) -> None:
    """What a client says of its host appears in no answer."""
    for path in ROUTES:
        answer = site.ask(path, f"service={OPEN}", login=ADA, host="evil.example",
                          x_forwarded_host="evil.example", x_forwarded_proto="https")
        assert b"evil.example" not in answer.body
        assert "evil.example" not in str(answer.headers)
