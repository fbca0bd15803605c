"""One small class per condition; each allows, or denies and says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .model import ALLOW, AmbiguousOwner, Deny, Owner, Question, Verdict
from .privileges import MANAGER, REGISTRIES_MANAGER


class Rule(Protocol):
    """A condition of the policy."""

    def verify(self, q: Question) -> Verdict:
        """Answer the question as far as this condition goes."""


@dataclass(frozen=True)
class Anything:
    """No condition: the collector itself, which never comes over HTTP."""

    def verify(self, q: Question) -> Verdict:
        """Always allow."""
        return ALLOW


@dataclass(frozen=True)
class Never:
    """What this kind of principal may not do, whatever else is true."""

    reason: str
    sentence: str

    def verify(self, q: Question) -> Verdict:
        """Always deny."""
        return Deny(self.reason, self.sentence)


@dataclass(frozen=True)
class Holds:
    """The user has the privilege."""

    privilege: str

    def verify(self, q: Question) -> Verdict:
        """Deny who is in neither the privilege's group nor Manager."""
        if q.principal.holds(self.privilege):
            return ALLOW
        return Deny("privilege_missing", f"the privilege {self.privilege} is missing")


@dataclass(frozen=True)
class Published:
    """The registry is published to one of the principal's groups."""

    def verify(self, q: Question) -> Verdict:
        """Deny where no group is shared."""
        if q.registry.publications & q.principal.groups:
            return ALLOW
        return Deny(
            "not_published",
            f"registry {q.registry.service} is not published to a group of {q.principal.login}",
        )


@dataclass(frozen=True)
class Responsible:
    """One of the principal's groups is responsible for the registry."""

    def verify(self, q: Question) -> Verdict:
        """Deny where no group is shared."""
        if q.registry.responsibles & q.principal.groups:
            return ALLOW
        return Deny(
            "not_responsible",
            f"no group of {q.principal.login} is responsible for registry {q.registry.service}",
        )


@dataclass(frozen=True)
class PushBase:
    """Restricted registries take pushes from responsibles only, others where published."""

    def verify(self, q: Question) -> Verdict:
        """Deny as the registry's ``restricted`` property says."""
        if not q.registry.restricted:
            return Published().verify(q)
        if isinstance(Responsible().verify(q), Deny):
            return Deny(
                "restricted",
                f"registry {q.registry.service} is restricted: only its responsibles push",
            )
        return ALLOW


@dataclass(frozen=True)
class OwnerFound:
    """The name of a reserved namespace points at exactly one owner."""

    def verify(self, q: Question) -> Verdict:
        """Deny unknown and ambiguous owners."""
        if isinstance(q.owner, Owner):
            return ALLOW
        name = q.repository.text if q.repository else ""
        if isinstance(q.owner, AmbiguousOwner):
            return Deny("ambiguous_owner", f"{name} has two owners by that name: use the id")
        return Deny("no_such_owner", f"{name} belongs to nobody")


def _owner(q: Question) -> Owner:
    """The owner, or one that shares nothing with anybody."""
    return q.owner if isinstance(q.owner, Owner) else Owner(id=-1)


@dataclass(frozen=True)
class IsOwner:
    """The user is the owner of ``users/<owner>``."""

    def verify(self, q: Question) -> Verdict:
        """Deny everybody else."""
        if q.principal.id is not None and q.principal.id == _owner(q).id:
            return ALLOW
        return Deny("not_owner", "only the user it is named after uses this repository")


@dataclass(frozen=True)
class IsMember:
    """The user is a member of the group of ``groups/<owner>``."""

    def verify(self, q: Question) -> Verdict:
        """Deny everybody else."""
        if _owner(q).id in q.principal.groups:
            return ALLOW
        return Deny("not_member", "only members of the group it is named after use this repository")


@dataclass(frozen=True)
class ReadsApp:
    """The application is published to a group of the user, or one is responsible for it."""

    def verify(self, q: Question) -> Verdict:
        """Deny everybody else."""
        owner = _owner(q)
        if (owner.publications | owner.responsibles) & q.principal.groups:
            return ALLOW
        return Deny("app_not_published", "the application is not published to a group of yours")


@dataclass(frozen=True)
class WritesApp:
    """A group of the user is responsible for the application."""

    def verify(self, q: Question) -> Verdict:
        """Deny everybody else."""
        if _owner(q).responsibles & q.principal.groups:
            return ALLOW
        return Deny("app_not_responsible", "no group of yours is responsible for the application")


@dataclass(frozen=True)
class IsOwnApp:
    """The service's application code is the owner of ``apps/<owner>``."""

    def verify(self, q: Question) -> Verdict:
        """Deny services of other applications."""
        if q.principal.app_id is not None and q.principal.app_id == _owner(q).id:
            return ALLOW
        return Deny("other_app", "a service pulls only from its own application's repositories")


@dataclass(frozen=True)
class ListsCatalog:
    """Who may see all names of a registry, ACLs or not."""

    def verify(self, q: Question) -> Verdict:
        """Allow Manager, and responsibles with DockerRegistriesManager."""
        if MANAGER in q.principal.privileges:
            return ALLOW
        for rule in (Holds(REGISTRIES_MANAGER), Responsible()):
            verdict = rule.verify(q)
            if isinstance(verdict, Deny):
                return verdict
        return ALLOW


__all__ = [
    "Anything",
    "Holds",
    "IsMember",
    "IsOwnApp",
    "IsOwner",
    "ListsCatalog",
    "Never",
    "OwnerFound",
    "Published",
    "PushBase",
    "ReadsApp",
    "Responsible",
    "Rule",
    "WritesApp",
]
