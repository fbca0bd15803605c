"""What the docker table should show, from the REST lists of the same caller, joined by hand."""

from __future__ import annotations

import random
from typing import Any

from tests.web.rest.shelf import OPEN_ID, RESTRICTED_ID, Shelf
from tests.web.world import Login

Line = dict[str, Any]
_REGISTRY = {"id": "registry_id", "service": "registry_service", "updated": "registry_updated",
             "created": "registry_created"}
_REPOSITORY = {
    "id": "repository_id", "repository": "repository_name", "stars": "repository_stars",
    "official": "repository_official", "automated": "repository_automated",
    "updated": "repository_updated", "created": "repository_created",
}
_TAG = {"id": "tag_id", "name": "tag_name", "config_size": "tag_config_size",
        "config_digest": "tag_config_digest", "updated": "tag_updated", "created": "tag_created"}
COLUMNS = (*_REGISTRY.values(), *_REPOSITORY.values(), *_TAG.values())


def lines(shelf: Shelf, login: Login) -> list[Line]:
    """All lines that somebody sees, untagged repositories and empty registries among them."""
    everything = "limit=0"
    tags: dict[int, list[Line]] = {}
    for row in shelf.data("/docker/tags", everything, login):
        tags.setdefault(row["repository_id"], []).append(_named(row, _TAG))
    repositories: dict[int, list[Line]] = {}
    for row in shelf.data("/docker/repositories", everything, login):
        named = _named(row, _REPOSITORY)
        own = [{**named, **tag} for tag in tags.get(row["id"], [dict.fromkeys(_TAG.values())])]
        repositories.setdefault(row["registry_id"], []).extend(own)
    nothing = [dict.fromkeys((*_REPOSITORY.values(), *_TAG.values()))]
    return [
        {**_named(row, _REGISTRY), **more}
        for row in shelf.data("/docker/registries", everything, login)
        for more in repositories.get(row["id"], nothing)
    ]


def _named(row: Line, names: dict[str, str]) -> Line:
    return {new: row[old] for old, new in names.items()}


def fill(shelf: Shelf, seed: int) -> None:
    """Put many repositories on the shelf; some without tags, many alike in what is sorted by."""
    chance = random.Random(seed)
    spaces = ("base", "users/31", "users/32", "groups/20", "groups/22", "apps/store", "apps/41")
    for id_ in range(200, 240):
        registry = chance.choice((OPEN_ID, RESTRICTED_ID))
        name = f"{chance.choice(spaces)}/n{id_ % 17}-{id_}"
        shelf.repository(
            id_, name, registry, stars=chance.randrange(3),
            official=chance.choice("TF"), automated=chance.choice("TF"),
        )
        for number in range(chance.choice((0, 1, 1, 2, 7))):
            shelf.tag(id_ * 10 + number, id_, f"v{chance.randrange(9)}.{number}", registry)


def rank(value: Any) -> tuple[bool, Any]:
    """How values sort: nothing first."""
    return value is not None, value
