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
            digest=digest(token),
            user_id=who.user_id,
            credential=who.credential,
            address=address[:64],
            created=int(now),
            last_used=int(now),
            expires=int(now) + LONGEST_SECONDS,
        )
        return token

    def caller(self, token: str, now: float) -> Caller | None:
        """Who is signed in, as the account is today; None where nobody is.  It is a use."""
        found = self.known(token, now)
        if found is not None:
            sql = "UPDATE registry_sessions SET last_used = ? WHERE digest = ? AND last_used < ?"
            self.db.run(sql, int(now), digest(token), int(now) - _TOUCH_SECONDS)
        return found

    def known(self, token: str, now: float) -> Caller | None:
        """As ``caller``, for looks that are no use of the session."""
        rows = self.db.rows(
            "SELECT user_id, credential, last_used, expires FROM registry_sessions"
            " WHERE digest = ?",
            digest(token),
        )
        if not rows:
            return None
        user_id, credential, used, expires = rows[0]
        if now >= expires or now - used >= self.idle_seconds:
            return None
        account = self.directory.account_by_id(user_id)
        if account is None or account.registration_key.strip() or account.is_refused:
            return None
        found = caller.user(account)
        if found.credential != credential or found.kind is not Kind.USER:
            return None
        return found

    def close(self, token: str) -> None:
        """End a session."""
        self.db.run("DELETE FROM registry_sessions WHERE digest = ?", digest(token))

    def close_one(self, user_id: int, id_: int) -> bool:
        """End a session of a user; tell whether there was one."""
        sql = "DELETE FROM registry_sessions WHERE id = ? AND user_id = ?"
        return self.db.run(sql, id_, user_id) > 0

    def close_others(self, user_id: int, token: str) -> int:
        """End all sessions of a user but the one of a cookie; return how many."""
        sql = "DELETE FROM registry_sessions WHERE user_id = ? AND digest <> ?"
        return self.db.run(sql, user_id, digest(token))

    def keep(self, user_id: int, old: str, new: str) -> None:
        """Bind the sessions of one credential to another that takes its place."""
        sql = "UPDATE registry_sessions SET credential = ? WHERE user_id = ? AND credential = ?"
        self.db.run(sql, new, user_id, old)

    def prune(self, now: float) -> int:
        """Delete sessions that are over; return how many."""
        return self.db.run(
            "DELETE FROM registry_sessions WHERE expires < ? OR last_used < ?",
            int(now),
            int(now) - self.idle_seconds,
        )


def digest(token: str) -> str:
    """How a cookie is stored: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
