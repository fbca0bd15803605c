"""Groups that something is published to, or that are responsible for it: one table each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..database import Database


@dataclass(frozen=True)
class Link:
    """A table with a group and what it is tied to; ``key`` is that column, ``of`` its table."""

    table: str
    key: str
    of: str


@dataclass(frozen=True)
class Tie:
    """One row of such a table."""

    owned: int
    group: int


PUBLICATIONS = Link("docker_registries_publications", "registry_id", "docker_registries")
RESPONSIBLES = Link("docker_registries_responsibles", "registry_id", "docker_registries")


def tie(db: Database, link: Link, id_: int) -> Tie | None:
    """A row by its id."""
    rows = db.rows(f"SELECT {link.key}, group_id FROM {link.table} WHERE id = ?", id_)
    return Tie(*rows[0]) if rows else None


def has(db: Database, link: Link, one: Tie) -> bool:
    """Tell whether a group is attached."""
    sql = f"SELECT id FROM {link.table} WHERE {link.key} = ? AND group_id = ?"
    return bool(db.rows(sql, one.owned, one.group))


def add(db: Database, link: Link, one: Tie) -> bool:
    """Attach a group; False where it is attached already."""
    if has(db, link, one):
        return False
    db.insert(link.table, **{link.key: one.owned, "group_id": one.group})
    return True


def remove(db: Database, link: Link, one: Tie) -> bool:
    """Detach a group; False where it was not attached."""
    sql = f"DELETE FROM {link.table} WHERE {link.key} = ? AND group_id = ?"
    return bool(db.run(sql, one.owned, one.group))


def is_last(db: Database, link: Link, one: Tie) -> bool:
    """Tell whether a group is attached and no other that exists is.

    Two that detach the last two groups wait for each other.
    """
    rows = db.rows(
        f"SELECT l.group_id FROM {link.table} l JOIN auth_group g ON g.id = l.group_id"
        f" WHERE l.{link.key} = ? AND g.privilege = 'F'{'' if db.is_sqlite else ' FOR UPDATE'}",
        one.owned,
    )
    return has(db, link, one) and not {row[0] for row in rows} - {one.group}


def count(db: Database, link: Link, groups: Collection[int]) -> int:
    """How many different things some of these groups are attached to."""
    if not groups:
        return 0
    marks = ", ".join("?" * len(groups))
    rows = db.rows(
        f"SELECT COUNT(DISTINCT o.id) FROM {link.table} l JOIN {link.of} o ON o.id = l.{link.key}"
        f" WHERE l.group_id IN ({marks})",
        *groups,
    )
    return int(rows[0][0])
