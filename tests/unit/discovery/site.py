"""A registry that lies when told to, and what the collector knows of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from applications.init.modules.registries import catalog
from applications.init.modules.registries.catalog import Remote, crawls, repositories, tags
from applications.init.modules.registries.catalog.crawls import State
from applications.init.modules.registries.catalog.tags import Facts, Place
from applications.init.modules.registries.connector import Connector
from applications.init.modules.registries.discovery import Crawler, Options, Outcome
from applications.init.modules.registries.remote import Timeouts
from tests.home import Home
from tests.unit.remote.stub import Exchange, StubRegistry, tell_the_truth

QUICK = Timeouts(connect=0.5, read=0.5, whole=1.0)
"""For registries of tests, which answer at once or never."""


def quick(home: Home) -> Connector:
    """The home's connector, without patience."""
    return replace(home.container.connector, timeouts=QUICK, sleep=lambda seconds: None)


def declare(home: Home, service: str, url: str) -> Remote:
    """Declare a registry; its port may have been another's, in an earlier round of the test."""
    with home.db.transaction(write=True):
        home.db.run("UPDATE docker_registries SET url = service WHERE url = ?", url)
        id_ = catalog.declare(home.db, service, url, 1, insecure=True, restricted=False)
        remote = catalog.remote(home.db, id_)
    assert remote is not None
    return remote


class Site:
    """A stub registry with its crawls; ``content`` is what it holds."""

    def __init__(self, home: Home, stub: StubRegistry, service: str = "reg") -> None:
        self.home = home
        self.db = home.db
        self.stub = stub
        self.content = stub.content
        self.remote = declare(home, service, stub.url)
        self.connector = quick(home)

    def crawler(self, **options: Any) -> Crawler:
        """A crawler, as each process has one."""
        options = {"threads": 2, **options}
        return Crawler(self.db, self.connector, Options(**options), self.home.clock)

    def crawl(self, full: bool = False, state: str = "ok", **options: Any) -> Outcome:
        """Let some minutes pass and crawl; check how it ended."""
        self.home.clock.advance(150)
        outcome = self.crawler(**options).run(self.remote, force=True, full=full)
        assert outcome.state == state, outcome
        return outcome

    def catalogue(self) -> dict[str, dict[str, str]]:
        """What the collector has: repositories, their tags, the digest of each."""
        with self.db.transaction():
            found = repositories.after(self.db, self.remote.id, 0, 100_000)
            return {
                name: {t.name: t.digest for t in tags.of_repository(self.db, id_).values()}
                for id_, name in found
            }

    def truth(self) -> dict[str, dict[str, str]]:
        """What the registry has."""
        return {name: dict(r.tags) for name, r in self.content.repositories.items()}

    def state(self) -> State:
        """The state of discovery."""
        with self.db.transaction():
            known = crawls.known(self.db, self.remote.id)
        assert known is not None
        return known

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with self.db.transaction():
            return self.db.rows(sql, *values)

    def repository(self, name: str) -> dict[str, Any]:
        """The collector's row of a repository."""
        table = self.db.dal.docker_repositories
        with self.db.transaction():
            query = (table.registry_id == self.remote.id) & (table.repository == name)
            found: dict[str, Any] = self.db.dal(query).select().first().as_dict()
        return found

    def tag(self, repository: str, name: str) -> dict[str, Any]:
        """The rows of a tag as one: the collector's, and ours beside it."""
        theirs, ours = self.db.dal.docker_tags, self.db.dal.registry_tags
        id_ = self.repository(repository)["id"]
        with self.db.transaction():
            query = (theirs.repository_id == id_) & (theirs.name == name)
            row = self.db.dal(query).select().first()
            facts = self.db.dal(ours.tag_id == row.id).select().first()
        return {**facts.as_dict(), **row.as_dict()}

    def describe(self, name: str) -> dict[str, Any]:
        """Give a repository what people give it; return its row."""
        with self.db.transaction(write=True):
            self.db.run(
                "UPDATE docker_repositories SET description = 'ours', stars = 7, official = 'T'"
                " WHERE registry_id = ? AND repository = ?",
                self.remote.id,
                name,
            )
        return self.repository(name)

    def pushed(self, repository: str, tag: str) -> str:
        """Push, and hear of it by a notification, as fast as the follower does."""
        digest = self.content.push(repository, tag)
        now = self.home.clock()
        with self.db.transaction(write=True):
            id_ = repositories.ensure(self.db, self.remote.id, repository, now)
            place = Place(self.remote.id, id_, repository, tag)
            facts = Facts(digest, "application/vnd.oci.image.manifest.v1+json", complete=False)
            tags.put(self.db, place, facts, now, news=True)
        return digest

    def told_deleted(self, repository: str, tag: str = "") -> None:
        """Hear of a deletion by a notification."""
        now = self.home.clock()
        with self.db.transaction(write=True):
            if not tag:
                repositories.mark_deleted(self.db, self.remote.id, repository, now)
                return
            id_ = repositories.find(self.db, self.remote.id, repository)
            assert id_ is not None
            known = tags.find(self.db, id_, tag)
            assert known is not None
            tags.mark_deleted(self.db, [known.id], now)


def after_truth(then: Callable[[], object]) -> Callable[[Exchange], None]:
    """A behaviour: the truth of now, and something that happens while it is on its way."""
    return delayed(tell_the_truth, then)


def delayed(
    behaviour: Callable[[Exchange], None], then: Callable[[], object]
) -> Callable[[Exchange], None]:
    """A behaviour whose answer is made, then something happens, then it arrives."""

    def behave(exchange: Exchange) -> None:
        wire, exchange.wfile = exchange.wfile, io.BytesIO()
        behaviour(exchange)
        answer, exchange.wfile = exchange.wfile.getvalue(), wire
        then()
        exchange.wfile.write(answer)

    return behave


class From:
    """A behaviour: the truth for ``honest`` requests, then something else for ever."""

    def __init__(self, honest: int, behaviour: Callable[[Exchange], None]) -> None:
        self.left = honest
        self.behaviour = behaviour

    def __call__(self, exchange: Exchange) -> None:
        """Answer."""
        self.left -= 1
        if self.left >= 0:
            tell_the_truth(exchange)
        else:
            self.behaviour(exchange)
