"""Authentication: credentials and an address in, a caller or one and the same refusal out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from .. import audit, passwords
from ..database import Database
from ..directory import Account, Directory
from ..errors import TooManyRequests, Unauthorized
from . import caller, machines, personal
from .caller import Caller
from .credentials import Identity, Password
from .factors import Factors
from .identity import IdentityTokens
from .lockout import Attempt, Guard, Standing
from .machines import Refused
from .remember import Remembered

_REFUSED = "invalid username or password"
_REFUSED_TOKEN = "the identity token is not valid any more: log in again"
_REFUSED_PERSONAL = "the personal token is not valid any more, or not of this account"
_LOCKED = "too many failed logins: wait {} seconds"


@dataclass(frozen=True)
class Options:
    """What of the settings matters here."""

    hmac_key: str
    upgrade_passwords: bool


class Authenticator:
    """Checks credentials of users, services and nodes, and identity tokens.

    Every failure of a password costs the work of one strong hash, whoever it
    was for, and gets the same answer; the reason is for the audit log only.
    """

    def __init__(
        self,
        db: Database,
        directory: Directory,
        identities: IdentityTokens,
        guard: Guard,
        remembered: Remembered,
        options: Options,
        clock: Callable[[], float],
        factors: Factors,
    ) -> None:
        self._db = db
        self._directory = directory
        self._identities = identities
        self._guard = guard
        self._remembered = remembered
        self._options = options
        self._clock = clock
        self._factors = factors

    def by_password(self, given: Password, address: str) -> Caller:
        """Authenticate a user by e-mail or username, else a service or node.

        A personal token is taken for the password of its owner.

        :raises Unauthorized: for every kind of failure alike.
        :raises SecondFactorNeeded: the password is right, and not enough.
        :raises TooManyRequests: after too many failures.
        """
        if personal.looks_like(given.password):
            return self.by_personal(given.password, given.login, address)
        now = self._clock()
        with self._db.transaction():
            account = self._directory.account(given.login)
            if account is not None and not account.password:
                account = None  # no password, no password login; it may still be a node's name
            stored = f"{account.password} {account.registration_key}" if account else ""
            attempt, standing = self._knock(given.login, address, given.password, stored, now)
        if standing.repeated:
            return self._again(account, given)
        found = self._user(account, given) if account else self._machine(given)
        if isinstance(found, Refused):
            if not account:
                passwords.waste(given.password)
            action = audit.LOGIN_FAILED if "@" not in given.login or account else audit.NODE_FAILED
            self._fail(attempt, action, replace(found, login=given.login), address)
            raise Unauthorized(_REFUSED)
        if account is not None:
            self._factors.second.require(account, given, address)
        self._guard.succeeded(attempt, standing, now)
        return found

    def by_identity(self, given: Identity, registry_id: int, address: str) -> Caller:
        """Authenticate by an identity token for this registry.

        Failures lock nobody: 256 random bits are not guessed, and a token that is
        dead for a good reason goes on being sent by the client that holds it.

        :raises Unauthorized: unknown, expired, revoked, for another registry, or
            the password behind it has changed.
        """
        with self._db.transaction():
            now = self._clock()
            found = self._identities.redeem(given.token, registry_id, now)
            if isinstance(found, Refused) and found.login:
                audit.write(self._db, _refusal(audit.LOGIN_FAILED, found, address), now)
        if isinstance(found, Refused):
            raise Unauthorized(_REFUSED_TOKEN)
        return found

    def by_personal(self, token: str, login: str | None, address: str) -> Caller:
        """Authenticate by a personal token; failures lock nobody, as those of identity tokens.

        :param login: the name that came with it; None where there is no place for one.
        :raises Unauthorized: unknown, expired, revoked, another's, or its owner is blocked.
        """
        with self._db.transaction():
            now = self._clock()
            found = self._factors.personal.redeem(token, login, address, now)
            if isinstance(found, Refused) and found.login:
                audit.write(self._db, _refusal(audit.LOGIN_FAILED, found, address), now)
        if isinstance(found, Refused):
            raise Unauthorized(_REFUSED_PERSONAL)
        return found

    def _knock(
        self, login: str, address: str, password: str, stored: str, now: float
    ) -> tuple[Attempt, Standing]:
        attempt = self._guard.attempt(login, address, password, stored)
        standing = self._guard.standing(attempt, now)
        if standing.wait > 0:
            seconds = math.ceil(standing.wait)
            raise TooManyRequests(_LOCKED.format(seconds), seconds)
        return attempt, standing

    def _user(self, account: Account, given: Password) -> Caller | Refused:
        checks: list[passwords.Checked] = []

        def verify() -> bool:
            checks.append(
                passwords.check(account.password, given.password, self._options.hmac_key)
            )
            return checks[0].matches

        right = self._remembered.verify(account.password, given.password, verify)
        if not right:
            if checks and not checks[0].strong_work:
                passwords.waste(given.password)
            return Refused("wrong password")
        if account.registration_key.strip():
            return Refused(f"account is {account.registration_key[:20]}")
        if checks and checks[0].weak and self._options.upgrade_passwords:
            account = self._upgrade(account, given.password)
        return caller.user(account)

    def _machine(self, given: Password) -> Caller | Refused:
        with self._db.transaction():
            return machines.find(self._directory, given.login, given.password)

    def _again(self, account: Account | None, given: Password) -> Caller:
        """A password that failed already: no hash, no count, the same work for all names.

        A user's is wrong as long as the account does not change; a service may
        have been declared meanwhile.
        """
        found = self._machine(given)
        if account is not None or isinstance(found, Refused):
            raise Unauthorized(_REFUSED)
        return found

    def _upgrade(self, account: Account, password: str) -> Account:
        new = passwords.hash_new(password)
        with self._db.transaction(write=True):
            self._directory.store_password(account.id, account.password, new)
            self._identities.rebind(account.id, account.password, new)
            fresh = self._directory.account_by_id(account.id)
        return fresh or account

    def _fail(self, attempt: Attempt, action: str, refused: Refused, address: str) -> None:
        """Count a failure and record it; tries while locked are neither, the lock was told."""
        now = self._clock()
        with self._db.transaction(write=True):
            locked = math.ceil(self._guard.failed(attempt, now))
            audit.write(self._db, _refusal(action, refused, address, locked), now)


def _refusal(action: str, refused: Refused, address: str, locked: int = 0) -> audit.Entry:
    details = {
        "login": refused.login, "address": address, "reason": refused.reason, "locked": locked
    }
    return audit.Entry(
        action,
        "agent" if action == audit.NODE_FAILED else refused.login,
        "login of %(login)s from %(address)s refused: %(reason)s",
        details,
        level="warning",
    )
