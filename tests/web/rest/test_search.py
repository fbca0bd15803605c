"""The search box over the REST API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.rest.rack import Rack, standing
from tests.web.rest.shelf import OPEN_ID, Shelf, stocked
from tests.web.world import ADA, BOB, EVE, LINUS, NODE, PUSH, ROOT, SERVICE, Login

KINDS = {"docker_registries", "docker_repositories", "users", "groups", "privileges", "apps",
         "services", "nodes"}


@pytest.fixture
def rack(site: Site) -> Iterator[Rack]:
    """What is on the shelf, and machines."""
    with standing(site) as found, stocked(site):
        yield found


def _search(rack: Shelf, query: str, login: Login = ROOT) -> dict[str, Any]:
    found: dict[str, Any] = rack.data("/search", query, login)
    return found


def _repositories(rack: Shelf, text: str, login: Login = ROOT) -> list[str]:
    data = _search(rack, f"in=docker&limit=0&substring={text}", login)
    return [row["repository"] for row in data["docker_repositories"]["data"]]


def test_shape(rack: Rack) -> None:
    """Registries and repositories come in the form that clients know (C.5)."""
    data = _search(rack, "substring=alpine&in=docker")
    assert set(data) == {"docker_registries", "docker_repositories"}
    found = data["docker_repositories"]
    assert set(found) == {"total", "data", "fmt", "elapsed"}
    assert found["total"] == 2
    assert found["data"][0] == {"id": 61, "repository": "127.0.0.1:1/base/alpine"}
    assert found["fmt"] == {"id": "%(id)d", "name": "%(repository)s"}
    assert found["fmt"]["name"] % found["data"][0] == "127.0.0.1:1/base/alpine"
    assert found["elapsed"] == "0.000000"
    found = _search(rack, "substring=REGISTRY.open&in=docker")["docker_registries"]
    assert found["data"] == [{"id": 51, "service": "registry.open", "url": "http://127.0.0.1:1"}]
    assert found["fmt"] == {"id": "%(id)d", "name": "%(service)s @ %(url)s"}


def test_formats_fit(rack: Rack) -> None:
    """Every row of every kind goes into the format of its kind."""
    rack.run("UPDATE nodes SET nodename = 'node.lab' WHERE node_id = 'n1'")
    data = _search(rack, "substring=e&limit=0")
    assert set(data) == KINDS
    for kind in data.values():
        assert kind["data"]
        assert kind["total"] == len(kind["data"])
        for row in kind["data"]:
            assert all(fmt % row for fmt in kind["fmt"].values())


@pytest.mark.parametrize(
    ("word", "kinds"),
    [("docker", {"docker_registries", "docker_repositories"}),
     ("docker_registry", {"docker_registries"}), ("docker_repository", {"docker_repositories"}),
     ("user", {"users"}), ("group", {"groups"}), ("app", {"apps"}), ("node", {"nodes"}),
     ("svc", {"services"}), ("priv", {"privileges"})],
)
def test_kinds(rack: Rack, word: str, kinds: set[str]) -> None:
    """Titles of sections search their own kind, as parameter or in front of the text (E76)."""
    assert set(_search(rack, f"substring=web&in={word}&limit=0")) == kinds
    assert set(_search(rack, f"substring={word}:+web")) == kinds


def test_prefix(rack: Rack) -> None:
    """Only a word for a kind is a prefix; the parameter wins over it."""
    assert _repositories(rack, "Docker:Alpine") == ["127.0.0.1:1/base/alpine",
                                                    "127.0.0.1:2/base/alpine"]
    data = _search(rack, "substring=n1:+x")
    assert set(data) == KINDS
    assert set(_search(rack, "substring=user:+ada&in=group")) == {"groups"}
    assert _search(rack, "substring=user:ada")["users"]["data"][0]["id"] == 31


def test_full_path(rack: Rack) -> None:
    """A path as it is shown finds its repository, in its own registry only."""
    assert _repositories(rack, "127.0.0.1:2/base/al") == ["127.0.0.1:2/base/alpine"]
    assert _repositories(rack, ":1/base/al") == ["127.0.0.1:1/base/alpine"]
    assert _repositories(rack, "base/alpine") == ["127.0.0.1:1/base/alpine",
                                                  "127.0.0.1:2/base/alpine"]


@pytest.mark.parametrize(
    ("login", "found"),
    [
        (ADA, {"base/alpine", "users/31/x", "groups/20/x", "apps/store/x"}),
        (BOB, {"base/alpine", "groups/20/x", "apps/store/x"}),
        (PUSH, {"groups/20/x", "apps/store/x"}),
        (EVE, set()),
        (NODE, set()),
        (SERVICE, {"base/alpine", "apps/store/x"}),
    ],
)
def test_sight(rack: Rack, login: Login, found: set[str]) -> None:
    """Only repositories that one may pull or push are found; a Manager finds all."""
    names = {name.partition("/")[2] for name in _repositories(rack, "a", login)}
    names |= {name.partition("/")[2] for name in _repositories(rack, "x", login)}
    assert names == found
    assert len(_repositories(rack, "/")) == 6


def test_sight_of_others(rack: Rack) -> None:
    """People, groups, apps and machines are found where one has to do with them."""
    rack.run("DELETE FROM apps_publications")
    ids = {
        login[0]: {kind: [next(iter(row.values())) for row in found["data"]]
                   for kind, found in _search(rack, "substring=e&limit=0", login).items()}
        for login in (ADA, EVE, NODE)
    }
    ada, eve, node = ids.values()
    assert set(ada["users"]) == {31, 32, 33, 34, 35, 37}
    assert set(eve["users"]) == {36, 33}
    assert len(ada["privileges"]) == 2
    assert {20, 21} & set(ada["groups"]) == {20}
    assert (ada["apps"], eve["apps"], node["apps"]) == ([41], [42], [41])
    assert (ada["services"], eve["services"], node["services"]) == (["s1"], ["s2"], ["s1"])
    assert (node["users"], node["groups"], node["privileges"]) == ([], [], [])
    assert [r["nodename"] for r in _search(rack, "substring=lab", EVE)["nodes"]["data"]] == [
        "n2.lab"
    ]


def test_registries_once(rack: Rack) -> None:
    """A registry that several of one's groups have to do with is found and counted once (E49)."""
    found = _search(rack, "substring=registry&in=docker_registry", LINUS)["docker_registries"]
    assert [row["id"] for row in found["data"]] == [51, 52]
    assert found["total"] == 2
    assert _search(rack, "substring=hidden", LINUS)["docker_registries"]["total"] == 0


