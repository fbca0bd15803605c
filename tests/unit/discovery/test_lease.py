"""One crawl of a registry at a time."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from applications.init.modules.registries.catalog import crawls
from applications.init.modules.registries.discovery import Outcome
from applications.init.modules.registries.remote import Timeouts
from tests.unit.remote.stub import Exchange, tell_the_truth

from .site import Site, after_truth


def _take(site: Site, lease: str) -> bool:
    with site.db.transaction(write=True):
        return crawls.take(site.db, site.remote.id, lease, site.home.clock())


def test_two_at_once(site: Site) -> None:
    """While one crawls, another is told so and asks nothing; afterwards it may."""
    site.content.push("a/b", "v1")
    seen: list[Outcome] = []

    def another(exchange: Exchange) -> None:
        seen.append(site.crawler().run(site.remote, force=True))
        tell_the_truth(exchange)

    site.stub.lie("/v2/a/b/tags/list", another, times=1)
    site.crawl()
    assert [outcome.state for outcome in seen] == ["busy"]
    assert len(site.stub.requests) == 3
    site.crawl()


def test_not_due(site: Site) -> None:
    """A crawl that is not due yet asks nothing, unless it is forced."""
    site.crawl()
    site.stub.requests.clear()
    assert site.crawler().run(site.remote).state == "waiting"
    assert site.stub.requests == []
    site.home.clock.advance(110)
    assert site.crawler().run(site.remote).state == "ok"


def test_lease_of_a_killed_crawl(site: Site) -> None:
    """The lease of a crawl that was killed is over after a minute."""
    assert _take(site, "killed")
    assert site.crawler().run(site.remote, force=True).state == "busy"
    site.home.clock.advance(crawls.LEASE_SECONDS + 1)
    assert site.crawler().run(site.remote, force=True).state == "ok"


def test_lease_is_free_after_a_failure(site: Site) -> None:
    """A crawl gives its lease back however it ends."""

    def report(progress: Any) -> None:
        raise KeyboardInterrupt

    site.content.push("a/b", "v1")
    with pytest.raises(KeyboardInterrupt):
        site.crawler().run(site.remote, force=True, report=report)
    assert site.state().leased_until == 0


def test_lease_lasts_as_long_as_answers_come(site: Site) -> None:
    """A slow registry keeps its crawl: the lease is renewed between two answers."""
    for number in range(20):
        site.content.push(f"r{number}", "v1")
    taken: list[bool] = []
    site.connector = replace(site.connector, timeouts=Timeouts())

    def slow() -> None:
        deadline = time.monotonic() + 3
        while site.state().leased_until < site.home.clock() + crawls.LEASE_SECONDS:
            if time.monotonic() > deadline:
                break
            time.sleep(0.001)
        site.home.clock.advance(25)
        taken.append(_take(site, "another"))

    for number in range(20):
        site.stub.lie(f"/v2/r{number}/tags/list", after_truth(slow))
    site.crawl(threads=1)
    assert taken == [False] * 20


def test_who_lost_the_lease_ends(site: Site) -> None:
    """A crawl that was thought dead, and replaced, ends without a further word."""
    for number in range(5):
        site.content.push(f"r{number}", "v1")

    def stolen() -> None:
        site.home.clock.advance(crawls.LEASE_SECONDS + 1)
        with site.db.transaction(write=True):
            sql = "UPDATE registry_crawls SET lease = 'another', leased_until = ?"
            site.db.run(sql, site.home.clock() + crawls.LEASE_SECONDS)

    site.stub.lie("/v2/r2/tags/list", after_truth(stolen), times=1)
    assert site.crawler().run(site.remote, force=True).state == "busy"
    assert site.state().finished is None
    assert site.state().leased_until > site.home.clock()
