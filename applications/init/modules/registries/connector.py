"""The collector's own way into declared registries, with tokens made for one question each.

The collector is a principal of its own, never over HTTP.  Its tokens live a
minute, and hold no more than the one scope that is asked for.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import scopes
from .catalog import Remote
from .keys import Keystore
from .remote import AddressPolicy, RegistryClient, Target, Timeouts
from .tokens import AccessEntry, Claims, sign

SUBJECT = "collector:discovery"
"""Whom registries see; no login can have a colon when it comes with Basic credentials."""

_TOKEN_SECONDS = 60


@dataclass(frozen=True)
class Connector:
    """Opens clients; ``algorithm`` signs where a registry has none of its own.

    ``sleep`` waits some seconds between two tries of a request.
    """

    keystore: Keystore
    issuer: str
    algorithm: str
    addresses: AddressPolicy
    ca_file: Path | None
    clock: Callable[[], float]
    timeouts: Timeouts = field(default_factory=Timeouts)
    sleep: Callable[[float], object] = time.sleep

    def open(self, remote: Remote) -> RegistryClient:
        """A client for a registry; the caller closes it.

        :raises Unavailable: there is no key to sign with.
        """
        key = self.keystore.signer(remote.signed_with(self.algorithm))

        def token(scope: str) -> str:
            asked = scopes.parse(scope) if scope else None
            access = (AccessEntry(asked.type, asked.name, asked.actions),) if asked else ()
            claims = Claims(
                issuer=self.issuer,
                subject=SUBJECT,
                audience=remote.service,
                issued_at=int(self.clock()),
                lifetime=_TOKEN_SECONDS,
                jti=secrets.token_urlsafe(16),
                access=access,
            )
            return sign(claims, key)

        target = Target(remote.url, remote.insecure, self.ca_file)
        return RegistryClient(
            target, token, self.addresses, timeouts=self.timeouts, sleep=self.sleep
        )
