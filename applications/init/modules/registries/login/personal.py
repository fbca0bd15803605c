"""Personal tokens: for machines of a person, instead of the password.

Each has a name, an end and limits (``limits``), and is revoked by itself: a new
password leaves it alive, a blocked account does not.  Opaque, stored as a digest.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..database import Database
from ..directory import Account, Directory, is_true
from . import caller
from .caller import Caller
from .limits import Limits
from .machines import Refused

PREFIX = "osvcpat_"
"""A form that secret scanners can recognise."""

BACKEND = "personal token"
MOST_LIVE = 100
"""Live tokens that one person may have."""

DAY = 86_400
_TOUCH_SECONDS = 60
_FORM = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}", re.ASCII)
_SELECT = (
    "SELECT id, user_id, name, created, last_used, last_address, expires, read_only, registries,"
    " revoked FROM registry_personal_tokens"
)


def looks_like(text: str) -> bool:
    """Tell whether a text has the form of such a token, and so is taken for nothing else."""
    return _FORM.fullmatch(text) is not None


@dataclass(frozen=True)
class Personal:
    """A personal token as its owner may see it; times are seconds since the epoch."""

    id: int
    user_id: int
    limits: Limits
    created: int
    last_used: int | None
    last_address: str
    expires: int
    revoked: int | None


class PersonalTokens:
    """The tokens in the database; the caller holds the transaction."""

    def __init__(self, db: Database, directory: Directory) -> None:
        self._db = db
        self._directory = directory

    def create(self, user_id: int, limits: Limits, now: float, expires: float) -> tuple[int, str]:
        """Give out a new token; return its id, and the token itself."""
        token = PREFIX + secrets.token_urlsafe(32)
        some = limits.registries
        id_ = self._db.insert(
            "registry_personal_tokens",
            digest=_digest(token),
            user_id=user_id,
            name=limits.name,
            created=int(now),
            last_address="",
            expires=int(expires),
            read_only="T" if limits.read_only else "F",
            registries=None if some is None else json.dumps(sorted(some)),
        )
        return id_, token

    def redeem(self, token: str, login: str | None, address: str, now: float) -> Caller | Refused:
        """Return the caller behind a token, as the account is today; it is a use.

        :param login: the name that came with it, where there was one.
        """
        rows = self._db.rows(f"{_SELECT} WHERE digest = ?", _digest(token))
        if not rows:
            return Refused("unknown personal token")
        known = _personal(rows[0])
        account = self._directory.account_by_id(known.user_id)
        if account is None:
            return Refused("the account of the personal token is gone")
        reason = _why_not(known, account, login, now)
        if reason:
            return Refused(reason, account.login)
        self._touch(known, address, now)
        return replace(caller.user(account), backend=BACKEND, limits=known.limits)

    def of_user(self, user_id: int) -> list[Personal]:
        """All tokens of a user, newest first."""
        rows = self._db.rows(f"{_SELECT} WHERE user_id = ? ORDER BY id DESC", user_id)
        return [_personal(row) for row in rows]

    def live(self, user_id: int, now: float) -> list[Personal]:
        """Those that are neither revoked nor at their end."""
        return [
            one for one in self.of_user(user_id) if one.revoked is None and one.expires > now
        ]

    def everybody(self) -> list[Personal]:
        """The tokens of all, newest first."""
        return [_personal(row) for row in self._db.rows(f"{_SELECT} ORDER BY id DESC")]

    def revoke(self, tokens: Iterable[Personal], now: float) -> None:
        """Revoke some."""
        for one in tokens:
            self._db.run(
                "UPDATE registry_personal_tokens SET revoked = ?"
                " WHERE id = ? AND revoked IS NULL",
                int(now), one.id,
            )

    def prune(self, now: float) -> int:
        """Delete tokens that expired or were revoked over a month ago."""
        limit = int(now) - 30 * DAY
        return self._db.run(
            "DELETE FROM registry_personal_tokens WHERE expires < ? OR revoked < ?", limit, limit
        )

    def _touch(self, known: Personal, address: str, now: float) -> None:
        """Write down the use, at most once a minute."""
        if known.last_used is not None and now - known.last_used < _TOUCH_SECONDS:
            return
        self._db.run(
            "UPDATE registry_personal_tokens SET last_used = ?, last_address = ? WHERE id = ?",
            int(now), address[:64], known.id,
        )


def _why_not(known: Personal, account: Account, login: str | None, now: float) -> str:
    """Why a token is of no use now; empty where it is."""
    named = f"the personal token {known.limits.name!r}"
    if known.revoked is not None:
        return f"{named} is revoked"
    if known.expires <= now:
        return f"{named} has expired"
    if login is not None and login.lower() not in (
        account.email.lower(), account.username.lower()
    ):
        return f"{named} came with another's name"
    if account.registration_key.strip():
        return f"account is {account.registration_key[:20]}"
    return ""


def _personal(row: tuple[object, ...]) -> Personal:
    id_, user_id, name, created, used, address, expires, read_only, some, revoked = row
    registries = None if some is None else _ids(str(some))
    return Personal(
        int(str(id_)),
        int(str(user_id)),
        Limits(str(name), is_true(read_only), registries),
        int(str(created)),
        None if used is None else int(str(used)),
        str(address or ""),
        int(str(expires)),
        None if revoked is None else int(str(revoked)),
    )


def _ids(text: str) -> frozenset[int]:
    """The ids in a stored list; what can't be read is for no registry at all."""
    try:
        return frozenset(int(one) for one in json.loads(text))
    except (ValueError, TypeError):
        return frozenset()


def _digest(token: str) -> str:
    """256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
