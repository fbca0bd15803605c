"""Settings: one object out of the environment and config.py."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from applications.init.modules.registries import settings
from applications.init.modules.registries.errors import StartupError


def test_defaults() -> None:
    """Nothing has to be set."""
    found = settings.load({})
    assert found.listen == "127.0.0.1:8080"
    assert found.url == "http://127.0.0.1:8080"
    assert found.home == settings.CHECKOUT / "var"
    assert found.db_uri == f"sqlite://{found.home}/collector.sqlite"
    assert found.workers >= 1
    assert found.trusted_proxies == ()
    assert (found.issuer, found.jwt_algorithm) == ("opensvc", "ES256")


def test_environment() -> None:
    """Each variable is read in its own type; an empty one counts as not set."""
    found = settings.load({
        "COLLECTOR_HOME": "/srv/collector",
        "COLLECTOR_URL": "https://collector.example.org/",
        "COLLECTOR_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8, ::1",
        "COLLECTOR_IDENTITY_TOKENS": "no",
        "COLLECTOR_TOKEN_SECONDS": "120",
        "COLLECTOR_MEMBERSHIP_ON_REGISTER": "a, b",
        "COLLECTOR_LISTEN": "",
    })
    assert found.home == Path("/srv/collector")
    assert found.url == "https://collector.example.org"
    assert [str(n) for n in found.trusted_proxies] == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]
    assert (found.identity_tokens, found.token_seconds) == (False, 120)
    assert found.membership_on_register == ("a", "b")
    assert found.listen == "127.0.0.1:8080"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COLLECTOR_URL", "collector.example.org"),
        ("COLLECTOR_TOKEN_SECONDS", "long"),
        ("COLLECTOR_TOKEN_SECONDS", "-1"),
        ("COLLECTOR_TRUSTED_PROXIES", "everybody"),
        ("COLLECTOR_IDENTITY_TOKENS", "perhaps"),
        ("COLLECTOR_JWT_ALGORITHM", "HS256"),
        ("COLLECTOR_JWT_ALGORITHM", "none"),
    ],
)
def test_what_can_not_be_understood(name: str, value: str) -> None:
    """A bad value stops the start and names its variable."""
    with pytest.raises(StartupError, match=name):
        settings.load({name: value})


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The collector's own configuration file."""
    module = types.ModuleType(settings.CONFIG_MODULE)
    monkeypatch.setitem(sys.modules, settings.CONFIG_MODULE, module)
    return module


def test_config_file(config: types.ModuleType) -> None:
    """The collector's own names are read from config.py; the environment wins."""
    config.registry_jwt_issuer = "mine"  # type: ignore[attr-defined]
    config.default_quota_docker_registries = 3  # type: ignore[attr-defined]
    config.membership_on_register = ["webdev"]  # type: ignore[attr-defined]
    found = settings.load({"COLLECTOR_JWT_ISSUER": "theirs"})
    assert found.issuer == "theirs"
    assert (found.default_quota, found.membership_on_register) == (3, ("webdev",))


def test_secrets_are_not_shown() -> None:
    """Printing the settings shows no password or key."""
    shown = repr(settings.load({"COLLECTOR_ADMIN_PASSWORD": "s3cret", "COLLECTOR_HMAC_KEY": "k3y"}))
    assert "s3cret" not in shown
    assert "k3y" not in shown


def test_secrets_are_not_in_errors(config: types.ModuleType) -> None:
    """An error names the setting, not its value."""
    config.default_quota_docker_registries = "s3cret"  # type: ignore[attr-defined]
    with pytest.raises(StartupError) as refusal:
        settings.load({})
    assert "default_quota_docker_registries" in str(refusal.value)
