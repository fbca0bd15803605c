"""Receiving notifications: who sent them decides what they are worth.

1. A sender that proves to be a registry, by its secret: its events are stored
   before the answer, each once; what can't be read is put aside, and answered well
   all the same, because registries repeat for ever, in order, what is not.
2. Anybody else: an event is a hint.  It says which tag of which declared registry
   to ask about; the registry's own answer is what is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from .. import catalog
from ..catalog import crawls, questions
from ..connector import SUBJECT
from ..database import Database
from ..errors import BadRequest, Conflict
from . import inbox
from .events import DELETE, PULL, PUSH, Event, Read, parse
from .secrets import Secrets

MOST_HINTS = 20
"""Events of one request without secret that are looked at; registries send one."""

_WRONG = "the event names another registry: is its secret used there?"


class Receiver:
    """Takes in the bodies of notification requests."""

    def __init__(self, db: Database, secrets: Secrets, clock: Callable[[], float]) -> None:
        self._db = db
        self._secrets = secrets
        self._clock = clock

    def sender(self, authorization: str) -> int | None:
        """The registry that a request proves to be from; None for anybody else.

        :raises Unavailable: the database does not answer.
        """
        if not authorization:
            return None
        with self._db.transaction():
            return self._secrets.sender(authorization)

    def verified(self, registry_id: int, body: bytes) -> None:
        """Store what a registry told.

        :raises Unavailable: it could not be stored; the registry will repeat it.
        """
        try:
            read = [item for item in parse(body) if not _is_our_own(item)]
        except BadRequest as error:
            self.put_aside(registry_id, body, str(error))
            return
        try:
            self._store(registry_id, read)
        except Conflict:
            # Sent twice at once: one of them is stored by now.
            self._store(registry_id, read)

    def _store(self, registry_id: int, read: Sequence[Read]) -> None:
        now = self._clock()
        with self._db.transaction(write=True):
            for item in read:
                inbox.store(self._db, registry_id, [item], now, self._wrong(registry_id, item))
            crawls.heard(self._db, registry_id, now, verified=True)

    def put_aside(self, registry_id: int, body: bytes, reason: str) -> None:
        """Keep the beginning of a request that can't be read."""
        now = self._clock()
        with self._db.transaction(write=True):
            inbox.quarantine_body(self._db, registry_id, body, reason, now)
            crawls.heard(self._db, registry_id, now, verified=True)

    def hinted(self, body: bytes) -> None:
        """Have registries asked about what somebody said of them.

        :raises BadRequest: the body is no notification envelope.
        """
        events = [
            item
            for item in parse(body)
            if isinstance(item, Event)
            and item.action in (PUSH, DELETE)
            and (item.is_manifest or item.action == DELETE)
        ]
        # What concerns nobody takes no write lock.
        with self._db.transaction():
            named = [(self._named(event), event) for event in events[:MOST_HINTS]]
        known = [(id_, event) for id_, event in named if id_ is not None]
        if known:
            with self._db.transaction(write=True):
                self._hint(known, self._clock())

    def _hint(self, hints: Sequence[tuple[int, Event]], now: float) -> None:
        for registry_id, event in hints:
            if not questions.ask(self._db, registry_id, event.repository, event.tag, now):
                # Too many at once: one crawl of the registry answers them all.
                crawls.due(self._db, registry_id, now)
            crawls.heard(self._db, registry_id, now, verified=False)

    def _named(self, event: Event) -> int | None:
        """The one declared registry that an event speaks of, by host and port of its url."""
        found = {self._registry(host) for host in event.hosts} - {None}
        return found.pop() if len(found) == 1 else None

    def _wrong(self, registry_id: int, item: Read) -> str:
        """Why an event can't be the sender's: it names another declared registry, not this one."""
        own = catalog.remote(self._db, registry_id)
        if not isinstance(item, Event) or own is None:
            return ""
        if {own.service.lower(), urlsplit(own.url).netloc.lower()} & set(item.hosts):
            return ""
        others = {self._registry(host) for host in item.hosts} - {None}
        return _WRONG if others and registry_id not in others else ""

    def _registry(self, host: str) -> int | None:
        declared = catalog.by_host(self._db, host)
        return declared.registry.id if declared else None


def _is_our_own(item: Read) -> bool:
    """Tell the collector's own reading of manifests, which registries report as pulls."""
    return isinstance(item, Event) and item.action == PULL and item.actor == SUBJECT

