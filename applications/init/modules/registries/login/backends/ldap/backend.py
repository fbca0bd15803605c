"""The LDAP back end: who somebody is, whether a password is theirs, in which groups they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar, Union

import ldap
import ldap.dn
import ldap.filter

from ....settings import LdapSettings
from ..model import DISABLED, UNKNOWN, WRONG, Person, Rejected, Silent
from .connection import Connection, described
from .modes import IN_CHAIN, MODES, Attributes, text
from .servers import Deadline, Servers

Answer = TypeVar("Answer")
Found = tuple[str, Attributes]

_MOST_LOGIN = 255
_DN = "dn:"
"""Begins a key that is a name, where a directory has no lasting one."""

# Active Directory says in the text of "invalid credentials" what is wrong (MS-ERREF).
_AD_REASON = re.compile(r"data ([0-9a-f]{3,8})\b")
_AD_STATES = {
    "530": "may not log in at this time",
    "532": "the password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the password has to be changed first",
    "775": "the account is locked",
}
_REFUSALS = (
    ldap.UNWILLING_TO_PERFORM, ldap.CONSTRAINT_VIOLATION, ldap.INSUFFICIENT_ACCESS,
    ldap.STRONG_AUTH_REQUIRED,
)


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
        if not password:
            return Rejected(WRONG, "no password")
        if not login or len(login) > _MOST_LOGIN or not login.isprintable():
            return Rejected(UNKNOWN, "nobody can have this name")
        deadline = Deadline(self._settings.seconds)
        if self._direct:
            return self._check_directly(login, password, deadline)
        found = self._guarded(lambda: self._servers.ask(deadline, self._by_name(login)))
        if isinstance(found, Rejected):
            return found
        refused = self._guarded(lambda: self._servers.check(deadline, _binding(found[0], password)))
        if isinstance(refused, Rejected):
            return refused
        return self._described(found, deadline)

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
                return refused
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
        return f"(&{self._mode.people}{_bracketed(self._settings.filter)}{wanted})"

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
        groups = self._groups(connection, dn, entry)
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

    def _groups(self, connection: Connection, dn: str, entry: Attributes) -> frozenset[str]:
        """Names of all groups that somebody is in, through other groups too where it is told."""
        settings, mode = self._settings, self._mode
        member = settings.group_member_attribute or mode.member
        by_name = member.lower() == "memberuid"
        value = ldap.filter.escape_filter_chars(text(entry, self._username) if by_name else dn)
        rule = f":{IN_CHAIN}:" if mode.nested and not by_name else ""
        wanted = f"(&{_bracketed(settings.group_filter)}({member}{rule}={value}))"
        base = settings.group_dn or settings.base_dn
        name = settings.group_name_attribute
        entries = connection.search(base, ldap.SCOPE_SUBTREE, wanted, [name])
        found = {text(values, name) for _, values in entries}
        if mode.member_of:
            found |= {_first_name(value, base) for value in entry.get("memberof", [])}
        return frozenset(found - {""})


def _binding(dn: str, password: str) -> Callable[[Connection], Union[Rejected, None]]:
    """A question: is this the password?  None where it is."""

    def question(connection: Connection) -> Union[Rejected, None]:
        try:
            connection.bind(dn, password)
        except ldap.INVALID_CREDENTIALS as error:
            found = _AD_REASON.search(described(error))
            state = _AD_STATES.get(found.group(1)) if found else None
            return Rejected(DISABLED, state) if state else Rejected(WRONG, "wrong password")
        except (ldap.INAPPROPRIATE_AUTH, ldap.NO_SUCH_OBJECT, ldap.INVALID_DN_SYNTAX):
            return Rejected(WRONG, "the entry has no password")
        except _REFUSALS as error:
            return Rejected(DISABLED, described(error))
        return None

    return question


def _bracketed(wanted: str) -> str:
    """A filter of the settings, which may come without its brackets."""
    return wanted if not wanted or wanted.startswith("(") else f"({wanted})"


def _first_name(dn: bytes, base: str) -> str:
    """The name of a group from its DN, where it is below a base."""
    full = dn.decode("utf-8", "replace")
    if not full.lower().endswith(base.lower()):
        return ""
    try:
        return str(ldap.dn.str2dn(full)[0][0][1])
    except (ldap.DECODING_ERROR, IndexError):
        return ""
