"""What is wrong with the settings of RADIUS is found at the start."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries import settings
from applications.init.modules.registries.errors import StartupError
from applications.init.modules.registries.login.backends.radius import Radius
from applications.init.modules.registries.settings import RadiusSettings


def _settings(**more: Any) -> RadiusSettings:
    return RadiusSettings(**{"servers": ("radius.example.org",), "secret": "s3cret", **more})


@pytest.mark.parametrize(
    ("given_", "host", "port"),
    [
        ("radius.example.org", "radius.example.org", 1812),
        ("radius.example.org:1645", "radius.example.org", 1645),
        ("192.0.2.7:11812", "192.0.2.7", 11812),
        ("[::1]:1812", "::1", 1812),
        ("[2001:db8::1]", "2001:db8::1", 1812),
        ("2001:db8::1", "2001:db8::1", 1812),
        ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
    ],
)
def test_addresses(given_: str, host: str, port: int) -> None:
    """A server is a host, with a port where it is not 1812, IPv6 addresses in brackets."""
    assert _settings(servers=(given_,)).addresses == ((host, port),)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        *(
            ("COLLECTOR_RADIUS_SERVER", {"servers": (server,)})
            for server in (
                "host:port", "host:", "host:0", "host:65536", "host:-1", ":1812", "[::1",
                "[::1]1812", "[::1]:x", "a b", "radius://host", "user@host", "host:１８１２",
            )
        ),
        *(
            ("COLLECTOR_RADIUS_GROUP_ATTRIBUTE", {"group_attribute": attribute})
            for attribute in (
                "Clas", "Filter_Id", "0", "256", "26", "80", "-25", "9:", ":1", "0:1", "9:0",
                "9:256", "99999999:1", "1:2:3", "٢٥", "cisco:1",
            )
        ),
        *(
            ("COLLECTOR_RADIUS_REALM", {"realm": realm})
            for realm in ("@example.org", "a@b", "example org", "a\tb", "x" * 253)
        ),
        ("COLLECTOR_RADIUS_SERVER", {"servers": ()}),
        ("COLLECTOR_RADIUS_SECRET", {"secret": ""}),
        ("COLLECTOR_RADIUS_SECRET", {"secret": "  "}),
        ("COLLECTOR_RADIUS_SECONDS", {"seconds": 0}),
        ("COLLECTOR_RADIUS_NAS_IDENTIFIER", {"nas_identifier": ""}),
        ("COLLECTOR_RADIUS_NAS_IDENTIFIER", {"nas_identifier": "é" * 127}),
        ("COLLECTOR_RADIUS_GROUP_MAPPING", {"group_mapping": (("a", ("b",)),)}),
    ],
)
def test_what_makes_no_sense(name: str, more: dict[str, Any]) -> None:
    """A typo stops the start, and the message names the variable."""
    with pytest.raises(StartupError, match=name):
        _settings(**more).require_usable()


@pytest.mark.parametrize(
    ("given_", "key"),
    [
        ("", None), ("Class", 25), ("class", 25), ("Filter-Id", 11), ("FILTER-ID", 11), ("25", 25),
        ("255", 255), ("9:1", (9, 1)), ("14122:255", (14122, 255)),
    ],
)
def test_group_attributes(given_: str, key: object) -> None:
    """The attribute of groups has a name, a number, or a vendor's number and its own."""
    made = _settings(group_attribute=given_)
    made.require_usable()
    assert made.group_key == key


@given(st.text(), st.text(), st.text(), st.text())
def test_any_text_is_taken_or_named(server: str, group: str, realm: str, nas: str) -> None:
    """Whatever is set, the only error is one for the operator."""
    made = _settings(servers=(server,), group_attribute=group, realm=realm, nas_identifier=nas)
    try:
        made.require_usable()
    except StartupError as error:
        refusal = str(error)
    else:
        assert all(0 < port < 65536 and host for host, port in made.addresses)
        return
    assert "COLLECTOR_RADIUS_" in refusal


def test_settings_are_checked_where_people_log_in_with_radius() -> None:
    """A typo stops the collector when radius is asked, and only then."""
    environ = {"COLLECTOR_RADIUS_SERVER": "host:port", "COLLECTOR_RADIUS_SECRET": "s3cret"}
    settings.load(environ)
    with pytest.raises(StartupError, match="COLLECTOR_RADIUS_SERVER"):
        settings.load({**environ, "COLLECTOR_LOGIN_BACKENDS": "internal,radius"})


def test_the_secret_is_not_shown() -> None:
    """Printing the settings shows no shared secret."""
    assert "s3cret" not in repr(_settings())


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Python 3.9, which has no pyrad, the start says so."""
    monkeypatch.setitem(sys.modules, "pyrad", None)
    with pytest.raises(StartupError, match=r"pyrad .*3\.10"):
        Radius(_settings())


def test_an_old_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pyrad that does not check answers as this one does is not used."""
    pytest.importorskip("pyrad", reason="pyrad wants Python 3.10")
    monkeypatch.setattr(metadata, "version", lambda name: "2.4")
    with pytest.raises(StartupError, match=r"2\.4"):
        Radius(_settings())
