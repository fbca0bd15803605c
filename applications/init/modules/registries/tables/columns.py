"""Columns of the docker table (``collector-contract.md`` B.5), and more that only we have.

``g`` is the registry, ``r`` the repository, ``t`` the tag, ``f`` what its manifest says.
"""

from __future__ import annotations

from ..rest.columns import Column, Kind
from ..rest.listing import Resource

_TABLES = {
    "registry": ("g", "docker_registries"),
    "repository": ("r", "docker_repositories"),
    "tag": ("t", "docker_tags"),
    "fact": ("f", "registry_tags"),
}


def _column(
    owner: str, column: str, kind: Kind, description: str, name: str = "", **more: bool
) -> Column:
    alias, table = _TABLES[owner]
    name = name or f"{owner}_{column}"
    return Column(name, f"{alias}.{column}", kind, description, table, **more)


def _fact(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return _column("fact", name, kind, description, f"tag_{name}", extra=True, **more)


RESOURCE = Resource(
    "registries",
    (
        _column("registry", "id", Kind.ID, "Registry id"),
        _column("registry", "service", Kind.TEXT, "Registry service"),
        _column("registry", "updated", Kind.DATE, "Registry updated"),
        _column("registry", "created", Kind.DATE, "Registry created"),
        _column("repository", "id", Kind.ID, "Repository id"),
        _column("repository", "repository", Kind.TEXT, "Repository name", "repository_name",
                lower=True),
        _column("repository", "stars", Kind.INTEGER, "Repository stars"),
        _column("repository", "official", Kind.BOOLEAN, "Repository official"),
        _column("repository", "automated", Kind.BOOLEAN, "Repository automated"),
        _column("repository", "updated", Kind.DATE, "Repository updated"),
        _column("repository", "created", Kind.DATE, "Repository created"),
        _column("tag", "id", Kind.ID, "Tag id"),
        _column("tag", "name", Kind.TEXT, "Tag name"),
        _column("tag", "config_size", Kind.INTEGER, "Size of its configuration in bytes"),
        _column("tag", "config_digest", Kind.TEXT, "Tag digest", lower=True),
        _column("tag", "updated", Kind.DATE, "Tag updated"),
        _column("tag", "created", Kind.DATE, "Tag created"),
        _column("registry", "url", Kind.TEXT, "Registry url", extra=True),
        _column("repository", "description", Kind.TEXT, "Repository description", extra=True),
        _fact("digest", Kind.TEXT, "Manifest digest", lower=True),
        _fact("size", Kind.INTEGER, "Sum of its layers in bytes"),
        _fact("platforms", Kind.JSON, "Platforms"),
        _fact("pushed_at", Kind.TIME, "Last pushed"),
        _fact("pushed_by", Kind.TEXT, "Last pushed by"),
        _fact("pulled_at", Kind.TIME, "Last pulled"),
        _fact("pulled_by", Kind.TEXT, "Last pulled by"),
        _fact("pulls", Kind.INTEGER, "Pulls"),
    ),
    "tag_id",
)

SETTLED = frozenset({"g.id", "g.service", "r.id", "r.repository", "r.created"})
"""What of a registry or repository is as it is for as long as the same rows are there."""
