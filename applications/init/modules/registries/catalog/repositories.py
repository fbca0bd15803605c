"""Repositories: the collector's rows, and what we know of each beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .. import changes, dates
from ..database import Database
from . import graves

MISSED = 2
"""Complete answers in a row without it that prove something gone."""

_CHUNK = 500


def find(db: Database, registry_id: int, name: str) -> int | None:
    """The id of a repository."""
    return named(db, registry_id, [name]).get(name)


def named(db: Database, registry_id: int, names: Sequence[str]) -> dict[str, int]:
    """The ids of those of these names that are known."""
    found: dict[str, int] = {}
    for start in range(0, len(names), _CHUNK):
        chunk = names[start : start + _CHUNK]
        marks = ", ".join("?" for _ in chunk)
        rows = db.rows(
            f"SELECT repository, id FROM docker_repositories WHERE registry_id = ?"
            f" AND repository IN ({marks})",
            registry_id,
            *chunk,
        )
        found.update(dict(rows))
    return found


def ensure(db: Database, registry_id: int, name: str, now: float) -> int:
    """The id of a repository that exists for certain; created where it is new.

    It is news: what discovery asked before ``now`` does not count against it.
    """
    known = find(db, registry_id, name)
    id_ = known if known is not None else add(db, registry_id, name, now)
    facts(db, id_, registry_id)
    db.run("UPDATE docker_repositories SET updated = ? WHERE id = ?", dates.local(now), id_)
    db.run(
        "UPDATE registry_repositories SET missing = 0, deleted = NULL,"
        " changed = CASE WHEN changed > ? THEN changed ELSE ? END WHERE repository_id = ?",
        now,
        now,
        id_,
    )
    return id_


def add(db: Database, registry_id: int, name: str, now: float) -> int:
    """Create a repository that is not there yet."""
    date = dates.local(now)
    id_ = db.insert(
        "docker_repositories",
        registry_id=registry_id,
        repository=name,
        created=date,
        updated=date,
        description="",
        stars=0,
        automated="F",
        official="F",
    )
    graves.reopen(db, registry_id, name)
    changes.touch(db, now, "docker_repositories")
    return id_


def facts(db: Database, repository_id: int, registry_id: int) -> None:
    """Make sure that there is a row for what we know of it."""
    sql = "SELECT id FROM registry_repositories WHERE repository_id = ?"
    if not db.rows(sql, repository_id):
        db.insert("registry_repositories", repository_id=repository_id, registry_id=registry_id)


def after(
    db: Database, registry_id: int, cursor: int, limit: int
) -> list[tuple[int, str]]:
    """Ids and names of the repositories behind an id, in order of ids."""
    return [
        (id_, name)
        for id_, name in db.rows(
            "SELECT id, repository FROM docker_repositories WHERE registry_id = ? AND id > ?"
            " ORDER BY id LIMIT ?",
            registry_id,
            cursor,
            limit,
        )
    ]


def count(db: Database, registry_id: int) -> int:
    """How many repositories a registry has."""
    sql = "SELECT COUNT(*) FROM docker_repositories WHERE registry_id = ?"
    return int(db.rows(sql, registry_id)[0][0])


def pushed(db: Database, repository_id: int, actor: str, when: float) -> None:
    """Note who pushed to it, and when; an older push changes nothing."""
    db.run(
        "UPDATE registry_repositories SET pushed_at = ?, pushed_by = ? WHERE repository_id = ?"
        " AND COALESCE(pushed_at, 0) <= ?",
        when,
        actor,
        repository_id,
        when,
    )


def pulled(db: Database, repository_id: int, actor: str, when: float, star: bool) -> None:
    """Note a pull; a star is one that people mean by it: a manifest, by tag."""
    db.run(
        "UPDATE registry_repositories SET pulled_at = ?, pulled_by = ? WHERE repository_id = ?"
        " AND COALESCE(pulled_at, 0) <= ?",
        when,
        actor,
        repository_id,
        when,
    )
    if star:
        sql = "UPDATE registry_repositories SET pulls = pulls + 1 WHERE repository_id = ?"
        db.run(sql, repository_id)
        sql = "UPDATE docker_repositories SET stars = COALESCE(stars, 0) + 1 WHERE id = ?"
        db.run(sql, repository_id)


def mark_deleted(db: Database, registry_id: int, name: str, now: float) -> None:
    """Note that a verified notification told of its deletion: one listing without it is proof."""
    id_ = find(db, registry_id, name)
    if id_ is not None:
        facts(db, id_, registry_id)
        db.run(
            "UPDATE registry_repositories SET deleted = ? WHERE repository_id = ?", now, id_
        )


def missing(db: Database, registry_id: int) -> set[int]:
    """Ids of the repositories that the last complete catalogue lacked, or told to be deleted."""
    sql = (
        "SELECT repository_id FROM registry_repositories"
        " WHERE registry_id = ? AND (missing > 0 OR deleted IS NOT NULL)"
    )
    return {row[0] for row in db.rows(sql, registry_id)}


def back(db: Database, ids: Iterable[int]) -> None:
    """Forget that these were missing, or told to be deleted."""
    sql = "UPDATE registry_repositories SET missing = 0, deleted = NULL WHERE repository_id = ?"
    for id_ in ids:
        db.run(sql, id_)


def missed(
    db: Database, registry_id: int, id_: int, mark: float, now: float, enough: int = MISSED
) -> bool:
    """Note that a complete catalogue lacks a repository; delete it when that proves it gone.

    :param mark: when the catalogue was asked for; newer news wins over it.
    :param enough: complete catalogues in a row without it that prove it.
    :return: whether it was deleted.
    """
    facts(db, id_, registry_id)
    changed, missing, deleted = db.rows(
        "SELECT changed, missing, deleted FROM registry_repositories WHERE repository_id = ?", id_
    )[0]
    if changed >= mark:
        return False
    if deleted is None and missing + 1 < enough:
        db.run(
            "UPDATE registry_repositories SET missing = missing + 1 WHERE repository_id = ?", id_
        )
        return False
    delete(db, [id_], now)
    return True


def delete(db: Database, ids: Iterable[int], now: float) -> None:
    """Delete repositories with their tags; nothing else holds them."""
    for id_ in ids:
        db.run(
            "DELETE FROM registry_tags WHERE tag_id IN"
            " (SELECT id FROM docker_tags WHERE repository_id = ?)",
            id_,
        )
        db.run("DELETE FROM docker_tags WHERE repository_id = ?", id_)
        db.run("DELETE FROM registry_repositories WHERE repository_id = ?", id_)
        db.run("DELETE FROM docker_repositories WHERE id = ?", id_)
    changes.touch(db, now, "docker_repositories", "docker_tags")


def refresh(db: Database, registry_id: int, now: float, cursor: int) -> int:
    """Date some repositories and their tags as seen, after a crawl that saw them all.

    :param cursor: the id after which to begin; 0 at first.
    :return: the id to go on after; 0 when all are done.
    """
    rows = after(db, registry_id, cursor, _REFRESHED)
    if not rows:
        return 0
    last, date = rows[-1][0], dates.local(now)
    db.run(
        "UPDATE docker_repositories SET updated = ? WHERE registry_id = ? AND id > ? AND id <= ?"
        f" AND NOT EXISTS ({_MISSING.format('registry_repositories', 'repository_id')}"
        " docker_repositories.id)",
        date,
        registry_id,
        cursor,
        last,
    )
    db.run(
        "UPDATE docker_tags SET updated = ? WHERE repository_id > ? AND repository_id <= ?"
        f" AND registry_id = ? AND NOT EXISTS ({_MISSING.format('registry_tags', 'tag_id')}"
        " docker_tags.id)",
        date,
        cursor,
        last,
        registry_id,
    )
    return last


_REFRESHED = 100
"""Repositories whose dates are written in one transaction."""

_MISSING = "SELECT 1 FROM {0} f WHERE f.missing > 0 AND f.{1} ="
