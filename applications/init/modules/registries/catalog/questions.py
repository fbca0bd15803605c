"""Questions to ask a registry soon: about a tag, or (with an empty tag) a whole repository.

One row per subject, so that a flood of the same event is one question; bounded
per registry, since anybody may send events that lead to one.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..database import Database

MOST = 500
"""Open questions per registry; beyond that a crawl of the whole registry is due instead."""

LEASE_SECONDS = 30
"""How long the questions of a process that was killed wait; asking twice does no harm."""


@dataclass(frozen=True)
class Question:
    """What to ask, and how often that was tried already."""

    id: int
    registry_id: int
    repository: str
    tag: str
    attempts: int


def ask(db: Database, registry_id: int, repository: str, tag: str, now: float) -> bool:
    """Have a question asked; return False where there are too many already.

    One that is being asked right now is asked again: its answer may be older than the event.
    """
    known = db.rows(
        "SELECT id FROM registry_questions"
        " WHERE registry_id = ? AND repository = ? AND tag = ?",
        registry_id,
        repository,
        tag,
    )
    if known:
        db.run("UPDATE registry_questions SET due = ?, attempts = 0 WHERE id = ?", now, known[0][0])
        return True
    sql = "SELECT COUNT(*) FROM registry_questions WHERE registry_id = ?"
    if db.rows(sql, registry_id)[0][0] >= MOST:
        return False
    db.insert(
        "registry_questions", registry_id=registry_id, repository=repository, tag=tag, due=now
    )
    return True


def is_due(db: Database, now: float) -> bool:
    """Tell whether there is anything to ask; cheap, and no promise."""
    return bool(db.rows(f"{_DUE} LIMIT 1", now, now, now))


def lease(db: Database, now: float, limit: int) -> list[Question]:
    """Take the due questions of one registry that nobody is asking right now.

    The caller holds a write transaction.  A registry that hangs keeps one asker, not all.
    """
    first = db.rows(f"{_DUE} ORDER BY due, id LIMIT 1", now, now, now)
    if not first:
        return []
    rows = db.rows(
        "SELECT id, registry_id, repository, tag, attempts FROM registry_questions"
        " WHERE registry_id = ? AND due <= ? AND leased_until < ? ORDER BY due, id LIMIT ?",
        first[0][0],
        now,
        now,
        limit,
    )
    taken = []
    for row in rows:
        sql = "UPDATE registry_questions SET leased_until = ? WHERE id = ? AND leased_until < ?"
        if db.run(sql, now + LEASE_SECONDS, row[0], now):
            taken.append(Question(*row))
    return taken


_DUE = (
    "SELECT q.registry_id FROM registry_questions q WHERE q.due <= ? AND q.leased_until < ?"
    " AND NOT EXISTS (SELECT 1 FROM registry_questions b"
    " WHERE b.registry_id = q.registry_id AND b.leased_until >= ?)"
)


def answered(db: Database, question: Question, asked: float) -> None:
    """Forget a question, unless it was asked anew meanwhile."""
    db.run(
        "DELETE FROM registry_questions WHERE id = ? AND due <= ?", question.id, asked
    )
    db.run("UPDATE registry_questions SET leased_until = 0 WHERE id = ?", question.id)


def postpone(db: Database, question: Question, due: float) -> None:
    """Ask again later."""
    db.run(
        "UPDATE registry_questions SET due = ?, attempts = attempts + 1, leased_until = 0"
        " WHERE id = ?",
        due,
        question.id,
    )


def waiting(db: Database, registry_id: int) -> int:
    """How many questions are open for a registry."""
    sql = "SELECT COUNT(*) FROM registry_questions WHERE registry_id = ?"
    return int(db.rows(sql, registry_id)[0][0])
