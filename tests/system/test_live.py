"""Live changes over the running server: two workers, many pages, and requests meanwhile."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import requests

from tests.system.rig import Collector, descendants, wait_until
from tests.system.streams import Pages, basic, cookie
from tests.system.world import world
from tests.web.world import ADA, BOB, LINUS, OPEN, PULL

PAGES = 30
SOON = 2.0
"""Seconds within which a page has to know."""

REPOSITORIES = "docker_repositories_change"
ROWS = [{"id": 61, "registry": 51, "repository": "base/alpine"}]


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Collector]:
    """A collector of two processes that crawls nothing, so that only tests change something."""
    more = {"COLLECTOR_WORKERS": "2", "COLLECTOR_DISCOVERY_SECONDS": "1000000"}
    with Collector(folder / "live", **more) as server:
        server.start()
        server.load({**world({}), "repositories": ROWS})
        yield server


@pytest.fixture
def pages(served: Collector) -> Iterator[Pages]:
    """Pages that are closed at the end of a test."""
    with Pages(served.url) as found:
        yield found


def session(served: Collector) -> dict[str, str]:
    """The header of linus, newly signed in."""
    answer = requests.post(
        f"{served.url}/init/rest/api/session",
        json={"login": LINUS[0], "password": LINUS[1]}, timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return cookie(answer)


def describe(served: Collector, text: str) -> float:
    """Change the repository by the REST API; when it was done."""
    answer = requests.post(
        f"{served.url}/init/rest/api/docker/repositories/61",
        json={"description": text}, auth=LINUS, timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return time.monotonic()


def workers(served: Collector) -> list[str]:
    """The processes that serve."""
    assert served.process is not None
    found = []
    for child in descendants(served.process.pid):
        with suppress(FileNotFoundError):  # a task of the scheduler that is done
            line = Path(f"/proc/{child}/cmdline").read_text()
            if "gunicorn" in line and not descendants(int(child)):
                found.append(child)
    return found


def descriptors(served: Collector) -> int:
    """How many the processes that serve have open."""
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in workers(served))


def threads(served: Collector) -> int:
    """How many threads the processes that serve have."""
    return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in workers(served))


def test_all_pages_know_soon(served: Collector, pages: Pages) -> None:
    """A change by the REST API is known to all open pages within two seconds."""
    found = pages.many(PAGES, [basic(login) for login in (ADA, BOB, PULL)])
    assert {one.status for one in found} == {200}
    done = describe(served, "known soon")
    pages.read_until(lambda: all(one.heard(REPOSITORIES) for one in found), "the news")
    assert max(one.heard(REPOSITORIES) for one in found) - done < SOON


def test_requests_go_on(served: Collector, pages: Pages) -> None:
    """Open pages hold no process: tokens are given meanwhile, many more than processes."""
    pages.many(PAGES, [basic(login) for login in (ADA, BOB, PULL)])
    for _ in range(10):
        start = time.monotonic()
        answer = requests.get(
            f"{served.url}/init/registry/token", params={"service": OPEN}, auth=ADA, timeout=5
        )
        assert answer.status_code == 200
        assert time.monotonic() - start < SOON


def test_the_head(served: Collector, pages: Pages) -> None:
    """A stream says that it is one, that nobody may keep or hold it back, and the safe headers."""
    one = pages.open(basic(ADA))
    pages.read_until(lambda: one.status == 200, "the head")
    for line in (
        "content-type: text/event-stream", "cache-control: no-store", "x-accel-buffering: no",
        "x-content-type-options: nosniff", "x-frame-options: deny", "connection: close",
    ):
        assert line in one.head
    assert "content-length" not in one.head
    assert "set-cookie" not in one.head


def test_names_only(served: Collector, pages: Pages) -> None:
    """A page is told which table changed, and neither which row nor what."""
    one = pages.open(basic(PULL))
    pages.read_until(lambda: one.status == 200, "the head")
    describe(served, "nobody else's business")
    pages.read_until(lambda: bool(one.events), "the news")
    assert b"business" not in one.raw
    assert b"61" not in one.raw.partition(b"event: change\n")[2].partition(b"\n\n")[0]


def test_resumed_by_id(served: Collector, pages: Pages) -> None:
    """A page that comes again with the last id is told what it missed, and nothing twice."""
    one = pages.open(basic(ADA))
    pages.read_until(lambda: one.status == 200, "the head")
    describe(served, "seen")
    pages.read_until(lambda: bool(one.events), "the news")
    seen = one.id
    again = pages.open({**basic(ADA), "Last-Event-ID": seen})
    pages.read_until(lambda: again.status == 200, "the head")
    pages.read(1.2)
    assert again.events == []
    pages.close(one)
    describe(served, "missed")
    later = pages.open({**basic(ADA), "Last-Event-ID": seen})
    pages.read_until(lambda: bool(later.heard(REPOSITORIES)), "what was missed")


def test_asked_again_and_again(served: Collector) -> None:
    """Who asks instead is told of the same names, each once, and from where to ask next."""
    url = f"{served.url}/init/registry/changes"
    last = requests.get(url, auth=ADA, timeout=10).json()
    assert list(last) == ["last", "events"]
    assert last["events"] == []
    describe(served, "asked")
    answer = requests.get(url, params={"since": last["last"]}, auth=ADA, timeout=10)
    assert answer.json()["events"] == [REPOSITORIES]
    assert answer.headers["Cache-Control"] == "no-store"
    newer = requests.get(url, params={"since": answer.json()["last"]}, auth=ADA, timeout=10)
    assert newer.json() == {"last": answer.json()["last"], "events": []}


def test_a_session_signed_out(served: Collector, pages: Pages) -> None:
    """The stream of a session ends soon after it was signed out, and nobody else's does."""
    header = session(served)
    mine, other = pages.many(2, [header, basic(ADA)])
    answer = requests.delete(
        f"{served.url}/init/rest/api/session", timeout=10,
        headers={**header, "X-Requested-With": "test"},
    )
    assert answer.status_code == 200
    pages.read_until(lambda: mine.over, "the end of the session's stream", 20)
    assert not other.over
    refused = pages.open(header)
    pages.read_until(lambda: refused.status == 401, "the refusal")


