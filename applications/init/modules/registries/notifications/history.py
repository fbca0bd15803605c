"""What the inbox remembers of a subject, whatever the order in which it came.

Order is the registry's clock.  Each event that names a tag is a sighting of it: a push
or a pull of its being there, a delete of its being gone; the newest one is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..database import Database
from .events import DELETE, MANIFEST_TYPES, PULL, PUSH
from .inbox import DONE, NEW, QUARANTINED

TOGETHER_SECONDS = 60
"""Between the HEAD by tag and the GET by digest of one docker pull."""

COUNTED = "counted"
"""The reason of a pull by tag that was counted."""


@dataclass(frozen=True)
class Stored:
    """An event out of the inbox."""

    id: int
    registry_id: int
    action: str
    repository: str
    tag: str
    digest: str
    media_type: str
    method: str
    actor: str
    address: str
    happened: float
    received: float

    @property
    def when(self) -> float:
        """When it happened; a registry whose clock is ahead has no future."""
        return min(self.happened, self.received)

    @property
    def is_manifest(self) -> bool:
        """Tell a manifest from a blob."""
        return bool(self.tag) or self.media_type in MANIFEST_TYPES


_SELECT = (
    "SELECT id, registry_id, action, repository, tag, digest, media_type, method, actor, address,"
    " happened, received FROM registry_events WHERE"
)


def is_waiting(db: Database) -> bool:
    """Tell whether there is an event to digest."""
    return bool(db.rows("SELECT id FROM registry_events WHERE state = ? ORDER BY id LIMIT 1", NEW))


def oldest(db: Database, limit: int) -> list[Stored]:
    """The events that came first of those not digested."""
    return _events(db, "state = ? ORDER BY id LIMIT ?", NEW, limit)


def claim(db: Database, event: Stored, reason: str = "") -> bool:
    """Mark an event as digested; False where another process was faster."""
    sql = "UPDATE registry_events SET state = ?, reason = ? WHERE id = ? AND state = ?"
    return bool(db.run(sql, DONE, reason, event.id, NEW))


def put_aside(db: Database, event: Stored, reason: str) -> None:
    """Mark an event that can't be digested."""
    sql = "UPDATE registry_events SET state = ?, reason = ? WHERE id = ? AND state = ?"
    db.run(sql, QUARANTINED, reason[:255], event.id, NEW)


def count(db: Database, event: Stored) -> bool:
    """Mark a pull as counted; False where it was."""
    sql = "UPDATE registry_events SET reason = ? WHERE id = ? AND reason = ''"
    return bool(db.run(sql, COUNTED, event.id))


def is_newer_known(db: Database, event: Stored, tag: str) -> bool:
    """Tell whether a newer event than this one speaks of a tag."""
    return _any(db, event, "tag = ? AND action IN (?, ?, ?)", tag, PUSH, PULL, DELETE)


def is_used_since(db: Database, event: Stored) -> bool:
    """Tell whether a manifest was pushed to or pulled from the repository after an event."""
    types = sorted(MANIFEST_TYPES)
    manifest = f"(tag <> '' OR media_type IN ({', '.join('?' for _ in types)}))"
    return _any(db, event, f"action IN (?, ?) AND {manifest}", PUSH, PULL, *types)


def is_digest_deleted_since(db: Database, event: Stored) -> bool:
    """Tell whether the manifest was deleted, by its digest, after an event."""
    return _any(db, event, "tag = '' AND digest = ? AND action = ?", event.digest, DELETE)


def is_repository_deleted_since(db: Database, event: Stored) -> bool:
    """Tell whether the repository was deleted after an event, and not used since."""
    newest = _events(
        db,
        "registry_id = ? AND repository = ? AND tag = '' AND digest = '' AND action = ?"
        " AND state = ? AND happened > ? ORDER BY happened DESC LIMIT 1",
        event.registry_id,
        event.repository,
        DELETE,
        DONE,
        event.happened,
    )
    return bool(newest) and not is_used_since(db, newest[0])


def heads_before(db: Database, event: Stored) -> list[Stored]:
    """The HEADs by tag, not counted yet, that a GET by digest makes pulls of."""
    start, same, values = event.happened - TOGETHER_SECONDS, *_same(event)
    condition = f"tag <> '' AND method = 'HEAD' AND reason = '' AND {same}"
    return _events(db, condition, *values, start, event.happened)


def has_get_after(db: Database, event: Stored) -> bool:
    """Tell whether a GET by digest follows a HEAD by tag, soon and from the same client."""
    end, same, values = event.happened + TOGETHER_SECONDS, *_same(event)
    condition = f"tag = '' AND method <> 'HEAD' AND {same}"
    found = _events(db, condition, *values, event.happened, end)
    return any(get.is_manifest for get in found)


def pushes_and_pulls(db: Database, event: Stored) -> Iterable[Stored]:
    """All that is remembered of a tag's being pushed, and of its counted pulls."""
    return _events(
        db,
        "registry_id = ? AND repository = ? AND tag = ? AND state = ?"
        " AND (action = ? OR (action = ? AND reason = ?)) ORDER BY happened",
        event.registry_id,
        event.repository,
        event.tag,
        DONE,
        PUSH,
        PULL,
        COUNTED,
    )


def _same(event: Stored) -> tuple[str, tuple[object, ...]]:
    """The condition on another half of one docker pull; two times complete its values."""
    condition = (
        "registry_id = ? AND repository = ? AND digest = ? AND action = ? AND actor = ?"
        " AND address = ? AND state = ? AND happened BETWEEN ? AND ?"
    )
    whole = (event.registry_id, event.repository, event.digest, PULL, event.actor, event.address)
    return condition, (*whole, DONE)


def _any(db: Database, event: Stored, condition: str, *values: object) -> bool:
    return bool(
        db.rows(
            "SELECT id FROM registry_events WHERE registry_id = ? AND repository = ?"
            f" AND state = ? AND happened > ? AND {condition} LIMIT 1",
            event.registry_id,
            event.repository,
            DONE,
            event.happened,
            *values,
        )
    )


def _events(db: Database, condition: str, *values: object) -> list[Stored]:
    return [Stored(*row) for row in db.rows(f"{_SELECT} {condition}", *values)]
