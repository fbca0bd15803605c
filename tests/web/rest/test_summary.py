"""The summary of docker objects, for the overview."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from applications.init.modules.registries import audit
from applications.init.modules.registries.rest.docker import summary
from tests.web.conftest import Site
from tests.web.rest.shelf import Shelf, stocked
from tests.web.world import ADA, EVE, LINUS, OPEN, RESTRICTED, ROOT, Login

PATH = "/docker/summary"
DAY = 86_400


@pytest.fixture
def shelf(site: Site) -> Iterator[Shelf]:
    """Some tags, and no log."""
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
    monkeypatch.setattr(summary, "READ", 2)
    assert ask(shelf, query="days=5")["complete"] is False


def test_only_what_one_may_read(shelf: Shelf) -> None:
    """Of the log, the registries and the repositories each sees its own part."""
    wrote(shelf, audit.PULLED, "Linus", ago=0)
    wrote(shelf, audit.TOKEN, reason="not_owner")
    assert sum(day["pulls"] for day in ask(shelf, LINUS)["per_day"]) == 1  # responsible for it
    assert ask(shelf, ADA)["denied"] == []
    assert ask(shelf, ADA)["totals"] == {"registries": 2, "repositories": 5, "tags": 5}
    assert ask(shelf, ROOT)["totals"] == {"registries": 3, "repositories": 6, "tags": 6}
    eve = ask(shelf, EVE)
    assert eve["totals"] == {"registries": 0, "repositories": 0, "tags": 0}
    assert (eve["health"], eve["biggest"]) == ([], [])


def test_biggest(shelf: Shelf) -> None:
    """Repositories by the sum of their manifests, each once however many tags it has."""
    shelf.tag(80, 61, "again")
    facts = ((71, 61, "a", 500), (80, 61, "a", 500), (72, 62, "b", 700), (76, 66, "c", 900))
    with shelf.db.transaction(write=True):
        for tag, repository, digest, size in facts:
            shelf.db.insert("registry_tags", tag_id=tag, repository_id=repository, registry_id=51,
                            digest=digest, size=size)
    assert ask(shelf, ADA)["biggest"] == [
        {"id": 62, "repository": "users/31/x", "registry": OPEN, "bytes": 700, "tags": 1},
        {"id": 61, "repository": "base/alpine", "registry": OPEN, "bytes": 500, "tags": 2},
    ]
    assert [row["id"] for row in ask(shelf, ROOT)["biggest"]] == [66, 62, 61]


def test_health(shelf: Shelf) -> None:
    """A registry is well, late, failing, or was never seen."""
    now = shelf.site.home.clock()

    def crawled(**values: Any) -> str:
        with shelf.db.transaction(write=True):
            shelf.db.run("DELETE FROM registry_crawls")
            if values:
                shelf.db.insert("registry_crawls", registry_id=51, **values)
        days = f"days={crawled.asked}"  # type: ignore[attr-defined]
        crawled.asked += 1  # type: ignore[attr-defined]
        found = {row["service"]: row["state"] for row in ask(shelf, ADA, days)["health"]}
        assert set(found) == {OPEN, RESTRICTED}
        return str(found[OPEN])

    crawled.asked = 1  # type: ignore[attr-defined]
    assert crawled() == "never"
    assert crawled(next_run=now) == "never"
    assert crawled(succeeded=now - 60, next_run=now + 60) == "ok"
    assert crawled(succeeded=now - 9000, next_run=now - summary.LATE_SECONDS - 1) == "late"
    assert crawled(succeeded=now - 60, next_run=now, failures=1, error="refused") == "failing"


@pytest.mark.parametrize("days", ["0", "91", "x", "-1", "1e3", "٣"])
def test_days(shelf: Shelf, days: str) -> None:
    """Days are a number from 1 to 90."""
    assert shelf.get(PATH, f"days={days}").status == 400
