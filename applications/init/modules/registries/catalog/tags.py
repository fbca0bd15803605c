"""Tags: the collector's rows, and what their manifests say beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import changes, dates
from ..database import Database
from . import graves
from .repositories import MISSED


@dataclass(frozen=True)
class Facts:
    """What a tag's manifest says.

    ``size`` is the sum of its layers in bytes; of an index it is the main
    platform's, as are ``config_digest`` and ``config_size``.  ``platforms`` has
    a mapping (os, architecture, variant, digest, config_digest, size) for each.
    """

    digest: str
    media_type: str
    config_digest: str = ""
    config_size: int | None = None
    size: int | None = None
    platforms: tuple[Mapping[str, Any], ...] = ()
    complete: bool = True


@dataclass(frozen=True)
class Known:
    """A tag as stored; ``checked`` is when the registry was last asked, by our clock."""

    id: int
    name: str
    digest: str
    checked: float
    changed: float
    missing: int
    deleted: float | None
    has_facts: bool


def of_repository(db: Database, repository_id: int) -> dict[str, Known]:
    """All tags of a repository, by name."""
    return {row[1]: _known(row) for row in db.rows(f"{_KNOWN} repository_id = ?", repository_id)}


def find(db: Database, repository_id: int, name: str) -> Known | None:
    """One tag of a repository."""
    rows = db.rows(f"{_KNOWN} repository_id = ? AND t.name = ?", repository_id, name)
    exact = [row for row in rows if row[1] == name]
    return _known(exact[0]) if exact else None


def sharing(db: Database, repository_id: int, digest: str) -> list[Known]:
    """The tags of a repository that point at a digest."""
    rows = db.rows(f"{_KNOWN} repository_id = ? AND f.digest = ?", repository_id, digest)
    return [_known(row) for row in rows]


@dataclass(frozen=True)
class Place:
    """Where a tag is: the ids and the name of its repository, and its own name."""

    registry_id: int
    repository_id: int
    repository: str
    name: str


def put(db: Database, place: Place, facts: Facts, asked: float, *, news: bool) -> bool:
    """Store what is known of a tag, unless something newer is stored, or it was deleted since.

    :param asked: when the registry was asked, or told us; our clock.
    :param news: it came from a notification or its confirmation, not from a crawl.
    :return: whether anything a person sees has changed; the caller tells of it.
    """
    known = find(db, place.repository_id, place.name)
    if known is not None and known.changed > asked and known.digest != facts.digest:
        return False
    if known is None:
        gone = graves.deleted_at(db, place.registry_id, place.repository, place.name)
        if gone is not None and gone > asked:
            return False
        if gone is not None:
            graves.reopen(db, place.registry_id, place.repository, place.name)
        _create(db, place, facts, asked, news)
        return True
    if not known.has_facts:
        _add_facts(db, known.id, place.registry_id, place.repository_id)
    moved = known.digest != facts.digest
    _store(db, known.id, facts, asked, moved, news)
    return moved


def remove(db: Database, ids: Iterable[int], now: float) -> None:
    """Delete tags."""
    gone = False
    for id_ in ids:
        db.run("DELETE FROM registry_tags WHERE tag_id = ?", id_)
        db.run("DELETE FROM docker_tags WHERE id = ?", id_)
        gone = True
    if gone:
        changes.touch(db, now, "docker_tags")


def missed(db: Database, registry_id: int, tag: Known, repository_id: int, asked: float) -> bool:
    """Note that a complete answer lacks a tag; delete it when that proves it gone.

    :param asked: when that answer was asked for; newer news wins over it, also
        what came since ``tag`` was read.
    :return: whether it was deleted.
    """
    _add_facts(db, tag.id, registry_id, repository_id)
    sql = "SELECT changed, missing, deleted FROM registry_tags WHERE tag_id = ?"
    changed, missing, deleted = db.rows(sql, tag.id)[0]
    if changed >= asked:
        return False
    if deleted is not None or missing + 1 >= MISSED:
        remove(db, [tag.id], asked)
        return True
    db.run("UPDATE registry_tags SET missing = missing + 1 WHERE tag_id = ?", tag.id)
    return False


def mark_deleted(db: Database, ids: Iterable[int], now: float) -> None:
    """Note that a verified notification told of their deletion."""
    for id_ in ids:
        db.run("UPDATE registry_tags SET deleted = ? WHERE tag_id = ?", now, id_)


def confirmed(db: Database, tag_id: int, asked: float) -> None:
    """Note that the registry still has a tag, unchanged; newer news has its own answer."""
    db.run(
        "UPDATE registry_tags SET checked = ?, missing = 0 WHERE tag_id = ? AND changed <= ?",
        asked,
        tag_id,
        asked,
    )


def stale_before(db: Database, registry_id: int, budget: int, latest: float) -> float:
    """The time such that about ``budget`` tags were last checked before it, at most ``latest``."""
    rows = db.rows(
        "SELECT checked FROM registry_tags WHERE registry_id = ? ORDER BY checked LIMIT 1 OFFSET ?",
        registry_id,
        budget,
    )
    return min(float(rows[0][0]), latest) if rows else latest


def listed(db: Database, ids: Iterable[int]) -> None:
    """Forget the sightings without them, and what was told of their deletion."""
    for id_ in ids:
        db.run("UPDATE registry_tags SET missing = 0, deleted = NULL WHERE tag_id = ?", id_)


def pushed(db: Database, repository_id: int, name: str, actor: str, now: float) -> None:
    """Note who pushed a tag, and when; an older push changes nothing."""
    known = find(db, repository_id, name)
    if known is not None:
        db.run(
            "UPDATE registry_tags SET pushed_at = ?, pushed_by = ? WHERE tag_id = ?"
            " AND COALESCE(pushed_at, 0) <= ?",
            now,
            actor,
            known.id,
            now,
        )


def pulled(db: Database, repository_id: int, name: str, actor: str, now: float) -> None:
    """Count a pull, and note who and when; an older one is only counted."""
    known = find(db, repository_id, name)
    if known is not None:
        db.run("UPDATE registry_tags SET pulls = pulls + 1 WHERE tag_id = ?", known.id)
        db.run(
            "UPDATE registry_tags SET pulled_at = ?, pulled_by = ? WHERE tag_id = ?"
            " AND COALESCE(pulled_at, 0) <= ?",
            now,
            actor,
            known.id,
            now,
        )


def count(db: Database, registry_id: int) -> int:
    """How many tags a registry has."""
    return int(db.rows("SELECT COUNT(*) FROM docker_tags WHERE registry_id = ?", registry_id)[0][0])


_KNOWN = (
    "SELECT t.id, t.name, f.digest, f.checked, f.changed, f.missing, f.deleted, f.id"
    " FROM docker_tags t LEFT JOIN registry_tags f ON f.tag_id = t.id WHERE t."
)


def _known(row: tuple[Any, ...]) -> Known:
    id_, name, digest, checked, changed, missing, deleted, facts_id = row
    return Known(
        id_, name, digest or "", checked or 0.0, changed or 0.0, missing or 0, deleted,
        facts_id is not None,
    )


def _create(db: Database, place: Place, facts: Facts, asked: float, news: bool) -> None:
    date = dates.local(asked)
    ids = {"registry_id": place.registry_id, "repository_id": place.repository_id}
    tag_id = db.insert(
        "docker_tags",
        **ids,
        name=place.name,
        created=date,
        updated=date,
        config_digest=facts.config_digest,
        config_size=facts.config_size,
    )
    db.insert(
        "registry_tags",
        **ids,
        tag_id=tag_id,
        digest=facts.digest,
        media_type=facts.media_type,
        size=facts.size,
        platforms=_platforms(facts),
        changed=asked if news else 0,
        checked=asked if facts.complete else 0,
    )


def _platforms(facts: Facts) -> str | None:
    return json.dumps(facts.platforms) if facts.platforms else None


def _add_facts(db: Database, tag_id: int, registry_id: int, repository_id: int) -> None:
    if not db.rows("SELECT id FROM registry_tags WHERE tag_id = ?", tag_id):
        db.insert(
            "registry_tags", tag_id=tag_id, registry_id=registry_id, repository_id=repository_id
        )


def _store(
    db: Database, tag_id: int, facts: Facts, asked: float, moved: bool, news: bool
) -> None:
    """Write the facts; a known digest without its manifest keeps what is there."""
    if facts.complete or moved:
        db.run(
            "UPDATE docker_tags SET config_digest = ?, config_size = ?, updated = ? WHERE id = ?",
            facts.config_digest,
            facts.config_size,
            dates.local(asked),
            tag_id,
        )
        db.run(
            "UPDATE registry_tags SET digest = ?, media_type = ?, size = ?, platforms = ?"
            " WHERE tag_id = ?",
            facts.digest,
            facts.media_type,
            facts.size,
            _platforms(facts),
            tag_id,
        )
    db.run(
        "UPDATE registry_tags SET missing = 0, deleted = NULL, checked = ?,"
        " changed = CASE WHEN ? > changed THEN ? ELSE changed END WHERE tag_id = ?",
        asked if facts.complete else 0,
        asked if news else 0,
        asked if news else 0,
        tag_id,
    )
