"""The values the policy speaks of."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Union

from ..names import RepositoryName
from .privileges import MANAGER


class Kind(enum.Enum):
    """Who asks."""

    USER = "user"
    SERVICE = "service"
    NODE = "node"
    COLLECTOR = "collector"


@dataclass(frozen=True)
class Principal:
    """An authenticated caller and all that the policy may know of it.

    ``login`` is the token's subject.  ``groups`` are ids of organisational
    groups only; ``privileges`` are names of privilege groups.  ``id`` is set
    for users, ``app_id`` for services whose application exists.
    """

    kind: Kind
    login: str
    id: int | None = None
    groups: frozenset[int] = frozenset()
    privileges: frozenset[str] = frozenset()
    app_id: int | None = None

    def holds(self, privilege: str) -> bool:
        """Tell whether it has the privilege; members of Manager have them all."""
        return privilege in self.privileges or MANAGER in self.privileges


@dataclass(frozen=True)
class Registry:
    """A declared registry: ids of the groups it is published to and owned by."""

    id: int
    service: str
    restricted: bool
    publications: frozenset[int] = frozenset()
    responsibles: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Owner:
    """The one user, group or application a reserved name belongs to.

    ``publications`` and ``responsibles`` are group ids, of applications only.
    """

    id: int
    publications: frozenset[int] = frozenset()
    responsibles: frozenset[int] = frozenset()


@dataclass(frozen=True)
class UnknownOwner:
    """The name points at nobody."""


@dataclass(frozen=True)
class AmbiguousOwner:
    """The name points at several owners that differ in case only."""


OwnerFacts = Union[Owner, UnknownOwner, AmbiguousOwner]


@dataclass(frozen=True)
class Question:
    """May this principal do something with this repository of this registry?

    ``owner`` is None for names outside the reserved namespaces, ``repository``
    is None where the question is about the registry itself (its catalogue).
    """

    principal: Principal
    registry: Registry
    repository: RepositoryName | None = None
    owner: OwnerFacts | None = None


@dataclass(frozen=True)
class Allow:
    """A rule has nothing against it."""


@dataclass(frozen=True)
class Deny:
    """A rule refuses: ``reason`` for programs (stable), ``sentence`` for people."""

    reason: str
    sentence: str


Verdict = Union[Allow, Deny]
ALLOW = Allow()
