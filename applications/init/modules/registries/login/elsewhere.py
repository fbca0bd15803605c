"""People whom other back ends know: asked in order, remembered for a while, looked up again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from .. import metrics
from ..directory import Account, Origin
from ..errors import Unavailable
from . import waiting
from .backends import DISABLED, UNKNOWN, UNSURE, Backend, Person, Rejected, Silent
from .machines import Refused
from .remember import Remembered

_SILENT = "the directory that knows you does not answer; try again in a moment"
_DAY = 86_400
_DARK_SECONDS = 1.0
_MOST_ALIASES = 10_000

Answer = TypeVar("Answer")


class NoAnswer(Unavailable):
    """A back end is silent; ``reason``, for the log, says which and why."""

    def __init__(self, backend: str, reason: str) -> None:
        super().__init__(_SILENT)
        self.backend = backend
        self.reason = reason


class Enrolment(Protocol):
    """Who keeps the accounts of people whom back ends know."""

    def admit(self, backend: str, person: Person, now: float) -> Account | Refused:
        """The account of somebody who may log in, as the back end has them now."""

    def refuse(self, account: Account, reason: str, now: float) -> None:
        """Remember that a back end says somebody may not log in."""

    def is_machines(self, password: str) -> bool:
        """Whether it is a secret that no back end may see: the uuid of a node."""


class Elsewhere:
    """The back ends beside our own table, in the order in which they are asked.

    :param seconds: how long an answer is believed.
    :param days: how long somebody stays good whom a back end can't look up.
    """

    def __init__(
        self,
        order: Sequence[Backend],
        enrolment: Enrolment,
        remembered: Remembered,
        seconds: float,
        days: float,
        clock: Callable[[], float],
    ) -> None:
        self._order = tuple(order)
        self._by_name = {backend.name: backend for backend in order}
        self._enrolment = enrolment
        self._remembered = remembered
        self._seconds = seconds
        self._days = days
        self._clock = clock
        self._dark: dict[str, tuple[float, str]] = {}
        self._aliases: dict[str, tuple[int, float]] = {}

    def __bool__(self) -> bool:
        return bool(self._order)

    def alias(self, login: str) -> int | None:
        """Whose account a name is that is no account's, as a back end told a short time ago.

        A directory may know people by more names than we do.
        """
        user_id, until = self._aliases.get(login.lower(), (None, 0.0))
        return user_id if self._clock() < until else None

    def known(self, account: Account, origin: Origin, password: str) -> Account | Refused:
        """Check the password of an account that a back end knows.

        :raises NoAnswer: it is silent.
        """
        backend = self._by_name.get(origin.backend)
        if backend is None:
            return Refused("its back end is not asked here any more", backend=origin.backend)
        blocked = _blocked(account, origin.backend)
        if blocked is not None:
            return blocked
        if not origin.state and self._remembered.knows(_secret(origin), password):
            return account
        found = self._check_known(backend, account, origin, password)
        if isinstance(found, Account):
            self._remember(found, password)
            return _blocked(found, backend.name) or found
        return found

    def anybody(self, login: str, password: str) -> Account | Refused:
        """Find somebody who has no account here yet, and make one.

        :raises NoAnswer: a back end is silent, and might know them.
        """
        reasons = []
        for backend in self._order:
            told = self._check(backend, login, password)
            if isinstance(told, Person):
                admitted = self._enrolment.admit(backend.name, told, self._clock())
                if isinstance(admitted, Refused):
                    return replace(admitted, backend=backend.name)
                self._remember(admitted, password)
                self._name(login, admitted)
                return _blocked(admitted, backend.name) or admitted
            if told.kind not in (UNKNOWN, UNSURE):
                return Refused(told.reason, backend=backend.name)
            reasons.append(f"{backend.name}: {told.reason}")
        return Refused("; ".join(reasons))

    def today(self, account: Account) -> Account | Refused:
        """An account whose owner came without a password, as its back end has it now.

        The back end is asked when it was not for as long as its answers are believed.

        :raises NoAnswer: it is silent.
        """
        origin = account.origin
        if origin is None:
            return account
        backend = self._by_name.get(origin.backend)
        if backend is None:
            return Refused("its back end is not asked here any more", backend=origin.backend)
        age = self._clock() - origin.checked
        if 0 <= age < self._seconds:
            return Refused(origin.state, backend=origin.backend) if origin.state else account
        told = None
        if backend.looks_up:
            told = self._ask(backend, lambda: backend.look_up(origin.key))
        if told is None:
            if age <= self._days * _DAY and not origin.state:
                return account
            reason = origin.state or "too long without a login by password"
            return Refused(reason, backend=origin.backend)
        return self._judge(backend, account, origin, told)

    def _check_known(
        self, backend: Backend, account: Account, origin: Origin, password: str
    ) -> Account | Refused:
        told = self._check(backend, account.username or account.email, password)
        if isinstance(told, Rejected) and told.kind != DISABLED:
            return Refused(told.reason, backend=backend.name)
        return self._judge(backend, account, origin, told)

    def _judge(
        self, backend: Backend, account: Account, origin: Origin, told: Person | Rejected
    ) -> Account | Refused:
        """What a back end has said of an account, written down."""
        if isinstance(told, Rejected):
            self._enrolment.refuse(account, told.reason, self._clock())
            return Refused(told.reason, backend=backend.name)
        if told.key != origin.key:
            return Refused("its name is another entry's now", backend=backend.name)
        admitted = self._enrolment.admit(backend.name, told, self._clock())
        if isinstance(admitted, Refused):
            return replace(admitted, backend=backend.name)
        return admitted

    def _check(self, backend: Backend, login: str, password: str) -> Person | Rejected:
        if self._enrolment.is_machines(password):
            return Rejected(UNKNOWN, "not asked, since the password is a node's uuid")
        return self._ask(backend, lambda: backend.check(login, password))

    def _ask(self, backend: Backend, question: Callable[[], Answer]) -> Answer:
        """Ask a back end; one that was just silent is not, so that not everybody waits for it."""
        since, reason = self._dark.get(backend.name, (-math.inf, ""))
        if 0 <= self._clock() - since < _DARK_SECONDS:
            raise NoAnswer(backend.name, reason)
        try:
            with waiting.apart(), metrics.asking(backend.name):
                return question()
        except Silent as silence:
            self._dark[backend.name] = (self._clock(), str(silence))
            raise NoAnswer(backend.name, str(silence)) from None

    def _name(self, login: str, account: Account) -> None:
        if len(self._aliases) >= _MOST_ALIASES:
            self._aliases.clear()
        self._aliases[login.lower()] = (account.id, self._clock() + self._seconds)

    def _remember(self, account: Account, password: str) -> None:
        if account.origin is not None:
            self._remembered.keep(_secret(account.origin), password)


def _blocked(account: Account, backend: str) -> Refused | None:
    """Who is blocked here stays out, whatever a back end says."""
    if not account.registration_key.strip():
        return None
    return Refused(f"account is {account.registration_key[:20]}", backend=backend)


def _secret(origin: Origin) -> str:
    """What a remembered password is bound to: it is forgotten when any of it changes."""
    return "\0".join((origin.backend, origin.key, origin.stamp, origin.state))
