"""Which groups of a directory somebody is in."""

from __future__ import annotations

from typing import Any

import ldap
import ldap.dn
import ldap.filter

from ....settings import LdapSettings
from .connection import Connection
from .modes import IN_CHAIN, Attributes, Mode, text

_MOST_AT_ONCE = 100
"""Names in one filter."""

Parsed = tuple[frozenset[tuple[str, str]], ...]


def bracketed(wanted: str) -> str:
    """A filter of the settings, which may come without its brackets."""
    return wanted if not wanted or wanted.startswith("(") else f"({wanted})"


def names_of_groups(
    connection: Connection, settings: LdapSettings, mode: Mode, dn: str, entry: Attributes,
    username: str,
) -> frozenset[str]:
    """Names of all groups that somebody is in, through other groups too where it is told."""
    base = settings.group_dn or settings.base_dn
    name = settings.group_name_attribute

    def search(wanted: str) -> list[Any]:
        wanted = f"(&{bracketed(settings.group_filter)}{wanted})"
        return connection.search(base, ldap.SCOPE_SUBTREE, wanted, [name])

    member = settings.group_member_attribute or mode.member
    by_name = member.lower() == "memberuid"
    value = ldap.filter.escape_filter_chars(username if by_name else dn)
    rule = f":{IN_CHAIN}:" if mode.nested and not by_name else ""
    entries = search(f"({member}{rule}={value})")
    # memberOf tells of groups in groups, and of things that are no groups: only those that are
    # below the base and match the filter are meant.
    told = entry.get("memberof", []) if mode.member_of else []
    listed = _below(base, told)
    wanted = [next(iter(parsed[0])) for parsed in listed]
    for begin in range(0, len(wanted), _MOST_AT_ONCE):
        names = "".join(
            f"({attribute}={ldap.filter.escape_filter_chars(value)})"
            for attribute, value in wanted[begin:begin + _MOST_AT_ONCE]
        )
        entries += [found for found in search(f"(|{names})") if _parsed(found[0]) in listed]
    return frozenset({text(values, name) for _, values in entries} - {""})


def _below(base: str, dns: list[bytes]) -> set[Parsed]:
    """Which of some DNs are below a base."""
    end = _parsed(base)
    every = {_parsed(dn.decode("utf-8", "replace")) for dn in dns}
    return {dn for dn in every if end and len(dn) > len(end) and dn[-len(end):] == end}


def _parsed(dn: str) -> Parsed:
    """A DN that can be compared; empty where it is none."""
    try:
        return tuple(
            frozenset((attribute.lower(), value.lower()) for attribute, value, _ in part)
            for part in ldap.dn.str2dn(dn)
        )
    except ldap.DECODING_ERROR:
        return ()
