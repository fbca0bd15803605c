"""The secret that a registry's notifications carry, and who sent a request by it.

A secret names its registry and proves it: it is a keyed digest over the
registry's id and a salt, so the database alone does not give it away, and those
responsible can be shown it again.  Rotation takes a new salt; the old secret goes
on working for a while, because a registry has to be restarted with the new one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random
from collections.abc import Callable

from .. import catalog
from ..database import Database

OVERLAP_SECONDS = 7 * 86_400
_FORM = re.compile(r"osvc-(\d{1,10})-[A-Za-z0-9_-]{43}", re.ASCII)
_MAX_HEADER = 1024


class Secrets:
    """Notification secrets; the caller holds the transaction.

    :param key: the secret that all our processes and machines share.
    :param clock: seconds since the epoch.
    """

    def __init__(self, db: Database, key: bytes, clock: Callable[[], float]) -> None:
        self._db = db
        self._key = key
        self._clock = clock

    def current(self, registry_id: int) -> str:
        """The secret of a registry, made at first need."""
        salt, _, _ = self._salts(registry_id)
        if not salt:
            salt = random.token_hex(16)
            catalog.set_options(self._db, registry_id, {"notify_salt": salt})
        return self._secret(registry_id, salt)

    def rotate(self, registry_id: int, overlap_seconds: float = OVERLAP_SECONDS) -> str:
        """Make a new secret; the old one is good for ``overlap_seconds`` more."""
        old, _, _ = self._salts(registry_id)
        options = {
            "notify_salt": random.token_hex(16),
            "notify_old_salt": old,
            "notify_old_until": self._clock() + overlap_seconds,
        }
        catalog.set_options(self._db, registry_id, options)
        return self.current(registry_id)

    def sender(self, authorization: str) -> int | None:
        """The registry whose secret a request carries, as Bearer or as a Basic password."""
        given = _given(authorization)
        match = _FORM.fullmatch(given)
        if match is None:
            return None
        registry_id = int(match.group(1))
        salt, old, until = self._salts(registry_id)
        known = [salt] if salt else []
        if old and self._clock() < until:
            known.append(old)
        right = [
            hmac.compare_digest(self._secret(registry_id, text).encode(), given.encode())
            for text in known
        ]
        return registry_id if any(right) else None

    def _secret(self, registry_id: int, salt: str) -> str:
        text = f"notifications:{registry_id}:{salt}".encode()
        digest = hmac.new(self._key, text, hashlib.sha256).digest()
        return f"osvc-{registry_id}-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    def _salts(self, registry_id: int) -> tuple[str, str, float]:
        rows = self._db.rows(
            "SELECT o.notify_salt, o.notify_old_salt, o.notify_old_until FROM registry_options o"
            " JOIN docker_registries r ON r.id = o.registry_id WHERE r.id = ?",
            registry_id,
        )
        salt, old, until = rows[0] if rows else (None, None, None)
        return salt or "", old or "", until or 0.0


def _given(authorization: str) -> str:
    if len(authorization) > _MAX_HEADER:
        return ""
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        text = base64.b64decode(rest.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
    return text.rpartition(":")[2]
