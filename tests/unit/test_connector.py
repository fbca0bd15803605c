"""The collector's own tokens for registries: one question each, and nothing more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import jwt
import pytest

from applications.init.modules.registries.connector import SUBJECT
from applications.init.modules.registries.remote import AddressRefused, Missing, Unreachable
from applications.init.modules.registries.tokens import AccessEntry, Claims, verify
from tests.home import Home
from tests.unit.discovery.site import Site
from tests.unit.remote import lies
from tests.unit.remote.stub import StubRegistry


@pytest.fixture
def site(home: Home) -> Iterator[Site]:
    """A declared registry that the test talks to."""
    with StubRegistry() as stub:
        yield Site(home, stub)


def _last(site: Site) -> Claims:
    token = site.stub.requests[-1].headers["authorization"].removeprefix("Bearer ")
    keystore, now = site.home.container.keystore, site.home.clock()
    return verify(token, keystore, site.remote.service, site.connector.issuer, now)


def test_one_scope_each(site: Site) -> None:
    """Each request has a token for its own scope, of a minute, for this registry."""
    site.content.push("a/b", "v1")
    client = site.connector.open(site.remote)
    client.ping()
    assert _last(site).access == ()
    list(client.catalog())
    assert _last(site).access == (AccessEntry("registry", "catalog", ("*",)),)
    client.tags("a/b")
    assert _last(site).access == (AccessEntry("repository", "a/b", ("pull",)),)
    with pytest.raises(Missing):
        client.delete("a/b", "sha256:" + "0" * 64)
    assert set(_last(site).access[0].actions) == {"pull", "delete"}
    client.close()
    claims = _last(site)
    assert (claims.subject, claims.audience, claims.lifetime) == (SUBJECT, "reg", 60)


def test_each_registry_has_its_algorithm(site: Site) -> None:
    """A 2.8 registry gets no EdDSA token; a registry's own algorithm goes first."""
    for major, algorithm, expected in (
        (2, None, "ES256"), (2, "EdDSA", "ES256"), (3, "EdDSA", "EdDSA"), (2, "RS256", "RS256")
    ):
        client = site.connector.open(replace(site.remote, major=major, algorithm=algorithm))
        client.ping()
        token = site.stub.requests[-1].headers["authorization"].removeprefix("Bearer ")
        assert jwt.get_unverified_header(token)["alg"] == expected
        client.close()


def test_addresses_are_judged(site: Site) -> None:
    """A registry at an address that is not allowed gets no request and no token."""
    closed = replace(site.connector, addresses=replace(site.connector.addresses, public=True))
    client = closed.open(site.remote)
    with pytest.raises(AddressRefused):
        client.ping()
    assert site.stub.requests == []


def test_patience_is_given(site: Site) -> None:
    """Timeouts and pauses are the connector's: a registry that is silent is left in time."""
    pauses: list[float] = []
    client = replace(site.connector, sleep=pauses.append).open(site.remote)
    site.stub.lie("*", lies.error(503), times=1)
    client.ping()
    assert pauses
    site.stub.lie("*", lies.silent)
    started = time.monotonic()
    with pytest.raises(Unreachable):
        client.ping()
    assert time.monotonic() - started < 5
