"""Notifications for tests: real ones as captured, made ones in a line, and what they led to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import Any

from applications.init.modules.registries.notifications import Digester
from tests.home import Home

VECTORS = Path(__file__).parent / "vectors"
VERSIONS = ("2.8.2", "3.1.1")
CAPTURED = 1_795_507_700.0
"""Soon after the captured events happened."""

OURS, OTHER = 51, 52
HOST = "registry.ours:5000"
ADA = "ada@example.org"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"
BLOB = "application/octet-stream"
_ids = count(1)


def digest(letter: str) -> str:
    """A digest for a letter, a to f."""
    return "sha256:" + letter * 64


def rfc3339(seconds: float) -> str:
    """The date as registries write it."""
    whole = datetime.fromtimestamp(seconds, timezone.utc)
    return whole.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def event(
    action: str, at: float, tag: str = "", of: str = "", *, repository: str = "users/31/x",
    type: str = MANIFEST, method: str = "", actor: str = ADA, host: str = HOST,
    address: str = "192.0.2.7:4711", id: str = "",
) -> dict[str, Any]:
    """One event; ``of`` is the letter of its digest."""
    methods = {"push": "PUT", "pull": "GET", "delete": "DELETE", "mount": "POST"}
    target: dict[str, Any] = {"mediaType": type, "size": 9, "repository": repository}
    target.update({"tag": tag} if tag else {})
    target.update({"digest": digest(of)} if of else {})
    return {
        "id": id or f"made-{next(_ids)}",
        "timestamp": rfc3339(at),
        "action": action,
        "target": target,
        "request": {"addr": address, "host": host, "method": method or methods[action]},
        "actor": {"name": actor} if actor else {},
        "source": {"addr": "vm:5000", "instanceID": "x"},
    }


def body(*events: Any) -> bytes:
    """The envelope."""
    return json.dumps({"events": list(events)}).encode()


def captured(version: str) -> list[dict[str, Any]]:
    """The captured notifications of a version: ``case``, ``type`` and ``body`` of each."""
    found: list[dict[str, Any]] = json.loads((VECTORS / f"registry-{version}.json").read_text())
    return found


def of_case(version: str, case: str) -> list[bytes]:
    """The bodies that one case led to."""
    return [json.dumps(c["body"]).encode() for c in captured(version) if c["case"] == case]


def tell(home: Home, *bodies: bytes, registry: int = OURS) -> None:
    """Have a registry send bodies, and digest them."""
    for one in bodies:
        home.container.receiver.verified(registry, one)
    digest_all(home)


def digest_all(home: Home, limit: int = 20) -> None:
    """Digest until nothing is left."""
    while Digester(home.db, home.clock).digest(limit):
        pass


def rows(home: Home, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    with home.db.transaction():
        return home.db.rows(sql, *values)


def events(
    home: Home, columns: str = "event_id, state, COALESCE(reason, '')"
) -> list[tuple[Any, ...]]:
    """The inbox, in order."""
    return rows(home, f"SELECT {columns} FROM registry_events ORDER BY id")


def questions(home: Home) -> set[tuple[int, str, str]]:
    """Registry, repository and tag of what is to be asked."""
    return set(rows(home, "SELECT registry_id, repository, tag FROM registry_questions"))


def tags(home: Home, repository: str = "") -> dict[str, str]:
    """Digests by tag."""
    sql = (
        "SELECT t.name, f.digest FROM docker_tags t JOIN docker_repositories r"
        " ON r.id = t.repository_id LEFT JOIN registry_tags f ON f.tag_id = t.id"
        " WHERE r.repository = ?"
    )
    return dict(rows(home, sql, repository or "users/31/x"))


def repository(home: Home, columns: str, name: str = "users/31/x") -> tuple[Any, ...] | None:
    """Columns of a repository (``d`` is the collector's row, ``f`` ours), or None."""
    sql = (
        f"SELECT {columns} FROM docker_repositories d LEFT JOIN registry_repositories f"
        " ON f.repository_id = d.id WHERE d.repository = ?"
    )
    found = rows(home, sql, name)
    return found[0] if found else None


def stars(home: Home, name: str = "users/31/x") -> int:
    """The stars of a repository; none where there is no such."""
    found = repository(home, "d.stars", name)
    return int(found[0]) if found else 0


def tag(home: Home, columns: str, name: str = "v1") -> tuple[Any, ...] | None:
    """Columns of a tag (``d`` is the collector's row, ``f`` ours), or None."""
    sql = (
        f"SELECT {columns} FROM docker_tags d LEFT JOIN registry_tags f ON f.tag_id = d.id"
        " WHERE d.name = ?"
    )
    found = rows(home, sql, name)
    return found[0] if found else None


def state(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """All that events change, without what depends on when they came."""
    return {
        "repositories": rows(
            home,
            "SELECT d.repository, d.stars, f.pulls, f.pushed_at, f.pushed_by, f.pulled_at,"
            " f.pulled_by, f.deleted IS NULL FROM docker_repositories d JOIN"
            " registry_repositories f ON f.repository_id = d.id ORDER BY d.repository",
        ),
        "tags": rows(
            home,
            "SELECT r.repository, d.name, f.digest, f.media_type, f.pulls, f.pushed_at,"
            " f.pushed_by, f.pulled_at, f.pulled_by, f.deleted IS NULL FROM docker_tags d"
            " JOIN registry_tags f ON f.tag_id = d.id JOIN docker_repositories r"
            " ON r.id = d.repository_id ORDER BY r.repository, d.name",
        ),
        "graves": rows(
            home, "SELECT repository, tag FROM registry_deleted ORDER BY repository, tag"
        ),
        "audit": rows(
            home, "SELECT log_action, log_user, log_dict FROM log"
            " WHERE log_action IN ('docker.push', 'docker.pull', 'docker.delete')"
            " ORDER BY log_action, log_user, log_dict",
        ),
    }


def wipe(home: Home, tables: Iterable[str] = ()) -> None:
    """Forget all that events changed."""
    with home.db.transaction(write=True):
        for table in tables or (
            "registry_events", "registry_questions", "registry_deleted", "registry_tags",
            "registry_repositories", "registry_crawls", "docker_tags", "docker_repositories", "log",
        ):
            home.db.run(f"DELETE FROM {table}")
