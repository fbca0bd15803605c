"""A declared registry for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.home import Home
from tests.unit.remote.stub import StubRegistry

from .site import Site


@pytest.fixture
def site(home: Home) -> Iterator[Site]:
    """A collector and an empty registry that it knows."""
    with StubRegistry() as stub:
        yield Site(home, stub)
