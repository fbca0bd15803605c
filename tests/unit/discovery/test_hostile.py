"""Hostile registries among good ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.home import Home
from tests.unit.remote import lies
from tests.unit.remote.stub import StubRegistry

from .site import Site

CATALOG, TAGS, MANIFEST = "/v2/_catalog", "/v2/a/b/tags/list", "/v2/a/b/manifests/v1"
HOSTILE = {
    "endless": (CATALOG, lies.endless),
    "a byte at a time": (TAGS, lies.drip_body),
    "compressed": (CATALOG, lies.gzip_bomb),
    "a million tags": (TAGS, lies.many_tags("a/b")),
    "circle of pages": (CATALOG, lies.link("/v2/_catalog?last=a&n=1")),
    "deep": (CATALOG, lies.deep_json),
    "a member twice": (CATALOG, lies.duplicate_keys),
    "huge number": (CATALOG, lies.huge_integer),
    "wrong length": (TAGS, lies.length_too_long),
    "index of itself": (MANIFEST, lies.self_index),
    "web page": (TAGS, lies.html),
    "reset": (MANIFEST, lies.reset),
}


@pytest.fixture
def sites(home: Home) -> Iterator[dict[str, Site]]:
    """Registries by name, all of them crawled once while they were honest."""
    names = [*HOSTILE, *(f"good {number}" for number in range(5))]
    with ExitStack() as stack:
        made = {n: Site(home, stack.enter_context(StubRegistry()), n) for n in names}
        for site in made.values():
            site.content.push("a/b", "v1")
            site.content.push("c/d", "v1")
            site.crawl()
            site.describe("a/b")
        yield made


def test_hostile_among_good(sites: dict[str, Site]) -> None:
    """Each crawl ends in time, the good ones are fresh, and nothing is deleted or changed."""
    before = {name: (s.catalogue(), s.repository("a/b")) for name, s in sites.items()}
    for name, (path, lie) in HOSTILE.items():
        sites[name].stub.lie(path, lie)
    for _ in range(2):
        for name, site in sites.items():
            site.home.clock.advance(4000)
            site.content.push("c/d", "v2")
            started = time.monotonic()
            outcome = site.crawler().run(site.remote, full=True)
            assert time.monotonic() - started < 10, name
            assert (outcome.state == "ok") == (name not in HOSTILE), (name, outcome)
    for name, site in sites.items():
        catalogue, row = before[name]
        if name in HOSTILE:
            assert site.state().error, name
            assert site.catalogue()["a/b"] == catalogue["a/b"], name
            assert site.repository("a/b") == row, name
        else:
            assert site.catalogue() == site.truth(), name
