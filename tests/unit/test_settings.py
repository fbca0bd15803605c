"""Settings: one object out of the environment and config.py."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries import settings
from applications.init.modules.registries.errors import StartupError
from applications.init.modules.registries.settings.reading import mapped, some_of


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


_LDAP = {"COLLECTOR_LDAP_MODE": "uid", "COLLECTOR_LDAP_SERVER": "ldap.lab",
         "COLLECTOR_LDAP_BASE_DN": "dc=lab"}


def test_who_is_asked() -> None:
    """Our own table, and ldap where it has a mode; or what is said, in that order."""
    assert settings.load({}).login_backends == ("internal",)
    assert settings.load(_LDAP).login_backends == ("internal", "ldap")
    said = {**_LDAP, "COLLECTOR_LOGIN_BACKENDS": "ldap, internal"}
    assert settings.load(said).login_backends == ("ldap", "internal")


@pytest.mark.parametrize("said", ["internal,kerberos", "ldap,ldap", "internal;ldap", "LDAP"])
def test_back_ends_that_are_none(said: str) -> None:
    """A word that is no back end, or comes twice, stops the start."""
    with pytest.raises(StartupError, match="COLLECTOR_LOGIN_BACKENDS"):
        settings.load({**_LDAP, "COLLECTOR_LOGIN_BACKENDS": said})


@pytest.mark.parametrize("missing", list(_LDAP))
def test_ldap_needs_its_settings(missing: str) -> None:
    """What the back end can't do without is named."""
    said = {name: value for name, value in _LDAP.items() if name != missing}
    with pytest.raises(StartupError, match=missing):
        settings.load({**said, "COLLECTOR_LOGIN_BACKENDS": "ldap"})


@given(st.lists(st.sampled_from(["a", "b", "c", "d"])))
def test_some_of_known_words(given_words: list[str]) -> None:
    """Property: exactly lists of known words, each once, are taken, and stay in order."""
    parse = some_of("a", "b", "c")
    if "d" in given_words or len(set(given_words)) < len(given_words):
        with pytest.raises(ValueError, match=r"is not one of|given twice"):
            parse(", ".join(given_words))
    else:
        assert parse(", ".join(given_words)) == parse(given_words) == tuple(given_words)


_TEXTS = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Zs", "Co",
                                                     "Cn")), min_size=1, max_size=12)
_ROLES = _TEXTS.filter(lambda text: not text.lower().startswith("user_"))


@given(st.dictionaries(_TEXTS, _ROLES | st.lists(_ROLES, max_size=3), max_size=4))
def test_a_mapping_is_read(value: dict[str, str | list[str]]) -> None:
    """Property: as a dictionary of config.py, or JSON of it, a mapping is what it says."""
    expected = tuple(
        (name, (means,) if isinstance(means, str) else tuple(means))
        for name, means in value.items()
    )
    assert mapped(value) == mapped(json.dumps(value)) == expected


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=9), inner, max_size=3), max_leaves=8))
def test_a_mapping_that_is_none(value: object) -> None:
    """Property: whatever it is in place of a mapping, it is refused as a value, or is one."""
    for form in (value, json.dumps(value)):
        try:
            found = mapped(form)
        except ValueError:
            continue
        assert all(isinstance(role, str) and role for _, roles in found for role in roles)


@pytest.mark.parametrize(
    ("value", "why"),
    [('{"a": "user_5"}', "one user's own group"), ('{"a": ["x", " USER_31 "]}', "own group"),
     (json.dumps({"a": "x" * 256}), "no name of a group"),
     (json.dumps({"a": "x\ny"}), "no name of a group"),
     ('{"a": 1}', "no list of names"), ('{"a": {"b": "c"}}', "no list of names"),
     ("[]", "not a dictionary"), ('["a"]', "not a dictionary"), ("{", "")],
)
def test_mappings_that_are_refused(value: str, why: str) -> None:
    """Nobody is put into somebody's own group, or into one that can't be; the start says so."""
    with pytest.raises(StartupError, match="COLLECTOR_LDAP_GROUP_MAPPING") as caught:
        settings.load({**_LDAP, "COLLECTOR_LDAP_GROUP_MAPPING": value})
    assert why in str(caught.value)


def test_blanks_around_names() -> None:
    """Blanks around names of groups are nobody's, and empty names mean nothing."""
    assert mapped({" a ": [" b ", "", " "], 7: "c"}) == (("a", ("b",)), ("7", ("c",)))
