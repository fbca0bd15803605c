"""One crawl of one registry: alone, resumable, and truthful about how it ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .. import audit
from ..catalog import Remote, crawls, repositories, tags
from ..catalog.crawls import State
from ..connector import Connector
from ..database import Database
from ..errors import BadRequest, CollectorError
from ..remote import RegistryClient, RemoteError
from .contents import Contents
from .names import Names

BATCH = 64
"""Repositories whose tags are asked for at once."""

RESUME_SECONDS = 86_400
"""How old a crawl may be that is gone on with."""

REFRESH_SECONDS = 3600
"""How often what was seen is dated as seen."""

ALARM = 3
"""Crawls in a row that fail before the audit log says so."""

_SHARE, _LEAST = 50, 50
"""A crawl asks again about one tag in 50 that it knows, and about 50 at least."""


@dataclass(frozen=True)
class Progress:
    """How far a crawl is."""

    service: str
    repositories: int
    of: int
    read: int


@dataclass(frozen=True)
class Outcome:
    """How a crawl ended; ``state`` is ok, partial, failed, paused, busy or waiting."""

    service: str
    state: str
    sentence: str
    read: int = 0
    requests: int = 0


@dataclass(frozen=True)
class Options:
    """``period`` between crawls, ``longest`` one crawl may take (seconds); ``threads`` ask."""

    period: float = 120.0
    longest: float = 1500.0
    threads: int = 4


class LeaseLost(Exception):
    """Another process crawls this registry by now."""


Report = Callable[[Progress], None]


class Crawler:
    """Runs crawls.

    :param clock: seconds since the epoch.
    """

    def __init__(
        self,
        db: Database,
        connector: Connector,
        options: Options,
        clock: Callable[[], float],
    ) -> None:
        self._db = db
        self._connector = connector
        self._options = options
        self._clock = clock

    def run(
        self,
        remote: Remote,
        *,
        force: bool = False,
        full: bool = False,
        report: Report = lambda progress: None,
    ) -> Outcome:
        """Crawl a registry, or go on with a crawl that was interrupted.

        :param force: also when it is not due yet.
        :param full: ask again about every tag; begins anew.
        :raises Unavailable: the database does not answer; the crawl can be resumed.
        """
        lease, now = secrets.token_hex(16), self._clock()
        with self._db.transaction(write=True):
            state = crawls.state(self._db, remote.id)
            if not force and state.next_run > now:
                return Outcome(remote.service, "waiting", "it is not due yet")
            if not crawls.take(self._db, remote.id, lease, now):
                return Outcome(remote.service, "busy", "another process crawls it right now")
        run = _Run(self._db, self._connector, self._options, self._clock, remote, lease, report)
        try:
            return run.crawl(state, full)
        except LeaseLost:
            return Outcome(remote.service, "busy", "another process has taken over")
        finally:
            with self._db.transaction(write=True):
                crawls.release(self._db, remote.id, lease)


class _Run:
    """One crawl by one process."""

    def __init__(
        self,
        db: Database,
        connector: Connector,
        options: Options,
        clock: Callable[[], float],
        remote: Remote,
        lease: str,
        report: Report,
    ) -> None:
        self._db = db
        self._connector = connector
        self._options = options
        self._clock = clock
        self._remote = remote
        self._lease = lease
        self._report = report
        self._renewed = clock()
        self._until = clock() + options.longest
        self._counted = 0

    def crawl(self, state: State, full: bool) -> Outcome:
        """Crawl, and store how it ended."""
        state = self._begin(state, full)
        try:
            client = self._connector.open(self._remote)
        except CollectorError as error:
            return self._failed(state, str(error), state.phase)
        try:
            if state.phase == crawls.CATALOG:
                args = (self._remote.id, state.mark, self._clock, self._renew)
                Names(self._db, client, *args).read()
                self._advance(client, 0)
            return self._tags(client, state, full)
        except (RemoteError, BadRequest) as error:
            state = self._state()
            return self._failed(state, str(error), state.phase, client)
        finally:
            client.close()

    def _begin(self, state: State, full: bool) -> State:
        """Start anew, unless there is a crawl to go on with."""
        now = self._clock()
        if state.phase == crawls.TAGS and now - state.mark < RESUME_SECONDS and not full:
            return state
        with self._db.transaction(write=True):
            crawls.begin(self._db, self._remote.id, now)
        return self._state()

    def _tags(self, client: RegistryClient, state: State, full: bool) -> Outcome:
        id_, cursor, done = self._remote.id, self._state().cursor, 0
        with self._db.transaction():
            total = repositories.count(self._db, id_)
            stale = self._stale_before(state, full)
        with ThreadPoolExecutor(self._options.threads) as pool:
            contents = Contents(self._db, client, id_, stale, self._clock, pool, self._go_on)
            while batch := self._batch(cursor):
                if not contents.read(batch):
                    return self._paused(client, contents)
                cursor, done = batch[-1][0], done + len(batch)
                self._advance(client, cursor)
                self._report(Progress(self._remote.service, done, total, contents.tally.read))
        return self._ended(client, contents)

    def _stale_before(self, state: State, full: bool) -> float:
        if full:
            return state.mark
        budget = max(_LEAST, tags.count(self._db, self._remote.id) // _SHARE)
        return tags.stale_before(self._db, self._remote.id, budget, state.mark)

    def _batch(self, cursor: int) -> list[tuple[int, str]]:
        with self._db.transaction():
            return repositories.after(self._db, self._remote.id, cursor, BATCH)

    def _ended(self, client: RegistryClient, contents: Contents) -> Outcome:
        tally, now, state = contents.tally, self._clock(), self._state()
        if tally.failed:
            return self._partial(crawls.DONE, client, contents)
        with self._db.transaction(write=True):
            counts = self._counts()
            next_run = state.mark + 0.9 * self._options.period
            crawls.succeed(self._db, self._remote.id, now, counts, next_run)
            if state.failures >= ALARM:
                self._record("discovery of %(service)s works again", "info", now)
        if now - state.refreshed > REFRESH_SECONDS:
            self._refresh(now)
        sentence = f"{counts[0]} repositories, {counts[1]} tags"
        return Outcome(self._remote.service, "ok", sentence, tally.read, client.requests)

    def _refresh(self, now: float) -> None:
        """Date what was seen, in small steps: others want to write as well."""
        cursor = -1
        while cursor:
            with self._db.transaction(write=True):
                cursor = repositories.refresh(self._db, self._remote.id, now, max(cursor, 0))
            self._renew()
        with self._db.transaction(write=True):
            crawls.refreshed(self._db, self._remote.id, now)

    def _partial(self, phase: str, client: RegistryClient, contents: Contents) -> Outcome:
        tally = contents.tally
        sentence = f"{tally.failed} repositories could not be read: {tally.first}"
        now = self._clock()
        with self._db.transaction(write=True):
            next_run = now + self._options.period
            crawls.incomplete(self._db, self._remote.id, now, sentence, next_run, phase)
        return Outcome(self._remote.service, "partial", sentence, tally.read, client.requests)

    def _paused(self, client: RegistryClient, contents: Contents) -> Outcome:
        if contents.tally.failed:
            return self._partial(crawls.TAGS, client, contents)
        with self._db.transaction(write=True):
            crawls.due(self._db, self._remote.id, self._clock())
        sentence = "it takes long; the next crawl goes on from here"
        read = contents.tally.read
        return Outcome(self._remote.service, "paused", sentence, read, client.requests)

    def _failed(
        self,
        state: State,
        error: str,
        phase: str,
        client: RegistryClient | None = None,
    ) -> Outcome:
        now, failures = self._clock(), state.failures + 1
        wait = min(self._options.period * 2 ** min(failures, 10), crawls.LONGEST_WAIT)
        with self._db.transaction(write=True):
            crawls.fail(self._db, self._remote.id, now, error, now + wait, phase)
            if failures == ALARM:
                fmt = "discovery of %(service)s keeps failing: %(error)s"
                self._record(fmt, "warning", now, error)
        requests = client.requests if client else 0
        return Outcome(self._remote.service, "failed", error, requests=requests)

    def _record(self, fmt: str, level: str, now: float, error: str = "") -> None:
        details = {"service": self._remote.service, "error": error}
        audit.write(self._db, audit.Entry(audit.DISCOVERY, "collector", fmt, details, level), now)

    def _counts(self) -> tuple[int, int]:
        id_ = self._remote.id
        return repositories.count(self._db, id_), tags.count(self._db, id_)

    def _state(self) -> State:
        with self._db.transaction(write=True):
            return crawls.state(self._db, self._remote.id)

    def _advance(self, client: RegistryClient, cursor: int) -> None:
        made, self._counted = client.requests - self._counted, client.requests
        with self._db.transaction(write=True):
            crawls.advance(self._db, self._remote.id, crawls.TAGS, cursor, made)
        self._renew(always=True)

    def _go_on(self) -> bool:
        """Keep the lease; tell whether there is time.

        :raises LeaseLost: as ``_renew``.
        """
        self._renew()
        return self._clock() <= self._until

    def _renew(self, always: bool = False) -> None:
        """Keep the lease.

        :raises LeaseLost: it took too long, and another process has it.
        """
        now = self._clock()
        if not always and now - self._renewed < 5:
            return
        with self._db.transaction(write=True):
            if not crawls.renew(self._db, self._remote.id, self._lease, now):
                raise LeaseLost
        self._renewed = now
