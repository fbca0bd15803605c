"""Registries: reading and declaring them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from .database import Database
from .errors import BadRequest, Conflict
from .policy import Registry


@dataclass(frozen=True)
class Declared:
    """A declared registry with what only this collector stores of it.

    ``algorithm``, ``pull_seconds`` and ``push_seconds`` are None where the
    settings decide; ``major`` is distribution's major version, 2 or 3.
    """

    registry: Registry
    major: int = 2
    algorithm: str | None = None
    pull_seconds: int | None = None
    push_seconds: int | None = None

    def signed_with(self, default: str) -> str:
        """The algorithm of its tokens; a 2.8 registry can't read EdDSA, whatever is set."""
        return _algorithm(self.algorithm, self.major, default)


@dataclass(frozen=True)
class Remote:
    """How a registry is reached; ``insecure`` means its certificate is not checked."""

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
    rows = db.rows(
        "SELECT r.service, r.url, r.insecure, o.major, o.algorithm FROM docker_registries r"
        " LEFT JOIN registry_options o ON o.registry_id = r.id ORDER BY r.service"
    )
    return [
        Remote(service, url, insecure == "T", major or 2, algorithm)
        for service, url, insecure, major, algorithm in rows
    ]


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
        " o.push_seconds FROM docker_registries r LEFT JOIN registry_options o"
        f" ON o.registry_id = r.id WHERE {condition}",
        value,
    )
    rows = [row for row in rows if exact is None or row[1] == exact]
    if len(rows) != 1:
        return None
    id_, service, restricted, major, algorithm, pull_seconds, push_seconds = rows[0]
    groups = db.rows(
        "SELECT 0, group_id FROM docker_registries_publications WHERE registry_id = ?"
        " UNION ALL SELECT 1, group_id FROM docker_registries_responsibles WHERE registry_id = ?",
        id_,
        id_,
    )
    registry = Registry(
        id_,
        service,
        # Anything but a clear F is taken as restricted: the narrower reading.
        str(restricted)[:1] not in ("F", "f", "0"),
        frozenset(row[1] for row in groups if not row[0]),
        frozenset(row[1] for row in groups if row[0]),
    )
    return Declared(registry, major or 2, algorithm, pull_seconds, push_seconds)


def declare(
    db: Database, service: str, url: str, group: int, *, insecure: bool, restricted: bool
) -> int:
    """Declare a registry, with one group that it is published to and that owns it.

    :param url: where the collector reaches the registry's HTTP API.
    :raises BadRequest: service or url is malformed.
    :raises Conflict: service or url is taken.
    """
    service, url = valid_service(service), valid_url(url)
    registries = db.dal.docker_registries
    if not db.dal((registries.service == service) | (registries.url == url)).isempty():
        raise Conflict(f"a registry with service {service} or url {url} is declared already")
    registry_id = int(
        registries.insert(service=service, url=url, insecure=insecure, restricted=restricted)
    )
    db.dal.docker_registries_publications.insert(registry_id=registry_id, group_id=group)
    db.dal.docker_registries_responsibles.insert(registry_id=registry_id, group_id=group)
    return registry_id


def _algorithm(wanted: str | None, major: int, default: str) -> str:
    algorithm = wanted or default
    return "ES256" if algorithm == "EdDSA" and major < 3 else algorithm


def set_options(db: Database, registry_id: int, options: Mapping[str, object]) -> None:
    """Set some of ``major``, ``algorithm``, ``pull_seconds``, ``push_seconds`` of a registry."""
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
    """Check and normalise a registry's base URL.

    :raises BadRequest: not http(s)://host[:port], or with credentials, query or fragment.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadRequest("a registry url is http://host[:port] or https://host[:port]")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadRequest("a registry url has no user, query or fragment")
    return url.rstrip("/")


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
