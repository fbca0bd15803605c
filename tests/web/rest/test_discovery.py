"""Discovery of a registry, its events, secret and configuration over the REST API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from applications.init.modules.registries import dates
from applications.init.modules.registries.catalog import crawls, questions, wake
from tests.web.conftest import Site
from tests.web.rest.yard import Yard, opened
from tests.web.world import ADA, BOB, EVE, HIDDEN, LINUS, NODE, OPEN, ROOT, SERVICE, Login

PATH = f"/docker/registries/{OPEN}"
STATE = {
    "registry_id", "running", "phase", "started", "finished", "succeeded", "duration",
    "repositories", "tags", "requests", "error", "failures", "next_run", "notified", "hinted",
    "questions",
}


@pytest.fixture
def yard(site: Site) -> Iterator[Yard]:
    """Registries to follow."""
    with opened(site) as found:
        yield found


def test_before_the_first_run(yard: Yard) -> None:
    """A registry that nobody has looked at yet is next, and has no dates."""
    found = yard.data(f"{PATH}/discovery", "", ADA)[0]
    assert set(found) == STATE
    now = dates.local(yard.site.home.clock())
    assert (found["running"], found["finished"], found["next_run"]) == (False, None, now)
    assert yard.rows("SELECT id FROM registry_crawls") == []


def test_state(yard: Yard) -> None:
    """The state is told in words and dates that people read."""
    now = yard.site.home.clock()
    with yard.db.transaction(write=True):
        crawls.take(yard.db, 51, "me", now)
        crawls.begin(yard.db, 51, now - 10)
        crawls.succeed(yard.db, 51, now - 5, (3, 7), now + 600)
        crawls.heard(yard.db, 51, now - 1, verified=True)
        questions.ask(yard.db, 51, "a/b", "v1", now)
    found = yard.data(f"{PATH}/discovery", "", ADA)[0]
    assert set(found) == STATE
    assert found["running"] is True
    assert (found["repositories"], found["tags"], found["questions"]) == (3, 7, 1)
    assert found["started"] == dates.local(now - 10)
    assert found["succeeded"] == dates.local(now - 5)
    assert found["next_run"] == dates.local(now + 600)
    assert (found["notified"], found["hinted"]) == (dates.local(now - 1), None)


@pytest.mark.parametrize(("login", "status"), [(EVE, 404), (NODE, 404), (SERVICE, 200)])
def test_who_sees_the_state(yard: Yard, login: Login, status: int) -> None:
    """Who sees the registry sees how its discovery is."""
    assert yard.get(f"{PATH}/discovery", login=login).status == status


def test_runs_now(yard: Yard) -> None:
    """The crawl is due and its task next, nobody else's; the request itself asks nothing."""
    now = yard.site.home.clock()
    later, date = dates.local(now + 900), dates.local(now)
    yard.run("CREATE TABLE scheduler_task (task_name VARCHAR(255), status VARCHAR(20),"
             " next_run_time VARCHAR(20))")
    states = {wake.task_name(51): "QUEUED", wake.task_name(52): "QUEUED", wake.EVERY: "QUEUED"}
    for name, status in states.items():
        yard.run("INSERT INTO scheduler_task VALUES (?, ?, ?)", name, status, later)
    with yard.db.transaction(write=True):
        crawls.begin(yard.db, 51, now - 10)
        crawls.ensure(yard.db, 51)
        crawls.fail(yard.db, 51, now - 5, "no", now + 900, crawls.DONE)
    answer = yard.send("POST", f"{PATH}/discovery", None, LINUS)
    assert answer.status == 200, answer.json
    assert "begins" in answer.json["info"]
    assert answer.json["data"][0]["next_run"] == date
    times = dict(yard.rows("SELECT task_name, next_run_time FROM scheduler_task"))
    assert times == {wake.task_name(51): date, wake.task_name(52): later, wake.EVERY: date}
    assert yard.audit("docker.discovery")[0]["s"] == OPEN


def test_a_new_registry_gets_its_task(yard: Yard) -> None:
    """A registry that was just declared has not to wait for the next round."""
    now = yard.site.home.clock()
    yard.run("CREATE TABLE scheduler_task (task_name VARCHAR(255), status VARCHAR(20),"
             " next_run_time VARCHAR(20))")
    later = dates.local(now + 900)
    yard.run("INSERT INTO scheduler_task VALUES (?, 'QUEUED', ?)", wake.EVERY, later)
    assert yard.send("POST", "/docker/registries", {"service": "new.lab"}, LINUS).status == 200
    assert yard.rows("SELECT next_run_time FROM scheduler_task") == [(dates.local(now),)]


def test_runs_without_a_scheduler(yard: Yard) -> None:
    """Where no scheduler has run yet, the crawl is due all the same."""
    assert yard.send("POST", f"{PATH}/discovery", None, LINUS).status == 200
    assert yard.rows("SELECT registry_id FROM registry_crawls") == [(51,)]


def test_says_that_it_runs(yard: Yard) -> None:
    """Where a crawl is on, the answer says so."""
    with yard.db.transaction(write=True):
        crawls.take(yard.db, 51, "me", yard.site.home.clock())
    answer = yard.send("POST", f"{PATH}/discovery", None, LINUS)
    assert "running already" in answer.json["info"]


