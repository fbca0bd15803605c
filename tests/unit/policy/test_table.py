"""Every row of the tables of access-policy.md, as examples."""

from __future__ import annotations

import pytest

from applications.init.modules.registries.policy import (
    AmbiguousOwner,
    Kind,
    Owner,
    OwnerFacts,
    Principal,
    Registry,
    UnknownOwner,
)

from .questions import (
    APP,
    ME,
    OTHER_APP,
    OTHER_TEAM,
    OTHER_USER,
    PULLER,
    PUSHER,
    REGISTRIES_MANAGER,
    TEAM,
    ask,
    granted,
    node,
    registry,
    service,
    user,
)
from .questions import MANAGER as MANAGER_ROLE

ALL = "pull,push,delete"
BOTH = user(PULLER, PUSHER)
EVERY = user(PULLER, PUSHER, REGISTRIES_MANAGER)
PUBLISHED = registry()
OWNED = registry(responsibles=(TEAM,))
RESTRICTED = registry(restricted=True)
RESTRICTED_OWNED = registry(restricted=True, responsibles=(TEAM,))
HIDDEN = registry(publications=())
RESPONSIBLE_ONLY = registry(publications=(), responsibles=(TEAM,))
APP_READ = Owner(APP, publications=frozenset({TEAM}))
APP_WRITE = Owner(APP, responsibles=frozenset({TEAM}))
APP_FOREIGN = Owner(APP, frozenset({OTHER_TEAM}), frozenset({OTHER_TEAM}))

Row = tuple[str, Principal, Registry, str, "OwnerFacts | None", str]

