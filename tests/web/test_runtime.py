"""web2py behind the door: files, faults inside the framework, odd paths."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.conftest import Site

pytestmark = pytest.mark.any_database

FAULTS = """
def fault():
    raise ValueError("the password is " + request.env.http_authorization)

def leave():
    raise SystemExit("secret")

def markup():
    raise HTTP(409, "<html>secret</html>")

def away():
    redirect("https://evil.example/")
"""


def _replace(link: Path) -> str | None:
    """Put a real directory in place of a link to the checkout; return where it led."""
    target = os.readlink(link) if link.is_symlink() else None
    if target:
        link.unlink()
    link.mkdir(exist_ok=True)
    return target


def _restore(link: Path, target: str | None) -> None:
    for file in link.iterdir():
        file.unlink()
    if target:
        link.rmdir()
        link.symlink_to(target)


@pytest.fixture
def state(site: Site) -> Path:
    """The application's directory in web2py's state, with a file no client may have."""
    app = site.home.settings.home / "web2py" / "applications" / "init"
    (app / "private" / "key.txt").write_text("secret")
    return app


@pytest.fixture
def static(state: Path) -> Iterator[Path]:
    """A folder of static files."""
    folder = state / "static"
    target = _replace(folder)
    (folder / "site.css").write_text("body { margin: 0 }\n")
    yield folder
    _restore(folder, target)


@pytest.fixture
def faults(state: Path) -> Iterator[None]:
    """A controller that fails, in the place of ours."""
    folder = state / "controllers"
    target = _replace(folder)
    (folder / "faulty.py").write_text(FAULTS)
    yield
    _restore(folder, target)


def test_a_static_file(site: Site, static: Path) -> None:
    """A static file is served whole, with its type and length."""
    answer = site.ask("/init/static/site.css", range="bytes=5-2")
    assert (answer.status, answer.body) == (200, b"body { margin: 0 }\n")
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_unchanged_static_file(site: Site, static: Path) -> None:
    """A client that has the file already is told so."""
    changed = site.ask("/init/static/site.css").headers["last-modified"]
    answer = site.ask("/init/static/site.css", if_modified_since=changed)
    assert (answer.status, answer.body) == (304, b"")


TRAVERSALS = (
    "../private/key.txt", "..%2fprivate%2fkey.txt", "../../init/private/key.txt", "..\\private\\k",
    "%2e%2e/private/key.txt", "....//private/key.txt", "./../private/key.txt", "/etc/passwd",
    "//etc/passwd", "site.css/../../private/key.txt", "_1.2.3/../../private/key.txt", "_1.2.3",
    "_1.2.3/", "../../../../../../../../../../etc/passwd", "..", ".", "", "~root", "\x00",
    "site.css\x00.txt", "../controllers/registry.py", "../static_/x", "a" * 5000, "\xff\xfe",
    "../../../VERSION", "../databases/x", "../sessions/x", "../errors/x", "C:\\x", "aux", "%00",
    "site.css/", "site.css/x", "..;/private/key.txt", "..\u2215private", "\u202e",
)


@pytest.mark.parametrize("name", TRAVERSALS, ids=lambda name: ascii(name)[:40])
def test_no_way_out_of_static(site: Site, static: Path, name: str) -> None:
    """No path leads out of the static folder, and none to a fault."""
    path = f"/init/static/{name}".encode().decode("latin1")
    answer = site.ask(path)
    assert answer.status in (200, 400, 404)
    assert answer.status != 200 or answer.body == b"body { margin: 0 }\n"
    assert b"secret" not in answer.body
    assert site.tickets() == []


PATHS = (
    "/init/registry/token/" + "x/" * 2000, "/init/" + "a" * 8000, "/init/registry/\x00",
    "/init/registry/\xff\xfe", "/init/registry/token;x", "/init/registry/token.", "/init/.",
    "/init/registry/token%0d%0aX: y", "/init/registry/\r\nX: y", "/init/registry/{{=1}}",
    "/init/registry/__init__", "/init/registry/token.load", "/init/re gistry/token",
    "/init//registry/token", "/init/registry/<script>", "/init/..", "/init/../admin",
    "/init/registry/../../welcome", "/init/%61ppadmin", "/init//appadmin", "/init/appadmin.json",
    "/init/registry/%5fTEST", "/init/registry/pages", "/init/registry/\u00e9",
)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ascii(path)[:40])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_odd_paths(site: Site, path: str, method: str) -> None:
    """Odd paths are JSON errors of the client's, and leave nothing behind."""
    answer = site.ask(path, method=method, body=b"a=1" if method == "POST" else b"")
    assert 400 <= answer.status < 500
    assert answer.headers["content-type"].startswith("application/json")
    assert b"<script" not in answer.body
    assert site.tickets() == []


@pytest.mark.parametrize("cookie", ["=", ";;;", "session_id_init=../../x", "\xff=\xff", "a" * 9999])
def test_odd_cookies(site: Site, cookie: str) -> None:
    """Cookies mean nothing here, however odd."""
    answer = site.ask("/init/registry/health", cookie=cookie)
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert site.tickets() == []


@pytest.mark.parametrize("forwarded", ["127.0.0.1", "x", "\xff", "1.2.3.4, ::1", "[", "9" * 999])
def test_odd_forwarding(site: Site, forwarded: str) -> None:
    """What a client says of its address breaks nothing."""
    answer = site.ask("/init/registry/health", x_forwarded_for=forwarded)
    assert answer.status in (200, 400)
    assert answer.headers["content-type"].startswith("application/json")
    assert site.tickets() == []


@pytest.mark.parametrize("function", ["fault", "leave"])
def test_a_fault_inside_the_framework(
    site: Site, faults: None, capfd: pytest.CaptureFixture[str], function: str
) -> None:
    """A failing controller is a 500 with the id of a log line; no ticket, no secret anywhere."""
    answer = site.ask(f"/init/faulty/{function}", login=("ada", "very-secret"))
    assert answer.status == 500
    assert answer.headers["content-type"].startswith("application/json")
    log_id = answer.json["errors"][0]["message"].rpartition(" ")[2]
    assert len(log_id) == 12
    assert b"secret" not in answer.body
    assert "secret" not in str(answer.headers)
    assert site.tickets() == []
    for line in capfd.readouterr().err.splitlines():
        assert "secret" not in line
        json.loads(line)


def test_html_of_a_controller(site: Site, faults: None) -> None:
    """An HTML error that a controller raises does not get out."""
    answer = site.ask("/init/faulty/markup")
    assert answer.status == 404
    assert b"secret" not in answer.body


def test_a_redirect_of_a_controller(site: Site, faults: None) -> None:
    """Machines are never sent elsewhere: registries take a redirect for success."""
    answer = site.ask("/init/faulty/away")
    assert answer.status == 404
    assert "location" not in answer.headers


def test_nothing_is_written_into_the_checkout(site: Site, checkout: Path) -> None:
    """What web2py writes is under the home; the checkout holds code only."""
    site.ask("/init/registry/health")
    app = checkout / "applications" / "init"
    written = ("sessions", "errors", "cache", "databases", "private", "uploads", "cron")
    assert not [name for name in written if (app / name).exists()]
    assert not [name for name in ("VERSION", "logs", "deposit") if (checkout / name).exists()]