@pytest.mark.parametrize("text", ["%25", "_", "a_p", "al%25ne", "!", "!%25", "%5C", "'", '"', "?"])
def test_wildcards_mean_themselves(rack: Rack, text: str) -> None:
    """A text is looked for as it is written, whatever it means in a pattern (E49)."""
    data = _search(rack, f"substring={text}&in=docker")
    assert [kind["total"] for kind in data.values()] == [0, 0]


@pytest.mark.parametrize(
    ("limit", "rows"),
    [("", 10), ("3", 3), ("0", 1000), ("1000", 1000), ("1001", 1000), ("999999999", 1000)],
)
def test_limit(rack: Rack, limit: str, rows: int) -> None:
    """A limit is a number within bounds; the total says how many there are (E48)."""
    with rack.db.transaction(write=True):
        for number in range(1100):
            rack.db.insert(
                "docker_repositories", registry_id=OPEN_ID, repository=f"many/{number:04}",
                created="2026-01-01", updated="2026-01-01",
            )
    query = "substring=many&in=docker" + (f"&limit={limit}" if limit else "")
    found = _search(rack, query, ADA)["docker_repositories"]
    assert (len(found["data"]), found["total"]) == (rows, 1100)


@pytest.mark.parametrize(
    "query",
    ["", "substring=", "substring=+", "in=docker", "substring=docker:", "substring=a&in=fset",
     "substring=a&limit=x", "substring=a&limit=-1", "substring=a&limit=1e9",
     "substring=a&limit=99999999999999999999", "substring=%00", f"substring={'a' * 256}",
     "substring=%ff"],
)
def test_refused(rack: Rack, query: str) -> None:
    """What can't be meant is refused in words."""
    answer = rack.get("/search", query)
    assert answer.status == 400
    assert answer.json["error"]


def test_secrets_are_not_looked_into(rack: Rack) -> None:
    """No text finds anything by a password or uuid."""
    for text in ("pbkdf2", "2b0c8d0e"):
        assert all(kind["total"] == 0 for kind in _search(rack, f"substring={text}").values())
