"""What all tests share: where the checkout is, and a database in a temporary home."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

CHECKOUT = Path(__file__).resolve().parent.parent
if str(CHECKOUT) not in sys.path:
    sys.path.insert(0, str(CHECKOUT))

from applications.init.modules.registries import passwords  # noqa: E402
from applications.init.modules.registries.settings import Settings, load  # noqa: E402
from tests.home import Clock, Home  # noqa: E402

_generate = rsa.generate_private_key


@lru_cache(maxsize=1)
def _same_key(exponent: int, bits: int) -> rsa.RSAPrivateKey:
    """Making an RSA key takes longer than most tests."""
    return _generate(exponent, bits)


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
def home(
    settings: Settings, clock: Clock, cheap_hashes: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """A collector that was set up, with an empty world; its RSA key is every other's too."""
    with monkeypatch.context() as patch:
        patch.setattr(rsa, "generate_private_key", _same_key)
        made = Home(settings, clock)
    yield made
    made.close()
