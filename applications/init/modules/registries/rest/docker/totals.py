"""How many tags somebody sees, counted once for as long as no tag or repository comes or goes.

Ids grow and are never given twice, tags and repositories never move: with the same largest
id and the same number of rows they are the same rows.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary

from ...database import Database

MOST = 256
"""Callers whose total is remembered per process."""

_STATE = (
    "SELECT (SELECT MAX(id) FROM docker_tags), (SELECT COUNT(*) FROM docker_tags),"
    " (SELECT MAX(id) FROM docker_repositories), (SELECT COUNT(*) FROM docker_repositories)"
)
_lock = threading.Lock()
_known: WeakKeyDictionary[Database, dict[bytes, tuple[tuple[object, ...], int]]] = (
    WeakKeyDictionary()
)


def remembered(db: Database, asked: tuple[object, ...], count: Callable[[], int]) -> int:
    """The total for who asks, counted where it is not known.

    :param asked: all that the count depends on, but for which rows there are.
    """
    key = hashlib.blake2b(repr(asked).encode()).digest()
    state = db.rows(_STATE)[0]
    with _lock:
        found = _known.setdefault(db, {}).get(key)
    if found is not None and found[0] == state:
        return found[1]
    total = count()
    with _lock:
        totals = _known[db]
        totals.pop(key, None)
        totals[key] = state, total
        while len(totals) > MOST:
            del totals[next(iter(totals))]
    return total
