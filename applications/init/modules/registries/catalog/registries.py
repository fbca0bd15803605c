"""Registries: reading and declaring them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ..database import Database
from ..errors import BadRequest, Conflict
from ..policy import Registry


@dataclass(frozen=True)
class Declared:
    """A declared registry with what only this collector stores of it.

    ``algorithm``, ``pull_seconds`` and ``push_seconds`` are None where the
    settings decide; ``major`` is distribution's major version, 2 or 3.  ``placement``
    wants services to log in from where they are.
    """

    registry: Registry
    major: int = 2
    algorithm: str | None = None
    pull_seconds: int | None = None
    push_seconds: int | None = None
    placement: bool = False

    def signed_with(self, default: str) -> str:
        """The algorithm of its tokens; a 2.8 registry can't read EdDSA, whatever is set."""
        return _algorithm(self.algorithm, self.major, default)


@dataclass(frozen=True)
class Remote:
    """How a registry is reached; ``insecure`` means its certificate is not checked."""

    id: int
    service: str
    url: str
    insecure: bool
    major: int
    algorithm: str | None

    def signed_with(self, default: str) -> str:
        """The algorithm of its tokens, as ``Declared.signed_with``."""
        return _algorithm(self.algorithm, self.major, default)


def remotes(db: Database) -> list[Remote]:
    """All declared registries, by service."""
    return [_remote(row) for row in db.rows(f"{_REMOTE} ORDER BY r.service")]


def remote(db: Database, registry_id: int) -> Remote | None:
    """How one registry is reached; None where it is not declared any more."""
    rows = db.rows(f"{_REMOTE} WHERE r.id = ?", registry_id)
    return _remote(rows[0]) if rows else None


_REMOTE = (
    "SELECT r.id, r.service, r.url, r.insecure, o.major, o.algorithm FROM docker_registries r"
    " LEFT JOIN registry_options o ON o.registry_id = r.id"
)


def _remote(row: tuple[Any, ...]) -> Remote:
    id_, service, url, insecure, major, algorithm = row
    return Remote(id_, service, url, insecure == "T", major or 2, algorithm)


def by_service(db: Database, service: str) -> Declared | None:
    """Find a registry by its exact service name."""
    return _declared(db, "r.service = ?", service, exact=service)


def by_id(db: Database, registry_id: int) -> Declared | None:
    """Find a registry by id."""
    return _declared(db, "r.id = ?", registry_id)


def _declared(
    db: Database, condition: str, value: object, exact: str | None = None
) -> Declared | None:
    rows = db.rows(
        "SELECT r.id, r.service, r.restricted, o.major, o.algorithm, o.pull_seconds,"
        " o.push_seconds, o.placement FROM docker_registries r LEFT JOIN registry_options o"
        f" ON o.registry_id = r.id WHERE {condition}",
        value,
    )
    rows = [row for row in rows if exact is None or row[1] == exact]
    if len(rows) != 1:
        return None
    id_, service, restricted, major, algorithm, pull_seconds, push_seconds, placement = rows[0]
    groups = db.rows(
        "SELECT 0, group_id FROM docker_registries_publications WHERE registry_id = ?"
        " UNION ALL SELECT 1, group_id FROM docker_registries_responsibles WHERE registry_id = ?",
        id_,
        id_,
    )
    registry = Registry(
        id_,
        service,
        is_restricted(restricted),
        frozenset(row[1] for row in groups if not row[0]),
        frozenset(row[1] for row in groups if row[0]),
    )
    return Declared(
        registry, major or 2, algorithm, pull_seconds, push_seconds, is_on(placement)
    )


def policies(db: Database) -> list[Registry]:
    """All registries as the policy sees them."""
    rows = db.rows("SELECT id, service, restricted FROM docker_registries ORDER BY id")
    groups: dict[tuple[int, int], set[int]] = {}
    for side, registry_id, group in db.rows(
        "SELECT 0, registry_id, group_id FROM docker_registries_publications"
        " UNION ALL SELECT 1, registry_id, group_id FROM docker_registries_responsibles"
    ):
        groups.setdefault((side, registry_id), set()).add(group)
    return [
        Registry(
            id_,
            service,
            is_restricted(restricted),
            frozenset(groups.get((0, id_), ())),
            frozenset(groups.get((1, id_), ())),
        )
        for id_, service, restricted in rows
    ]


def is_restricted(stored: object) -> bool:
    """Anything but a clear F is taken as restricted: the narrower reading."""
    return str(stored)[:1] not in ("F", "f", "0")


def is_on(stored: object) -> bool:
    """Read an option that is off where nothing is stored."""
    return str(stored)[:1] in ("T", "t", "1")


def declare(
    db: Database, service: str, url: str, group: int, *, insecure: bool, restricted: bool
) -> int:
    """Declare a registry, with one group that it is published to and that owns it.

    :param url: where the collector reaches the registry's HTTP API.
    :raises BadRequest: service or url is malformed.
    :raises Conflict: service or url is taken.
    """
    service, url = valid_service(service), valid_url(url)
    require_free(db, service, url)
    registry_id = int(
        db.dal.docker_registries.insert(
            service=service, url=url, insecure=insecure, restricted=restricted
        )
    )
    db.dal.docker_registries_publications.insert(registry_id=registry_id, group_id=group)
    db.dal.docker_registries_responsibles.insert(registry_id=registry_id, group_id=group)
    return registry_id


def require_free(db: Database, service: str, url: str, but: int = 0) -> None:
    """Refuse a service or url of another registry, however it is capitalised.

    :param but: the id of the registry that may have them.
    :raises Conflict: one of both is taken.
    """
    for column, value in (("service", service), ("url", url)):
        sql = f"SELECT id FROM docker_registries WHERE {db.folded(column)} = ? AND id <> ?"
        if value and db.rows(sql, value.lower(), but):
            raise Conflict(f"a registry with the {column} {value} is declared already")


def _algorithm(wanted: str | None, major: int, default: str) -> str:
    algorithm = wanted or default
    return "ES256" if algorithm == "EdDSA" and major < 3 else algorithm


def set_options(db: Database, registry_id: int, options: Mapping[str, object]) -> None:
    """Set some options of a registry: the columns of ``registry_options``."""
    table = db.dal.registry_options
    table.update_or_insert(table.registry_id == registry_id, registry_id=registry_id, **options)


def valid_service(service: str) -> str:
    """Check a service name: what a registry's ``auth.token.service`` may say.

    :raises BadRequest: empty, too long, or with characters no client sends back unharmed.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/ @-]{0,127}", service):
        raise BadRequest(f"{service[:128]!r} is no valid registry service name")
    return service


def valid_url(url: str) -> str:
    """Check and normalise a registry's base URL: lower case, no slash at its end.

    :raises BadRequest: not http(s)://host[:port], or with more than that.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadRequest("a registry url is http://host[:port] or https://host[:port]")
    if parts.path.strip("/") or any(mark in url for mark in "@?#"):
        raise BadRequest("a registry url has no user, path, query or fragment")
    if not _HOST.fullmatch(parts.netloc):
        raise BadRequest("the host of a registry url is a name or an address")
    return url.rstrip("/").lower()


_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?", re.ASCII)


def _split(url: str) -> SplitResult | None:
    """Take a URL apart; None where it is none."""
    if not url.isprintable() or " " in url or len(url) > 255:
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return None
    return parts
