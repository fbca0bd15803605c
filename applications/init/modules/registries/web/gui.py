"""Pages of the GUI: a shell that modules in ``static/js`` fill; for people who signed in.

What a page shows is asked from the REST API and the tables, with the session's cookie.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .. import changes
from ..errors import MethodNotAllowed, Unauthorized
from ..login import caller as callers
from ..login.caller import Caller
from . import assets
from .answer import Endpoint
from .message import Reply, Request
from .rest import authenticate

if TYPE_CHECKING:
    from ..container import Container

SIGN_IN = "/init/default/user/login"
HTML_TYPE = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html"
)
_HEADERS = (("Cache-Control", "no-store"), ("Content-Security-Policy", POLICY))


@dataclass(frozen=True)
class View(Reply):
    """An answer that a view of web2py writes out of values."""

    name: str = "shell.html"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Screen:
    """A page: the module that draws it, its title, its address, its icon in the menu."""

    name: str
    title: str
    path: str
    icon: str = ""


SCREENS = {
    screen.name: screen
    for screen in (
        Screen("dashboard", "Overview", "/init/default/index", "gauge"),
        Screen("registries", "Docker registries", "/init/registry/registries", "boxes"),
        Screen("resinfo", "Resources info", "/init/resinfo/resinfo", "server"),
        Screen("log", "Log", "/init/log/log", "scroll-text"),
        Screen("account", "Account", "/init/default/account"),
    )
}
TABS = {"docker_registry": "registry", "docker_repository": "repository"}
"""Objects with a deep link, and the panel that shows them (``collector-contract.md`` C.9)."""


def page(name: str) -> Endpoint:
    """The endpoint of a screen."""
    return lambda request, container: _shell(request, container, SCREENS[name])


def home(request: Request, container: Container) -> Reply:
    """Send a browser to the first page."""
    _reading(request)
    return redirect(SCREENS["dashboard"].path)


def add_registry(request: Request, container: Container) -> Reply:
    """The screen that adds a registry, at the address that the collector's menu has."""
    return _shell(request, container, SCREENS["registries"], {"add": True})


def tabs(request: Request, container: Container) -> Reply:
    """An object by its deep link: ``/init/show/tabs/<type>/<id>``, or both as parameters."""
    asked = request.lists()
    words = request.path.strip("/").split("/")[3:]
    kind = words[0] if words else asked.get("otype", [""])[0]
    id_ = words[1] if len(words) > 1 else asked.get("oid", [""])[0]
    if kind not in TABS or not (id_.isascii() and id_.isdigit() and len(id_) < 10):
        more = {"notice": "There are no tabs of this object here."}
        shown = _shell(request, container, SCREENS["registries"], more)
        return replace(shown, status=404) if shown.status == 200 else shown
    return _shell(request, container, SCREENS["registries"], {"panel": f"{TABS[kind]}:{id_}"})


def sign_in(request: Request, container: Container) -> Reply:
    """The page that asks who you are."""
    _reading(request)
    values = {
        "title": "Sign in",
        "static": assets.root(),
        "next": local(request.lists().get("_next", [""])[-1]),
    }
    return View(200, b"", HTML_TYPE, _HEADERS, "sign_in.html", values)


def local(address: str) -> str:
    """An address within this application, or that of its first page: nobody is led elsewhere."""
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/init/") else SCREENS["dashboard"].path


def redirect(address: str) -> Reply:
    """Send a browser to another address of ours."""
    return Reply(303, b"{}", headers=(("Cache-Control", "no-store"), ("Location", address)))


def _shell(
    request: Request, container: Container, screen: Screen, more: Mapping[str, Any] | None = None
) -> Reply:
    _reading(request)
    try:
        who = authenticate(request, container)
    except Unauthorized:
        if request.header("X-Requested-With") or request.header("Authorization"):
            raise
        return redirect(f"{SIGN_IN}?_next={quote(_address(request), safe='')}")
    values = {
        "title": screen.title,
        "screen": screen.name,
        "screens": [one for one in SCREENS.values() if one.icon],
        "static": assets.root(),
        "offset": _minutes_east(),
        "context": json.dumps({**_context(who, container), **(more or {})}),
    }
    return View(200, b"", HTML_TYPE, _HEADERS, "shell.html", values)


def _context(who: Caller, container: Container) -> dict[str, Any]:
    """What every page needs to know of who signed in, and the change it follows from."""
    with container.db.transaction():
        principal = callers.principal(who, container.directory)
        known = changes.settled(container.db, 0, container.clock())
    return {
        "user": {
            "id": who.user_id, "login": who.login, "name": who.log_user, "backend": who.backend,
        },
        "privileges": sorted(principal.privileges),
        "url": container.settings.url,
        "change": known,
    }


def _minutes_east() -> int:
    """How far the clock that stored dates are written by is east of Greenwich."""
    offset = datetime.datetime.now().astimezone().utcoffset()
    return round(offset.total_seconds() / 60) if offset else 0


def _reading(request: Request) -> None:
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed("only GET is known here")


def _address(request: Request) -> str:
    query = request.query_string
    return request.path + (f"?{query}" if query else "")
