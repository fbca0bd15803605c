"""How many tags somebody sees, counted once for as long as no tag or repository comes or goes.

Counting a million rows takes a server's database a tenth of a second.  Ids grow and are
never given twice, and all that goes away is told of in the queue of changes: with the same
newest ids they are the same rows.  The collector beside us dates the tables it changes.
Other programs may delete without telling, so no total is believed for long.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

from ... import changes
from ...database import Database

T = TypeVar("T")
MOST = 256
"""Callers whose total is remembered per process."""

MOST_BYTES = 128 * 2**20
"""What all that is remembered may weigh, of what says its weight as ``nbytes``."""

BELIEVED_SECONDS = 10.0
COUNTED_SECONDS = 60.0
"""For what takes longest: of a million tags, a third of a second to count on a server."""

_STATE = (
    "SELECT (SELECT MAX(id) FROM docker_tags), (SELECT MAX(id) FROM docker_repositories),"
    " (SELECT MAX(table_modified) FROM table_modified WHERE table_name = 'docker_tags')"
)


@dataclass
class _Known:
    """Totals of one database, all of the same state, each with the moment it is believed until."""

    state: tuple[object, ...] = ()
    totals: dict[bytes, tuple[object, float]] = field(default_factory=dict)


_lock = threading.Lock()
_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()


def memory(
    db: Database, *tables: str
) -> Callable[[tuple[object, ...], Callable[[], int]], int]:
    """``remembered`` of one database, until one of these tables changes."""

    def remember(asked: tuple[object, ...], count: Callable[[], int]) -> int:
        news = (changes.newest(db, table) for table in tables)
        return remembered(db, (*asked, *news), count, seconds=COUNTED_SECONDS)

    return remember


def remembered(
    db: Database,
    asked: tuple[object, ...],
    count: Callable[[], T],
    clock: Callable[[], float] = time.monotonic,
    seconds: float | None = None,
) -> T:
    """The total (or whatever else ``count`` finds) for who asks, found where it is not known.

    :param asked: all that the count depends on, but for which rows there are.
    :param seconds: how long it is believed where nothing tells of a change.
    """
    key = hashlib.blake2b(repr(asked).encode()).digest()
    state, now = (*db.rows(_STATE)[0], changes.newest(db, "docker_tags")), clock()
    with _lock:
        known = _known.setdefault(db, _Known())
        if known.state != state:
            known.state, known.totals = state, {}
        value, until = known.totals.get(key, (None, 0.0))
    if now < until:
        return cast(T, value)
    found = count()
    until = now + (BELIEVED_SECONDS if seconds is None else seconds)
    with _lock:
        if known.state == state:
            _keep(known.totals, key, (found, until), now)
    return found


def _keep(
    totals: dict[bytes, tuple[object, float]], key: bytes, value: tuple[object, float], now: float
) -> None:
    for old in [key, *(one for one, (_, until) in totals.items() if until <= now)]:
        totals.pop(old, None)
    if _weight(value[0]) <= MOST_BYTES:
        totals[key] = value
    weight = sum(_weight(one) for one, _ in totals.values())
    while len(totals) > MOST or weight > MOST_BYTES:
        oldest, _ = totals.pop(next(iter(totals)))
        weight -= _weight(oldest)


def _weight(value: object) -> int:
    return int(getattr(value, "nbytes", 0))
