"""A collector with two registries that tell it things."""

from __future__ import annotations

import pytest

from tests.home import Home

from .told import HOST, OTHER, OURS


@pytest.fixture
def world(home: Home) -> Home:
    """Ours is declared with the host that its events name, another beside it."""
    home.load(registries=[
        {"id": OURS, "service": "ours", "url": f"http://{HOST}"},
        {"id": OTHER, "service": "other.example", "url": "https://other.example"},
    ])
    return home


@pytest.fixture
def now(world: Home) -> float:
    """The time it is."""
    return world.clock()
