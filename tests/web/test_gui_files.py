"""The GUI's files over WSGI: what pages name is there, kept long, and nothing beside it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from applications.init.modules.registries.web import assets
from tests.web.conftest import Site
from tests.web.world import ADA

pytestmark = pytest.mark.any_database

PAGES = ("/init/default/index", "/init/default/user/login")


def test_files_of_a_version(site: Site) -> None:
    """Files are at an address that changes with them, so browsers keep them for years."""
    answer = site.ask(f"{assets.root()}/css/main.css")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/css")
    years = int(answer.headers["cache-control"].partition("max-age=")[2])
    assert years > 365 * 86400
    assert "set-cookie" not in answer.headers
    assert site.ask("/init/static/_1.2.3/css/main.css").body == answer.body
    unversioned = site.ask("/init/static/css/main.css")
    assert unversioned.body == answer.body
    assert "max-age" not in unversioned.headers["cache-control"]


def test_files_of_pages(site: Site) -> None:
    """Every file that a page names is there, of its type, and all modules import what exists."""
    pages = [site.ask(path, login=ADA).body.decode() for path in PAGES]
    waiting = set(re.findall(r'(?:src|href)="(/init/static/[^"#]*)', "".join(pages)))
    seen: set[str] = set()
    while waiting - seen:
        path = (waiting - seen).pop()
        seen.add(path)
        answer = site.ask(path)
        assert answer.status == 200, path
        if path.endswith((".js", ".css")):
            kind = "javascript" if path.endswith(".js") else "css"
            assert kind in answer.headers["content-type"]
            waiting |= _named(path, answer.body.decode())
    assert len(seen) > 20


def _named(path: str, text: str) -> set[str]:
    """The files that a module imports, or a style sheet."""
    modules = re.findall(r"""(?:from|import)\s*\(?\s*["'](\.{1,2}/[^"']+)["']""", text)
    sheets = re.findall(r'@import url\("([^"]+)"\)', text)
    base = f"http://x{path}"
    return {urlsplit(urljoin(base, name)).path for name in (*modules, *sheets)}


def test_pictures(checkout: Path) -> None:
    """Every icon that a module names is in the file of icons."""
    static = checkout / "applications" / "init" / "static"
    known = set(re.findall(r'<symbol id="([^"]+)"', (static / "vendor/icons.svg").read_text()))
    named: dict[str, str] = {}
    for path in (static / "js").rglob("*.js"):
        text = re.sub(r'[!=]== "[^"]*"', "", path.read_text())
        for found in re.findall(r"\bicon(?:\(|: )([^);,]*)", text):
            named.update(dict.fromkeys(re.findall('"([a-z0-9-]+)"', found), path.name))
    assert named
    assert {name: file for name, file in named.items() if name not in known} == {}


@pytest.mark.parametrize("version", ["", "/_1.2.3"])
@pytest.mark.parametrize(
    "rest",
    ["/../controllers/log.py", "/../../controllers/log.py", "/css/../../controllers/log.py",
     "/js/app.js/../../../controllers/log.py", "/css/../../../../etc/passwd", "//etc/passwd",
     "/%2e%2e/controllers/log.py", "/..%2fcontrollers/log.py", "/css/..%5c..%5clog.py",
     "/..\\controllers\\log.py", "/css", "/css/", "/", "", "/nothing.css", "/../static/x",
     "/_1.2.3/_1.2.3/css/main.css", "/../__init__.py", "/css/main.css\x00.txt", "/.gitignore"],
)
def test_only_files_of_the_folder(site: Site, version: str, rest: str) -> None:
    """No path leads out of the folder of static files, and folders are not listed."""
    for path in (f"/init/static{version}{rest}", unquote(f"/init/static{version}{rest}")):
        answer = site.ask(path)
        assert answer.status in (400, 404), path
        assert answer.headers["content-type"].startswith("application/json")
        assert b"serve(" not in answer.body
    assert site.tickets() == []


def test_ranges_of_files(site: Site) -> None:
    """A file comes whole, whatever range is asked for."""
    path = f"{assets.root()}/css/base.css"
    whole = site.ask(path)
    for asked in ("bytes=0-3", "bytes=-1", "bytes=9999999-", "bytes=-99999999", "bytes=a-b"):
        answer = site.ask(path, range=asked)
        assert (answer.status, answer.body) == (200, whole.body)
