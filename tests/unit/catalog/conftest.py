"""A declared registry with one repository, empty."""

from __future__ import annotations

import pytest

from applications.init.modules.registries.catalog import repositories
from tests.home import Home

REGISTRY, OTHER, NAME = 51, 52, "users/31/x"


@pytest.fixture
def world(home: Home) -> Home:
    """Two registries, so that what concerns one is seen to leave the other alone."""
    home.load(registries=[
        {"id": id_, "service": f"r{id_}", "url": f"http://r{id_}.example"}
        for id_ in (REGISTRY, OTHER)
    ])
    return home


@pytest.fixture
def repository(world: Home) -> int:
    """The id of a repository."""
    with world.db.transaction(write=True):
        return repositories.add(world.db, REGISTRY, NAME, world.clock())
