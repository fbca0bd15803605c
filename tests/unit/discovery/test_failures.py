"""What a registry can't prove deletes nothing, and people are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from applications.init.modules.registries import audit
from applications.init.modules.registries.catalog import questions
from applications.init.modules.registries.discovery import Crawler, Options
from applications.init.modules.registries.discovery.ask import Asker
from tests.unit.remote import lies
from tests.unit.remote.content import image

from .site import From, Site, after_truth, quick

USELESS = {
    "401": lies.error(401, "UNAUTHORIZED"),
    "403": lies.error(403, "DENIED"),
    "404 without a reason": lies.html_404,
    "429": lies.error(429, "TOOMANYREQUESTS"),
    "500": lies.error(500, "UNKNOWN"),
    "503": lies.status(503),
    "html": lies.html,
    "truncated": lies.truncated,
    "cut off": lies.length_too_long,
    "reset": lies.reset,
    "redirect": lies.redirect("http://127.0.0.1:9/v2/"),
    "silence": lies.silent,
    "another document": lies.answer(["a/b"]),
    "error with status 200": lies.answer({"errors": [{"code": "UNAUTHORIZED"}]}, Link="<x>"),
}


@pytest.mark.parametrize("path", ["/v2/_catalog", "/v2/a/b/tags/list", "/v2/a/b/manifests/v1"])
@pytest.mark.parametrize("name", USELESS)
def test_useless_answers_delete_nothing(site: Site, name: str, path: str) -> None:
    """Errors, web pages, halves and redirects delete nothing, however often they come."""
    site.content.push("a/b", "v1")
    site.content.push("c/d", "v1")
    site.crawl()
    before = site.catalogue(), site.describe("a/b"), site.tag("a/b", "v1")["id"]
    site.stub.lie(path, USELESS[name])
    for _ in range(3):
        site.home.clock.advance(4000)
        outcome = site.crawler().run(site.remote, full=True)
        assert outcome.state in ("failed", "partial"), outcome
        assert outcome.sentence
        assert site.state().error == outcome.sentence[:255]
    assert (site.catalogue(), site.repository("a/b"), site.tag("a/b", "v1")["id"]) == before


def test_half_of_the_pages(site: Site) -> None:
    """A catalog whose later pages fail makes nothing missing."""
    site.stub.page = 100
    for number in range(250):
        site.content.push(f"r{number:03}", "v1")
    site.crawl()
    before = site.catalogue()
    for _ in range(3):
        site.stub.lie("/v2/_catalog", From(2, lies.error(500, "UNKNOWN")))
        site.crawl(state="failed")
    assert site.catalogue() == before
    assert site.rows("SELECT COUNT(*) FROM registry_repositories WHERE missing > 0") == [(0,)]


def test_the_rest_is_crawled(site: Site) -> None:
    """A repository that can't be read, or never answers, does not keep the others waiting."""
    for name in ("a/bad", "b/slow", "c/good", "d/good"):
        site.content.push(name, "v1")
    site.stub.lie("/v2/a/bad/tags/list", lies.error(500, "UNKNOWN"))
    site.stub.lie("/v2/b/slow/tags/list", lies.silent)
    outcome = site.crawl(state="partial")
    assert "2 repositories could not be read" in outcome.sentence
    assert "answers 500" in outcome.sentence
    found = site.catalogue()
    assert [name for name in found if found[name]] == ["c/good", "d/good"]


def test_a_registry_that_fails_everywhere_is_left(site: Site) -> None:
    """Where no answer of a round is of use, the crawl gives up, and goes on later."""
    for number in range(200):
        site.content.push(f"r{number:03}", "v1")
    site.stub.lie("*", From(1, lies.error(500, "UNKNOWN")))
    site.crawl(state="failed")
    assert len(site.stub.requests) <= 1 + 64 * 3
    site.stub.be_honest()
    site.crawl()
    assert site.catalogue() == site.truth()


