"""Whatever asks a back end waits beside the worker: token, REST, sessions, search, live pages."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from applications.init.modules.registries import container, logs
from applications.init.modules.registries.login.sessions import COOKIE
from server import live, waiting
from tests.unit.login.people import Rig, in_threads, rig
from tests.web.conftest import Answer, Site
from tests.web.rest.shelf import API
from tests.web.rest.town import settled
from tests.web.world import BOB, OPEN, Login

ADA = ("there", "there-there")
SERVICE = f"service={OPEN}"
SEARCH = "/init/registry/call/json/search"


class Beside:
    """The application, as our own worker has it; ``given`` counts connections given away."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self.given = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        """Answer a request, whoever does."""
        server, client = socket.socketpair()
        with closing(client), closing(server):
            client.settimeout(20)
            try:
                return list(self._application({**environ, "gunicorn.socket": server}, start))
            except live.Detached:
                self.given += 1
                server.close()
                data = b""
                while b"event: begin" not in data and (more := client.recv(65_536)):
                    data += more
        head, _, body = data.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        start(status.partition(" ")[2], [tuple(line.split(": ", 1)) for line in lines])
        return [body]


@pytest.fixture
def town(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """Somebody in a directory; whoever asks about them may not hold the worker."""

    def unexpected(error: BaseException, where: str) -> str:
        raise AssertionError(f"taken for an error: {error!r}")

    monkeypatch.setattr(logs, "unexpected", unexpected)
    with settled(site):
        found = rig(site.home)
        found.ldap.add("there")
        container._Process.container = found.container()
        waiting.start(3)
        try:
            yield found
        finally:
            room = waiting.current()
            waiting.start(0)
            assert room is not None
            room.close(5)


@pytest.fixture
def beside(site: Site, town: Rig) -> Site:
    """The site, as our own worker has it."""
    return Site(Beside(site.application), site.home)


def _given(site: Site) -> int:
    found: int = site.application.given
    return found


def _waited(site: Site, town: Rig, call: Callable[[], Answer]) -> Answer:
    """Make a request that is given away once, and asks once."""
    before, asked = _given(site), len(town.ldap.asked)
    answer = call()
    assert _given(site) == before + 1
    assert len(town.ldap.asked) == asked + 1
    return answer


def test_token(beside: Site, town: Rig) -> None:
    """A first login by GET waits, the next does not, and each is recorded once."""
    query = f"{SERVICE}&offline_token=true"
    answer = _waited(beside, town, lambda: beside.token(query, ADA))
    assert answer.status == 200
    before = _given(beside)
    assert beside.token(query, ADA).status == 200
    assert _given(beside) == before
    town.home.clock.advance(301)
    form = f"grant_type=refresh_token&refresh_token={answer.json['refresh_token']}&{SERVICE}"
    assert _waited(beside, town, lambda: beside.form(form)).status == 200
    logins = [entry["details"]["login"] for entry in town.home.audit("docker.login")]
    assert logins == ["there@there.org"] * 3


def test_many_people_at_once(beside: Site, town: Rig) -> None:
    """First logins, repeated ones, wrong ones and local ones at once: each has its own answer."""
    people = [f"p{number}" for number in range(8)]
    for name in people:
        town.ldap.add(name)
    before = town.count()
    wanted: list[tuple[Login, int]] = []
    for name in people:
        wanted += [((name, f"{name}-there"), 200)] * 2 + [((name, "wrong"), 401), (BOB, 200)]
    found = in_threads(*[lambda one=one: beside.token(SERVICE, one[0]).status  # type: ignore[misc]
                         for one in wanted])
    assert found == [status for _, status in wanted]
    assert town.count() == before + len(people)


@pytest.mark.parametrize("chunked", [False, True])
def test_token_by_form(beside: Site, town: Rig, chunked: bool) -> None:
    """A form is read again in the thread."""
    form = f"grant_type=password&username={ADA[0]}&password={ADA[1]}&{SERVICE}"
    more = {"transfer_encoding": "chunked"} if chunked else {}
    assert _waited(beside, town, lambda: beside.form(form, **more)).status == 200
    assert _given(beside) == 1


def test_rest(beside: Site, town: Rig) -> None:
    """Basic credentials, HEAD too; a refusal is a proper answer."""
    answer = _waited(beside, town, lambda: beside.ask(f"{API}/users/self", login=ADA))
    assert answer.status == 200
    town.home.clock.advance(301)
    answer = _waited(
        beside, town, lambda: beside.ask(f"{API}/users/self", login=ADA, method="HEAD")
    )
    assert (answer.status, answer.body) == (200, b"")
    answer = _waited(
        beside, town, lambda: beside.ask(f"{API}/users/self", login=(ADA[0], "wrong"))
    )
    assert (answer.status, "www-authenticate" in answer.headers) == (401, True)


def _sign_in(site: Site) -> Answer:
    body = json.dumps({"login": ADA[0], "password": ADA[1]}).encode()
    return site.ask(f"{API}/session", method="POST", body=body, content_type="application/json")


def _cookie(answer: Answer) -> str:
    assert answer.status == 200, answer.body
    return answer.headers["set-cookie"].partition(";")[0]


def test_sessions(beside: Site, town: Rig) -> None:
    """Signing in, and a session whose owner was not asked about for long, with its body."""
    cookie = _cookie(_waited(beside, town, lambda: _sign_in(beside)))
    assert COOKIE in cookie
    town.home.clock.advance(301)
    body = json.dumps({"data": {"a": "b" * 9000}}).encode()
    answer = _waited(beside, town, lambda: beside.ask(
        f"{API}/users/self/prefs", method="POST", body=body, cookie=cookie,
        content_type="application/json",
    ))
    assert answer.status == 200, answer.body
    found = beside.ask(f"{API}/users/self/prefs", cookie=cookie)
    assert found.json["data"] == {"a": "b" * 9000}
    town.home.clock.advance(301)
    town.ldap.remove("there")
    answer = _waited(beside, town, lambda: beside.ask(f"{API}/users/self", cookie=cookie))
    assert answer.status == 401
    assert "the session is over" in answer.json["error"]


def test_a_large_body(beside: Site, town: Rig) -> None:
    """What is too large to be kept while a directory is asked is a 413 in words; then it goes."""
    body = json.dumps({"data": {}, "x": "y" * 300_000}).encode()

    def save() -> Answer:
        return beside.ask(f"{API}/users/self/prefs", method="POST", body=body, login=ADA,
                          content_type="application/json")

    # Who is asked about before the body is read waits with all of it.
    answer = save()
    assert answer.status == 413
    assert b"a request for which a directory is asked first takes at most" in answer.body
    assert beside.token(SERVICE, ADA).status == 200
    assert save().status == 400


def test_search(beside: Site, town: Rig) -> None:
    """docker search, by password, and by a token whose owner was not asked about for long."""
    town.run("DELETE FROM docker_repositories")
    answer = _waited(beside, town, lambda: beside.ask(SEARCH, f"q=x&{SERVICE}", login=ADA))
    assert answer.status == 200
    town.run("INSERT INTO auth_membership (user_id, group_id, primary_group)"
             " SELECT u.id, g.id, 'F' FROM auth_user u, auth_group g"
             " WHERE u.username = 'there' AND g.role IN ('webdev', 'DockerRegistriesPuller')")
    granted = beside.token(f"{SERVICE}&scope=registry:catalog:search", ADA)
    bearer = f"Bearer {granted.json['token']}"

    def search() -> Answer:
        return beside.ask(SEARCH, f"q=x&{SERVICE}", authorization=bearer)

    asked = len(town.ldap.asked)
    assert search().status == 200
    assert len(town.ldap.asked) == asked
    town.run("UPDATE registry_account_origins SET checked = checked - 301")
    assert _waited(beside, town, search).status == 200
    town.run("UPDATE registry_account_origins SET checked = checked - 301")
    town.ldap.remove("there")
    assert _waited(beside, town, search).status == 401
    assert search().status == 401


def test_live(beside: Site, town: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Live pages, by asking and as a stream, whose owner was not asked about for long."""
    cookie = _cookie(_sign_in(beside))
    town.home.clock.advance(301)
    answer = _waited(beside, town, lambda: beside.ask("/init/registry/changes", cookie=cookie))
    assert answer.status == 200
    streams = live.Streams(container.get, 5)
    monkeypatch.setattr(live, "_current", streams)
    town.home.clock.advance(301)
    answer = _waited(beside, town, lambda: beside.ask("/init/registry/live", cookie=cookie))
    assert (answer.status, answer.headers["content-type"]) == (
        200, "text/event-stream; charset=utf-8")
    assert b"event: begin" in answer.body
    streams.close()
    town.home.clock.advance(301)
    town.ldap.silent = "no route"
    answer = _waited(beside, town, lambda: beside.ask("/init/registry/live", cookie=cookie))
    assert answer.status == 503
    assert b"does not answer; try again in a moment" in answer.body
    assert b"no route" not in answer.body


@pytest.mark.sqlite_only("it reads a dump of the whole database")
@pytest.mark.parametrize("path", ["/init/registry/token", f"{API}/users/self", SEARCH])
def test_silence(beside: Site, town: Rig, path: str) -> None:
    """A silent directory is a 503 in words wherever one logs in, and no password is kept."""
    town.ldap.silent = "ldap.lab:636: timed out"
    answer = _waited(beside, town, lambda: beside.ask(path, SERVICE, login=ADA))
    assert answer.status == 503
    assert b"the directory that knows you does not answer" in answer.body
    (entry,) = town.home.audit("docker.login.failed")
    assert entry["details"]["backend"] == "ldap"
    assert entry["details"]["reason"] == "no answer: ldap.lab:636: timed out"
    with town.home.db.transaction():
        dump = "\n".join(town.home.db.dal._adapter.connection.iterdump())
    encoded = base64.b64encode(ADA[1].encode()).decode()
    assert ADA[1] not in dump
    assert encoded not in dump
