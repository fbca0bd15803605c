"""The summary of docker objects, for the overview."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from applications.init.modules.registries import audit, dates
from applications.init.modules.registries.rest.docker import activity, summary, totals
from tests.databases import RANGES
from tests.web.conftest import Site
from tests.web.rest.shelf import Shelf, stocked
from tests.web.world import ADA, EVE, LINUS, OPEN, RESTRICTED, ROOT, Login

PATH = "/docker/summary"
DAY = 86_400
TIMES = ("succeeded", "next_run", "leased_until")


@pytest.fixture
def shelf(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """Some tags, and no log; nothing is remembered."""
    monkeypatch.setattr(totals, "BELIEVED_SECONDS", 0)
    totals._known.clear()
    with stocked(site) as found:
        with found.db.transaction(write=True):
            found.db.run("DELETE FROM log")
        yield found


def wrote(shelf: Shelf, action: str, user: str = "x", ago: float = 0, reason: str = "") -> None:
    """Write an entry of the open registry, some days ago."""
    details: dict[str, Any] = {"service": OPEN, "repo": "base/alpine"}
    if reason:
        details["refused"] = [{"reason": reason, "why": f"because of {reason}"}] * 2
    level = "warning" if reason else "info"
    with shelf.db.transaction(write=True):
        entry = audit.Entry(action, user, "%(repo)s", details, level)
        audit.write(shelf.db, entry, shelf.site.home.clock() - ago * DAY)


def ask(shelf: Shelf, login: Login = ROOT, query: str = "") -> dict[str, Any]:
    """The summary."""
    return dict(shelf.data(PATH, query, login)[0])


def test_days_of_a_changed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each day is there once, where the clock was put forward or back too."""
    try:
        monkeypatch.setenv("TZ", "Europe/Paris")
        time.tzset()
        for day, hour in (("2026-03-30", "00:30:00"), ("2026-10-25", "23:30:00")):
            now = time.mktime(time.strptime(f"{day} {hour}", "%Y-%m-%d %H:%M:%S"))
            found = activity.last_days(now, 3)
            assert found[-1] == day
            assert len(set(found)) == 3
            assert [int(one[-2:]) for one in found] == [int(day[-2:]) - ago for ago in (2, 1, 0)]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_by_day(shelf: Shelf) -> None:
    """Pulls, pushes and refusals are counted by day, today last; granted tokens are none."""
    wrote(shelf, audit.PULLED)
    wrote(shelf, audit.PULLED, ago=1)
    wrote(shelf, audit.PUSHED, ago=1)
    wrote(shelf, audit.TOKEN, reason="not_owner", ago=1)
    wrote(shelf, audit.TOKEN)
    wrote(shelf, audit.PULLED, ago=3)
    days = ask(shelf, query="days=3")["per_day"]
    counts = [(d["pulls"], d["pushes"], d["denied"]) for d in days]
    assert counts == [(0, 0, 0), (1, 1, 1), (1, 0, 0)]
    assert len(ask(shelf)["per_day"]) == 14


