"""Authentication: credentials and an address in, a caller or one and the same refusal out.

Whose an account is decides who is asked, and nobody else is: a password here, the
back end that made the account, a node's uuid.  Only who has no account yet is
looked for in all back ends, in order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from .. import audit, metrics, passwords
from ..database import Database
from ..directory import Account, Directory
from ..errors import TooManyRequests, Unauthorized
from . import caller, machines, personal, refusals
from .caller import Caller
from .credentials import Identity, Password
from .elsewhere import Elsewhere, NoAnswer
from .factors import Factors
from .identity import IdentityTokens
from .internal import Internal
from .lockout import Attempt, Guard, Standing
from .machines import Refused

_REFUSED = "invalid username or password"
_REFUSED_TOKEN = "the identity token is not valid any more: log in again"
_REFUSED_PERSONAL = "the personal token is not valid any more, or not of this account"
_SILENCE = "no answer"
_LOCKED = "too many failed logins: wait {} seconds"
_NO_PASSWORD = "the account has no password, and is no back end's"

_ASKED_AGAIN_SECONDS = 60.0
"""How soon a back end is asked again about a password that was wrong: it may be right by now."""


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
        internal: Internal,
        elsewhere: Elsewhere,
        clock: Callable[[], float],
        factors: Factors,
    ) -> None:
        self._db = db
        self._directory = directory
        self._identities = identities
        self._guard = guard
        self._internal = internal
        self._elsewhere = elsewhere
        self._clock = clock
        self._factors = factors

    def by_password(self, given: Password, address: str) -> Caller:
        """Authenticate a user by e-mail or username, else a service or node.

        A personal token is taken for the password of its owner.

        :raises Unauthorized: for every kind of failure alike.
        :raises SecondFactorNeeded: the password is right, and not enough.
        :raises TooManyRequests: after too many failures.
        :raises NoAnswer: the back end that knows the account is silent.
        """
        if personal.looks_like(given.password):
            return self.by_personal(given.password, given.login, address)
        with self._db.transaction():
            account = self._account(given.login)
        attempt = self._guard.attempt(given.login, address, given.password, _deciding(account))
        with self._guard.beside(attempt) as others:
            return self._try(account, given, attempt, others, address)

    def _try(
        self, account: Account | None, given: Password, attempt: Attempt, others: int, address: str
    ) -> Caller:
        now = self._clock()
        standing = self._knock(attempt, others, now)
        if standing.repeated and not self._is_worth_asking(account, standing):
            return self._again(account, given)
        try:
            found = self._find(account, given)
        except NoAnswer as silence:
            reason = f"{_SILENCE}: {silence.reason}"
            self._note(Refused(reason, given.login, backend=silence.backend), address)
            raise
        if isinstance(found, Refused):
            found = replace(found, login=given.login)
            if found.told:  # whose password is right guesses nothing
                self._note(found, address)
                raise Unauthorized(found.reason)
            person = "@" not in given.login or account or found.backend
            action = audit.LOGIN_FAILED if person else audit.NODE_FAILED
            self._fail(attempt, action, found, address)
            raise Unauthorized(_REFUSED)
        if found.user_id is not None:
            self._factors.second.require(self._account_of(found, account), given, address)
        self._guard.succeeded(attempt, standing, now)
        metrics.login(found.backend, "ok")
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
        if isinstance(found, Caller):
            found = self.today(found, address)
        if isinstance(found, Refused):
            if found.login:
                self._note(found, address)
            raise Unauthorized(_REFUSED_TOKEN)
        return found

    def of_today(self, who: Caller, address: str) -> Caller | None:
        """As ``today``; a refusal is recorded.

        :raises NoAnswer: the back end is silent.
        """
        found = self.today(who, address)
        if isinstance(found, Caller):
            return found
        self._note(found, address)
        return None

    def today(self, who: Caller, address: str) -> Caller | Refused:
        """Who came without a password, as the back end that knows them has them now.

        :raises NoAnswer: it is silent.
        """
        if who.user_id is None or who.backend == caller.INTERNAL:
            return who
        account = self._account_of(who, None)
        try:
            found = self._elsewhere.today(account)
        except NoAnswer as silence:
            reason = f"{_SILENCE}: {silence.reason}"
            self._note(Refused(reason, who.login, backend=silence.backend), address)
            raise
        if isinstance(found, Refused):
            return replace(found, login=who.login)
        # A personal token outlives a change of the password.
        if who.limits is None and caller.user(found).credential != who.credential:
            return Refused("the password has changed", who.login, backend=who.backend)
        return who

    def by_personal(self, token: str, login: str | None, address: str) -> Caller:
        """Authenticate by a personal token; failures lock nobody, as those of identity tokens.

        :param login: the name that came with it; None where there is no place for one.
        :raises Unauthorized: unknown, expired, revoked, another's, or its owner is out.
        :raises NoAnswer: the back end that knows its owner is silent.
        """
        with self._db.transaction():
            found = self._factors.personal.redeem(token, login, address, self._clock())
        if isinstance(found, Caller):
            found = self.today(found, address)
        if isinstance(found, Refused):
            if found.login:
                self._note(found, address)
            raise Unauthorized(_REFUSED_PERSONAL)
        return found

    def _account_of(self, who: Caller, known: Account | None) -> Account:
        """The account of a user, read if it is not known."""
        if known is not None and known.id == who.user_id:
            return known
        with self._db.transaction():
            found = self._directory.account_by_id(who.user_id or 0)
        if found is None:
            raise Unauthorized(_REFUSED)
        return found

    def _knock(self, attempt: Attempt, others: int, now: float) -> Standing:
        with self._db.transaction():
            standing = self._guard.standing(attempt, now, others)
        if standing.wait > 0:
            seconds = math.ceil(standing.wait)
            raise TooManyRequests(_LOCKED.format(seconds), seconds)
        return standing

    def _account(self, login: str) -> Account | None:
        account = self._directory.account(login)
        alias = self._elsewhere.alias(login) if account is None else None
        return account if alias is None else self._directory.account_by_id(alias)

    def _find(self, account: Account | None, given: Password) -> Caller | Refused:
        """Ask whoever decides about this login."""
        if account is not None and account.origin is not None:
            found = self._elsewhere.known(account, account.origin, given.password)
        elif account is not None and account.password:
            return self._internal.check(account, given)
        else:
            machine = self._machine(given)
            if isinstance(machine, Caller):
                return machine
            if not self._may_be_new(account, given.login):
                passwords.waste(given.password)
                return machine if account is None else Refused(_NO_PASSWORD)
            found = self._elsewhere.anybody(given.login, given.password)
        if isinstance(found, Refused):
            passwords.waste(given.password)
            return found
        return caller.user(found)

    def _machine(self, given: Password) -> Caller | Refused:
        with self._db.transaction():
            return machines.find(self._directory, given.login, given.password)

    def _may_be_new(self, account: Account | None, login: str) -> bool:
        """Whether back ends may know somebody of this name; a node's uuid is never sent there."""
        if account is not None or not self._elsewhere or login != login.strip():
            return False  # directories overlook blanks around a name, which may be known here
        with self._db.transaction():
            return not self._directory.is_node(login.rpartition("@")[2])

    def _is_worth_asking(self, account: Account | None, standing: Standing) -> bool:
        if standing.age < _ASKED_AGAIN_SECONDS or not self._elsewhere:
            return False
        return account is None or account.origin is not None

    def _again(self, account: Account | None, given: Password) -> Caller:
        """A password that failed already: no hash, no count, the same work for all names.

        A user's is wrong as long as the account does not change; a service may
        have been declared meanwhile.
        """
        found = self._machine(given)
        if (account and (account.password or account.origin)) or isinstance(found, Refused):
            raise Unauthorized(_REFUSED)
        return found

    def _note(self, refused: Refused, address: str) -> None:
        """Record a refusal that counts for no lock."""
        is_silent = refused.reason.startswith(_SILENCE)
        metrics.login(refused.backend, "silent" if is_silent else "refused")
        now = self._clock()
        with self._db.transaction(write=True):
            audit.write(self._db, refusals.entry(audit.LOGIN_FAILED, refused, address), now)

    def _fail(self, attempt: Attempt, action: str, refused: Refused, address: str) -> None:
        """Count a failure and record it; tries while locked are neither, the lock was told."""
        metrics.login(refused.backend, "refused")
        now = self._clock()
        with self._db.transaction(write=True):
            locked = math.ceil(self._guard.failed(attempt, now))
            audit.write(self._db, refusals.entry(action, refused, address, locked), now)


def _deciding(account: Account | None) -> str:
    """What decides whether a password is right, as far as it is known here."""
    if account is None:
        return ""
    origin = account.origin
    known = f"{origin.backend}:{origin.key}:{origin.stamp}" if origin else account.password
    return f"{known} {account.registration_key}" if known else ""
