"""Asking a registry soon about what somebody told of it: one tag, or one repository."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .. import catalog, changes
from ..catalog import questions, repositories, tags
from ..catalog.questions import Question
from ..catalog.tags import Place
from ..connector import Connector
from ..database import Database
from ..errors import BadRequest, CollectorError
from ..remote import Missing, RegistryClient, RemoteError, Unreachable
from . import record
from .read import Reader

AGAIN_SECONDS = 5
"""Until a tag that seems gone is asked for a second time."""

MOST_ATTEMPTS = 5
"""Tries before a question is left to the next crawl."""

MOST_TAGS = 1000
"""Tags that one question about a repository leads to."""


class Asker:
    """Answers questions out of ``catalog.questions``; any number may run at once."""

    def __init__(
        self, db: Database, connector: Connector, clock: Callable[[], float]
    ) -> None:
        self._db = db
        self._connector = connector
        self._clock = clock

    def step(self, limit: int = 10) -> int:
        """Ask one registry what is due; return how many questions that were.

        :raises Unavailable: the database does not answer.
        """
        with self._db.transaction():
            if not questions.is_due(self._db, self._clock()):
                return 0
        with self._db.transaction(write=True):
            taken = questions.lease(self._db, self._clock(), limit)
        if taken:
            self._registry(taken[0].registry_id, taken)
        return len(taken)

    def _registry(self, registry_id: int, asked: Sequence[Question]) -> None:
        with self._db.transaction():
            remote = catalog.remote(self._db, registry_id)
        if remote is None:
            for question in asked:
                self._done(question, self._clock())
            return
        try:
            client = self._connector.open(remote)
        except CollectorError:
            self._later(asked)
            return
        try:
            self._ask(client, asked)
        finally:
            client.close()

    def _ask(self, client: RegistryClient, asked: Sequence[Question]) -> None:
        reader = Reader(client)
        for number, question in enumerate(asked):
            try:
                self._question(client, reader, question)
            except Unreachable:
                # The others would wait as long, and hear as little.
                self._later(asked[number:])
                return
            except (RemoteError, BadRequest):
                self._later([question])
            except Exception:
                # Nobody else may ask them until the lease is over.
                self._later(asked[number:])
                raise

    def _question(self, client: RegistryClient, reader: Reader, question: Question) -> None:
        now = self._clock()
        if question.tag:
            settled = self._tag(reader, question, now)
        else:
            settled = self._repository(client, question, now)
        if settled:
            self._done(question, now)
        else:
            with self._db.transaction(write=True):
                questions.postpone(self._db, question, now + AGAIN_SECONDS)

    def _tag(self, reader: Reader, question: Question, now: float) -> bool:
        """Store what the registry says of a tag; False where it has to be asked again."""
        try:
            facts = reader.facts(question.repository, question.tag)
        except Missing:
            return self._gone(question, now)
        if facts is None:
            return True
        with self._db.transaction(write=True):
            id_ = repositories.ensure(self._db, question.registry_id, question.repository, now)
            place = Place(question.registry_id, id_, question.repository, question.tag)
            if tags.put(self._db, place, facts, now, news=True):
                changes.touch(self._db, now, "docker_tags")
        return True

    def _gone(self, question: Question, now: float) -> bool:
        with self._db.transaction(write=True):
            id_ = repositories.find(self._db, question.registry_id, question.repository)
            known = tags.find(self._db, id_, question.tag) if id_ is not None else None
            if id_ is None or known is None:
                return True
            gone = tags.missed(self._db, question.registry_id, known, id_, now)
            if gone:
                where = (question.registry_id, question.repository)
                record.gone(self._db, *where, [question.tag], now)
            return gone

    def _repository(self, client: RegistryClient, question: Question, now: float) -> bool:
        """Have each tag of a repository asked for that differs from what is stored."""
        try:
            listed = set(client.tags(question.repository)[:MOST_TAGS])
        except Missing:
            listed = set()
        with self._db.transaction(write=True):
            id_ = repositories.find(self._db, question.registry_id, question.repository)
            stored = tags.of_repository(self._db, id_) if id_ is not None else {}
            for name in listed ^ set(stored):
                questions.ask(self._db, question.registry_id, question.repository, name, now)
        return True

    def _done(self, question: Question, asked: float) -> None:
        with self._db.transaction(write=True):
            questions.answered(self._db, question, asked)

    def _later(self, asked: Sequence[Question]) -> None:
        """Try again, ever later; at last leave it to the next crawl."""
        now = self._clock()
        with self._db.transaction(write=True):
            for question in asked:
                if question.attempts + 1 >= MOST_ATTEMPTS:
                    questions.answered(self._db, question, now)
                else:
                    questions.postpone(self._db, question, now + 2.0**question.attempts)
