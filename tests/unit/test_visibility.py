"""What is visible is what a token would be given for: the same in Python, in SQL and in tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from applications.init.modules.registries import names, visibility
from applications.init.modules.registries.policy import Kind, Principal, Registry, decide
from applications.init.modules.registries.scopes import DELETE, PULL, PUSH, REPOSITORY, Scope
from applications.init.modules.registries.visibility import EVERYTHING, VISIBLE, Range
from tests.databases import CHOSEN
from tests.home import Home

PRIVILEGES = ("DockerRegistriesPuller", "DockerRegistriesPusher", "DockerRegistriesManager",
              "Manager")
TEXTS = ("store", "Store", "store-2", "a.b", "31", "20", "007", "a/b", "store/x", "Big Team", "é",
         "\u212aelvin", "kelvin", "", "none", "x_y", "X_Y")
IDS = (2, 7, 20, 31, 2147483647)
REGISTRY_ID = 9


@dataclass(frozen=True)
class World:
    """Rows of the tables that the directory reads, and who asks what where."""

    users: dict[int, str | None]
    groups: dict[int, tuple[str, str | None]]
    apps: dict[int, str]
    published: frozenset[tuple[int, int]]
    answered: frozenset[tuple[int, int]]
    principal: Principal
    registry: Registry



def _key(text: str) -> str:
    """What a unique key sees of a text: MariaDB's has no regard for case."""
    return text.lower() if CHOSEN == "mariadb" else text


_ids = st.sampled_from(IDS)
_all = st.just(frozenset(IDS))
_some = st.frozensets(_ids, max_size=4)
_texts = st.sampled_from(TEXTS)
_links = st.frozensets(st.tuples(_ids, _ids), max_size=10)
_principals = st.builds(
    Principal,
    st.sampled_from(Kind),
    st.just("me"),
    st.none() | _ids,
    _some,
    st.just(frozenset(PRIVILEGES[:3])) | st.frozensets(st.sampled_from(PRIVILEGES)),
    st.none() | _ids,
)
_registries = st.builds(
    Registry, st.just(REGISTRY_ID), st.just("reg"), st.booleans(), _all | _some, _all | _some
)
_flags = st.sampled_from(["F", "F", "F", "T", None])
_unique_groups = st.dictionaries(_ids, st.tuples(_texts, _flags), max_size=5).filter(
    lambda groups: len({_key(role) for role, _ in groups.values()}) == len(groups)
)
_unique_apps = st.dictionaries(_ids, _texts, min_size=2, max_size=5).filter(
    lambda apps: len({_key(code) for code in apps.values()}) == len(apps)
)
_worlds = st.builds(
    World,
    st.dictionaries(_ids, st.none() | _texts, max_size=4),
    _unique_groups,
    _unique_apps,
    _links,
    _links,
    _principals,
    _registries,
)
_owners = st.sampled_from(
    [*(text.lower() for text in TEXTS), *map(str, IDS), *map(str, IDS), "0", "00", "031",
     "99999999999", "store.x", "store-", "store0", "200", "2", "3", "310"]
)
_spaces = st.sampled_from(
    [*("users", "groups", "apps", "apps") * 5, "usersfoo", "users0", "users-x", "users.x",
     "app", "apps0x", "host:80/users", "users:80", "apps:5/apps", "groups_x", "x/users", "zzz", "0"]
)
_names = st.lists(
    st.one_of(
        st.builds("{}/{}/{}".format, _spaces, _owners, st.sampled_from(["x", "0", "x/y", "store"])),
        st.builds("{}/{}".format, _spaces, _owners),
        _spaces,
    ).filter(names.is_valid),
    min_size=8,
    max_size=30,
    unique=True,
)


def _fill(home: Home, world: World, repositories: list[str]) -> None:
    run = home.db.run
    for table in ("auth_user", "auth_group", "apps", "apps_publications", "apps_responsibles",
                  "docker_repositories"):
        run(f"DELETE FROM {table}")
    for id_, username in world.users.items():
        run("INSERT INTO auth_user (id, username) VALUES (?, ?)", id_, username)
    for id_, (role, privilege) in world.groups.items():
        run("INSERT INTO auth_group (id, role, privilege) VALUES (?, ?, ?)", id_, role, privilege)
    for id_, code in world.apps.items():
        run("INSERT INTO apps (id, app, description) VALUES (?, ?, '')", id_, code)
    for table, links in (("publications", world.published), ("responsibles", world.answered)):
        for app_id, group_id in links:
            run(f"INSERT INTO apps_{table} (app_id, group_id) VALUES (?, ?)", app_id, group_id)
    for registry_id in (REGISTRY_ID, REGISTRY_ID + 1):
        for name in repositories:
            run("INSERT INTO docker_repositories (registry_id, repository, created, updated)"
                " VALUES (?, ?, '2026-01-02', '2026-01-02')", registry_id, name)


def _granted(home: Home, world: World, name: str, action: str) -> bool:
    """The decision of a token, made as the token service makes it."""
    repository = names.parse(name)
    assert repository is not None
    owner = None
    if repository.owner is not None:
        owner = home.container.directory.owner(repository.namespace, repository.owner)
    scope = Scope(REPOSITORY, name, (action,))
    decision = decide(world.principal, world.registry, scope, repository, owner)
    return action in decision.granted


