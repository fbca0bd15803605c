"""One repository or tag by its id or name, and what people may change of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..database import Database


@dataclass(frozen=True)
class Repository:
    """A repository and where it is."""

    id: int
    registry_id: int
    name: str


@dataclass(frozen=True)
class Tag:
    """A tag and where it is."""

    id: int
    repository_id: int
    name: str


_REPOSITORY = "SELECT id, registry_id, repository FROM docker_repositories WHERE"


def repository(db: Database, repository_id: int) -> Repository | None:
    """Find a repository by id."""
    rows = db.rows(f"{_REPOSITORY} id = ?", repository_id)
    return Repository(*rows[0]) if rows else None


def repositories_named(db: Database, name: str) -> list[Repository]:
    """The repositories of a name in all registries, in order of ids."""
    # The key begins with the registry, so each is looked into by it.
    rows = db.rows(
        f"{_REPOSITORY} registry_id IN (SELECT id FROM docker_registries) AND repository = ?"
        " ORDER BY id",
        name,
    )
    return [Repository(*row) for row in rows if row[2] == name]


def tag(db: Database, tag_id: int) -> Tag | None:
    """Find a tag by id."""
    rows = db.rows("SELECT id, repository_id, name FROM docker_tags WHERE id = ?", tag_id)
    return Tag(*rows[0]) if rows else None


PROPERTIES = ("description", "stars", "official", "automated")
"""What people may change of a repository; booleans are stored as T and F."""


def properties(db: Database, repository_id: int) -> dict[str, Any]:
    """What is stored of ``PROPERTIES``."""
    columns = ", ".join(PROPERTIES)
    rows = db.rows(f"SELECT {columns} FROM docker_repositories WHERE id = ?", repository_id)
    return dict(zip(PROPERTIES, rows[0])) if rows else {}


def change(db: Database, repository_id: int, values: Mapping[str, Any]) -> None:
    """Store some of ``PROPERTIES``; the caller announces it."""
    given = [name for name in PROPERTIES if name in values]
    assignments = ", ".join(f"{name} = ?" for name in given)
    if given:
        db.run(
            f"UPDATE docker_repositories SET {assignments} WHERE id = ?",
            *(values[name] for name in given),
            repository_id,
        )
