"""What was deleted, remembered: stale answers and empty listings don't bring it back.

An empty tag stands for the repository itself.
"""

from __future__ import annotations

from ..database import Database

DAYS = 1
"""How long a deleted tag is remembered; a repository is until something is pushed to it."""


def bury(db: Database, registry_id: int, repository: str, now: float, tag: str = "") -> None:
    """Remember a deletion."""
    row = _find(db, registry_id, repository, tag)
    if row is not None:
        db.run("UPDATE registry_deleted SET deleted = ? WHERE id = ?", now, row[0])
        return
    db.insert(
        "registry_deleted", registry_id=registry_id, repository=repository, tag=tag, deleted=now
    )


def deleted_at(db: Database, registry_id: int, repository: str, tag: str = "") -> float | None:
    """When it was deleted, by our clock; None where it was not."""
    row = _find(db, registry_id, repository, tag)
    return row[1] if row else None


def reopen(db: Database, registry_id: int, repository: str, tag: str = "") -> None:
    """Forget a deletion: it is there again."""
    row = _find(db, registry_id, repository, tag)
    if row is not None:
        db.run("DELETE FROM registry_deleted WHERE id = ?", row[0])


def prune(db: Database, now: float) -> int:
    """Forget deletions of tags that no answer can be older than; return how many."""
    return db.run(
        "DELETE FROM registry_deleted WHERE tag <> '' AND deleted < ?", now - DAYS * 86_400
    )


def _find(
    db: Database, registry_id: int, repository: str, tag: str
) -> tuple[int, float] | None:
    rows = db.rows(
        "SELECT id, deleted FROM registry_deleted"
        " WHERE registry_id = ? AND repository = ? AND tag = ?",
        registry_id,
        repository,
        tag,
    )
    return (rows[0][0], rows[0][1]) if rows else None
