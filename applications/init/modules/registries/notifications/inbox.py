"""The inbox: what verified registries told, stored once each before it is answered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from .. import audit
from ..database import Database
from .events import Event, Malformed, Read

NEW, DONE, QUARANTINED = "new", "done", "quarantined"
_KEPT = 8000

AHEAD_SECONDS = 3600
"""How far a registry's clock may be ahead; one that is further orders no later events."""


def store(
    db: Database, registry_id: int, read: Sequence[Read], now: float, reason: str = ""
) -> None:
    """Store events, each once by its id; the caller holds a write transaction.

    :param reason: quarantine them all, for this reason.
    """
    for item in read:
        if isinstance(item, Event) and not reason:
            _insert(db, registry_id, item.id, now, **_columns(item, now))
        else:
            _quarantine(db, registry_id, item, reason, now)


def quarantine_body(db: Database, registry_id: int, body: bytes, reason: str, now: float) -> None:
    """Keep a request that is no envelope: its sender would repeat it for ever."""
    text = ascii(body[:_KEPT])[2:-1]
    _quarantine(db, registry_id, Malformed("", reason, text), "", now)


def prune(db: Database, before: float) -> int:
    """Delete events received before a time; return how many."""
    return db.run("DELETE FROM registry_events WHERE received < ? AND state <> ?", before, NEW)


def _quarantine(
    db: Database, registry_id: int, item: Read, reason: str, now: float
) -> None:
    why = reason or (item.reason if isinstance(item, Malformed) else "")
    text = item.text if isinstance(item, Malformed) else ascii(item)
    # Without a usable id, the same text is the same event.
    id_ = item.id or hashlib.sha256(text.encode()).hexdigest()
    values = {"state": QUARANTINED, "reason": why[:255], "body": text[:_KEPT]}
    if _insert(db, registry_id, id_, now, **values):
        details = {"registry_id": registry_id, "event": id_, "reason": why}
        fmt = "event %(event)s of registry %(registry_id)s put aside: %(reason)s"
        audit.write(db, audit.Entry(audit.EVENT_REFUSED, "", fmt, details, "warning"), now)


def _insert(db: Database, registry_id: int, id_: str, now: float, **values: Any) -> bool:
    known = db.rows(
        "SELECT id FROM registry_events WHERE registry_id = ? AND event_id = ?", registry_id, id_
    )
    if known:
        return False
    db.insert(
        "registry_events", registry_id=registry_id, event_id=id_, received=now, **values
    )
    return True


def _columns(event: Event, now: float) -> dict[str, Any]:
    return {
        "action": event.action,
        "repository": event.repository,
        "tag": event.tag,
        "digest": event.digest,
        "media_type": event.media_type,
        "method": event.method,
        "actor": event.actor,
        "address": event.address,
        "happened": min(event.happened, now + AHEAD_SECONDS),
        "state": NEW,
    }
