"""What people may change of a registry, and deleting one with all that hangs on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from .. import dates
from ..database import Database
from .registries import is_on, is_restricted, require_free, set_options


@dataclass(frozen=True)
class Properties:
    """What people write; ``insecure`` means its certificate is not checked.

    ``placement``, an option of ours, wants services to log in from where they are.
    """

    service: str
    url: str
    insecure: bool
    restricted: bool
    placement: bool = False


def properties(db: Database, registry_id: int) -> Properties | None:
    """What is stored of a registry; None where it is not declared."""
    rows = db.rows(
        "SELECT r.service, r.url, r.insecure, r.restricted, o.placement FROM docker_registries r"
        " LEFT JOIN registry_options o ON o.registry_id = r.id WHERE r.id = ?",
        registry_id,
    )
    if not rows:
        return None
    service, url, insecure, restricted, placement = rows[0]
    return Properties(
        service, url, insecure == "T", is_restricted(restricted), is_on(placement)
    )


def change(db: Database, registry_id: int, values: Mapping[str, Any], now: float) -> None:
    """Store some properties of a registry, checked by the caller, and when that was.

    :param values: names and values of ``Properties``, at least one.
    :raises Conflict: service or url is another's.
    """
    require_free(db, values.get("service", ""), values.get("url", ""), registry_id)
    options = {name: values[name] for name in _OPTIONS if name in values}
    if options:
        set_options(db, registry_id, options)
    known = [field.name for field in fields(Properties) if field.name not in _OPTIONS]
    given = [name for name in known if name in values]
    stored = [_stored(values[name]) for name in given]
    assignments = "".join(f"{name} = ?, " for name in given)
    db.run(
        f"UPDATE docker_registries SET {assignments}updated = ? WHERE id = ?",
        *stored,
        dates.local(now),
        registry_id,
    )


_OPTIONS = ("placement",)


def _stored(value: Any) -> Any:
    return ("T" if value else "F") if isinstance(value, bool) else value


def quota(db: Database, user_id: int) -> int:
    """How many registries a user may be responsible for; 0 is no limit.

    Two declarations of one user wait for each other.
    """
    sql = "UPDATE auth_user SET quota_docker_registries = quota_docker_registries WHERE id = ?"
    db.run(sql, user_id)
    rows = db.rows("SELECT quota_docker_registries FROM auth_user WHERE id = ?", user_id)
    return int(rows[0][0] or 0) if rows else 0


def remove(db: Database, registry_id: int) -> None:
    """Delete a registry with its groups, its contents and all that we noted of it.

    The registry itself is not asked, and keeps what it has.
    """
    for table in _OF_REGISTRY:
        db.run(f"DELETE FROM {table} WHERE registry_id = ?", registry_id)
    db.run("DELETE FROM docker_registries WHERE id = ?", registry_id)


_OF_REGISTRY = (
    "docker_registries_responsibles",
    "docker_registries_publications",
    "registry_tags",
    "docker_tags",
    "registry_repositories",
    "docker_repositories",
    "registry_options",
    "registry_events",
    "registry_questions",
    "registry_crawls",
    "registry_deleted",
    "registry_identity_tokens",
)
