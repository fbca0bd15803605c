"""``/init/rest/doc``: the REST API as a page, from the declarations that route it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from ..errors import MethodNotAllowed
from ..rest.routes import Route
from ..rest.table import ROUTER
from .message import Reply, Request
from .rest import authenticate

if TYPE_CHECKING:
    from ..container import Container

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
h2 { margin-top: 2.5rem; border-bottom: 1px solid }
details { margin: .4rem 0 }
summary { cursor: pointer; overflow-wrap: anywhere }
code { font-family: ui-monospace, monospace }
b { display: inline-block; min-width: 4.5rem; font-family: ui-monospace, monospace }
dl { margin: .3rem 0 .8rem 1.5rem; display: grid; grid-template-columns: auto 1fr; gap: 0 1rem }
dd { margin: 0 }
nav { display: flex; flex-wrap: wrap; gap: .2rem .8rem }
@media (max-width: 40rem) { dl { display: block } dd { margin-left: 1rem } }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"


def doc(request: Request, container: Container) -> Reply:
    """The page; for whoever may use the API."""
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed("only GET is known here")
    authenticate(request, container)
    headers = (("Cache-Control", "no-store"), ("Content-Security-Policy", _POLICY))
    return Reply(200, page(ROUTER.routes).encode(), "text/html; charset=utf-8", headers)


def page(routes: Sequence[Route]) -> str:
    """The page of these routes, by family."""
    families: dict[str, list[Route]] = {}
    for route in routes:
        families.setdefault(_family(route), []).append(route)
    links = "".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in families)
    sections = "".join(_section(name, members) for name, members in families.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>REST API of the collector</title><style>{_STYLE}</style></head>"
        "<body><h1>REST API</h1><p>Base: <code>/init/rest/api</code>, described for programs at"
        " <code>/init/rest/api/openapi.json</code>.</p>"
        f"<nav>{links}</nav>{sections}</body></html>"
    )


def _section(name: str, routes: Iterable[Route]) -> str:
    rows = "".join(map(_route, routes))
    return f'<h2 id="{escape(name)}">{escape(name)}</h2>{rows}'


def _route(route: Route) -> str:
    words = " ".join(f"<p>{escape(text)}</p>" for text in route.words)
    return (
        f"<details><summary><b>{route.method}</b> <code>{escape(route.path)}</code></summary>"
        f"{words}{_list('Parameters', [(p.name, p.description) for p in route.params])}"
        f"{_list('Body', _taken(route))}"
        f"{_list('Answer', [(c.name, c.description) for c in route.shape])}</details>"
    )


def _taken(route: Route) -> list[tuple[str, str]]:
    columns = [(c.name, c.description) for c in route.columns if c.writable]
    return columns + [(m.name, m.description) for m in route.members]


def _list(title: str, rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    items = "".join(
        f"<dt><code>{escape(name)}</code></dt><dd>{escape(text)}</dd>" for name, text in rows
    )
    return f"<h3>{title}</h3><dl>{items}</dl>"


def _family(route: Route) -> str:
    parts = route.path.split("/")
    return parts[2] if parts[1] == "docker" else parts[1].partition(".")[0]
