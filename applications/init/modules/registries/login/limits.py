"""What a personal token may do of all that its owner may: it takes away, and never adds."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Denied
from ..policy import Decision, Deny
from ..scopes import PULL, REPOSITORY

READ_ONLY = "token_read_only"
OTHER_REGISTRY = "token_other_registry"


@dataclass(frozen=True)
class Limits:
    """The limits of the personal token ``name``; ``registries`` are ids, None for all."""

    name: str
    read_only: bool = False
    registries: frozenset[int] | None = None

    def covers(self, registry_id: int) -> bool:
        """Tell whether it is for this registry."""
        return self.registries is None or registry_id in self.registries

    @property
    def elsewhere(self) -> str:
        """Why it does nothing on a registry that it does not cover, in words."""
        return f"the personal token {self.name!r} is not for this registry"


def within(decision: Decision, registry_id: int, limits: Limits | None) -> Decision:
    """What is left of a decision for who came with such a token; all of it without one."""
    if limits is None:
        return decision
    if not limits.covers(registry_id):
        return decision.without(Deny(OTHER_REGISTRY, limits.elsewhere))
    if limits.read_only:
        writes = decision.granted if decision.scope.type == REPOSITORY else ()
        sentence = f"the personal token {limits.name!r} is for reading only"
        return decision.without(
            Deny(READ_ONLY, sentence), tuple(one for one in writes if one != PULL)
        )
    return decision


def require_api(limits: Limits | None, writes: bool) -> None:
    """Go on only with what may be used at the REST API and the screens.

    :raises Denied: a token for some registries, or one for reading that would change something.
    """
    if limits is None:
        return
    if limits.registries is not None:
        raise Denied(
            f"the personal token {limits.name!r} is for docker on some registries, and not for"
            " the REST API"
        )
    if limits.read_only and writes:
        raise Denied(f"the personal token {limits.name!r} is for reading only")


def require_person(limits: Limits | None) -> None:
    """Go on only where it is the person: with the password, or signed in.

    :raises Denied: it is a personal token, whatever its limits.
    """
    if limits is not None:
        raise Denied(
            f"the personal token {limits.name!r} can't do this: sign in, or use the password"
        )
