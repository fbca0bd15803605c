"""What all tests share: where the checkout is, and a database in a temporary home."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

CHECKOUT = Path(__file__).resolve().parent.parent
if str(CHECKOUT) not in sys.path:
    sys.path.insert(0, str(CHECKOUT))

from applications.init.modules.registries import passwords, setup  # noqa: E402
from applications.init.modules.registries.settings import Settings, load  # noqa: E402
from tests.databases import CHOICES, CHOSEN, mariadb, postgres  # noqa: E402
from tests.databases.server import MissingServer, Server, place  # noqa: E402
from tests.databases.stock import Stock  # noqa: E402
from tests.home import Clock, Home  # noqa: E402

_SERVER = "COLLECTOR_TEST_SERVER"
_ON_DATABASES = {"home", "settings", "application", "own_server"}
_running = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the server that the tests of this run are on, once for all its processes."""
    if CHOSEN not in CHOICES:
        raise pytest.UsageError(f"COLLECTOR_TEST_DATABASE is one of {', '.join(CHOICES)}")
    if CHOSEN == "sqlite" or hasattr(config, "workerinput"):
        return
    try:
        folder = _running.enter_context(place())
        kind = postgres if CHOSEN == "postgres" else mariadb
        server, _ = _running.enter_context(kind.running(folder))
    except MissingServer as error:
        _running.close()
        pytest.exit(f"not tested on {CHOSEN}: {error}", int(os.environ.get("CI") == "true"))
    os.environ[_SERVER] = json.dumps(dataclasses.asdict(server))


def pytest_unconfigure() -> None:
    """End the server."""
    _running.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a server run what has to do with a database, and skip what is about SQLite's file."""
    if CHOSEN == "sqlite":
        return
    kept, left = [], []
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        again = fixtures & _ON_DATABASES and not item.get_closest_marker("any_database")
        (kept if again else left).append(item)
        marker = item.get_closest_marker("sqlite_only")
        if marker is not None:
            item.add_marker(pytest.mark.skip(reason=f"about SQLite: {marker.args[0]}"))
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture(scope="session")
def stock() -> Iterator[Stock | None]:
    """The databases of this process on the server; nothing on SQLite."""
    if CHOSEN == "sqlite":
        yield None
        return
    made = Stock(Server(**json.loads(os.environ[_SERVER])))
    yield made
    made.close()


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
def settings(tmp_path: Path, stock: Stock | None, request: pytest.FixtureRequest) -> Settings:
    """Settings with their state in a temporary directory, and a database of their own."""
    environ = {
        "COLLECTOR_HOME": str(tmp_path / "home"), "COLLECTOR_ADMIN_PASSWORD": "admin-secret"
    }
    if stock is not None and "home" not in request.fixturenames:
        environ["COLLECTOR_DB_URI"] = stock.new()
    return load(environ)


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Password hashes of few rounds, for tests that are not about their strength."""
    monkeypatch.setattr(passwords, "ITERATIONS", 1000)
    monkeypatch.setattr(passwords, "_STRONG", "pbkdf2(1000,32,sha512)")


@pytest.fixture
def home(
    settings: Settings,
    clock: Clock,
    cheap_hashes: None,
    monkeypatch: pytest.MonkeyPatch,
    stock: Stock | None,
) -> Iterator[Home]:
    """A collector that was set up, with an empty world; its RSA key is every other's too."""
    with monkeypatch.context() as patch:
        patch.setattr(rsa, "generate_private_key", _same_key)
        if stock is not None:
            uri = stock.kept(lambda uri: _set_up(settings, uri), settings.home)
            settings = dataclasses.replace(settings, db_uri=uri)
            patch.setattr(setup, "_database", lambda settings: None)
        made = Home(settings, clock)
    yield made
    made.close()


def _set_up(settings: Settings, uri: str) -> None:
    setup.first_start(dataclasses.replace(settings, db_uri=uri))
