"""Tokens: what they claim, signing them, and verifying our own.

Source: distribution ``docs/spec/auth/jwt``, RFC 7519, RFC 8725.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import jwt

from .keys import Keystore, SigningKey
from .scopes import CATALOG, REGISTRY, SEARCH

LEEWAY = 60
"""Seconds of clock difference that registries allow too."""

SLOW_CLOCK = 300
"""Seconds by which a registry's clock may be behind ours on top of that."""


_MAX_LENGTH = 65_536


class InvalidToken(Exception):
    """A token is not ours, not valid now, or not for this use; the text is for the log."""


@dataclass(frozen=True)
class AccessEntry:
    """Actions granted on one resource."""

    type: str
    name: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Claims:
    """What a token says; times in seconds since the epoch.

    ``principal`` is for our own search, which judges the asker anew: whom the
    token was given to, as ``login.reference`` writes it; empty in other tokens.
    """

    issuer: str
    subject: str
    audience: str
    issued_at: int
    lifetime: int
    jti: str
    access: tuple[AccessEntry, ...]
    principal: str = ""


def may_search(entry: AccessEntry) -> bool:
    """Tell whether an access entry is the one that our search asks for."""
    return entry.type == REGISTRY and entry.name == CATALOG and SEARCH in entry.actions


def sign(claims: Claims, key: SigningKey) -> str:
    """Return the signed token (JWS compact form)."""
    payload: dict[str, Any] = {
        "iss": claims.issuer,
        "sub": claims.subject,
        "aud": claims.audience,
        "exp": claims.issued_at + claims.lifetime,
        "nbf": claims.issued_at - SLOW_CLOCK,
        "iat": claims.issued_at,
        "jti": claims.jti,
        "access": [
            {"type": entry.type, "name": entry.name, "actions": list(entry.actions)}
            for entry in claims.access
        ],
    }
    if claims.principal:
        payload["prn"] = claims.principal
    # The header is the same for every token of a key and large: it is encoded once, there.
    body = json.dumps(payload, separators=(",", ":")).encode()
    signed = key.prefix + urlsafe_b64encode(body).rstrip(b"=")
    return (signed + b"." + urlsafe_b64encode(key.sign(signed)).rstrip(b"=")).decode()


def verify(token: str, keystore: Keystore, audience: str, issuer: str, now: float) -> Claims:
    """Check a token that we signed ourselves.

    The key comes from our store by ``kid`` and fixes the algorithm; whatever
    keys or certificates the token brings along are not looked at.

    :raises InvalidToken: for every fault alike.
    """
    if len(token) > _MAX_LENGTH or not _is_canonical(token):
        raise InvalidToken("not in compact form")
    try:
        header = jwt.get_unverified_header(token)
        key = keystore.find(str(header.get("kid")))
        if key is None or header.get("typ") != "JWT" or "crit" in header:
            raise InvalidToken("not a token of ours")
        payload: dict[str, Any] = jwt.decode(
            token,
            key.private.public_key(),
            algorithms=[key.algorithm],
            audience=audience,
            issuer=issuer,
            options={
                "require": ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "access"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise InvalidToken(type(error).__name__) from None
    return _claims(payload, now)


def _is_canonical(token: str) -> bool:
    """Tell whether there is no other spelling of the same token (RFC 7515 2: no padding)."""
    parts = token.split(".")
    try:
        return len(parts) == 3 and "=" not in token and all(
            urlsafe_b64encode(urlsafe_b64decode(part + "=" * (-len(part) % 4))).decode()
            == part + "=" * (-len(part) % 4)
            for part in parts
        )
    except ValueError:
        return False


def _claims(payload: dict[str, Any], now: float) -> Claims:
    expires, not_before, issued = (payload[name] for name in ("exp", "nbf", "iat"))
    if not all(type(value) is int for value in (expires, not_before, issued)):
        raise InvalidToken("times are no integers")
    if not isinstance(payload["aud"], str):
        raise InvalidToken("the audience is no text")
    if not isinstance(payload.get("prn", ""), str):
        raise InvalidToken("the principal is no text")
    if not not_before - LEEWAY <= now < expires + LEEWAY:
        raise InvalidToken("not valid now")
    try:
        access = tuple(
            AccessEntry(str(e["type"]), str(e["name"]), tuple(map(str, e["actions"])))
            for e in payload["access"]
        )
    except (KeyError, TypeError):
        raise InvalidToken("the access list is malformed") from None
    return Claims(
        payload["iss"], str(payload["sub"]), payload["aud"], issued, expires - issued,
        str(payload["jti"]), access, payload.get("prn", ""),
    )
