"""Who may pull and push, over the REST API: the same people as tokens are given to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from applications.init.modules.registries import names, parties
from applications.init.modules.registries.login import caller as callers
from applications.init.modules.registries.login.caller import Caller
from applications.init.modules.registries.parties import Target
from applications.init.modules.registries.policy import (
    ALL_PRIVILEGES,
    Kind,
    Principal,
    Registry,
    decide,
)
from applications.init.modules.registries.scopes import PULL, PUSH, REPOSITORY, Scope
from tests.databases import CHOSEN
from tests.home import Home
from tests.web.conftest import Site
from tests.web.rest.shelf import HIDDEN_ID, RESTRICTED_ID, Shelf, stocked
from tests.web.world import ADA, BOB, EVE, LINUS, ROOT
from tests.web.world import PULL as PULLER

PEOPLE = range(31, 38)
OURS = {"s1", "s2"}


@pytest.fixture
def shelf(site: Site) -> Iterator[Shelf]:
    """Some repositories."""
    with stocked(site) as found:
        yield found


def _ids(rows: list[dict[str, Any]]) -> set[int]:
    return {row["id"] for row in rows}


@pytest.mark.parametrize(
    ("repository", "pullers", "pushers", "services"),
    [
        (61, {31, 32, 33, 35}, {35}, {"s1", "s2"}),
        (62, {31}, {31}, set()),
        (63, {31, 32, 33, 35}, {31, 32, 34, 35}, set()),
        (64, {31, 32, 33, 35}, {31, 32, 34, 35}, {"s1"}),
        (65, {31, 32, 33, 35}, {35}, {"s1", "s2"}),
        (66, set(), set(), set()),
    ],
)
def test_lists(
    shelf: Shelf, repository: int, pullers: set[int], pushers: set[int], services: set[str]
) -> None:
    """The lists hold whom tokens are given to, in one answer and each on its own path (E64)."""
    path = f"/docker/repositories/{repository}"
    pull, push = shelf.data(f"{path}/pullers"), shelf.data(f"{path}/pushers")
    assert set(pull) == {"apps", "services", "groups", "users"}
    assert set(push) == {"apps", "groups", "users"}
    assert _ids(pull["users"]) & set(PEOPLE) == pullers
    assert _ids(push["users"]) & set(PEOPLE) == pushers
    assert {row["svc_id"] for row in pull["services"]} & OURS == services
    for name, rows in pull.items():
        assert shelf.data(f"{path}/pullers/{name}", "limit=0") == rows
    for name, rows in push.items():
        assert shelf.data(f"{path}/pushers/{name}", "limit=0") == rows


@pytest.mark.parametrize("repository", range(61, 67))
def test_by_name(shelf: Shelf, repository: int) -> None:
    """Who may use a repository is told by its registry and name too, there or not."""
    sql = "SELECT registry_id, repository FROM docker_repositories WHERE id = ?"
    ((registry, name),) = shelf.rows(sql, repository)
    path = f"/docker/registries/{registry}/parties"
    for action in ("pull", "push"):
        expected = shelf.data(f"/docker/repositories/{repository}/{action}ers")
        assert shelf.data(path, f"repository={name}&action={action}") == expected


def test_by_a_new_name(shelf: Shelf) -> None:
    """Of a repository that is not there yet the owner is told; of an invalid name nobody."""
    path = "/docker/registries/51/parties"
    data = shelf.data(path, "repository=users/31/new&action=push", LINUS)
    assert [row["id"] for row in data["users"]] == [31]
    assert not any(shelf.data(path, "repository=users/31/../x", LINUS).values())


@pytest.mark.parametrize("query", ["", "action=push", "repository=base/x&action=delete"])
def test_by_nothing(shelf: Shelf, query: str) -> None:
    """A repository is named, and the action is pull or push."""
    assert shelf.get("/docker/registries/51/parties", query).status == 400


def test_groups_and_apps(shelf: Shelf) -> None:
    """Groups are those whose members get in by it, applications those of ``apps/``."""

    def of(repository: int, kind: str) -> tuple[list[int], list[str]]:
        data = shelf.data(f"/docker/repositories/{repository}/{kind}")
        return [g["id"] for g in data["groups"]], [a["app"] for a in data["apps"]]

    shelf.repository(67, "apps/store/x", HIDDEN_ID)
    shelf.repository(68, "groups/20/y", RESTRICTED_ID)
    shelf.repository(69, "groups/279/y")
    assert of(61, "pullers") == ([20, 21], [])
    assert of(61, "pushers") == ([21], [])
    assert of(62, "pullers") == ([], [])
    assert of(63, "pullers") == of(63, "pushers") == ([20], [])
    assert of(64, "pullers") == ([20, 22], ["Store"])
    assert of(64, "pushers") == ([20], ["Store"])
    assert of(66, "pullers") == ([], [])
    assert of(67, "pullers") == ([], ["Store"])
    assert of(68, "pushers") == ([20], [])
    assert of(69, "pullers") == ([], [])


def test_shapes(shelf: Shelf) -> None:
    """Ids and names of people are told, never more of their rows (E1)."""
    data = shelf.data("/docker/repositories/64/pullers", login=ADA)
    assert set(data["users"][0]) == {"id", "first_name", "last_name"}
    assert data["groups"][0] == {"id": 20, "role": "webdev"}
    assert data["services"] == [{"svc_id": "s1", "svcname": "store/web", "svc_app": "Store"}]
    assert data["apps"] == [{"id": 41, "app": "Store"}]
    for column in ("password", "email", "registration_key", "auth_user.password"):
        path = "/docker/repositories/64/pullers/users"
        assert shelf.get(path, f"props={column}").status == 400
        assert shelf.get(path, f"filters={column}+%25a%25").status == 400
        assert shelf.get(path, f"orderby={column}").status == 400


def test_list_parameters(shelf: Shelf) -> None:
    """The lists take what lists take."""
    answer = shelf.get("/docker/repositories/61/pullers/users", "limit=2&orderby=~id&props=id")
    assert [row["id"] for row in answer.json["data"]] == [35, 33]
    assert answer.json["meta"]["total"] == 4
    rows = shelf.data("/docker/repositories/61/pullers/services", "filters=svcname+store%25")
    assert [row["svc_id"] for row in rows] == ["s1"]
    rows = shelf.data("/docker/repositories/61/pullers/groups", "search=webd")
    assert [row["id"] for row in rows] == [20]


@pytest.mark.parametrize("kind", ["pullers", "pushers", "pullers/users", "pushers/groups"])
def test_not_seen(shelf: Shelf, kind: str) -> None:
    """Of a repository that one doesn't see nothing is told, not even that it exists."""
    for login, repository in ((BOB, 62), (EVE, 61), (LINUS, 66), (ROOT, 999), (PULLER, 62)):
        answer = shelf.get(f"/docker/repositories/{repository}/{kind}", login=login)
        assert (answer.status, answer.json["error"]) == (
            404, f"there is no docker repository {repository}"
        )
    assert shelf.get(f"/docker/repositories/x/{kind}").status == 400


