"""State of discovery, one row per registry: what people see, what a crawl resumes from.

A crawl holds a lease, so that no two run on one registry; it is renewed as the
crawl goes on, and free again soon after a crawl that was killed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from ..database import Database

CATALOG, TAGS, DONE = "catalog", "tags", "done"
LEASE_SECONDS = 60
LONGEST_WAIT = 3600


@dataclass(frozen=True)
class State:
    """The crawl that is on or was last; times in seconds since the epoch, None for never.

    ``repositories`` and ``tags`` are what the catalogue held then, ``requests``
    what that cost; ``failures`` counts crawls in a row that failed.
    """

    registry_id: int
    phase: str
    mark: float
    cursor: int
    repositories: int
    tags: int
    requests: int
    finished: float | None
    succeeded: float | None
    duration: float | None
    error: str
    failures: int
    next_run: float
    leased_until: float
    refreshed: float
    event_at: float | None
    hint_at: float | None


# Quoted: MariaDB has a word of its own that is "cursor".
_COLUMNS = ", ".join(f'"{field.name}"' for field in fields(State))


def state(db: Database, registry_id: int) -> State:
    """The state of a registry's discovery; the caller holds a write transaction."""
    ensure(db, registry_id)
    rows = db.rows(f"SELECT {_COLUMNS} FROM registry_crawls WHERE registry_id = ?", registry_id)
    return State(*rows[0])


def known(db: Database, registry_id: int) -> State | None:
    """The state of a registry's discovery, where there has been any; for readers."""
    rows = db.rows(f"SELECT {_COLUMNS} FROM registry_crawls WHERE registry_id = ?", registry_id)
    return State(*rows[0]) if rows else None


def ensure(db: Database, registry_id: int) -> None:
    """Make sure that there is a row for a registry."""
    if not db.rows("SELECT id FROM registry_crawls WHERE registry_id = ?", registry_id):
        db.insert("registry_crawls", registry_id=registry_id)


def take(db: Database, registry_id: int, lease: str, now: float) -> bool:
    """Take the lease, where no other crawl has it; the caller holds a write transaction."""
    ensure(db, registry_id)
    return bool(
        db.run(
            "UPDATE registry_crawls SET lease = ?, leased_until = ?"
            " WHERE registry_id = ? AND leased_until < ?",
            lease,
            now + LEASE_SECONDS,
            registry_id,
            now,
        )
    )


def renew(db: Database, registry_id: int, lease: str, now: float) -> bool:
    """Keep the lease; False where it is another's by now."""
    return bool(
        db.run(
            "UPDATE registry_crawls SET leased_until = ? WHERE registry_id = ? AND lease = ?",
            now + LEASE_SECONDS,
            registry_id,
            lease,
        )
    )


def release(db: Database, registry_id: int, lease: str) -> None:
    """Give the lease back."""
    db.run(
        "UPDATE registry_crawls SET lease = '', leased_until = 0"
        " WHERE registry_id = ? AND lease = ?",
        registry_id,
        lease,
    )


def begin(db: Database, registry_id: int, now: float) -> None:
    """Begin a new crawl; what was seen before this moment is what it may call missing."""
    db.run(
        'UPDATE registry_crawls SET phase = ?, mark = ?, "cursor" = 0, requests = 0'
        " WHERE registry_id = ?",
        CATALOG,
        now,
        registry_id,
    )


def advance(db: Database, registry_id: int, phase: str, cursor: int, requests: int) -> None:
    """Note how far the crawl is; a crawl that follows goes on from there."""
    db.run(
        'UPDATE registry_crawls SET phase = ?, "cursor" = ?, requests = requests + ?'
        " WHERE registry_id = ?",
        phase,
        cursor,
        requests,
        registry_id,
    )


def succeed(
    db: Database, registry_id: int, now: float, counts: tuple[int, int], next_run: float
) -> None:
    """Note a crawl that saw everything.

    :param counts: repositories and tags in the catalogue.
    """
    db.run(
        "UPDATE registry_crawls SET phase = ?, finished = ?, succeeded = ?, duration = ? - mark,"
        " repositories = ?, tags = ?, error = '', failures = 0, next_run = ?"
        " WHERE registry_id = ?",
        DONE,
        now,
        now,
        now,
        *counts,
        next_run,
        registry_id,
    )


def fail(
    db: Database, registry_id: int, now: float, error: str, next_run: float, phase: str
) -> None:
    """Note a crawl that could not go on."""
    db.run(
        "UPDATE registry_crawls SET phase = ?, finished = ?, duration = ? - mark, error = ?,"
        " failures = failures + 1, next_run = ? WHERE registry_id = ?",
        phase,
        now,
        now,
        error[:255],
        next_run,
        registry_id,
    )


def incomplete(
    db: Database, registry_id: int, now: float, error: str, next_run: float, phase: str
) -> None:
    """Note a crawl that saw all but some repositories; it is no failure of the registry."""
    db.run(
        "UPDATE registry_crawls SET phase = ?, finished = ?, duration = ? - mark, error = ?,"
        " failures = 0, next_run = ? WHERE registry_id = ?",
        phase,
        now,
        now,
        error[:255],
        next_run,
        registry_id,
    )


def refreshed(db: Database, registry_id: int, now: float) -> None:
    """Note when repositories and tags were last dated as seen."""
    db.run("UPDATE registry_crawls SET refreshed = ? WHERE registry_id = ?", now, registry_id)


def due(db: Database, registry_id: int, now: float) -> None:
    """Have the next crawl at the next opportunity."""
    ensure(db, registry_id)
    sql = "UPDATE registry_crawls SET next_run = ? WHERE registry_id = ? AND next_run > ?"
    db.run(sql, now, registry_id, now)


def heard(db: Database, registry_id: int, now: float, *, verified: bool) -> None:
    """Note that a notification came, with the registry's secret or without."""
    ensure(db, registry_id)
    column = "event_at" if verified else "hint_at"
    db.run(f"UPDATE registry_crawls SET {column} = ? WHERE registry_id = ?", now, registry_id)