def test_nobody_is_told_anything(served: Collector, pages: Pages) -> None:
    """Without credentials there is no stream and no news, and no page asks for a password."""
    for path in ("/init/registry/live", "/init/registry/changes"):
        for more in ({"Sec-Fetch-Mode": "cors"}, {"X-Requested-With": "XMLHttpRequest"}):
            one = pages.open(more, path=path)
            pages.read_until(lambda one=one: one.status == 401, "the refusal")
            assert "www-authenticate" not in one.head


def test_head_requests_end(served: Collector, pages: Pages) -> None:
    """HEAD is answered like a stream, and over."""
    one = pages.open(basic(ADA), method="HEAD")
    pages.read_until(lambda: one.over, "the end")
    assert one.status == 200
    assert "text/event-stream" in one.head


def test_too_many_of_one_person(served: Collector, pages: Pages) -> None:
    """One person's pages are as many as may be in each process; further ones come back later."""
    found = pages.many(60, [basic(BOB)])
    assert {one.status for one in found} == {200, 503}
    assert sum(one.status == 200 for one in found) <= 40
    refused = next(one for one in found if one.status == 503)
    assert "retry-after:" in refused.head


def test_a_database_that_is_locked(served: Collector, pages: Pages) -> None:
    """Somebody who writes for seconds ends no stream, and what they wrote is told."""
    one = pages.open(basic(ADA))
    pages.read_until(lambda: one.status == 200, "the head")
    with closing(sqlite3.connect(served.home / "collector.sqlite")) as database:
        database.execute("BEGIN EXCLUSIVE")
        database.execute(
            "INSERT INTO registry_changes (event, data, at) VALUES (?, '{}', ?)",
            ("apps_change", time.time()),
        )
        pages.read(1)
        database.commit()
    pages.read_until(lambda: bool(one.heard("apps_change")), "the news")
    assert not one.over


def test_nothing_is_left_behind(served: Collector) -> None:
    """After 50 pages opened and closed there are as many descriptors and threads as before."""

    def cycle() -> None:
        with Pages(served.url) as pages:
            pages.many(1, [basic(ADA)])

    def at_rest() -> int:
        wait_until(lambda: threads(served) == 2, "threads at rest", 40)
        return descriptors(served)

    # A process that has served nothing yet has not opened all files of the database.
    with Pages(served.url) as pages:
        wait_until(lambda: bool(pages.many(3, [basic(ADA)])) and threads(served) == 4, "both")
    before = at_rest()
    for _ in range(50):
        cycle()
    assert at_rest() <= before


def test_the_server_ends_at_once(tmp_path: Path) -> None:
    """The web processes do not wait for open pages, and each page sees the end."""
    with Collector(tmp_path / "ending", COLLECTOR_WORKERS="2") as server:
        server.start()
        server.load(world({}))
        with Pages(server.url) as pages:
            found = pages.many(PAGES, [basic(login) for login in (ADA, BOB, PULL)])
            assert {one.status for one in found} == {200}
            assert server.process is not None
            serving = workers(server)
            assert len(serving) == 2
            server.process.terminate()
            pages.read_until(lambda: all(one.over for one in found), "the end of the streams", 5)
            wait_until(lambda: not any(map(_runs, serving)), "the end of the processes", 5)


def _runs(pid: str) -> bool:
    """Tell whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