def test_events(yard: Yard) -> None:
    """The events of this registry alone, with the usual parameters of lists."""
    now = yard.site.home.clock()
    for number, registry in enumerate((51, 51, 52)):
        yard.insert("registry_events", registry_id=registry, event_id=f"e{number}",
                    action="push", happened=now, received=now + 1, state="done", body=None)
    rows = yard.data(f"{PATH}/events", "orderby=~id", LINUS)
    assert [row["event_id"] for row in rows] == ["e1", "e0"]
    assert set(rows[0]) == {
        "id", "event_id", "action", "repository", "tag", "digest", "media_type", "method",
        "actor", "address", "happened", "received", "state", "reason", "body",
    }
    assert rows[0]["received"] == dates.local(now + 1)
    assert len(yard.data(f"{PATH}/events", "filters=event_id e0", ROOT)) == 1


@pytest.mark.parametrize(("login", "status"), [(ADA, 403), (BOB, 403), (EVE, 404), (NODE, 404)])
def test_who_sees_events(yard: Yard, login: Login, status: int) -> None:
    """Only responsibles see who did what."""
    assert yard.get(f"{PATH}/events", login=login).status == status


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "discovery"), ("GET", "secret"), ("POST", "secret"), ("GET", "config"),
])
@pytest.mark.parametrize(("login", "registry", "status"), [
    (ADA, OPEN, 403), (BOB, OPEN, 403), (SERVICE, OPEN, 403), (NODE, OPEN, 403),
    (EVE, OPEN, 404), (LINUS, HIDDEN, 404), (ROOT, "999", 404), (ROOT, HIDDEN, 200),
])
def test_who_may(
    yard: Yard, method: str, path: str, login: Login, registry: str, status: int
) -> None:
    """These are for responsibles with the privilege; others leave no trace."""
    answer = yard.send(method, f"/docker/registries/{registry}/{path}", None, login)
    assert answer.status == status, answer.json
    if status != 200:
        assert b"osvc-" not in answer.body
        assert yard.rows("SELECT id FROM registry_options") == []


@pytest.mark.parametrize(("method", "path"), [
    ("POST", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/discovery"), ("GET", "/secret"),
    ("POST", "/secret"), ("GET", "/config"), ("GET", "/access"), ("POST", "/publications/20"),
    ("DELETE", "/publications/20"), ("POST", "/responsibles/20"), ("DELETE", "/responsibles/20"),
])
def test_responsibility_is_not_enough(yard: Yard, method: str, path: str) -> None:
    """Who is responsible but lacks the privilege is told so."""
    yard.insert("docker_registries_responsibles", registry_id=51, group_id=20)
    answer = yard.send(method, f"{PATH}{path}", None, ADA, "repository=a&user=bob")
    assert answer.status == 403
    assert answer.json["error"] == "the privilege DockerRegistriesManager is missing"


def test_secret(yard: Yard) -> None:
    """The secret is the same each time, and the one that notifications are known by."""
    answer = yard.get(f"{PATH}/secret", login=LINUS)
    found = answer.json["data"][0]
    assert answer.headers["cache-control"] == "no-store"
    assert yard.data(f"{PATH}/secret", "", ROOT) == [found]
    assert _sender(yard, found["authorization"]) == 51


def test_rotation(yard: Yard) -> None:
    """A new secret works at once, the old one as long as was said; neither is in the log."""
    old = yard.data(f"{PATH}/secret", "", LINUS)[0]
    answer = yard.send("POST", f"{PATH}/secret", {"overlap_hours": "2"}, LINUS)
    assert "2 hours" in answer.json["info"]
    new = answer.json["data"][0]
    assert new != old
    assert _sender(yard, old["authorization"]) == _sender(yard, new["authorization"]) == 51
    yard.site.home.clock.advance(2 * 3600 + 1)
    assert _sender(yard, old["authorization"]) is None
    assert _sender(yard, new["authorization"]) == 51
    assert yard.audit("docker.registries.secret") == [{"s": OPEN}]
    assert "osvc-" not in str(yard.rows("SELECT * FROM log"))


def test_rotation_at_once(yard: Yard) -> None:
    """Without overlap the old secret is dead now."""
    old = yard.data(f"{PATH}/secret", "", LINUS)[0]
    yard.send("POST", f"{PATH}/secret", {"overlap_hours": 0}, LINUS)
    assert _sender(yard, old["authorization"]) is None


@pytest.mark.parametrize("hours", [-1, "x", None, [], 1.5, True, 10**9, 10**30, ""])
def test_the_overlap_is_checked(yard: Yard, hours: object) -> None:
    """An overlap that is no number of hours changes nothing."""
    old = yard.data(f"{PATH}/secret", "", LINUS)
    assert yard.send("POST", f"{PATH}/secret", {"overlap_hours": hours}, LINUS).status == 400
    assert yard.send("POST", f"{PATH}/secret", {"foo": 1}, LINUS).status == 400
    assert yard.data(f"{PATH}/secret", "", LINUS) == old


def test_config(yard: Yard) -> None:
    """The texts are of this registry, and hold its secret where it is needed."""
    found = yard.data(f"{PATH}/config", "", LINUS)
    assert [set(row) for row in found] == [{"registry", "notifications", "nginx"}]
    secret = yard.data(f"{PATH}/secret", "", LINUS)[0]["secret"]
    assert f'service: "{OPEN}"' in found[0]["registry"]
    assert '"127.0.0.1:1"' in found[0]["registry"]
    assert secret in found[0]["registry"]
    assert secret in found[0]["notifications"]
    assert secret not in found[0]["nginx"]


def _sender(yard: Yard, authorization: str) -> int | None:
    with yard.db.transaction():
        return yard.site.home.container.secrets.sender(authorization)
