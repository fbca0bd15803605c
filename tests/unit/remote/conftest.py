"""A stub registry per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from applications.init.modules.registries.remote import RegistryClient

from .rig import client_of
from .stub import StubRegistry


@pytest.fixture
def registry() -> Iterator[StubRegistry]:
    """A registry without content."""
    with StubRegistry() as made:
        yield made


@pytest.fixture
def client(registry: StubRegistry) -> Iterator[RegistryClient]:
    """A client of it."""
    made = client_of(registry)
    yield made
    made.close()
