"""Who may pull from a repository, and who may push to it: the policy asked for everybody.

No rule is written here.  Principals are made of what the directory knows, as a login
makes them, and the policy answers for each; those that differ in nothing that it could
look at are one question (``access-policy.md`` "Actions").
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from .database import Database
from .directory import App, Directory, is_true
from .names import Namespace, RepositoryName
from .policy import (
    ALL_PRIVILEGES,
    Allow,
    Kind,
    Owner,
    OwnerFacts,
    Principal,
    Question,
    Registry,
    Verdict,
    decide_action,
)
from .scopes import PULL

_AT_ONCE = 500
_NOBODY = App(-1, frozenset(), frozenset())


@dataclass(frozen=True)
class Target:
    """A repository as the policy sees it; ``repository`` is None for an invalid name."""

    registry: Registry
    repository: RepositoryName | None
    owner: OwnerFacts | None

    def verdict(self, principal: Principal, action: str) -> Verdict:
        """What a token would be given."""
        question = Question(principal, self.registry, self.repository, self.owner)
        return decide_action(question, action)

    def allows(self, principal: Principal, action: str) -> bool:
        """Tell whether a token would be given."""
        return isinstance(self.verdict(principal, action), Allow)

    @property
    def found(self) -> Owner:
        """Its owner, or one that has nothing to do with anybody."""
        return self.owner if isinstance(self.owner, Owner) else Owner(-1)

    @property
    def namespace(self) -> Namespace:
        """What its name says about its owner."""
        return self.repository.namespace if self.repository else Namespace.OTHER


def users(db: Database, target: Target, action: str) -> list[int]:
    """Ids of the users that would be given an action; of blocked ones none is."""
    groups, privileges = _groups(db, target)
    held: dict[int, set[int]] = {}
    for user, group in _memberships(db, [*groups, *privileges]):
        held.setdefault(user, set()).add(group)
    owner = target.found.id if target.namespace is Namespace.USERS else None
    known: dict[tuple[frozenset[int], int | None], bool] = {}
    found = []
    for user, mine in held.items():
        key = frozenset(mine), user if user == owner else None
        if key not in known:
            roles = frozenset(privileges[group] for group in mine if group in privileges)
            principal = Principal(Kind.USER, "", key[1], key[0] & groups, roles)
            known[key] = target.allows(principal, action)
        if known[key]:
            found.append(user)
    return sorted(set(found) - _blocked(db))


def services(db: Database, directory: Directory, target: Target, action: str) -> list[str]:
    """Ids of the services that would be given an action."""
    rows = db.rows("SELECT svc_id, svc_app FROM services")
    codes = {str(app or "") for _, app in rows}
    everybody = directory.everybody()
    apps = _apps(db, directory, codes)
    allowed = {
        code for code in codes if target.allows(_service(apps.get(code), everybody), action)
    }
    return sorted(svc_id for svc_id, app in rows if str(app or "") in allowed)


def groups(target: Target, action: str) -> list[int]:
    """Ids of the groups whose members get an action by being members, if they have the privilege.

    None where the registry lets nobody do it, and for ``users/``.
    """
    registry = target.registry
    opening = _opening(target, action)
    best = Principal(
        Kind.USER, "", None, opening | registry.publications | registry.responsibles,
        frozenset(ALL_PRIVILEGES),
    )
    return sorted(opening) if opening and target.allows(best, action) else []


def apps(target: Target) -> list[int]:
    """The id of the application of ``apps/``."""
    is_app = target.namespace is Namespace.APPS and isinstance(target.owner, Owner)
    return [target.found.id] if is_app else []


def _opening(target: Target, action: str) -> frozenset[int]:
    namespace, owner, registry = target.namespace, target.found, target.registry
    if namespace is Namespace.APPS:
        readers = owner.publications if action == PULL else frozenset()
        return readers | owner.responsibles
    if namespace is Namespace.GROUPS:
        return frozenset({owner.id})
    if namespace is Namespace.USERS:
        return frozenset()
    return registry.publications if action == PULL else registry.responsibles


def _groups(db: Database, target: Target) -> tuple[frozenset[int], dict[int, str]]:
    """The organisational groups that the policy could look at, and the privileges by id."""
    owner, registry = target.found, target.registry
    wanted = registry.publications | registry.responsibles
    wanted |= owner.publications | owner.responsibles
    if target.namespace is Namespace.GROUPS:
        wanted |= {owner.id}
    found = list(_many(db, "SELECT id, role, privilege FROM auth_group WHERE id IN ({})", wanted))
    organisational = frozenset(id_ for id_, _, privilege in found if not is_true(privilege))
    sql = "SELECT id, role, privilege FROM auth_group WHERE role IN ({})"
    held = _many(db, sql, ALL_PRIVILEGES)
    return organisational, {id_: role for id_, role, privilege in held if is_true(privilege)}


def _memberships(db: Database, ids: Collection[int]) -> Iterator[tuple[Any, ...]]:
    sql = "SELECT user_id, group_id FROM auth_membership WHERE group_id IN ({})"
    return _many(db, sql, ids)


def _blocked(db: Database) -> set[int]:
    rows = db.rows("SELECT id, registration_key FROM auth_user WHERE registration_key <> ''")
    return {id_ for id_, key in rows if str(key).strip()}


def _apps(db: Database, directory: Directory, codes: Collection[str]) -> dict[str, App]:
    """Applications by their exact code; a code that two share finds none."""
    ids: dict[str, list[int]] = {}
    for id_, code in db.rows("SELECT id, app FROM apps"):
        ids.setdefault(str(code), []).append(id_)
    single = {code: ids[code][0] for code in codes if len(ids.get(code, ())) == 1}
    found = {app.id: app for app in directory.apps(list(single.values()))}
    return {code: found[id_] for code, id_ in single.items()}


def _service(app: App | None, everybody: frozenset[int]) -> Principal:
    known = app or _NOBODY
    return Principal(
        Kind.SERVICE, "", groups=everybody | known.publications | known.responsibles,
        app_id=app.id if app else None,
    )


def _many(db: Database, sql: str, values: Collection[Any]) -> Iterator[tuple[Any, ...]]:
    """Run a query with ``IN ({})`` for many values, some at a time."""
    given = list(values)
    for start in range(0, len(given), _AT_ONCE):
        some = given[start : start + _AT_ONCE]
        yield from db.rows(sql.replace("{}", ", ".join("?" * len(some))), *some)
