"""The values that back ends speak of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, Union

UNKNOWN = "unknown"
UNSURE = "unsure"
WRONG = "wrong"
DISABLED = "disabled"
"""Why somebody is rejected: not known there, or maybe not (then the next back end may be
asked), the wrong password, or known and not allowed to log in."""


@dataclass(frozen=True)
class Person:
    """Who a back end says somebody is.

    ``key`` is what stays the same when names change (an entry's UUID); it, and
    never the name, says whose account it is.  ``stamp`` changes when the
    password does, where the back end tells; empty where it does not.
    ``groups`` are names of groups as the back end has them, None where it does
    not tell or is not to be followed.
    """

    key: str
    username: str
    mail: str = ""
    first_name: str = ""
    last_name: str = ""
    stamp: str = ""
    groups: frozenset[str] | None = field(default=None)


@dataclass(frozen=True)
class Rejected:
    """Nobody logs in: ``kind`` is one of the four, ``reason`` is for the log only."""

    kind: str
    reason: str


class Silent(Exception):
    """The back end gives no answer now; the text, for the log, says which server and why."""


class Backend(Protocol):
    """Asked outside of transactions, from several threads at once, in bounded time."""

    name: str
    """``ldap`` or ``radius``: what the settings, the log and the accounts call it."""

    looks_up: bool
    """Whether it can tell anything without a password, and so has to be asked."""

    def check(self, login: str, password: str) -> Union[Person, Rejected]:
        """Check a password; it is never empty.

        :raises Silent: no server answers.
        """

    def find(self, login: str) -> Union[Person, Rejected]:
        """Who has a name, without a password; for operators only, never for a login.

        :raises Silent: no server answers.
        """

    def look_up(self, key: str) -> Union[Person, Rejected, None]:
        """Who somebody is today, without a password; None where the back end can't tell.

        :raises Silent: no server answers.
        """