ROWS: list[Row] = [
    ("owner pulls and pushes", BOTH, PUBLISHED, f"users/{ME}/x", None, "pull,push"),
    ("owner without Puller", user(PUSHER), PUBLISHED, f"users/{ME}/x", None, "push"),
    ("owner without Pusher", user(PULLER), PUBLISHED, f"users/{ME}/x", None, "pull"),
    ("owner, not published", BOTH, HIDDEN, f"users/{ME}/x", None, ""),
    ("owner, restricted", BOTH, RESTRICTED, f"users/{ME}/x", None, "pull"),
    ("owner, restricted, responsible", BOTH, RESTRICTED_OWNED, f"users/{ME}/x", None, "pull,push"),
    ("owner, responsible but not published", BOTH, RESPONSIBLE_ONLY, f"users/{ME}/x", None, ""),
    ("owner with everything deletes", EVERY, OWNED, f"users/{ME}/x", None, ALL),
    ("owner, manager, not responsible", EVERY, PUBLISHED, f"users/{ME}/x", None, "pull,push"),
    ("somebody else's user space", EVERY, OWNED, f"users/{OTHER_USER}/x", None, ""),
    ("a longer id is another owner", EVERY, OWNED, f"users/{ME}3/x", None, ""),
    ("the user space itself", BOTH, PUBLISHED, f"users/{ME}", None, "pull,push"),
    ("unknown user", EVERY, OWNED, "users/nobody/x", UnknownOwner(), ""),
    ("ambiguous user", EVERY, OWNED, "users/twin/x", AmbiguousOwner(), ""),
    ("Manager in another's user space", user(MANAGER_ROLE), OWNED, "users/99/x", None, ""),
    ("member", BOTH, PUBLISHED, f"groups/{TEAM}/x", None, "pull,push"),
    ("member by name", BOTH, PUBLISHED, "groups/team/x", Owner(TEAM), "pull,push"),
    ("member, restricted", BOTH, RESTRICTED, f"groups/{TEAM}/x", None, "pull"),
    ("no member", EVERY, OWNED, f"groups/{OTHER_TEAM}/x", None, ""),
    ("member with everything deletes", EVERY, OWNED, f"groups/{TEAM}/x", None, ALL),
    ("app published", BOTH, PUBLISHED, f"apps/{APP}/x", APP_READ, "pull"),
    ("app responsible", BOTH, PUBLISHED, f"apps/{APP}/x", APP_WRITE, "pull,push"),
    ("app responsible, restricted", BOTH, RESTRICTED, f"apps/{APP}/x", APP_WRITE, "pull"),
    ("app of others", EVERY, OWNED, f"apps/{APP}/x", APP_FOREIGN, ""),
    ("app responsible deletes", EVERY, OWNED, f"apps/{APP}/x", APP_WRITE, ALL),
    ("app published never deletes", EVERY, OWNED, f"apps/{APP}/x", APP_READ, "pull"),
    ("other, published", BOTH, PUBLISHED, "base/alpine", None, "pull"),
    ("other, responsible", BOTH, OWNED, "base/alpine", None, "pull,push"),
    ("other, responsible, restricted", BOTH, RESTRICTED_OWNED, "alpine", None, "pull,push"),
    ("other, responsible, not published", BOTH, RESPONSIBLE_ONLY, "alpine", None, "push"),
    ("other, no privilege", user(), OWNED, "alpine", None, ""),
    ("other, everything", EVERY, OWNED, "alpine", None, ALL),
    ("bare reserved word is other", BOTH, OWNED, "users", None, "pull,push"),
    ("a word that begins like one is other", BOTH, PUBLISHED, "usersfoo/x", None, "pull"),
    ("Manager holds every privilege", user(MANAGER_ROLE), OWNED, "alpine", None, ALL),
    ("Manager needs publication", user(MANAGER_ROLE), HIDDEN, "alpine", None, ""),
    ("service, other", service(), PUBLISHED, "alpine", None, "pull"),
    ("service, other, not published", service(), HIDDEN, "alpine", None, ""),
    ("service, own app", service(), PUBLISHED, f"apps/{APP}/x", APP_FOREIGN, "pull"),
    ("service, own app, not published", service(), HIDDEN, f"apps/{APP}/x", APP_READ, ""),
    ("service, other app", service(OTHER_APP), PUBLISHED, f"apps/{APP}/x", APP_WRITE, ""),
    ("service without app", service(None), PUBLISHED, f"apps/{APP}/x", APP_WRITE, ""),
    ("service, users/", service(), OWNED, f"users/{ME}/x", None, ""),
    ("service, groups/", service(), OWNED, f"groups/{TEAM}/x", None, ""),
    ("node", node(), OWNED, "alpine", None, ""),
    ("node, apps/", node(), OWNED, f"apps/{APP}/x", APP_WRITE, ""),
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_row(row: Row) -> None:
    """The actions granted are exactly those of the policy's table."""
    _, principal, where, name, owner, expected = row
    wanted = {action for action in expected.split(",") if action}
    assert granted(principal, where, f"repository:{name}:{ALL}", owner) == wanted


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_star_is_the_same_subset(row: Row) -> None:
    """``*`` stands for pull, push, delete, and is never granted itself."""
    _, principal, where, name, owner, _ = row
    asked = granted(principal, where, f"repository:{name}:*", owner)
    assert asked == granted(principal, where, f"repository:{name}:{ALL}", owner)
    assert "*" not in asked


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_refusal_has_a_reason(row: Row) -> None:
    """Each action that was asked is granted or refused with a code and a sentence."""
    _, principal, where, name, owner, _ = row
    decision = ask(principal, where, f"repository:{name}:{ALL}", owner)
    assert {*decision.granted, *(r.action for r in decision.refusals)} == set(ALL.split(","))
    assert all(r.reason and r.sentence for r in decision.refusals)


CATALOG = [
    ("Manager", user(MANAGER_ROLE, groups=()), HIDDEN, "*"),
    ("registries manager, responsible", user(REGISTRIES_MANAGER), OWNED, "*"),
    ("registries manager, not responsible", user(REGISTRIES_MANAGER), PUBLISHED, ""),
    ("responsible without the privilege", BOTH, OWNED, ""),
    ("service", service(), OWNED, ""),
    ("node", node(), OWNED, ""),
]


@pytest.mark.parametrize("row", CATALOG, ids=[row[0] for row in CATALOG])
def test_catalog(row: tuple[str, Principal, Registry, str]) -> None:
    """All names of a registry are for Manager and responsible registries managers only."""
    _, principal, where, expected = row
    assert granted(principal, where, "registry:catalog:*") == ({expected} if expected else set())


def test_catalog_search() -> None:
    """Any user or service the registry is published to may search; a node may not."""
    assert granted(user(), PUBLISHED, "registry:catalog:search") == {"search"}
    assert granted(service(), PUBLISHED, "registry:catalog:search") == {"search"}
    assert granted(user(), HIDDEN, "registry:catalog:search") == set()
    assert granted(node(), OWNED, "registry:catalog:search") == set()


@pytest.mark.parametrize(
    "scope",
    [
        "repository:Users/12/x:pull",
        "repository::pull",
        "repository:a//b:pull",
        "repository:users/12/../13/x:pull",
        "repository:alpine:admin",
        "repository:alpine:",
        "plugin:alpine:pull",
        "registry:other:*",
        "registry:catalog:delete",
        "alpine",
        "repository:" + "a" * 256 + ":pull",
        "repository:älpine:pull",
        "repository:al\x00pine:pull",
    ],
)
def test_what_is_not_understood_grants_nothing(scope: str) -> None:
    """Bad names, unknown types and unknown actions get an entry without actions."""
    assert granted(EVERY, OWNED, scope) == set()


def test_the_collector_itself_may_everything() -> None:
    """The internal principal has full access to repositories and catalogue."""
    me = Principal(Kind.COLLECTOR, "collector")
    assert granted(me, HIDDEN, "repository:users/12/x:*") == {"pull", "push", "delete"}
    assert granted(me, HIDDEN, "registry:catalog:*") == {"*"}


def test_actions_keep_the_order_asked() -> None:
    """Docker asks push,pull, others pull,push: the grant follows."""
    assert ask(BOTH, OWNED, "repository:alpine:push,pull,push").granted == ("push", "pull")
