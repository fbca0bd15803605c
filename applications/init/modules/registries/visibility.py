"""Which repositories of a registry somebody may see: the policy's own answers, as ranges of names.

A name is visible where an action on it would be granted (``access-policy.md``
"Search, listing, tables").  No rule is written here: the policy is asked once
for ordinary names and once for each owner that the principal has to do with,
and each owner that it allows becomes the ranges of names that belong to it.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .directory import Directory
from .names import Namespace, OwnerRef, RepositoryName, is_owner_name
from .policy import (
    Allow,
    Owner,
    OwnerFacts,
    Principal,
    Question,
    Registry,
    UnknownOwner,
    decide_action,
)

AT_ONCE = 4_000
"""Ranges in one statement."""


class Range(NamedTuple):
    """The repository names from ``low`` up to, not including, ``high``, in order of bytes.

    A tuple, because thousands of them are made and sorted for one search.
    """

    low: str
    high: str


# In ASCII ! is the first character after blank and 0 the one after /; names have none from ~ on.
_FIRST, _AFTER_SLASH, _END = "!", "0", "~"
_RESERVED = (Namespace.APPS, Namespace.GROUPS, Namespace.USERS)

EVERYTHING = (Range("", _END),)
"""All names: for a Manager on the REST API and the GUI, and for the collector."""

_ORDINARY = (
    Range("", "apps/"),
    Range("apps0", "groups/"),
    Range("groups0", "users/"),
    Range("users0", _END),
)
VISIBLE = (
    "mine CROSS JOIN docker_repositories d"
    " WHERE d.registry_id = ? AND d.repository >= mine.low AND d.repository < mine.high"
)
"""SQL after FROM, for the repositories of one registry in the ranges of ``mine``.

The order of the join is meant: each range is one look-up in the unique key."""


@dataclass(frozen=True)
class Names:
    """Repository names by what they begin with: that decides who owns them.

    ``ordinary`` are the names outside the reserved spaces, ``spaces`` reserved ones as a
    whole (``apps``), ``owners`` a space and an owner each (``apps/31``).
    """

    ordinary: bool = False
    spaces: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.ordinary or self.spaces or self.owners)

    def ranges(self) -> tuple[Range, ...]:
        """The same names, as ranges that are sorted and disjoint."""
        found = list(_ORDINARY) if self.ordinary else []
        found += [Range(f"{space}/", space + _AFTER_SLASH) for space in self.spaces]
        for text in self.owners:
            if text.partition("/")[0] not in self.spaces:
                found += [Range(text, text + _FIRST), Range(text + "/", text + _AFTER_SLASH)]
        return tuple(sorted(found))

    def condition(self, column: str, first_two: str) -> tuple[str, list[str]]:
        """SQL that is true for these names, and its values; never true of none.

        :param column: the column with the name.
        :param first_two: SQL for the name up to its second slash.
        """
        parts, values = [], []
        if self.ordinary:
            parts.append("(" + " AND ".join([f"{column} NOT LIKE ?"] * len(_RESERVED)) + ")")
            values += [f"{space.value}/%" for space in _RESERVED]
        for space in sorted(self.spaces):
            parts.append(f"{column} LIKE ?")
            values.append(f"{space}/%")
        if self.owners:
            parts.append(f"{first_two} IN ({', '.join('?' * len(self.owners))})")
            values += sorted(self.owners)
        return f"({' OR '.join(parts) or '1 = 0'})", values


def ranges(
    directory: Directory, principal: Principal, registry: Registry, action: str
) -> tuple[Range, ...]:
    """The names for which the action would be granted, sorted and disjoint; () is nothing.

    The caller holds the transaction.
    """
    return granted(directory, principal, registry, action).ranges()


def granted(
    directory: Directory, principal: Principal, registry: Registry, *actions: str
) -> Names:
    """The names for which one of the actions would be granted; the caller holds the transaction."""

    def allows(repository: RepositoryName, owner: OwnerFacts | None = None) -> bool:
        question = Question(principal, registry, repository, owner)
        return any(isinstance(decide_action(question, one), Allow) for one in actions)

    spaces, owners = set(), set()
    for namespace in _RESERVED:
        if allows(_first_of(namespace, 0), UnknownOwner()):
            spaces.add(namespace.value)
            continue
        for owner, name in _owners(directory, principal, namespace):
            if allows(_first_of(namespace, owner.id), owner):
                owners |= _owned(namespace, owner.id, name)
    ordinary = allows(RepositoryName("x", Namespace.OTHER))
    return Names(ordinary, frozenset(spaces), frozenset(owners))


def contains(visible: Sequence[Range], name: str) -> bool:
    """Tell whether a (valid) name is in one of the ranges, as ``ranges`` gives them."""
    place = bisect_right(visible, Range(name, "\x7f"))
    return place > 0 and name < visible[place - 1].high


def chunks(visible: Sequence[Range]) -> Iterator[Sequence[Range]]:
    """The ranges in parts that fit into a statement each."""
    for start in range(0, len(visible), AT_ONCE):
        yield visible[start : start + AT_ONCE]


def mine(some: Sequence[Range]) -> tuple[str, list[str]]:
    """The ``WITH`` clause that makes a table ``mine`` of ranges on SQLite, and its values.

    As one document: thousands of marks are slow to read.
    """
    return _AS_DOCUMENT, [json.dumps(some)]


_AS_DOCUMENT = (
    "WITH mine(low, high) AS (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]')"
    " FROM json_each(?)) "
)


def _first_of(namespace: Namespace, owner: int) -> RepositoryName:
    return RepositoryName(f"{namespace.value}/{owner}", namespace, OwnerRef(id=owner))


def _owned(namespace: Namespace, owner: int, name: str) -> set[str]:
    texts = {f"{namespace.value}/{owner}"}
    return texts | {f"{namespace.value}/{name}"} if is_owner_name(name) else texts


def _owners(
    directory: Directory, principal: Principal, namespace: Namespace
) -> Iterator[tuple[Owner, str]]:
    """Existing owners that the principal has anything to do with, and their names."""
    names = directory.owners(namespace, _candidates(directory, principal, namespace))
    if namespace is not Namespace.APPS:
        yield from ((Owner(id_), name) for id_, name in names.items())
        return
    for app in directory.apps(list(names)):
        yield Owner(app.id, app.publications, app.responsibles), names[app.id]


def _candidates(directory: Directory, principal: Principal, namespace: Namespace) -> set[int]:
    if namespace is Namespace.GROUPS:
        return set(principal.groups)
    if namespace is Namespace.USERS:
        return _present(principal.id)
    return directory.apps_of(principal.groups) | _present(principal.app_id)


def _present(id_: int | None) -> set[int]:
    return set() if id_ is None else {id_}
