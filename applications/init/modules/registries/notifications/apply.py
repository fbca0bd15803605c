"""Digesting the inbox: events of verified registries change the catalogue, each once.

An event and its effect are one transaction, so a killed digestion has either
both or neither.
"""

from __future__ import annotations

from collections.abc import Callable

from .. import catalog, logs
from ..database import Database
from ..errors import Unavailable
from . import history
from .effects import Effects
from .history import Stored

MOST_AT_ONCE = 50
"""Events of one transaction: as long as it lasts no request can store another."""

TOO_OLD_SECONDS = 7 * 86_400
"""An event that happened so long before it came moves nothing."""


class Digester:
    """Applies events, in the order they came; any number may run at once.

    :param clock: seconds since the epoch.
    """

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db = db
        self._effects = Effects(db, clock)

    def digest(self, limit: int = MOST_AT_ONCE) -> int:
        """Apply up to ``limit`` events in one transaction; return how many.

        :raises Unavailable: the database does not answer; nothing was applied.
        """
        with self._db.transaction():
            if not history.is_waiting(self._db):
                return 0
        try:
            return self._some(limit)
        except Unavailable:
            raise
        except Exception:
            # One of them can't be applied; alone, it is found and put aside.
            return self._first()

    def _some(self, limit: int) -> int:
        with self._db.transaction(write=True):
            events = history.oldest(self._db, limit)
            for event in events:
                self._digest(event)
        return len(events)

    def _first(self) -> int:
        with self._db.transaction():
            events = history.oldest(self._db, 1)
        for event in events:
            try:
                with self._db.transaction(write=True):
                    self._digest(event)
            except Unavailable:
                raise
            except Exception as error:
                self._put_aside(event, error)
        return len(events)

    def _put_aside(self, event: Stored, error: Exception) -> None:
        reason = f"it can't be applied; see the log, {logs.unexpected(error, 'events')}"
        with self._db.transaction(write=True):
            history.put_aside(self._db, event, reason)

    def _digest(self, event: Stored) -> None:
        """Apply one event; whoever claims it first does."""
        reason = self._useless(event)
        if history.claim(self._db, event, reason) and not reason:
            self._effects.apply(event)

    def _useless(self, event: Stored) -> str:
        """Why an event moves nothing; empty where it may."""
        if catalog.remote(self._db, event.registry_id) is None:
            return "the registry is not declared any more"
        if event.happened < event.received - TOO_OLD_SECONDS:
            return "it happened too long ago"
        return ""
