"""What all tests share: where the checkout is, and a database in a temporary home."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
if str(CHECKOUT) not in sys.path:
    sys.path.insert(0, str(CHECKOUT))

from applications.init.modules.registries import passwords  # noqa: E402
from applications.init.modules.registries.settings import Settings, load  # noqa: E402
from tests.home import Clock, Home  # noqa: E402


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until the test moves it."""
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with their state in a temporary directory."""
    return load(
        {"COLLECTOR_HOME": str(tmp_path / "home"), "COLLECTOR_ADMIN_PASSWORD": "admin-secret"}
    )


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Password hashes of few rounds, for tests that are not about their strength."""
    monkeypatch.setattr(passwords, "ITERATIONS", 1000)
    monkeypatch.setattr(passwords, "_STRONG", "pbkdf2(1000,32,sha512)")


@pytest.fixture
def home(settings: Settings, clock: Clock, cheap_hashes: None) -> Iterator[Home]:
    """A collector that was set up, with an empty world."""
    made = Home(settings, clock)
    yield made
    made.close()
