"""Tokens: signed as registries want them; forged ones refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from applications.init.modules.registries.keys import ALGORITHMS, Keystore, material
from applications.init.modules.registries.tokens import (
    AccessEntry,
    Claims,
    InvalidToken,
    may_search,
    sign,
    verify,
)
from tests.home import Clock

NOW = 1_800_000_000
CLAIMS = Claims(
    "opensvc", "ada@example.org", "reg", NOW, 300, "id-1",
    (AccessEntry("repository", "users/31/x", ("pull", "push")), AccessEntry("x", "y", ())),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Keystore:
    """A keystore for the module."""
    return Keystore.ensure(tmp_path_factory.mktemp("keys") / "jwt", Clock(NOW))


def _part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    value: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return value


def _check(token: str, store: Keystore, now: float = NOW, audience: str = "reg") -> Claims:
    return verify(token, store, audience, "opensvc", now)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_form(store: Keystore, algorithm: str) -> None:
    """Header with kid and x5c; integer times, text audience, lists of actions, no padding."""
    token = sign(CLAIMS, store.signer(algorithm))
    header, payload = _part(token, 0), _part(token, 1)
    assert set(header) == {"alg", "typ", "kid", "x5c"}
    assert (header["alg"], header["typ"]) == (algorithm, "JWT")
    assert base64.b64decode(header["x5c"][0], validate=True)
    assert payload["aud"] == "reg"
    assert payload["sub"] == "ada@example.org"
    assert [payload[name] for name in ("exp", "iat")] == [NOW + 300, NOW]
    assert all(type(payload[name]) is int for name in ("exp", "iat", "nbf"))
    assert payload["access"] == [
        {"type": "repository", "name": "users/31/x", "actions": ["pull", "push"]},
        {"type": "x", "name": "y", "actions": []},
    ]
    assert "=" not in token


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_round_trip(store: Keystore, algorithm: str) -> None:
    """What is signed verifies, here and with an independent library."""
    key = store.signer(algorithm)
    token = sign(CLAIMS, key)
    assert _check(token, store) == CLAIMS
    options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    jwt.decode(token, key.private.public_key(), [algorithm], options, audience="reg")


def test_principal(store: Keystore) -> None:
    """Whom a token is for comes back to us; a token without that says no more than before."""
    claims = replace(CLAIMS, principal="service:s1@n1")
    token = sign(claims, store.signer("ES256"))
    assert _check(token, store) == claims
    assert _part(token, 1)["prn"] == "service:s1@n1"
    ordinary = _part(sign(CLAIMS, store.signer("ES256")), 1)
    assert list(ordinary) == ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "access"]


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (AccessEntry("registry", "catalog", ("search",)), True),
        (AccessEntry("registry", "catalog", ("*", "search")), True),
        (AccessEntry("registry", "catalog", ("*",)), False),
        (AccessEntry("registry", "catalog", ()), False),
        (AccessEntry("repository", "catalog", ("search",)), False),
        (AccessEntry("registry", "other", ("search",)), False),
    ],
)
def test_may_search(entry: AccessEntry, wanted: bool) -> None:
    """Only registry:catalog:search is for our search."""
    assert may_search(entry) is wanted


def test_clocks_may_differ(store: Keystore) -> None:
    """Clocks six minutes behind and a minute ahead of the token's end are allowed, no more."""
    token = sign(CLAIMS, store.signer("ES256"))
    for now in (NOW - 360, NOW + 359):
        _check(token, store, now)
    for now in (NOW - 361, NOW + 361, NOW + 10**9):
        with pytest.raises(InvalidToken):
            _check(token, store, now)


def test_audience_and_issuer(store: Keystore) -> None:
    """A token for another registry or of another issuer is refused."""
    token = sign(CLAIMS, store.signer("ES256"))
    with pytest.raises(InvalidToken):
        _check(token, store, audience="other")
    with pytest.raises(InvalidToken):
        verify(token, store, "reg", "somebody", NOW)
    foreign = sign(replace(CLAIMS, issuer="somebody"), store.signer("ES256"))
    with pytest.raises(InvalidToken):
        _check(foreign, store)


def _payload(**changes: Any) -> dict[str, Any]:
    return {
        "iss": "opensvc", "sub": "eve", "aud": "reg", "exp": NOW + 300, "nbf": NOW, "iat": NOW,
        "jti": "x", "access": [], **changes,
    }


def _own(store: Keystore, **header: Any) -> str:
    """A token signed with the attacker's key that says it is ours."""
    private, _ = material.generate("ES256", NOW)
    kid = store.signer("ES256").kid
    return jwt.encode(_payload(), private, "ES256", {"kid": kid, **header})  # type: ignore[arg-type]


