"""Pages: of a link only ``last`` and ``n`` are believed, and circles are seen."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries import names
from applications.init.modules.registries.remote import BadAnswer, paging
from applications.init.modules.registries.remote.answer import Answer
from applications.init.modules.registries.remote.paging import Kind, Walk
from applications.init.modules.registries.remote.place import locate

PLACE = locate("https://reg.example/prefix")
PATH = "/v2/_catalog"
KIND = Kind("repositories", names.is_valid, 100)


def _answer(listed: Any, *links: str, **more: Any) -> Answer:
    headers = http.client.HTTPMessage()
    headers["Content-Type"] = "application/json; charset=utf-8"
    for link in links:
        headers["Link"] = link
    return Answer(200, headers, json.dumps({"repositories": listed, **more}).encode())


def _walk() -> Walk:
    return Walk(KIND, PLACE, PATH, n=1000)


def _next(url: str) -> str:
    return f'<{url}>; rel="next"'


@pytest.mark.parametrize(
    "url",
    [
        "/v2/_catalog?last=a%2Fb&n=1000",
        "/prefix/v2/_catalog?n=1000&last=a%2Fb",
        "https://reg.example/v2/_catalog?last=a%2Fb&n=1000",
        "https://REG.example:443/prefix/v2/_catalog?last=a%2Fb",
        "//reg.example/v2/_catalog?last=a%2Fb",
        "_catalog?last=a%2Fb&x=y&_state=z",
        "?last=a%2Fb",
    ],
)
def test_links(url: str) -> None:
    """Links to the same list, however they are written, give the next query."""
    walk = _walk()
    assert walk.query == "n=1000"
    assert walk.take(_answer(["a/a", "a/b"], _next(url))) == ["a/a", "a/b"]
    assert walk.query == "n=1000&last=a%2Fb"
    assert walk.take(_answer(["a/c"])) == ["a/c"]
    assert walk.query is None


@pytest.mark.parametrize(
    "url",
    [
        "http://reg.example/v2/_catalog?last=a",
        "https://reg.example:444/v2/_catalog?last=a",
        "https://evil.example/v2/_catalog?last=a",
        "https://reg.example@evil.example/v2/_catalog?last=a",
        "https://user@reg.example/v2/_catalog?last=a",
        "//evil.example/v2/_catalog?last=a",
        "\\\\evil.example/v2/_catalog?last=a",
        "ftp://reg.example/v2/_catalog?last=a",
        "/v2/a/b/tags/list?last=a",
        "/v2/_catalog/../x?last=a",
        "/?last=a",
        "/v2/_catalog",
        "/v2/_catalog?n=5",
        "/v2/_catalog?last=",
        "/v2/_catalog?last=a&last=b",
        "/v2/_catalog?last=%ff",
        "/v2/_catalog?" + "&".join(f"a{n}=1" for n in range(17)) + "&last=a",
        "/v2/_catalog?last=" + "a" * 3000,
        "http://[/v2/_catalog?last=a",
        "",
    ],
)
def test_bad_links(url: str) -> None:
    """Links that lead elsewhere, or that don't say where the page starts, are BadAnswer."""
    with pytest.raises(BadAnswer):
        _walk().take(_answer(["a"], _next(url)))


@pytest.mark.parametrize("link", ["", "x", "</v2/_catalog?last=a>", '</v2/_catalog>; rel="prev"'])
def test_unreadable_links(link: str) -> None:
    """A Link that can't be read is no sign of the end: the list would be taken as whole."""
    with pytest.raises(BadAnswer):
        _walk().take(_answer(["a"], link))
    with pytest.raises(BadAnswer):
        _walk().take(_answer(["a"], _next("/v2/_catalog?last=a"), _next("/v2/_catalog?last=b")))


@pytest.mark.parametrize(("n", "query"), [("5", "n=5&last=a"), ("0", "n=1000&last=a"),
                                          ("-1", "n=1000&last=a"), ("99999", "n=1000&last=a"),
                                          ("x&y", "n=1000&last=a"), ("²", "n=1000&last=a")])
def test_number(n: str, query: str) -> None:
    """The registry may ask for smaller pages, but not for nonsense."""
    walk = _walk()
    walk.take(_answer(["a"], _next(f"/v2/_catalog?last=a&n={n}")))
    assert walk.query == query


def test_circles() -> None:
    """A page that starts where one did, or that brings nothing new, is BadAnswer."""
    walk = _walk()
    walk.take(_answer(["a"], _next("/v2/_catalog?last=a")))
    with pytest.raises(BadAnswer, match="circles"):
        walk.take(_answer(["b"], _next("/v2/_catalog?last=a")))
    for again in (["a"], [], None):
        walk = _walk()
        walk.take(_answer(["a"], _next("/v2/_catalog?last=a")))
        with pytest.raises(BadAnswer, match="circles"):
            walk.take(_answer(again, _next("/v2/_catalog?last=b")))


def test_number_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is an end to pages that each bring something new."""
    monkeypatch.setattr(paging, "MAX_PAGES", 10)
    walk = _walk()
    with pytest.raises(BadAnswer, match="pages"):
        for n in range(11):
            walk.take(_answer([f"a{n}"], _next(f"/v2/_catalog?last=a{n}")))


def test_number_of_names() -> None:
    """The limit goes for all pages together."""
    walk = _walk()
    walk.take(_answer([f"a{n}" for n in range(100)], _next("/v2/_catalog?last=a99")))
    with pytest.raises(BadAnswer, match="more than 100"):
        walk.take(_answer(["b"]))


def test_names_that_are_none() -> None:
    """Names outside the grammar are dropped and counted, and never an error."""
    walk = _walk()
    assert walk.take(_answer(["a", "A", "../x", "", "a\n", "b", "b", "x" * 256])) == ["a", "b"]
    assert walk.dropped == 5


def test_name_of_the_list() -> None:
    """A list of another repository's tags is BadAnswer."""
    assert _walk().take(_answer(["a"], name="a/b"), "a/b") == ["a"]
    for wrong in ("a/c", None, 1, ["a/b"]):
        with pytest.raises(BadAnswer, match="instead"):
            _walk().take(_answer(["a"], name=wrong), "a/b")


@given(st.text(), st.lists(st.text()))
def test_anything(link: str, listed: list[str]) -> None:
    """Whatever a link says, the next query is one of ours, or it is BadAnswer."""
    walk = _walk()
    url = "".join(c for c in link if c not in "\r\n")
    try:
        walk.take(_answer(listed, _next(f"/v2/_catalog?last={url}")))
    except BadAnswer:
        return
    assert walk.query is not None
    assert walk.query.startswith("n=")
    assert walk.query.isascii()
    assert not set(walk.query) & set(" \r\n<>#/")
