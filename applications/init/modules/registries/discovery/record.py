"""What discovery took out of the catalogue, in the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from .. import audit, catalog
from ..database import Database

_NAMED = 50


def gone(
    db: Database, registry_id: int, repository: str, tags: Sequence[str], now: float
) -> None:
    """Record that a registry has some tags no more; without tags, the whole repository."""
    remote = catalog.remote(db, registry_id)
    details = {
        "repo": repository,
        "service": remote.service if remote else "",
        "count": len(tags),
        "tags": list(tags[:_NAMED]),
    }
    fmt = "repository %(repo)s is gone from %(service)s"
    if tags:
        fmt = "%(count)s tags of %(repo)s are gone from %(service)s: %(tags)s"
    audit.write(db, audit.Entry(audit.GONE, "collector", fmt, details), now)
