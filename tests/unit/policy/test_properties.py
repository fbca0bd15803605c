"""The policy over generated worlds, against rules written independently."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from applications.init.modules.registries import names, scopes
from applications.init.modules.registries.names import Namespace
from applications.init.modules.registries.policy import (
    AmbiguousOwner,
    Decision,
    Kind,
    Owner,
    OwnerFacts,
    Principal,
    Registry,
    UnknownOwner,
    decide,
)

GROUPS = st.frozensets(st.integers(1, 4), max_size=4)
IDS = st.integers(1, 4)
PRIVILEGES = st.frozensets(
    st.sampled_from(
        [
            "Manager",
            "DockerRegistriesManager",
            "DockerRegistriesPusher",
            "DockerRegistriesPuller",
            "Unrelated",
        ]
    )
)
PRINCIPALS = st.one_of(
    st.builds(Principal, st.just(Kind.USER), st.just("u"), IDS, GROUPS, PRIVILEGES),
    st.builds(
        Principal,
        st.just(Kind.SERVICE),
        st.just("s@n"),
        st.none(),
        GROUPS,
        st.just(frozenset()),
        st.one_of(st.none(), IDS),
    ),
    st.builds(Principal, st.just(Kind.NODE), st.just("n")),
)
REGISTRIES = st.builds(Registry, st.just(1), st.just("r"), st.booleans(), GROUPS, GROUPS)
OWNERS = st.one_of(
    st.builds(Owner, IDS, GROUPS, GROUPS), st.just(UnknownOwner()), st.just(AmbiguousOwner())
)
NAMES = st.sampled_from(
    ["users/o/x", "groups/o/x", "apps/o/x", "users/o", "other/x", "x", "users", "userso/x"]
)
ACTIONS = st.lists(st.sampled_from(["pull", "push", "delete", "*", "foo"]), max_size=4)


def _decide(
    p: Principal, r: Registry, name: str, owner: OwnerFacts, actions: list[str]
) -> Decision:
    scope = scopes.Scope("repository", name, tuple(dict.fromkeys(actions)))
    repository = names.parse(name)
    assert repository is not None
    facts = None if repository.namespace is Namespace.OTHER else owner
    return decide(p, r, scope, repository, facts)


def _oracle(p: Principal, r: Registry, name: str, owner: OwnerFacts, action: str) -> bool:
    """The policy once more, as the shortest text that says it."""
    holds = set(p.privileges)
    if "Manager" in holds:
        holds |= {"DockerRegistriesManager", "DockerRegistriesPusher", "DockerRegistriesPuller"}
    published, responsible = bool(r.publications & p.groups), bool(r.responsibles & p.groups)
    parts = name.split("/")
    space = parts[0] if len(parts) > 1 and parts[0] in ("users", "groups", "apps") else "other"
    if space != "other" and not isinstance(owner, Owner):
        return False
    o = owner if isinstance(owner, Owner) else Owner(-1)
    if p.kind is Kind.SERVICE:
        mine = space == "other" or (space == "apps" and p.app_id == o.id)
        return action == "pull" and mine and published
    if p.kind is not Kind.USER:
        return False
    reads = {
        "users": p.id == o.id,
        "groups": o.id in p.groups,
        "apps": bool((o.publications | o.responsibles) & p.groups),
        "other": True,
    }[space]
    if action == "pull":
        return reads and published and "DockerRegistriesPuller" in holds
    writes = bool(o.responsibles & p.groups) if space == "apps" else reads
    base = responsible if r.restricted or space == "other" else published
    push = writes and base and "DockerRegistriesPusher" in holds
    if action == "push":
        return push
    return push and responsible and "DockerRegistriesManager" in holds


@settings(max_examples=1500)
@given(PRINCIPALS, REGISTRIES, NAMES, OWNERS)
def test_decisions_are_those_of_the_policy(
    p: Principal, r: Registry, name: str, owner: OwnerFacts
) -> None:
    """Whatever the world, exactly the policy's actions are granted."""
    asked = ["pull", "push", "delete"]
    expected = {a for a in asked if _oracle(p, r, name, owner, a)}
    assert set(_decide(p, r, name, owner, asked).granted) == expected


@given(PRINCIPALS, REGISTRIES, NAMES, OWNERS, ACTIONS)
def test_grants_are_a_subset_of_what_was_asked(
    p: Principal, r: Registry, name: str, owner: OwnerFacts, actions: list[str]
) -> None:
    """Nothing is granted that was not asked; a star asks for three actions, not for itself."""
    wanted = set(actions) - {"*", "foo"}
    wanted |= {"pull", "push", "delete"} if "*" in actions else set()
    assert set(_decide(p, r, name, owner, actions).granted) <= wanted


@given(PRINCIPALS, REGISTRIES, st.sampled_from(["users", "groups"]), OWNERS)
def test_reserved_names_are_for_their_owner_only(
    p: Principal, r: Registry, space: str, owner: OwnerFacts
) -> None:
    """Nobody outside the owner ever gets anything under users/ and groups/."""
    owned = isinstance(owner, Owner) and (
        p.id == owner.id if space == "users" else owner.id in p.groups
    )
    decision = _decide(p, r, f"{space}/o/x", owner, ["*"])
    assert owned or not decision.granted


@given(PRINCIPALS, REGISTRIES, NAMES, OWNERS)
def test_only_users_write(p: Principal, r: Registry, name: str, owner: OwnerFacts) -> None:
    """A service or node never gets push or delete, whatever it is a member of."""
    granted = set(_decide(p, r, name, owner, ["*"]).granted)
    assert p.kind is Kind.USER or not granted & {"push", "delete"}


@given(PRINCIPALS, REGISTRIES, NAMES, OWNERS, GROUPS, PRIVILEGES)
def test_fewer_memberships_never_give_more(
    p: Principal,
    r: Registry,
    name: str,
    owner: OwnerFacts,
    fewer_groups: frozenset[int],
    fewer_privileges: frozenset[str],
) -> None:
    """Taking groups or privileges away never adds a right."""
    less = Principal(
        p.kind, p.login, p.id, p.groups & fewer_groups, p.privileges & fewer_privileges, p.app_id
    )
    before = set(_decide(p, r, name, owner, ["*"]).granted)
    assert set(_decide(less, r, name, owner, ["*"]).granted) <= before
