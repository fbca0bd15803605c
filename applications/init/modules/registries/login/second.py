"""The second factor of people: codes of an authenticator (RFC 6238), each good once.

The secret is stored encrypted, with a key made of the secret that all processes
share: a copy of the database alone makes no codes.  Recovery codes stand in for
a lost authenticator.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .. import audit
from ..database import Database
from ..directory import Account
from ..errors import (
    BadRequest,
    Conflict,
    SecondFactorNeeded,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from .credentials import Password
from .lockout import Guard

STEP_SECONDS = 30
WINDOW = 1
"""Steps before and after the present one whose codes are taken: clocks differ."""

RECOVERY_CODES = 10
PENDING_SECONDS = 3600
"""How long a secret waits for its first code."""

MAX_CODE = 64
_NONCE = 12
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
# Digits only: phones show their keypad for digits where a code is asked for.
_RECOVERY = re.compile(r"[0-9]{16}", re.ASCII)
_WANTED = "a code of the second factor is wanted: send it as code"
_TOKEN_INSTEAD = (
    "this account has a second factor: a personal access token takes the place of the password here"
)
_WRONG = "the code is wrong, or was used already"
_LOCKED = "too many failed logins: wait {} seconds"


@dataclass(frozen=True)
class State:
    """The second factor of an account: since when it is on, 0 where it is not yet."""

    id: int
    secret: str
    created: int
    confirmed: int
    last_step: int


class Second:
    """Second factors in the database.

    :param key: the secret that all processes share.
    """

    def __init__(
        self, db: Database, key: bytes, guard: Guard, clock: Callable[[], float]
    ) -> None:
        self._db = db
        self._cipher = AESGCM(_derived(key, b"totp secrets"))
        self._digest_key = _derived(key, b"totp recovery codes")
        self._guard = guard
        self._clock = clock

    def require(self, account: Account, given: Password, address: str) -> None:
        """Go on only where the account has no second factor, or a good code came along.

        The password is right.  Without a code that is neither a failed login nor
        one that worked; a wrong code is a failed one.

        :raises SecondFactorNeeded: there is no code.
        :raises Unauthorized: the code is wrong.
        """
        if not account.second:
            return
        if given.code is None:
            self._note(account, address, "second factor")
            raise SecondFactorNeeded(_TOKEN_INSTEAD, account.id)
        if not given.code:
            raise SecondFactorNeeded(_WANTED, account.id)
        self.prove(account, given.code, given.login, address)

    def prove(self, account: Account, code: str, login: str, address: str) -> None:
        """Take a code, or a recovery code; the caller holds no transaction.

        :raises Unauthorized: it is wrong; that is counted as a wrong password is.
        :raises TooManyRequests: too many were.
        """
        now = self._clock()
        # A code that failed in this step is not tried again; in the next one that counts anew.
        stored = f"second factor {account.second} at {int(now) // STEP_SECONDS}"
        attempt = self._guard.attempt(login, address, code, stored)
        with self._db.transaction(write=True):
            standing = self._guard.standing(attempt, now)
            wait = standing.wait
            if wait <= 0 and not standing.repeated:
                if self._takes(account, code, address, now):
                    return
                locked = math.ceil(self._guard.failed(attempt, now))
                self._note(account, address, "wrong code", locked)
        if wait > 0:
            raise TooManyRequests(_LOCKED.format(math.ceil(wait)), math.ceil(wait))
        raise Unauthorized(_WRONG)

    def begin(self, user_id: int, now: float) -> str:
        """Make a secret that waits for its first code; the caller holds the transaction.

        :raises Conflict: the second factor is on.
        """
        state = self.state(user_id)
        if state is not None and state.confirmed:
            raise Conflict("the second factor is on: turn it off first")
        secret = pyotp.random_base32(32)
        self._db.run("DELETE FROM registry_totp WHERE user_id = ?", user_id)
        self._db.insert(
            "registry_totp", user_id=user_id, secret=self._seal(user_id, secret),
            created=int(now), last_step=0,
        )
        return secret

    def confirm(self, user_id: int, code: str, now: float) -> list[str]:
        """Turn it on with the first code; return recovery codes, which are shown this once.

        :raises Conflict: it is on already.
        :raises BadRequest: there is no secret that waits, or it is another's code.
        """
        state = self.state(user_id)
        if state is not None and state.confirmed:
            raise Conflict("the second factor is on already")
        if state is None or now - state.created > PENDING_SECONDS:
            raise BadRequest("no second factor waits for a code: begin anew")
        step = matching_step(self._open(user_id, state.secret), _tidy(code), now, 0)
        if step is None:
            raise BadRequest("this is not the code of the moment: is the clock right?")
        sql = "UPDATE registry_totp SET confirmed = ?, last_step = ? WHERE id = ?"
        self._db.run(sql, int(now), step, state.id)
        return self._new_recovery_codes(user_id)

    def end(self, user_id: int) -> bool:
        """Turn it off, and forget its codes; tell whether it was on."""
        state = self.state(user_id)
        for table in ("registry_totp", "registry_totp_codes"):
            self._db.run(f"DELETE FROM {table} WHERE user_id = ?", user_id)
        return state is not None and state.confirmed > 0

    def state(self, user_id: int) -> State | None:
        """What is stored of an account."""
        rows = self._db.rows(
            "SELECT id, secret, created, confirmed, last_step FROM registry_totp"
            " WHERE user_id = ?",
            user_id,
        )
        if not rows:
            return None
        id_, secret, created, confirmed, last_step = rows[0]
        return State(id_, secret, created, confirmed or 0, last_step)

    def recovery_left(self, user_id: int) -> int:
        """How many recovery codes are left."""
        rows = self._db.rows(
            "SELECT COUNT(*) FROM registry_totp_codes WHERE user_id = ? AND used IS NULL", user_id
        )
        return int(rows[0][0])

    def prune(self, now: float) -> None:
        """Forget secrets that waited too long."""
        self._db.run(
            "DELETE FROM registry_totp WHERE confirmed IS NULL AND created < ?",
            int(now) - PENDING_SECONDS,
        )

    def _takes(self, account: Account, code: str, address: str, now: float) -> bool:
        """Use a code up; False where it is none, or used already."""
        text = _tidy(code)
        if _CODE.fullmatch(text):
            return self._takes_step(account.id, text, now)
        if not _RECOVERY.fullmatch(text):
            return False
        sql = (
            "UPDATE registry_totp_codes SET used = ?"
            " WHERE user_id = ? AND digest = ? AND used IS NULL"
        )
        if not self._db.run(sql, int(now), account.id, self._digest(account.id, text)):
            return False
        details = {"login": account.login, "address": address,
                   "left": self.recovery_left(account.id)}
        fmt = "%(login)s from %(address)s used a recovery code: %(left)s left"
        entry = audit.Entry(audit.RECOVERY_USED, account.full_name, fmt, details, "warning")
        audit.write(self._db, entry, now)
        return True

    def _takes_step(self, user_id: int, code: str, now: float) -> bool:
        state = self.state(user_id)
        if state is None:
            return False
        secret = self._open(user_id, state.secret)
        step = matching_step(secret, code, now, state.last_step)
        # Of two processes that see the same code at once, one changes the row.
        sql = "UPDATE registry_totp SET last_step = ? WHERE id = ? AND last_step < ?"
        return step is not None and self._db.run(sql, step, state.id, step) > 0

    def _new_recovery_codes(self, user_id: int) -> list[str]:
        self._db.run("DELETE FROM registry_totp_codes WHERE user_id = ?", user_id)
        codes = [f"{secrets.randbelow(10**16):016}" for _ in range(RECOVERY_CODES)]
        for code in codes:
            self._db.insert(
                "registry_totp_codes", user_id=user_id, digest=self._digest(user_id, code)
            )
        return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]

    def _note(self, account: Account, address: str, reason: str, locked: int = 0) -> None:
        details = {
            "login": account.login, "address": address, "reason": reason, "locked": locked
        }
        fmt = "login of %(login)s from %(address)s refused: %(reason)s"
        entry = audit.Entry(audit.LOGIN_FAILED, account.login, fmt, details, "warning")
        with self._db.transaction(write=True):
            audit.write(self._db, entry, self._clock())

    def _digest(self, user_id: int, code: str) -> str:
        return hmac.new(self._digest_key, f"{user_id}:{code}".encode(), hashlib.sha256).hexdigest()

    def _seal(self, user_id: int, secret: str) -> str:
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, secret.encode(), str(user_id).encode())
        return base64.b64encode(nonce + sealed).decode()

    def _open(self, user_id: int, stored: str) -> str:
        try:
            data = base64.b64decode(stored)
            opened = self._cipher.decrypt(data[:_NONCE], data[_NONCE:], str(user_id).encode())
        except (InvalidTag, ValueError):
            raise Unavailable(
                "the second factor can't be checked: it was stored under another secret.key"
            ) from None
        return opened.decode()


def matching_step(secret: str, code: str, now: float, last: int) -> int | None:
    """The time step of a code, within the window and after ``last``; None where it has none.

    All steps are compared, so that the time it takes tells nothing.
    """
    present, totp = int(now) // STEP_SECONDS, pyotp.TOTP(secret, interval=STEP_SECONDS)
    found = None
    for step in range(present - WINDOW, present + WINDOW + 1):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
        if right and step > last:
            found = step
    return found


def uri(secret: str, login: str, issuer: str) -> str:
    """What an authenticator reads out of the picture."""
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    return totp.provisioning_uri(name=login, issuer_name=issuer)


def _tidy(code: str) -> str:
    """A code as people type it: in groups."""
    text = code[:MAX_CODE].replace(" ", "").replace("-", "")
    return text if text.isascii() else ""


def _derived(key: bytes, purpose: bytes) -> bytes:
    info = b"opensvc collector: " + purpose
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(key)