def test_a_registry_that_goes_away_is_left_at_once(site: Site) -> None:
    """When the registry itself stops answering, the crawl ends after a few more requests."""
    for number in range(200):
        site.content.push(f"r{number:03}", "v1")
    site.stub.lie("*", From(1, lies.silent))
    site.crawl(state="failed")
    assert len(site.stub.requests) < 20


def test_backoff_grows_and_is_capped(site: Site) -> None:
    """Each failure in a row doubles the wait, up to an hour; a success ends it."""
    site.content.push("a/b", "v1")
    site.stub.lie("*", lies.error(500, "UNKNOWN"))
    waits: list[float] = []
    for _ in range(8):
        site.home.clock.now = site.state().next_run if waits else site.home.clock.now
        assert site.crawler().run(site.remote).state == "failed"
        waits.append(site.state().next_run - site.home.clock())
        assert site.crawler().run(site.remote).state == "waiting"
    assert waits == [240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    site.stub.be_honest()
    site.crawl()
    assert site.state().next_run - site.home.clock() <= 120
    assert (site.state().failures, site.state().error) == (0, "")


def test_audit(site: Site) -> None:
    """The third failure in a row raises one audit entry, the recovery another."""
    site.content.push("a/b", "v1")
    site.stub.lie("*", lies.html)
    for _ in range(5):
        site.crawl(state="failed")
        expected = 1 if site.state().failures >= 3 else 0
        assert len(site.home.audit(audit.DISCOVERY)) == expected
    site.stub.be_honest()
    for _ in range(2):
        site.crawl()
    failing, works = site.home.audit(audit.DISCOVERY)
    assert failing["log_level"] == "warning"
    assert "keeps failing: " in failing["log_fmt"] % failing["details"]
    assert "text/html" in failing["details"]["error"]
    assert works["log_fmt"] % works["details"] == "discovery of reg works again"


def test_two_failures_raise_nothing(site: Site) -> None:
    """A registry that recovers before the third failure is not told of."""
    site.stub.lie("*", lies.html, times=2)
    site.crawl(state="failed")
    site.crawl(state="failed")
    site.crawl()
    assert site.home.audit(audit.DISCOVERY) == []


def test_an_address_that_is_not_allowed(site: Site) -> None:
    """The address policy holds for crawls; nothing is sent, and people are told."""
    addresses = replace(site.connector.addresses, public=True)
    connector = replace(site.connector, addresses=addresses)
    outcome = Crawler(site.db, connector, Options(), site.home.clock).run(site.remote)
    assert (outcome.state, site.stub.requests) == ("failed", [])
    assert "not allowed" in site.state().error


def test_a_slow_crawl_pauses_and_goes_on(site: Site) -> None:
    """A crawl that takes too long stops between two answers; the next goes on from there."""
    for number in range(8):
        for tag in ("v1", "v2"):
            site.content.push(f"r{number}", tag, image(f"{number}{tag}"))

    def pass_time() -> None:
        site.home.clock.advance(10)

    site.stub.lie("*", after_truth(pass_time))
    rounds = 0
    while (outcome := site.crawler(longest=150.0).run(site.remote)).state == "paused":
        assert "goes on" in outcome.sentence
        rounds += 1
        assert rounds < 20
    assert rounds > 0
    assert outcome.state == "ok"
    assert site.catalogue() == site.truth()


def test_what_nobody_expected_leaves_no_question_waiting(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected fault gives the questions back at once, to be asked again later."""
    asker = Asker(site.home.db, quick(site.home), site.home.clock)
    with site.home.db.transaction(write=True):
        for tag in ("v1", "v2"):
            questions.ask(site.home.db, site.remote.id, "a/b", tag, site.home.clock())

    def fail(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(Asker, "_question", fail)
    with pytest.raises(RuntimeError):
        asker.step()
    left = "SELECT attempts, leased_until FROM registry_questions"
    assert site.rows(left) == [(1, 0), (1, 0)]
