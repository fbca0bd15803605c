"""Sessions of browsers: a random cookie, stored as a digest, for people only.

A session ends when it is signed out of, when it was not used for long, after a
day at most, when the password changes and when the account is blocked.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from ..database import Database
from ..directory import Directory
from ..policy import Kind
from . import caller
from .caller import Caller

COOKIE = "osvc_session"
LONGEST_SECONDS = 86_400
_TOUCH_SECONDS = 60


@dataclass(frozen=True)
class Sessions:
    """The sessions in the database; the caller holds the transaction.

    :param idle_seconds: a session not used for so long is over.
    """

    db: Database
    directory: Directory
    idle_seconds: int

    def open(self, who: Caller, address: str, now: float) -> str:
        """Start a session for a user; return the cookie's value, always a new one."""
        token = secrets.token_urlsafe(32)
        self.db.insert(
            "registry_sessions",
            digest=_digest(token),
            user_id=who.user_id,
            credential=who.credential,
            address=address[:64],
            created=int(now),
            last_used=int(now),
            expires=int(now) + LONGEST_SECONDS,
        )
        return token

    def caller(self, token: str, now: float) -> Caller | None:
        """Who is signed in, as the account is today; None where nobody is."""
        rows = self.db.rows(
            "SELECT id, user_id, credential, last_used, expires FROM registry_sessions"
            " WHERE digest = ?",
            _digest(token),
        )
        if not rows:
            return None
        id_, user_id, credential, used, expires = rows[0]
        if now >= expires or now - used >= self.idle_seconds:
            return None
        account = self.directory.account_by_id(user_id)
        if account is None or account.registration_key.strip():
            return None
        found = caller.user(account)
        if found.credential != credential or found.kind is not Kind.USER:
            return None
        if now - used > _TOUCH_SECONDS:
            self.db.run("UPDATE registry_sessions SET last_used = ? WHERE id = ?", int(now), id_)
        return found

    def close(self, token: str) -> None:
        """End a session."""
        self.db.run("DELETE FROM registry_sessions WHERE digest = ?", _digest(token))

    def prune(self, now: float) -> int:
        """Delete sessions that are over; return how many."""
        return self.db.run(
            "DELETE FROM registry_sessions WHERE expires < ? OR last_used < ?",
            int(now),
            int(now) - self.idle_seconds,
        )


def _digest(token: str) -> str:
    """256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