def _selected(home: Home, visible: tuple[Range, ...]) -> set[str]:
    found: set[str] = set()
    for some in visibility.chunks(visible):
        table, values = visibility.mine(some)
        rows = home.db.rows(f"{table}SELECT d.repository FROM {VISIBLE}", *values, REGISTRY_ID)
        assert len(rows) == len({row[0] for row in rows})
        found |= {row[0] for row in rows}
    return found


def _chosen(home: Home, world: World, *actions: str) -> set[str]:
    seen = visibility.granted(home.container.directory, world.principal, world.registry, *actions)
    condition, values = seen.condition("d.repository", home.db.first_two("d.repository"))
    sql = f"SELECT d.repository FROM docker_repositories d WHERE d.registry_id = ? AND {condition}"
    return {row[0] for row in home.db.rows(sql, REGISTRY_ID, *values)}


def _check(home: Home, world: World, repositories: list[str], action: str) -> set[str]:
    with home.db.transaction(write=True):
        _fill(home, world, repositories)
        visible = visibility.ranges(
            home.container.directory, world.principal, world.registry, action
        )
        granted = {name for name in repositories if _granted(home, world, name, action)}
        assert {n for n in repositories if visibility.contains(visible, n)} == granted
        if home.db.joins_ranges:
            assert _selected(home, visible) == granted
        assert _chosen(home, world, action) == granted
        pushed = {name for name in repositories if _granted(home, world, name, PUSH)}
        assert _chosen(home, world, action, PUSH) == granted | pushed
    assert list(visible) == sorted(visible)
    assert all(one.high <= other.low for one, other in zip(visible, visible[1:]))
    return granted


_TWINS = World(
    {31: "store"}, {20: ("Store", "F"), 2: ("store", "F"), 7: ("store/x", "F")}, {31: "20"},
    frozenset({(31, 20)}), frozenset(),
    Principal(Kind.USER, "me", 31, frozenset({20, 2, 7}), frozenset(PRIVILEGES[:2])),
    Registry(REGISTRY_ID, "reg", False, frozenset({20}), frozenset()),
)
if CHOSEN == "mariadb":
    _TWINS = replace(_TWINS, groups={20: ("Store", "F"), 7: ("store/x", "F")})
_SERVICE = replace(
    _TWINS, principal=Principal(Kind.SERVICE, "web@n1", None, frozenset({20}), app_id=31),
    published=frozenset(),
)
_ANSWERS = replace(_TWINS, published=frozenset(), answered=frozenset({(31, 7)}))
_NEAR = ["users/31/x", "users/store/x", "users/031/x", "groups/20", "groups/store/x",
         "groups/store/x/y", "apps/31/x", "apps/20/x", "usersfoo/31/x", "zzz",
         "users/31-x/y", "users/31.x", "users/store-2/x", "users/store0/x", "users/310/x"]


@pytest.mark.parametrize("at_once", [3, visibility.AT_ONCE])
def test_equal_to_tokens(home: Home, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """Whatever the world and whoever asks: visible, selected and granted are the same names."""
    monkeypatch.setattr(visibility, "AT_ONCE", at_once)

    @limits(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_worlds, _names, st.sampled_from([PULL, PUSH, DELETE, "*", "other"]))
    @example(_TWINS, _NEAR, PULL)
    @example(_TWINS, _NEAR, PUSH)
    @example(_SERVICE, _NEAR, PULL)
    @example(_ANSWERS, _NEAR, PUSH)
    def holds(world: World, repositories: list[str], action: str) -> None:
        _check(home, world, repositories, "" if action == "*" else action)

    holds()


@pytest.mark.skipif(CHOSEN == "mariadb", reason="no groups there differ by case alone")
def test_a_known_world(home: Home) -> None:
    """Of twins only the ids are owned, a number is an id, a group's name is one component."""
    found = _check(home, _TWINS, _NEAR, PULL)
    assert found == {
        "users/31/x", "users/store/x", "groups/20", "apps/31/x", "usersfoo/31/x", "zzz"
    }


def test_many_groups(home: Home) -> None:
    """More groups and applications than one IN list takes are all found."""
    ids = range(1000, 2201)
    groups: dict[int, tuple[str, str | None]] = {i: (f"Group-{i}", "F") for i in ids}
    world = World(
        {}, groups, {id_: f"App-{id_}" for id_ in ids},
        frozenset((id_, id_) for id_ in ids), frozenset(),
        Principal(Kind.USER, "me", 1, frozenset(ids), frozenset(PRIVILEGES)),
        Registry(REGISTRY_ID, "reg", False, frozenset({1000}), frozenset()),
    )
    wanted = [f"{space}/{text}/x" for id_ in (1000, 1600, 2200)
              for space in ("groups", "apps") for text in (id_, f"{space[:-1]}-{id_}")]
    assert _check(home, world, [*wanted, "groups/2201/x", "users/1/x"], PULL) == set(wanted)


@pytest.mark.parametrize(
    "name", ["a", "0", "users/31", "zzz/z", "host:5000/x", "users0", "z" * 255]
)
def test_everything(name: str) -> None:
    """A Manager's range on the REST API and the GUI holds every name."""
    assert visibility.contains(EVERYTHING, name)
    assert not visibility.contains((), name)
