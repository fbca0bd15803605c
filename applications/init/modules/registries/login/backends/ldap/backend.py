"""The LDAP back end: who somebody is, whether a password is theirs, in which groups they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, Union

import ldap
import ldap.dn
import ldap.filter

from ....settings import LdapSettings
from ..model import DISABLED, UNKNOWN, UNSURE, WRONG, Person, Rejected, Silent
from .connection import Connection, described
from .groups import bracketed, names_of_groups
from .modes import MODES, Attributes, bind_state, text
from .servers import Deadline, Servers

Answer = TypeVar("Answer")
Found = tuple[str, Attributes]

_MOST_LOGIN = 255
_DN = "dn:"
"""Begins a key that is a name, where a directory has no lasting one."""

_REFUSALS = (ldap.UNWILLING_TO_PERFORM, ldap.CONSTRAINT_VIOLATION, ldap.INSUFFICIENT_ACCESS)


class Ldap:
    """People of an LDAP directory.

    A name becomes an entry by a search, as COLLECTOR_LDAP_BIND_DN or nobody;
    the password is checked by binding as that entry.  Where nobody may search
    and the mode allows it, people bind as ``uid=...`` below the base instead.
    """

    name = "ldap"
    looks_up = True

    def __init__(self, settings: LdapSettings, servers: Servers | None = None) -> None:
        self._settings = settings
        self._mode = MODES[settings.mode]
        self._servers = servers or Servers(settings)
        self._username = settings.username_attribute or self._mode.username
        self._names = self._mode.names
        if settings.username_attribute and len(self._names) == 1:
            self._names = (settings.username_attribute,)
        self._direct = self._mode.direct and not settings.bind_dn
        self._attributes = [
            self._username, self._mode.key, self._mode.stamp, *self._mode.more,
            settings.mail_attribute, settings.first_name_attribute,
            settings.last_name_attribute, *(["memberOf"] if self._mode.member_of else []),
        ]

    def check(self, login: str, password: str) -> Union[Person, Rejected]:
        """Find the entry of a name, bind as it, and read what it says.

        :raises Silent: no server answers, or it does not let us ask.
        """
        if not _can_be_one(password):
            return Rejected(WRONG, "nobody can have this password")
        if not login or len(login) > _MOST_LOGIN or not login.isprintable():
            return Rejected(UNKNOWN, "nobody can have this name")
        deadline = Deadline(self._settings.seconds)
        if self._direct:
            return self._check_directly(login, password, deadline)
        found = self._guarded(lambda: self._servers.ask(deadline, self._by_name(login)))
        if isinstance(found, Rejected):
            # How long an answer takes shall not tell whether there is such a name.
            nobody = f"cn=nobody,{self._settings.base_dn}"
            self._guarded(lambda: self._servers.check(deadline, _binding(nobody, password)))
            return found
        refused = self._guarded(lambda: self._servers.check(deadline, _binding(found[0], password)))
        if isinstance(refused, Rejected):
            # What is of the password, or a lock that guesses of others bring about, is not of
            # the person: only what the entry says is, and what it says when it is looked up.
            state = self._mode.state(found[1])
            return Rejected(DISABLED, state) if state else refused
        return self._described(found, deadline)

    def find(self, login: str) -> Union[Person, Rejected]:
        """Who has a name.

        :raises Silent: no server answers, or it does not let us ask.
        """
        deadline = Deadline(self._settings.seconds)
        found = self._guarded(lambda: self._servers.ask(deadline, self._by_name(login)))
        return found if isinstance(found, Rejected) else self._described(found, deadline)

    def look_up(self, key: str) -> Union[Person, Rejected, None]:
        """Who has a key today.

        :raises Silent: no server answers, or it does not let us ask.
        """
        deadline = Deadline(self._settings.seconds)
        found = self._guarded(lambda: self._servers.ask(deadline, self._by_key(key)))
        if isinstance(found, Rejected):
            # Who may not search can't tell an entry that is gone from one that is hidden.
            return None if self._direct else found
        return self._described(found, deadline)

    def _check_directly(
        self, login: str, password: str, deadline: Deadline
    ) -> Union[Person, Rejected]:
        dn = f"{self._names[0]}={ldap.dn.escape_dn_chars(login)},{self._settings.base_dn}"

        def question(connection: Connection) -> Union[Person, Rejected]:
            refused = _binding(dn, password)(connection)
            if refused:
                # Whether there is such an entry is not told.
                kind = UNSURE if refused.kind == WRONG else refused.kind
                return Rejected(kind, refused.reason)
            entries = self._search(
                connection, dn, ldap.SCOPE_BASE, self._filter("(objectClass=*)")
            )
            if len(entries) != 1:
                return Rejected(UNKNOWN, "the entry can't be read, or does not match the filter")
            return self._person(connection, *entries[0])

        return self._guarded(lambda: self._servers.check(deadline, question))

    def _guarded(self, ask: Callable[[], Answer]) -> Answer:
        """Ask, and make what is wrong with our own settings silence, with the reason."""
        try:
            return ask()
        except ldap.NO_SUCH_OBJECT:
            raise Silent("COLLECTOR_LDAP_BASE_DN or _GROUP_DN is not in the directory") from None
        except ldap.FILTER_ERROR:
            raise Silent("COLLECTOR_LDAP_FILTER or _GROUP_FILTERSTR is no filter") from None
        except ldap.LDAPError as error:
            raise Silent(described(error)) from None

    def _by_name(self, login: str) -> Callable[[Connection], Union[Found, Rejected]]:
        value = ldap.filter.escape_filter_chars(login)
        wanted = "".join(f"({name}={value})" for name in self._names)
        return lambda connection: self._only(connection, f"(|{wanted})")

    def _by_key(self, key: str) -> Callable[[Connection], Union[Found, Rejected]]:
        if key.startswith(_DN):
            return lambda c: self._only(c, "(objectClass=*)", key[len(_DN):], ldap.SCOPE_BASE)
        value = "".join(f"\\{byte:02x}" for byte in self._mode.from_key(key))
        if not value:
            return lambda _: Rejected(UNKNOWN, "the key is none of this directory's")
        return lambda connection: self._only(connection, f"({self._mode.key}={value})")

    def _only(
        self, connection: Connection, wanted: str, base: str = "", scope: int = ldap.SCOPE_SUBTREE
    ) -> Union[Found, Rejected]:
        """The one entry that matches, as (dn, attributes)."""
        base = base or self._settings.base_dn
        try:
            entries = self._search(connection, base, scope, self._filter(wanted))
        except ldap.NO_SUCH_OBJECT:
            if scope != ldap.SCOPE_BASE:
                raise
            entries = []
        if len(entries) == 1:
            return entries[0][0], entries[0][1]
        several = "several entries have this name" if entries else "no entry has this name"
        return Rejected(UNKNOWN, several)

    def _search(self, connection: Connection, base: str, scope: int, wanted: str) -> list[Any]:
        return connection.search(base, scope, wanted, self._attributes)

    def _filter(self, wanted: str) -> str:
        return f"(&{self._mode.people}{bracketed(self._settings.filter)}{wanted})"

    def _described(self, found: Found, deadline: Deadline) -> Union[Person, Rejected]:
        if not (self._settings.manage_groups or self._settings.allowed_groups):
            return self._read(*found, None)
        return self._guarded(
            lambda: self._servers.ask(deadline, lambda c: self._person(c, *found))
        )

    def _person(
        self, connection: Connection, dn: str, entry: Attributes
    ) -> Union[Person, Rejected]:
        settings = self._settings
        if not (settings.manage_groups or settings.allowed_groups):
            return self._read(dn, entry, None)
        username = text(entry, self._username)
        groups = names_of_groups(connection, settings, self._mode, dn, entry, username)
        allowed = {name.casefold() for name in settings.allowed_groups}
        if allowed and not allowed & {name.casefold() for name in groups}:
            return Rejected(DISABLED, "in none of the allowed groups")
        return self._read(dn, entry, groups if settings.manage_groups else None)

    def _read(
        self, dn: str, entry: Attributes, groups: frozenset[str] | None
    ) -> Union[Person, Rejected]:
        state = self._mode.state(entry)
        if state:
            return Rejected(DISABLED, state)
        key = (entry.get(self._mode.key.lower()) or [b""])[0]
        username = text(entry, self._username)
        if not username:
            return Rejected(DISABLED, f"the entry has no {self._username}")
        settings = self._settings
        return Person(
            key=self._mode.to_key(key) or _DN + dn.lower(),
            username=username,
            mail=text(entry, settings.mail_attribute),
            first_name=text(entry, settings.first_name_attribute),
            last_name=text(entry, settings.last_name_attribute),
            stamp=text(entry, self._mode.stamp),
            groups=groups,
        )


def _can_be_one(password: str) -> bool:
    """Whether a directory may be asked about it.

    Some end it at a NUL: what is empty then would be taken for a bind as nobody, which works.
    """
    try:
        return password.encode() != b"" and "\0" not in password
    except UnicodeEncodeError:
        return False


def _binding(dn: str, password: str) -> Callable[[Connection], Union[Rejected, None]]:
    """A question: is this the password?  None where it is."""

    def question(connection: Connection) -> Union[Rejected, None]:
        try:
            connection.bind(dn, password)
        except ldap.INVALID_CREDENTIALS as error:
            return Rejected(WRONG, bind_state(described(error)) or "wrong password")
        except (ldap.INAPPROPRIATE_AUTH, ldap.NO_SUCH_OBJECT, ldap.INVALID_DN_SYNTAX):
            return Rejected(WRONG, "the entry has no password")
        except _REFUSALS as error:
            return Rejected(WRONG, described(error))
        return None

    return question
