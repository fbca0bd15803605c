"""Routes: found by method and path, quoting undone, described for clients."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.errors import NotFound
from applications.init.modules.registries.rest.call import Call
from applications.init.modules.registries.rest.describe import described
from applications.init.modules.registries.rest.routes import Route, Router, many_of
from applications.init.modules.registries.rest.table import ROUTER


def _answer(call: Call) -> dict[str, object]:
    return {}


SMALL = Router((
    Route("GET", "/docker/registries", _answer, ("List.",)),
    Route("GET", "/docker/registries/<id>", _answer, ("Show.",)),
    Route("GET", "/docker/registries/<id>/access", _answer, ("Tell.",)),
    Route("POST", "/users/<id>/groups/<group>", _answer, ("Join.",)),
))


@pytest.mark.parametrize(
    ("method", "path", "route", "args"),
    [
        ("GET", "/docker/registries", 0, {}),
        ("GET", "/docker/registries/", 0, {}),
        ("GET", "/docker/registries/3", 1, {"id": "3"}),
        ("GET", "/docker/registries/reg.lab.example:5000", 1, {"id": "reg.lab.example:5000"}),
        ("GET", "/docker/registries/a(slash)b(percent)c", 1, {"id": "a/b%c"}),
        ("GET", "/docker/registries/3/access", 2, {"id": "3"}),
        ("POST", "/users/ada@x.org/groups/web dev", 3, {"id": "ada@x.org", "group": "web dev"}),
    ],
)
def test_found(method: str, path: str, route: int, args: dict[str, str]) -> None:
    """The first route that matches the whole path, with its arguments decoded."""
    assert SMALL.find(method, path) == (SMALL.routes[route], args)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/docker/registries"), ("GET", "/docker"), ("GET", "/docker/registries/3/x"),
        ("GET", "/docker/registries//"), ("GET", "//docker/registries"), ("GET", "docker"),
        ("GET", "/docker/registries/a;b"), ("GET", "/docker/registries/é"), ("GET", ""),
        ("GET", "/docker/registries/" + "a" * 3000), ("GET", "/docker/registries/3\n"),
    ],
)
def test_not_found(method: str, path: str) -> None:
    """What no route has is told with method and path, in one short line."""
    with pytest.raises(NotFound) as caught:
        SMALL.find(method, path)
    assert str(caught.value).startswith(f"Unsupported api url: {method} ")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@given(st.text(max_size=80))
def test_any_path(path: str) -> None:
    """A path finds a route or is not found; nothing else."""
    with contextlib.suppress(NotFound):
        ROUTER.find("GET", f"/{path}")


def test_patterns_are_for_clients() -> None:
    """A description's pattern matches what the router takes, and has no slash in a class."""
    for handlers in described(ROUTER.routes)["data"].values():
        for handler in handlers:
            path = re.sub(r"<\w+>", "a.b:1", handler["path"])
            assert re.match(handler["pattern"], path)
            assert all("/" not in part for part in re.findall(r"\[.*?\]", handler["pattern"]))
            assert handler["desc"]
            assert handler["examples"]


def test_many() -> None:
    """Answers to the items of an array are joined member by member."""
    joined = many_of([{"info": "a", "data": [1]}, {"error": "b"}, {"data": {"id": 2}}, {}])
    assert joined == {"info": ["a"], "error": ["b"], "data": [1, {"id": 2}]}
