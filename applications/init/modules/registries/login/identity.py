"""Identity tokens: what a client keeps instead of the password.

Opaque, bound to one principal and one registry, stored as a digest, listable
and revocable, dead when the password or uuid behind them changes.
Source: distribution ``docs/spec/auth/oauth`` (refresh tokens).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace

from ..database import Database
from ..directory import Directory
from ..policy import Kind
from . import caller, machines
from .caller import Caller
from .machines import Refused

PREFIX = "osvcreg_"
"""A form that secret scanners can recognise."""

REST = 0
"""In place of a registry's id: a token for the REST API, and for no registry."""

KEPT_PER_LOGIN = 100
_DAY = 86_400
_TOUCH_SECONDS = 3600


@dataclass(frozen=True)
class Issued:
    """An identity token as its owner may see it; times are seconds since the epoch."""

    id: int
    kind: str
    login: str
    registry_id: int
    client: str
    created: int
    last_used: int
    expires: int
    revoked: int | None


class IdentityTokens:
    """The tokens in the database; the caller holds the transaction.

    :param days: an identity token not used for so long dies.
    """

    def __init__(self, db: Database, directory: Directory, days: int) -> None:
        self._db = db
        self._directory = directory
        self._life = days * _DAY

    def create(self, who: Caller, registry_id: int, client: str, now: float) -> str:
        """Give out a new token; the oldest of many of the same login go."""
        token = PREFIX + secrets.token_urlsafe(32)
        second = int(now)
        self._db.run(
            "INSERT INTO registry_identity_tokens (digest, kind, login, user_id, node_id, svc_id,"
            " registry_id, client, credential, created, last_used, expires)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            _digest(token), who.kind.value, who.login, who.user_id, who.node_id, who.svc_id,
            registry_id, client[:128], who.credential, second, second, second + self._life,
        )
        self._drop_surplus(who.login)
        return token

    def redeem(self, token: str, registry_id: int, now: float) -> Caller | Refused:
        """Return the caller behind a token, as it is today."""
        rows = self._db.rows(
            "SELECT id, kind, login, user_id, node_id, svc_id, registry_id, credential,"
            " last_used, expires, revoked FROM registry_identity_tokens WHERE digest = ?",
            _digest(token),
        )
        if not rows:
            return Refused("unknown identity token")
        id_, kind, login, user_id, node_id, svc_id, registry, credential, used, expires, revoked = (
            rows[0]
        )
        if revoked is not None:
            return Refused("the identity token is revoked", login)
        if expires <= now:
            return Refused("the identity token has expired", login)
        if registry != registry_id:
            return Refused("the identity token is for another registry", login)
        is_user = kind == Kind.USER.value
        found = self._user(user_id) if is_user else self._machine(login, node_id, svc_id)
        if isinstance(found, Refused):
            return replace(found, login=login)
        if found.credential != credential:
            return Refused("the password or uuid has changed", login)
        if now - used > _TOUCH_SECONDS:
            self._db.run(
                "UPDATE registry_identity_tokens SET last_used = ?, expires = ? WHERE id = ?",
                int(now), int(now) + self._life, id_,
            )
        return found

    def rebind(self, user_id: int, old_password: str, new_password: str) -> None:
        """Keep tokens alive when a stored password gets a stronger form."""
        self.keep(user_id, caller.fingerprint(old_password), caller.fingerprint(new_password))

    def keep(self, user_id: int, old: str, new: str) -> None:
        """Bind the tokens of one credential to another that takes its place."""
        self._db.run(
            "UPDATE registry_identity_tokens SET credential = ?"
            " WHERE user_id = ? AND credential = ?",
            new, user_id, old,
        )

    def list(self, login: str | None = None) -> list[Issued]:
        """All tokens, or those of one login, newest first."""
        condition, values = ("WHERE login = ?", (login,)) if login else ("", ())
        rows = self._db.rows(
            "SELECT id, kind, login, registry_id, client, created, last_used, expires, revoked"
            f" FROM registry_identity_tokens {condition} ORDER BY id DESC",
            *values,
        )
        return [Issued(*row) for row in rows]

    def revoke(self, token_id: int, now: float) -> bool:
        """Revoke one token; False where there is no such live token."""
        return bool(
            self._db.run(
                "UPDATE registry_identity_tokens SET revoked = ?"
                " WHERE id = ? AND revoked IS NULL",
                int(now), token_id,
            )
        )

    def revoke_all(self, user_id: int, now: float) -> int:
        """Revoke all live tokens of a user; return how many."""
        return self._db.run(
            "UPDATE registry_identity_tokens SET revoked = ?"
            " WHERE user_id = ? AND revoked IS NULL",
            int(now), user_id,
        )

    def prune(self, now: float) -> int:
        """Delete tokens that expired or were revoked over a month ago."""
        limit = int(now) - 30 * _DAY
        return self._db.run(
            "DELETE FROM registry_identity_tokens WHERE expires < ? OR revoked < ?", limit, limit
        )

    def _drop_surplus(self, login: str) -> None:
        rows = self._db.rows(
            "SELECT id FROM registry_identity_tokens WHERE login = ?"
            f" ORDER BY last_used DESC, id DESC LIMIT 10 OFFSET {KEPT_PER_LOGIN}",
            login,
        )
        for (token_id,) in rows:
            self._db.run("DELETE FROM registry_identity_tokens WHERE id = ?", token_id)

    def _user(self, user_id: int) -> Caller | Refused:
        account = self._directory.account_by_id(user_id)
        if account is None or account.registration_key.strip():
            return Refused("the account is gone or not active")
        return caller.user(account)

    def _machine(self, login: str, node_id: str, svc_id: str) -> Caller | Refused:
        found = machines.find(self._directory, login, self._directory.node_uuid(node_id))
        if isinstance(found, Caller) and (found.node_id, found.svc_id) != (node_id, svc_id):
            return Refused("the service is not the one it was")
        return found


def _digest(token: str) -> str:
    """256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