def test_no_services_push(shelf: Shelf) -> None:
    """There is no list of services that push."""
    assert shelf.get("/docker/repositories/61/pushers/services").status == 404


@dataclass(frozen=True)
class World:
    """Rows of the tables that decide, and a repository."""

    users: dict[int, str]
    members: frozenset[tuple[int, int]]
    groups: dict[int, str]
    apps: dict[int, str]
    published: frozenset[tuple[int, int]]
    answered: frozenset[tuple[int, int]]
    services: tuple[str, ...]
    registry: Registry
    name: str


_USERS, _GROUPS, _APPS = range(1, 6), range(1, 10), range(1, 4)
_ROLES = {1: "team", 2: "Other", 3: "Everybody", 4: "3",
          **{5 + n: role for n, role in enumerate(ALL_PRIVILEGES)}}
_some_groups = st.just(frozenset(range(1, 6))) | st.frozensets(
    st.sampled_from(range(1, 6)), max_size=4
)
_everywhere = frozenset((user, group) for user in _USERS for group in _GROUPS)
_some_members = st.frozensets(st.sampled_from(sorted(_everywhere)), max_size=20)
_links = st.frozensets(
    st.tuples(st.sampled_from(_APPS), st.sampled_from(range(1, 6))), max_size=8
)
# MariaDB's keys have no regard for case.
_SECOND = ["Shop"] if CHOSEN == "mariadb" else ["Shop", "STORE"]
_worlds = st.builds(
    World,
    st.fixed_dictionaries({u: st.sampled_from(["", "", "", " ", "blocked"]) for u in _USERS}),
    _some_members | _some_members.map(lambda some: _everywhere - some),
    st.fixed_dictionaries(
        {g: st.sampled_from(["F"] if g < 5 else ["T", "T", "T", "F"]) for g in _GROUPS if g < 9}
    ),
    st.fixed_dictionaries({1: st.just("store"), 2: st.sampled_from(_SECOND),
                           3: st.sampled_from(["3", "x"])}),
    _links,
    _links,
    st.lists(st.sampled_from(["store", "Store", "Shop", "3", "x", "", "none"]), max_size=5).map(
        tuple
    ),
    st.builds(Registry, st.just(9), st.just("reg"), st.booleans(), _some_groups, _some_groups),
    st.sampled_from(
        ["a", "a/b", "users", "users/1/x", "users/u2/x", "users/9/x", "groups/1/x", "groups/team",
         "groups/other/x", "groups/3/x", "groups/5/x", "apps/1/x", "apps/store/x", "apps/shop/x",
         "apps/3/x", "apps/x/y"]
    ),
)