def test_remembered(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """For some seconds the answer is given again, to who asked the same, with health as it is."""
    monkeypatch.setattr(totals, "BELIEVED_SECONDS", 60)

    def pulls(login: Login, query: str) -> int:
        return sum(day["pulls"] for day in ask(shelf, login, query)["per_day"])

    assert pulls(ROOT, "days=61") == 0
    wrote(shelf, audit.PULLED)
    assert (pulls(ROOT, "days=61"), pulls(ROOT, "days=62"), pulls(LINUS, "days=61")) == (0, 1, 1)
    with shelf.db.transaction(write=True):
        shelf.db.run("UPDATE docker_registries SET url = 'http://new' WHERE id = 51")
    assert "http://new" in {one["url"] for one in ask(shelf, ROOT, "days=61")["health"]}


def test_reasons(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reasons of refusals are counted once for each refused token, the most frequent first."""
    for reason in ("not_owner", "restricted", "not_owner"):
        wrote(shelf, audit.TOKEN, reason=reason)
    with shelf.db.transaction(write=True):
        sql = "UPDATE log SET log_dict = '{broken' WHERE id = (SELECT MIN(id) FROM log)"
        shelf.db.run(sql)
    wrote(shelf, audit.TOKEN, reason="not_owner")
    found = ask(shelf)
    assert found["denied"] == [
        {"reason": "not_owner", "sentence": "because of not_owner", "count": 2},
        {"reason": "restricted", "sentence": "because of restricted", "count": 1},
    ]
    assert found["complete"] is True
    monkeypatch.setattr(activity, "READ", 2)
    assert ask(shelf, query="days=5")["complete"] is False


def test_the_usual_sentence(shelf: Shelf) -> None:
    """Of sentences with the same reason, the one that was said most often is shown."""
    refused = [{"reason": "privilege_missing", "why": "of pullers"},
               {"reason": "privilege_missing", "why": "of pushers"}]
    with shelf.db.transaction(write=True):
        for told in (refused[:1], refused[1:], refused):
            entry = audit.Entry(audit.TOKEN, "x", "x", {"refused": told}, "warning")
            audit.write(shelf.db, entry, shelf.site.home.clock())
    assert ask(shelf)["denied"] == [
        {"reason": "privilege_missing", "sentence": "of pushers", "count": 3}
    ]


def totals_of(shelf: Shelf, login: Login) -> tuple[int, ...]:
    """How many registries, repositories, tags and bytes somebody sees."""
    found = ask(shelf, login)["totals"]
    return tuple(found[name] for name in ("registries", "repositories", "tags", "bytes"))


def test_only_what_one_may_read(shelf: Shelf) -> None:
    """Of the log, the registries and the repositories each sees its own part."""
    wrote(shelf, audit.PULLED, "Linus", ago=0)
    wrote(shelf, audit.TOKEN, reason="not_owner")
    assert sum(day["pulls"] for day in ask(shelf, LINUS)["per_day"]) == 1  # responsible for it
    assert ask(shelf, ADA)["denied"] == []
    assert totals_of(shelf, ADA) == (2, 5, 5, 0)
    assert totals_of(shelf, ROOT) == (3, 6, 6, 0)
    assert totals_of(shelf, EVE) == (0, 0, 0, 0)
    eve = ask(shelf, EVE)
    assert (eve["health"], eve["biggest"]) == ([], [])


@pytest.mark.parametrize(
    ("candidates", "ranges"),
    [pytest.param(50, True, marks=RANGES.marks), pytest.param(1, True, marks=RANGES.marks),
     (50, False)],
)
def test_biggest(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, candidates: int, ranges: bool
) -> None:
    """Repositories by the sum of their manifests, each once however many tags it has."""
    monkeypatch.setattr(summary, "_CANDIDATES", candidates)
    monkeypatch.setattr(shelf.db, "joins_ranges", ranges)
    shelf.tag(80, 61, "again")
    facts = ((71, 61, "a", 500), (80, 61, "a", 500), (72, 62, "b", 700), (76, 66, "c", 900),
             (73, 63, "d", None))
    with shelf.db.transaction(write=True):
        for tag, repository, digest, size in facts:
            shelf.db.insert("registry_tags", tag_id=tag, repository_id=repository, registry_id=51,
                            digest=digest, size=size)
    assert ask(shelf, ADA)["biggest"] == [
        {"id": 62, "repository": "users/31/x", "registry": OPEN, "bytes": 700, "tags": 1},
        {"id": 61, "repository": "base/alpine", "registry": OPEN, "bytes": 500, "tags": 2},
    ]
    assert [row["id"] for row in ask(shelf, ROOT)["biggest"]] == [66, 62, 61]
    assert (totals_of(shelf, ADA)[2:], totals_of(shelf, ROOT)[2:]) == ((6, 1200), (7, 2100))


@pytest.mark.parametrize(
    ("crawl", "state"),
    [
        (None, "never"),
        ({"next_run": 0}, "never"),
        ({"succeeded": -60, "next_run": 60}, "ok"),
        ({"succeeded": -60, "next_run": 1 - summary.LATE_SECONDS}, "ok"),
        ({"succeeded": -9000, "next_run": -summary.LATE_SECONDS - 1}, "late"),
        ({"succeeded": -9000, "next_run": -9000, "leased_until": 30}, "ok"),
        ({"succeeded": -60, "next_run": 60, "failures": 1, "error": "refused"}, "failing"),
        ({"next_run": 60, "error": "one repository was not read"}, "failing"),
    ],
)
def test_health(shelf: Shelf, crawl: dict[str, Any] | None, state: str) -> None:
    """A registry is well, late, failing, or was never seen; times are told as dates."""
    now = shelf.site.home.clock()
    with shelf.db.transaction(write=True):
        shelf.db.run("DELETE FROM registry_crawls")
        if crawl is not None:
            at = {name: now + crawl[name] for name in TIMES if name in crawl}
            told = {"event_at": now - 5, "hint_at": now - 7}
            shelf.db.insert("registry_crawls", registry_id=51, **told, **{**crawl, **at})
    found = {row["service"]: row for row in ask(shelf, ADA)["health"]}
    assert set(found) == {OPEN, RESTRICTED}
    one = found[OPEN]
    assert one["state"] == state
    assert one["discovery_error"] == (crawl or {}).get("error", "")
    assert one["failures"] == (crawl or {}).get("failures", 0)
    assert one["last_event"] == (dates.local(now - 5) if crawl is not None else None)
    assert one["last_hint"] == (dates.local(now - 7) if crawl is not None else None)
    expected = dates.local(now + crawl["succeeded"]) if crawl and "succeeded" in crawl else None
    assert one["discovered_at"] == expected


@pytest.mark.parametrize("days", ["0", "91", "x", "-1", "1e3", "٣"])
def test_days(shelf: Shelf, days: str) -> None:
    """Days are a number from 1 to 90."""
    assert shelf.get(PATH, f"days={days}").status == 400