def _attacker_x5c(store: Keystore) -> str:
    private, certificate = material.generate("ES256", NOW)
    der = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
    return jwt.encode(
        _payload(), private, "ES256",  # type: ignore[arg-type]
        {"kid": store.signer("ES256").kid, "x5c": [der]},
    )


def _hmac_with_certificate(store: Keystore) -> str:
    key = store.signer("RS256")
    header = base64.urlsafe_b64encode(
        json.dumps({"alg": "HS256", "typ": "JWT", "kid": key.kid}).encode()
    ).rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(_payload()).encode()).rstrip(b"=")
    import hmac as hmac_module

    signature = hmac_module.new(key.pem.encode(), header + b"." + body, "sha256").digest()
    return (header + b"." + body + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def _ours(store: Keystore, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A token signed with our own key, with other claims or header."""
    key = store.signer("ES256")
    return jwt.encode(
        _payload(**changes), key.private, "ES256", {"kid": key.kid, **(header or {})}  # type: ignore[arg-type]
    )


def _broken(store: Keystore, change: Callable[[list[str]], list[str]]) -> str:
    return ".".join(change(sign(CLAIMS, store.signer("ES256")).split(".")))


FORGED: dict[str, Callable[[Keystore], str]] = {
    "own key, our kid": _own,
    "own key in jwk": lambda s: _own(s, jwk={"kty": "EC"}),
    "own key by jku": lambda s: _own(s, jku="https://evil.example/keys"),
    "own certificate": _attacker_x5c,
    "hmac keyed with our certificate": _hmac_with_certificate,
    "alg none": lambda s: jwt.encode(_payload(), None, "none", {"kid": s.signer("ES256").kid}),  # type: ignore[arg-type]
    "no kid": lambda s: jwt.encode(_payload(), s.signer("ES256").private, "ES256"),  # type: ignore[arg-type]
    "kid that is a path": lambda s: _own(s, kid="../../etc/passwd"),
    "kid that is no text": lambda s: _broken(
        s, lambda p: [base64.urlsafe_b64encode(b'{"alg":"ES256","kid":[1]}').decode(), *p[1:]]
    ),
    "crit": lambda s: _ours(s, {"crit": ["exp"], "exp": 1}),
    "other typ": lambda s: _ours(s, {"typ": "at+jwt"}),
    "audience list": lambda s: _ours(s, aud=["reg"]),
    "float time": lambda s: _ours(s, exp=NOW + 300.5),
    "text time": lambda s: _ours(s, exp=str(NOW + 300)),
    "boolean time": lambda s: _ours(s, nbf=True),
    "null access": lambda s: _ours(s, access=None),
    "access of null": lambda s: _ours(s, access=[None]),
    "principal that is no text": lambda s: _ours(s, prn=["user:1"]),
    "access of text": lambda s: _ours(s, access="x"),
    "RS256 key id on ES256": lambda s: jwt.encode(
        _payload(), s.signer("ES256").private, "ES256", {"kid": s.signer("RS256").kid}  # type: ignore[arg-type]
    ),
    "another payload": lambda s: _broken(
        s, lambda p: [p[0], base64.urlsafe_b64encode(b'{"sub":"eve"}').decode().rstrip("="), p[2]]
    ),
    "no signature": lambda s: _broken(s, lambda p: [p[0], p[1], ""]),
    "two parts": lambda s: _broken(s, lambda p: p[:2]),
    "signature with padding": lambda s: _broken(s, lambda p: [p[0], p[1], p[2] + "=="]),
    "signature with garbage": lambda s: _broken(s, lambda p: [p[0], p[1], "!" + p[2]]),
    "empty": lambda s: "",
    "dots": lambda s: "...",
    "not ascii": lambda s: "é.é.é",
    "a megabyte": lambda s: "a" * 1_000_000,
}


@pytest.mark.parametrize("name", FORGED)
def test_forged(store: Keystore, name: str) -> None:
    """No forged, altered or malformed token is taken for ours."""
    with pytest.raises(InvalidToken):
        _check(FORGED[name](store), store)


def test_state_directory_of_another_collector(store: Keystore, tmp_path: Path) -> None:
    """A token of another collector is not ours, whatever it claims."""
    other = Keystore.ensure(tmp_path / "jwt", Clock(NOW))
    with pytest.raises(InvalidToken):
        _check(sign(CLAIMS, other.signer("ES256")), store)
