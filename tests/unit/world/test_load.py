"""Loading worlds: idempotent, checked, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.world import WorldError, document
from tests.home import Home, user

WORLD: dict[str, Any] = {
    "comment": "a small world",
    "groups": [{"id": 20, "role": "webdev", "privilege": False}, {"id": 21, "role": "ops"}],
    "users": [
        user("ada", 31, primary_group="webdev", groups=["webdev"],
             privileges=["DockerRegistriesPusher"], first_name="Ada", registration_key=""),
    ],
    "apps": [{"id": 41, "app": "Store", "responsibles": ["webdev"], "publications": ["ops"]}],
    "nodes": [{"node_id": "n1", "nodename": "n1.lab", "app": "Store", "cluster_id": "c1",
               "uuid": "u1", "addresses": ["192.0.2.7", "::FFFF:192.0.2.7", "2001:DB8::7"]}],
    "services": [{"svc_id": "s1", "svcname": "web", "app": "Store", "cluster_id": "c1",
                  "nodes": ["n1.lab"]}],
    "registries": [{"id": 51, "service": "reg", "url": "http://reg:5000/", "insecure": True,
                    "restricted": False, "publications": ["webdev"], "responsibles": ["ops"],
                    "push_seconds": 1800, "major": 3, "placement": True}],
    "repositories": [{"id": 61, "registry": 51, "repository": "base/alpine", "stars": 4,
                      "official": True, "automated": False, "description": "base"}],
    "tags": [{"id": 71, "repository": 61, "name": "3.20", "config_digest": "sha256:0e",
              "config_size": 1472}],
}


def _dump(home: Home) -> dict[str, list[Any]]:
    tables = [t for t in home.db.dal.tables if t != "log"]
    with home.db.transaction():
        return {table: sorted(home.db.rows(f"SELECT * FROM {table}")) for table in tables}


def _load(home: Home, world: dict[str, Any]) -> None:
    home.load(**world)


def test_everything_arrives(home: Home) -> None:
    """Objects get their explicit ids, lists become links, passwords hashes, urls their form."""
    _load(home, WORLD)
    dal = home.db.dal
    assert dal.auth_user[31].email == "ada@example.org"
    assert dal.auth_user[31].password.startswith("pbkdf2(")
    assert dal.docker_registries[51].url == "http://reg:5000"
    assert dal.docker_registries[51].restricted is False
    assert dal.docker_repositories[61].official is True
    assert dal.docker_tags[71].registry_id == 51
    options = dal(dal.registry_options.registry_id == 51).select().first()
    assert (options.push_seconds, options.placement) == (1800, True)
    on_record = [(row.addr, row.type) for row in dal(dal.node_ip.node_id == "n1").select()]
    assert on_record == [("192.0.2.7", "inet"), ("2001:db8::7", "inet6")]
    with home.db.transaction():
        held = home.container.directory.memberships(31)
    assert held.privileges == {"DockerRegistriesPusher"}
    roles = {dal.auth_group[group].role for group in held.groups}
    assert roles == {"webdev", "Everybody", "user_31"}


def test_twice_is_the_same(home: Home) -> None:
    """Loading the same file again changes nothing, password hashes included."""
    _load(home, WORLD)
    before = _dump(home)
    _load(home, WORLD)
    assert _dump(home) == before


def test_the_shipped_example(home: Home, tmp_path: Path) -> None:
    """A world written to a file is read as it was."""
    path = tmp_path / "world.json"
    path.write_text(json.dumps(WORLD))
    assert document.read(path)["groups"] == WORLD["groups"]


def test_given_lists_replace(home: Home) -> None:
    """A list that is given replaces the stored one; one that is left out is kept."""
    _load(home, WORLD)
    _load(home, {"users": [user("ada", 31, groups=["ops"])],
                 "registries": [{"id": 51, "service": "reg", "url": "http://reg:5000",
                                 "publications": []}]})
    with home.db.transaction():
        held = home.container.directory.memberships(31)
        assert held.privileges == {"DockerRegistriesPusher"}
        assert {20, 21} & held.groups == {21}
        publications = home.db.rows("SELECT group_id FROM docker_registries_publications")
        responsibles = home.db.rows("SELECT group_id FROM docker_registries_responsibles")
    assert (publications, responsibles) == ([], [(21,)])


BAD: list[tuple[str, Any]] = [
    ("a world is a JSON object", []),
    ("unknown section 'user'", {"user": []}),
    ("groups is not a list", {"groups": {}}),
    (r"groups\[0\] is not an object", {"groups": [1]}),
    (r"groups\[0\] lacks 'role'", {"groups": [{"id": 1}]}),
    (r"groups\[0\] has an unknown member 'name'", {"groups": [{"role": "x", "name": "y"}]}),
    (r"groups\[0\].id is not a valid id", {"groups": [{"role": "x", "id": 2**40}]}),
    (r"groups\[0\].id is not a valid id", {"groups": [{"role": "x", "id": "1"}]}),
    (r"groups\[0\].privilege is not a valid flag", {"groups": [{"role": "x", "privilege": 1}]}),
    (r"users\[0\].groups is not a valid texts", {"users": [{"email": "a@b", "groups": "x"}]}),
    (r"users\[0\]: there is no group 'x'", {"users": [user("a", 90, groups=["x"])]}),
    (r"users\[0\]: 'Manager' is not an organisational group",
     {"users": [user("a", 90, groups=["Manager"])]}),
    (r"users\[0\]: 'Everybody' is not a privilege",
     {"users": [user("a", 90, privileges=["Everybody"])]}),
    (r"users\[0\]: a new user needs a password", {"users": [{"email": "a@b"}]}),
    (r"users\[1\]: .* has the id 90, not 91", {"users": [user("a", 90), user("a", 91)]}),
    (r"users\[1\]: the username 'a' is taken",
     {"users": [user("a", 90), {**user("b", 91), "username": "a"}]}),
    (r"services\[0\]: there is no node 'x'",
     {"services": [{"svc_id": "s", "svcname": "s", "nodes": ["x"]}]}),
    (r"registries\[0\]: a registry url is", {"registries": [{"service": "s", "url": "reg"}]}),
    (r"registries\[0\]: a registry url has no user",
     {"registries": [{"service": "s", "url": "http://a:b@reg"}]}),
    (r"registries\[0\]: .* is no valid registry service",
     {"registries": [{"service": "a\nb", "url": "http://r"}]}),
    (r"registries\[1\]: the url http://r is another registry's",
     {"registries": [{"service": "s", "url": "http://r"}, {"service": "t", "url": "http://r/"}]}),
    (r"registries\[0\]: algorithm is not",
     {"registries": [{"service": "s", "url": "http://r", "algorithm": "none"}]}),
    (r"repositories\[0\]: docker_registries 9 does not exist",
     {"repositories": [{"registry": 9, "repository": "a"}]}),
    (r"repositories\[0\]: 'A//B' is no valid repository name",
     {"repositories": [{"registry": 9, "repository": "A//B"}]}),
    (r"tags\[0\]: docker_repositories 9 does not exist",
     {"tags": [{"repository": 9, "name": "x"}]}),
]


@pytest.mark.parametrize("case", BAD, ids=[message for message, _ in BAD])
def test_bad_worlds(home: Home, case: tuple[str, Any]) -> None:
    """An error names its place, and nothing at all is written."""
    message, world = case
    before = _dump(home)
    with pytest.raises(WorldError, match=message):
        rows = document.check(world)
        _load(home, {"groups": [{"role": "first"}], **rows} if not rows["groups"] else rows)
    assert _dump(home) == before


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"groups": [{"role": "\\ud800"}]'])
def test_bad_files(tmp_path: Path, text: str) -> None:
    """What is no JSON is told so."""
    path = tmp_path / "world.json"
    path.write_text(text)
    with pytest.raises(WorldError):
        document.read(path)
    with pytest.raises(WorldError, match="No such file"):
        document.read(tmp_path / "missing.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["groups", "users", "role", "id", "email", "x"]), inner, max_size=3
    ),
    max_leaves=10,
)


@given(JSON)
def test_any_json(world: Any) -> None:
    """No JSON value raises anything but the one error."""
    try:
        document.check(world)
    except WorldError:
        return


def test_addresses_of_a_node(home: Home) -> None:
    """A list of addresses replaces the stored one; none leaves it alone."""
    def known() -> list[str]:
        with home.db.transaction():
            return [row[0] for row in home.db.rows("SELECT addr FROM node_ip ORDER BY id")]

    node = {"node_id": "n1", "nodename": "n1.lab"}
    _load(home, {"nodes": [{**node, "addresses": ["192.0.2.7", "192.0.2.8"]}]})
    _load(home, {"nodes": [node]})
    assert known() == ["192.0.2.7", "192.0.2.8"]
    _load(home, {"nodes": [{**node, "addresses": ["192.0.2.9", "::ffff:192.0.2.8"]}]})
    assert known() == ["192.0.2.8", "192.0.2.9"]
    with pytest.raises(WorldError, match=r"nodes\[0\]: 'n1' is no IP address"):
        _load(home, {"nodes": [{**node, "addresses": ["n1"]}]})
    _load(home, {"nodes": [{**node, "addresses": []}]})
    assert known() == []
