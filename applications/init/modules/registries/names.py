"""Repository names: the distribution reference grammar, and who a name belongs to.

Source: distribution ``reference`` package (path components, 255 characters)
and ``access-policy.md`` "Repository names".
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

MAX_LENGTH = 255
MAX_ID = 2**31 - 1
"""The collector's ids are signed 32-bit integers; a larger one names nobody."""

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"[a-z0-9]+(?:[.-][a-z0-9]+)*:[0-9]{1,5}/"
_PART = re.compile(_COMPONENT, re.ASCII)
_NAME = re.compile(rf"(?:{_HOST})?{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII)


class Namespace(enum.Enum):
    """What the first component of a repository name says about its owner."""

    USERS = "users"
    GROUPS = "groups"
    APPS = "apps"
    OTHER = "other"


_RESERVED = {n.value: n for n in Namespace if n is not Namespace.OTHER}


@dataclass(frozen=True)
class OwnerRef:
    """How a reserved name points at its owner: exactly one of both is set.

    ``name`` is lower case, because repository names are.
    """

    id: int | None = None
    name: str | None = None


@dataclass(frozen=True)
class RepositoryName:
    """A valid repository name, its namespace, and the owner it points at, if reserved."""

    text: str
    namespace: Namespace
    owner: OwnerRef | None = None


def is_valid(text: str) -> bool:
    """Tell whether ``text`` is a repository name that a registry accepts.

    Upper case is refused everywhere: a registry may take it as a host name,
    and two spellings of one name must never be two names.
    """
    return len(text) <= MAX_LENGTH and _NAME.fullmatch(text) is not None


def parse(text: str) -> RepositoryName | None:
    """Return the parsed name, or None where it is outside the grammar."""
    if not is_valid(text):
        return None
    first, _, rest = text.partition("/")
    namespace = _RESERVED.get(first) if rest else None
    if namespace is None:
        return RepositoryName(text, Namespace.OTHER)
    return RepositoryName(text, namespace, owner_ref(rest.partition("/")[0]))


def owner_ref(segment: str) -> OwnerRef:
    """Read the second component of a reserved name: all digits is an id and only an id.

    Each id has one spelling: with leading zeros it owns nothing, nor does one
    that the database can't hold.  Both give id 0, which nobody has.
    """
    if not (segment.isascii() and segment.isdigit()):
        return OwnerRef(name=segment.lower())
    known = not segment.startswith("0") and len(segment) <= len(str(MAX_ID))
    return OwnerRef(id=int(segment) if known and int(segment) <= MAX_ID else 0)


def is_owner_name(text: str) -> bool:
    """Tell whether an owner can be pointed at by this (lower-case) name: one component, no id."""
    return _PART.fullmatch(text) is not None and not text.isdigit()
