"""Building principals, registries and questions in a line."""

from __future__ import annotations

from applications.init.modules.registries import names, scopes
from applications.init.modules.registries.policy import (
    Decision,
    Kind,
    Owner,
    OwnerFacts,
    Principal,
    Registry,
    decide,
)

ME, OTHER_USER = 12, 13
TEAM, OTHER_TEAM = 20, 21
APP, OTHER_APP = 41, 42
PULLER, PUSHER, REGISTRIES_MANAGER, MANAGER = (
    "DockerRegistriesPuller",
    "DockerRegistriesPusher",
    "DockerRegistriesManager",
    "Manager",
)


def user(*privileges: str, groups: tuple[int, ...] = (TEAM,)) -> Principal:
    """The user ``ME``."""
    return Principal(Kind.USER, "me@example.org", ME, frozenset(groups), frozenset(privileges))


def service(app: int | None = APP, groups: tuple[int, ...] = (TEAM,)) -> Principal:
    """A service of an application."""
    return Principal(Kind.SERVICE, "web@n1", groups=frozenset(groups), app_id=app)


def node() -> Principal:
    """A plain node login."""
    return Principal(Kind.NODE, "n1")


def registry(
    restricted: bool = False,
    publications: tuple[int, ...] = (TEAM,),
    responsibles: tuple[int, ...] = (),
) -> Registry:
    """A registry, published to ``TEAM`` unless said otherwise."""
    return Registry(
        51, "registry.example.org", restricted, frozenset(publications), frozenset(responsibles)
    )


def ask(
    principal: Principal, registry: Registry, scope: str, owner: OwnerFacts | None = None
) -> Decision:
    """Decide a scope given as text; ids in names resolve to existing owners by themselves."""
    asked = scopes.parse(scope)
    repository = names.parse(asked.name) if asked.type == "repository" else None
    if owner is None and repository is not None and repository.owner is not None:
        owner = Owner(repository.owner.id) if repository.owner.id else None
    return decide(principal, registry, asked, repository, owner)


def granted(
    principal: Principal, registry: Registry, scope: str, owner: OwnerFacts | None = None
) -> set[str]:
    """The granted actions as a set."""
    return set(ask(principal, registry, scope, owner).granted)
