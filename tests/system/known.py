"""What the collector knows of a registry, read from its tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.system.rig import Collector, wait_until


@dataclass(frozen=True)
class Tag:
    """A tag as it is stored; ``size`` is None until its manifest was read."""

    digest: str
    size: int | None
    platforms: list[dict[str, Any]]
    pushed_by: str
    pulls: int


class Known:
    """The catalogue of one registry."""

    def __init__(self, collector: Collector, service: str) -> None:
        self._collector = collector
        self._service = service

    @property
    def id(self) -> int:
        """The registry's id."""
        sql = "SELECT id FROM docker_registries WHERE service = ?"
        return int(self._collector.rows(sql, self._service)[0][0])

    def tags(self) -> dict[str, Tag]:
        """All its tags, as ``repository:tag``."""
        rows = self._collector.rows(
            "SELECT r.repository || ':' || t.name, f.digest, f.size, f.platforms, f.pushed_by,"
            " f.pulls FROM docker_tags t JOIN docker_repositories r ON r.id = t.repository_id"
            " LEFT JOIN registry_tags f ON f.tag_id = t.id WHERE t.registry_id = ?",
            self.id,
        )
        return {
            name: Tag(digest or "", size, json.loads(platforms or "[]"), by or "", pulls or 0)
            for name, digest, size, platforms, by, pulls in rows
        }

    def digests(self) -> dict[str, str]:
        """The digests of all its tags, as ``repository:tag``."""
        return {name: tag.digest for name, tag in self.tags().items()}

    def stars(self) -> dict[str, int]:
        """Its repositories and their stars."""
        sql = "SELECT repository, stars FROM docker_repositories WHERE registry_id = ?"
        return dict(self._collector.rows(sql, self.id))

    def audit(self, action: str, **details: str) -> list[dict[str, Any]]:
        """The entries of an action on this registry that have these details."""
        wanted = {"action": action, "service": self._service, **details}
        return [e for e in self._collector.audit() if wanted.items() <= e.items()]

    def wait_for(self, name: str, digest: str = "") -> Tag:
        """Wait until a tag is known, with this digest if given, and its manifest read."""

        def there() -> bool:
            tag = self.tags().get(name)
            return tag is not None and tag.size is not None and digest in ("", tag.digest)

        wait_until(there, f"{name} in the catalogue", 60)
        return self.tags()[name]

    def wait_until_gone(self, name: str) -> None:
        """Wait until a tag is not known any more."""
        wait_until(lambda: name not in self.tags(), f"{name} leaving the catalogue", 60)
