"""The second half of a crawl: which tags the repositories have, and what they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from .. import changes
from ..catalog import tags
from ..catalog.tags import Facts, Known, Place
from ..database import Database
from ..errors import BadRequest, CollectorError
from ..remote import Missing, RegistryClient, RemoteError, Unreachable
from . import record
from .plan import Plan, plan
from .read import Reader

TOGETHER = 128
"""Manifests that are stored at once."""

AHEAD = 128
"""Questions that are asked, or wait for a thread, while answers are stored."""

_WORST = 10
"""Repositories that can't be read, and none that can, before the crawl gives up."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Listing:
    """The complete tags of a repository, and when they were asked for."""

    id: int
    name: str
    asked: float
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Failed:
    """A repository, or a tag of it, that could not be read."""

    name: str
    error: CollectorError


@dataclass(frozen=True)
class Found:
    """A tag that was asked for: its facts, None where unchanged; ``gone`` where there is none."""

    place: Place
    asked: float
    facts: Facts | None
    gone: bool = False


@dataclass
class Tally:
    """What a crawl has done so far; the first error stands for all."""

    read: int = 0
    first: CollectorError | None = None
    names: set[str] = field(default_factory=set)

    @property
    def failed(self) -> int:
        """How many repositories could not be read whole."""
        return len(self.names)

    def note(self, answers: Sequence[object]) -> None:
        """Count the failures of a round of answers.

        :raises CollectorError: many repositories failed, and no answer was good.
        """
        failures = [answer for answer in answers if isinstance(answer, Failed)]
        for failed in failures:
            self.first = self.first or failed.error
        names = {failed.name for failed in failures}
        self.names |= names
        if len(failures) == len(answers) and len(names) >= _WORST:
            raise failures[0].error


class Contents:
    """Reads repositories in batches, several requests at once.

    :param stale_before: tags checked before that are asked for again.
    :param go_on: asked after each answer, and keeps the lease; False when time is up.
    """

    def __init__(
        self,
        db: Database,
        client: RegistryClient,
        registry_id: int,
        stale_before: float,
        clock: Callable[[], float],
        pool: ThreadPoolExecutor,
        go_on: Callable[[], bool],
    ) -> None:
        self._db = db
        self._client = client
        self._registry_id = registry_id
        self._stale_before = stale_before
        self._clock = clock
        self._pool = pool
        self._go_on = go_on
        self._reader = Reader(client)
        self.tally = Tally()

    def read(self, batch: Sequence[tuple[int, str]]) -> bool:
        """Bring the tags of some repositories up to date; False when time was up before.

        :raises CollectorError: the registry can't be reached, or answers nothing of use.
        """
        with closing(self._answers(self._list, batch)) as listed:
            answers = list(listed)
        listings = [answer for answer in answers if isinstance(answer, Listing)]
        self.tally.note(answers)
        with self._db.transaction():
            stored = {one.id: tags.of_repository(self._db, one.id) for one in listings}
        plans = [(one, plan(one.tags, stored[one.id], self._stale_before)) for one in listings]
        self._forget(plans)
        wanted = [
            (Place(self._registry_id, one.id, one.name, name), known)
            for one, what in plans
            for name, known in what.read
        ]
        with closing(self._answers(self._ask, wanted)) as found:
            read = 0
            while some := list(islice(found, TOGETHER)):
                self._keep(some, stored)
                read += len(some)
        return len(answers) == len(batch) and read == len(wanted)

    def _keep(
        self, answers: Sequence[Found | Failed], stored: Mapping[int, Mapping[str, Known]]
    ) -> None:
        found = [answer for answer in answers if isinstance(answer, Found)]
        with self._db.transaction(write=True):
            changed = [
                self._store(one, stored[one.place.repository_id].get(one.place.name))
                for one in found
            ]
            if any(changed):
                changes.touch(self._db, self._clock(), "docker_tags")
        self.tally.read += len(found)
        self.tally.note(answers)

    def _store(self, found: Found, known: Known | None) -> bool:
        """Store one answer; tell whether a tag is new or another image now."""
        if found.facts is not None:
            return tags.put(self._db, found.place, found.facts, found.asked, news=False)
        if known is None:
            return False
        if not found.gone:
            tags.confirmed(self._db, known.id, found.asked)
            return False
        place = found.place
        ids = (place.registry_id, known, place.repository_id)
        if tags.missed(self._db, *ids, found.asked):
            now = self._clock()
            record.gone(self._db, place.registry_id, place.repository, [place.name], now)
        return False

    def _forget(self, plans: Iterable[tuple[Listing, Plan]]) -> None:
        """Note, and in the end delete, tags that complete listings lack."""
        changed = [(one, what) for one, what in plans if what.missing or what.back]
        if not changed:
            return
        with self._db.transaction(write=True):
            for one, what in changed:
                lost = [
                    known.name
                    for known in what.missing
                    if tags.missed(self._db, self._registry_id, known, one.id, one.asked)
                ]
                if lost:
                    record.gone(self._db, self._registry_id, one.name, lost, self._clock())
                tags.listed(self._db, [known.id for known in what.back])

    def _list(self, repository: tuple[int, str]) -> Listing | Failed:
        id_, name = repository
        asked = self._clock()
        try:
            return Listing(id_, name, asked, tuple(self._client.tags(name)))
        except Missing:
            return Listing(id_, name, asked, ())  # nothing but untagged manifests, or blobs
        except (RemoteError, BadRequest) as error:
            return Failed(name, error)

    def _ask(self, wanted: tuple[Place, str]) -> Found | Failed:
        place, known = wanted
        asked = self._clock()
        try:
            return Found(place, asked, self._reader.facts(place.repository, place.name, known))
        except Missing:
            return Found(place, asked, None, gone=True)
        except (RemoteError, BadRequest) as error:
            return Failed(place.repository, error)

    def _answers(self, ask: Callable[[T], R], items: Sequence[T]) -> Generator[R, None, None]:
        """Ask about all items, several at once and some ahead; in order, fewer when time is up.

        :raises RemoteError: not this item alone, but the registry does not answer.
        """
        left = iter(items)
        waiting = deque(self._pool.submit(ask, item) for item in islice(left, AHEAD))
        try:
            while waiting:
                answer = waiting.popleft().result()
                waiting.extend(self._pool.submit(ask, item) for item in islice(left, 1))
                if isinstance(answer, Failed) and isinstance(answer.error, Unreachable):
                    self._client.ping()
                yield answer
                if not self._go_on():
                    return
        finally:
            for future in waiting:
                future.cancel()
