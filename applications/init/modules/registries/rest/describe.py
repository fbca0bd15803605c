"""The API's description of itself, in the form that the collector's clients read.

Source: ``collector-contract.md`` A.9, ``agent-contract.md`` 1.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .asked import PROPS
from .call import Answer
from .columns import Column
from .routes import METHODS, Param, Route

_IMAGES = {"boolean": "bool16", "datetime": "time16", "integer": "count16", "id": "key"}


def described(routes: Iterable[Route]) -> Answer:
    """All routes, by method."""
    found: dict[str, list[dict[str, Any]]] = {method: [] for method in METHODS}
    for route in routes:
        found[route.method].append(_route(route))
    return {"data": found}


def family(route: Route) -> str:
    """The kind of object that a route is about, such as ``docker registries`` or ``users``."""
    words = route.path.strip("/").split("/")
    kind = words[words[0] == "docker"].partition("_")[0].partition(".")[0]
    return f"docker {kind}" if words[0] == "docker" else kind


def sentence(route: Route) -> str:
    """The whole description of a route as one text."""
    return "  ".join(route.words)


def examples(route: Route) -> tuple[str, ...]:
    """Commands that call a route, with ``%(email)s`` and ``%(collector)s`` to put in."""
    return route.examples or (_example(route),)


def _route(route: Route) -> dict[str, Any]:
    return {
        "path": route.path,
        "pattern": route.pattern,
        "params": {param.name: _param(route, param) for param in route.params},
        "data": {
            **{column.name: _column(column) for column in _columns(route)},
            **{member.name: {"desc": member.description, "img": "", "type": member.kind,
                             "table": "", "unique": False, "writable": True, "writeable": True}
               for member in route.members if not member.extra},
        },
        "desc": list(route.words),
        "examples": list(examples(route)),
    }


def _columns(route: Route) -> Iterable[Column]:
    """The columns of what a route writes but its id; those that it doesn't write say so."""
    yield from route.columns
    known = {"id", *(column.name for column in route.columns)}
    for column in route.shape if route.columns else ():
        if column.name not in known and not column.extra:
            yield replace(column, writable=False)


def _param(route: Route, param: Param) -> dict[str, Any]:
    text = param.description
    if param is PROPS and route.shape:
        # Clients show what stands between these marks in green.
        usual, extra = ([c.name for c in route.shape if c.extra is e] for e in (False, True))
        text = f"{text}. Available: ``{', '.join(usual)}``:green"
        text += f", and ``{', '.join(extra)}``:green" if extra else ""
    return {"desc": text, **({"type": "list"} if param.many else {})}


def _column(column: Column) -> dict[str, Any]:
    return {
        "desc": column.description,
        "img": _IMAGES.get(column.kind.value, ""),
        "type": column.kind.value,
        "table": column.table,
        "unique": column.unique,
        "writable": column.writable,
        # The collector's documentation page looks for it under this spelling.
        "writeable": column.writable,
    }


def _example(route: Route) -> str:
    method = "" if route.method == "GET" else f" -X {route.method}"
    names = [c.name for c in route.columns if c.writable] + [
        member.name for member in route.members if member.required
    ]
    data = "".join(f" -d {name}=..." for name in names)
    url = f"https://%(collector)s/init/rest/api{route.path}"
    return f"# curl -u %(email)s{method}{data} '{url}'"