_BY_PUBLICATION = World(
    {}, frozenset(), {1: "F", 2: "F", 3: "F"}, {1: "store", 2: "Shop"}, frozenset({(1, 1)}),
    frozenset({(2, 2)}), ("store", "Shop", "none"),
    Registry(9, "reg", False, frozenset({1, 2}), frozenset()), "a",
)


def _fill(home: Home, world: World) -> None:
    run = home.db.run
    for table in ("auth_user", "auth_group", "auth_membership", "apps", "apps_publications",
                  "apps_responsibles", "services"):
        run(f"DELETE FROM {table}")
    for id_, key in world.users.items():
        run("INSERT INTO auth_user (id, username, registration_key) VALUES (?, ?, ?)", id_,
            f"u{id_}", key)
    for id_, privilege in world.groups.items():
        run("INSERT INTO auth_group (id, role, privilege) VALUES (?, ?, ?)", id_, _ROLES[id_],
            privilege)
    for user, group in world.members:
        run("INSERT INTO auth_membership (user_id, group_id) VALUES (?, ?)", user, group)
    for id_, code in world.apps.items():
        run("INSERT INTO apps (id, app, description) VALUES (?, ?, '')", id_, code)
    for table, links in (("publications", world.published), ("responsibles", world.answered)):
        for app_id, group_id in links:
            run(f"INSERT INTO apps_{table} (app_id, group_id) VALUES (?, ?)", app_id, group_id)
    for number, code in enumerate(world.services):
        run("INSERT INTO services (svc_id, svcname, svc_app) VALUES (?, 's', ?)", f"s{number}",
            code)


def _token(home: Home, world: World, who: Caller, action: str) -> bool:
    """The decision of a token, made as the token service makes it."""
    directory, repository = home.container.directory, names.parse(world.name)
    assert repository is not None
    owner = None
    if repository.owner is not None:
        owner = directory.owner(repository.namespace, repository.owner)
    principal: Principal = callers.principal(who, directory)
    scope = Scope(REPOSITORY, world.name, (action,))
    return action in decide(principal, world.registry, scope, repository, owner).granted


def test_equal_to_tokens(home: Home) -> None:
    """Whatever the world: somebody is in the list if, and only if, a token would be given (E65)."""

    @limits(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_worlds, st.sampled_from([PULL, PUSH]))
    @example(_BY_PUBLICATION, PULL)
    def holds(world: World, action: str) -> None:
        with home.db.transaction(write=True):
            _fill(home, world)
            repository, directory = names.parse(world.name), home.container.directory
            assert repository is not None
            owner = repository.owner and directory.owner(repository.namespace, repository.owner)
            target = Target(world.registry, repository, owner)
            users = [
                id_ for id_, key in sorted(world.users.items()) if not key.strip() and
                _token(home, world, Caller(Kind.USER, "", "", "", user_id=id_), action)
            ]
            services = [
                f"s{n}" for n, app in enumerate(world.services)
                if _token(home, world, Caller(Kind.SERVICE, "", "", "", app=app), action)
            ]
            assert parties.users(home.db, target, action) == users
            assert parties.services(home.db, directory, target, action) == services

    holds()


def test_many_users(home: Home) -> None:
    """Ten thousand users, all of whom may pull, cost less than a second of work."""
    with home.db.transaction(write=True):
        puller = home.db.rows(
            "SELECT id FROM auth_group WHERE role = 'DockerRegistriesPuller'"
        )[0][0]
        everybody = home.db.rows("SELECT id FROM auth_group WHERE role = 'Everybody'")[0][0]
        for user in range(1000, 11_000):
            home.db.run("INSERT INTO auth_user (id, username) VALUES (?, ?)", user, f"u{user}")
            for group in (puller, everybody, 5000 + user % 900):
                home.db.run(
                    "INSERT INTO auth_membership (user_id, group_id) VALUES (?, ?)", user, group
                )
        registry = Registry(9, "reg", False, frozenset({everybody}), frozenset())
        started = time.process_time()
        found = parties.users(home.db, Target(registry, names.parse("a"), None), PULL)
        took = time.process_time() - started
    assert took < 1, took
    assert len(found) >= 10_000
