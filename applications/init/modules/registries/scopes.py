"""Scopes: what a client asks of the token server.

Grammar: distribution ``docs/spec/auth/scope``:
``type[(class)]:name:action[,action...]``, several separated by spaces.
Whatever can't be read is kept as a scope that nobody grants, because clients
hide the body of a 4xx: a refusal is an entry without actions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_SCOPES = 32
MAX_LENGTH = 4096
"""Characters of one scope parameter, before it is split at spaces."""

REPOSITORY = "repository"
REGISTRY = "registry"
CATALOG = "catalog"
PULL, PUSH, DELETE, ALL, SEARCH = "pull", "push", "delete", "*", "search"

_TYPE = re.compile(r"([a-z0-9]+)(?:\([a-z0-9]+\))?", re.ASCII)


class ScopeError(ValueError):
    """Too many scopes, or one too long; nothing is granted at all."""


@dataclass(frozen=True)
class Scope:
    """One scope as asked; ``actions`` in the order asked, without duplicates."""

    type: str
    name: str
    actions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(self.actions)}"


def parse(text: str) -> Scope:
    """Read one scope; the class suffix of the type is dropped.

    The name runs from the first to the last colon, since it may hold a port.
    """
    head, _, rest = text.partition(":")
    name, colon, actions = rest.rpartition(":")
    if not colon:
        name, actions = rest, ""
    match = _TYPE.fullmatch(head)
    words = dict.fromkeys(word for word in actions.split(",") if word)
    return Scope(match.group(1) if match else head, name, tuple(words))


def parse_all(parameters: Iterable[str]) -> tuple[Scope, ...]:
    """Read all ``scope`` parameters of a request, repeated or space separated.

    :raises ScopeError: over ``MAX_SCOPES`` scopes or ``MAX_LENGTH`` characters.
    """
    scopes: list[Scope] = []
    for parameter in parameters:
        if len(parameter) > MAX_LENGTH:
            raise ScopeError(f"a scope is longer than {MAX_LENGTH} characters")
        scopes.extend(parse(word) for word in parameter.split(" ") if word)
        if len(scopes) > MAX_SCOPES:
            raise ScopeError(f"more than {MAX_SCOPES} scopes in one request")
    return tuple(scopes)
