"""Deleting tags and repositories over the REST API, in a registry that may refuse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.remote.stub import StubRegistry
from tests.web.conftest import Site
from tests.web.rest.shelf import HIDDEN_ID, OPEN_ID, RESTRICTED_ID, Shelf, stocked
from tests.web.world import ADA, BOB, LINUS, PULL, ROOT, SERVICE, Login

TAGS, REPOSITORIES = "/docker/tags", "/docker/repositories"


@pytest.fixture
def stub() -> Iterator[StubRegistry]:
    """The registry that is deleted from."""
    with StubRegistry() as running:
        yield running


@pytest.fixture
def shelf(site: Site, stub: StubRegistry) -> Iterator[Shelf]:
    """What the stub holds is on the shelf."""
    with stocked(site) as found:
        found.reach(OPEN_ID, stub.url)
        for number, name in enumerate(("base/alpine", "users/31/x", "groups/20/x", "apps/store/x")):
            stub.content.push(name, f"v1.{number}")
        yield found


def test_a_tag(shelf: Shelf, stub: StubRegistry) -> None:
    """A tag is deleted in the registry and here, and told to the log and to screens."""
    answer = shelf.send("DELETE", f"{TAGS}/71", login=LINUS)
    assert answer.status == 200
    assert answer.json == {"info": "docker tag 71 (base/alpine:v1.0) deleted"}
    assert not stub.content.repositories["base/alpine"].tags
    assert not shelf.has("docker_tags", 71)
    entry = shelf.site.home.audit("docker.tags.delete")[0]
    assert {"r": "base/alpine", "s": "v1.0", "service": "registry.open"}.items() <= entry[
        "details"].items()
    assert entry["log_user"] == "linus@example.org"
    assert "docker_tags" in shelf.modified()
    assert "docker_tags_change" in [event for event, _ in shelf.events()]


@pytest.mark.parametrize("tag", [71, 73, 74])
def test_a_manager(shelf: Shelf, stub: StubRegistry, tag: int) -> None:
    """A Manager deletes in all namespaces, without any group of the registry's (E22)."""
    assert shelf.send("DELETE", f"{TAGS}/{tag}").status == 200
    assert not shelf.has("docker_tags", tag)


@pytest.mark.parametrize(
    ("login", "tag", "status", "word"),
    [
        (ADA, 71, 403, "DockerRegistriesManager"),
        (PULL, 71, 403, "DockerRegistriesManager"),
        (SERVICE, 71, 403, "DockerRegistriesManager"),
        (BOB, 71, 403, "responsible for registry registry.open"),
        (ADA, 999, 403, "DockerRegistriesManager"),
        (LINUS, 72, 404, "there is no docker tag 72"),
        (LINUS, 76, 404, "there is no docker tag 76"),
        (ROOT, 999, 404, "there is no docker tag 999"),
    ],
)
def test_who_may(shelf: Shelf, login: Login, tag: int, status: int, word: str) -> None:
    """Who lacks the privilege or is not responsible hears it; what isn't seen is not there."""
    for answer in (
        shelf.send("DELETE", f"{TAGS}/{tag}", login=login),
        shelf.send("DELETE", TAGS, {"id": tag}, login),
    ):
        assert answer.status == status
        assert word in answer.json["error"]
    repository = shelf.send("DELETE", f"{REPOSITORIES}/{tag - 10}", login=login)
    assert repository.status == status
    assert shelf.has("docker_tags", tag) == (tag != 999)


def test_the_registry_refuses(shelf: Shelf, stub: StubRegistry) -> None:
    """A registry that doesn't delete is told of, with what to do about it; the row stays (E23)."""
    stub.deletes = False
    for path in (f"{TAGS}/71", f"{REPOSITORIES}/61"):
        answer = shelf.send("DELETE", path)
        assert answer.status == 409
        assert "REGISTRY_STORAGE_DELETE_ENABLED" in answer.json["error"]
    assert shelf.has("docker_tags", 71)
    assert shelf.has("docker_repositories", 61)


def test_the_registry_is_away(shelf: Shelf, stub: StubRegistry) -> None:
    """A registry that can't be reached is a 502, and nothing has changed (E79, E81)."""
    for path in (f"{TAGS}/75", f"{REPOSITORIES}/65"):
        answer = shelf.send("DELETE", path)
        assert answer.status == 502
        assert answer.json["error"]
    assert shelf.has("docker_tags", 75)
    assert shelf.has("docker_repositories", 65)


def test_the_same_image(shelf: Shelf, stub: StubRegistry) -> None:
    """Tags of one image go together only when that is asked for, and all rows with them (E80)."""
    digest = stub.content.repositories["base/alpine"].tags["v1.0"]
    stub.content.repositories["base/alpine"].tags["latest"] = digest
    shelf.tag(80, 61, "latest")
    answer = shelf.send("DELETE", f"{TAGS}/71")
    assert answer.status == 409
    assert "latest" in answer.json["error"]
    assert shelf.has("docker_tags", 71)
    assert shelf.has("docker_tags", 80)
    answer = shelf.send("DELETE", TAGS, [{"id": 71, "force": True}, {"id": 80, "force": True}])
    assert answer.status == 200
    assert answer.json["info"] == [
        "docker tag 71 (base/alpine:v1.0) deleted, and of the same image latest"
    ]
    assert answer.json["error"] == ["404 NOT FOUND: there is no docker tag 80"]
    assert not shelf.has("docker_tags", 80)


def test_force_in_the_url(shelf: Shelf, stub: StubRegistry) -> None:
    """``force`` is a parameter as well."""
    tags = stub.content.repositories["base/alpine"].tags
    tags["latest"] = tags["v1.0"]
    assert shelf.send("DELETE", f"{TAGS}/71", query="force=0").status == 409
    assert shelf.send("DELETE", f"{TAGS}/71", query="force=1").status == 200


def test_a_tag_alone(shelf: Shelf, stub: StubRegistry) -> None:
    """A registry that deletes a tag alone keeps the other tags of the image."""
    stub.major = 3
    tags = stub.content.repositories["base/alpine"].tags
    tags["latest"] = tags["v1.0"]
    assert shelf.send("DELETE", f"{TAGS}/71").status == 200
    assert list(stub.content.repositories["base/alpine"].tags) == ["latest"]


def test_a_repository(shelf: Shelf, stub: StubRegistry) -> None:
    """A repository goes with all its tags."""
    stub.content.push("base/alpine", "old")
    shelf.tag(80, 61, "old")
    answer = shelf.send("DELETE", f"{REPOSITORIES}/61", login=LINUS)
    assert answer.status == 200
    assert answer.json == {"info": "docker repository 61 (base/alpine) deleted"}
    assert not shelf.rows("SELECT id FROM docker_tags WHERE repository_id = 61")
    assert not shelf.has("docker_repositories", 61)
    assert not stub.content.repositories["base/alpine"].tags
    assert [e["details"]["s"] for e in shelf.site.home.audit("docker.repositories.delete")] == [
        "base/alpine"
    ]
    assert {"docker_tags", "docker_repositories"} <= shelf.modified()


def test_half_a_repository(shelf: Shelf, stub: StubRegistry) -> None:
    """Where a tag is left the repository is kept, and the answer says which and why (E79)."""
    digest = stub.content.push("base/alpine", "stuck")
    shelf.tag(80, 61, "stuck")
    stub.lie(f"/v2/base/alpine/manifests/{digest}", lambda exchange: exchange.fail(403, "DENIED"))
    answer = shelf.send("DELETE", f"{REPOSITORIES}/61")
    assert answer.status == 502
    assert "base/alpine: 1 tags deleted; these are left: stuck (" in answer.json["error"]
    assert shelf.has("docker_repositories", 61)
    assert shelf.has("docker_tags", 80)
    assert not shelf.has("docker_tags", 71)


def test_by_filters(shelf: Shelf, stub: StubRegistry) -> None:
    """Filters choose what is deleted among what is seen; each row has its own answer (E67)."""
    answer = shelf.send("DELETE", TAGS, query="filters=name+v%25", login=LINUS)
    assert answer.status == 200
    told = answer.json["data"]
    assert [row["info"] for row in told if "info" in row] == [
        "docker tag 71 (base/alpine:v1.0) deleted",
        "docker tag 73 (groups/20/x:v1.2) deleted",
        "docker tag 74 (apps/store/x:v1.3) deleted",
    ]
    assert [row["id"] for row in told if "error" in row] == [75]
    assert shelf.has("docker_tags", 72)
    assert shelf.has("docker_tags", 76)


def test_filters_in_the_body(shelf: Shelf, stub: StubRegistry) -> None:
    """Filters count in a body as they do in the URL (A.7); none at all choose nothing."""
    answer = shelf.send("DELETE", TAGS, {"filters": ["name v1.0", "repository_id 61"]})
    assert [row["info"] for row in answer.json["data"]] == [
        "docker tag 71 (base/alpine:v1.0) deleted"
    ]
    assert shelf.send("DELETE", TAGS, {"filters": []}).status == 400
    assert shelf.has("docker_tags", 72)


def test_repositories_by_query(shelf: Shelf, stub: StubRegistry) -> None:
    """A query chooses repositories."""
    answer = shelf.send(
        "DELETE", REPOSITORIES, query="query=registry_id+%3D+51+and+repository+contains+x"
    )
    assert [row["info"].split()[2] for row in answer.json["data"]] == ["62", "63", "64"]
    assert shelf.has("docker_repositories", 61)


def test_arrays(shelf: Shelf, stub: StubRegistry) -> None:
    """Each item of an array has its own answer."""
    body = [{"id": 61}, {"id": "62"}, {"id": 999}, {"id": "x"}, {}, "no", {"name": "base"}]
    answer = shelf.send("DELETE", REPOSITORIES, body)
    assert answer.status == 200
    assert len(answer.json["info"]) == 2
    assert len(answer.json["error"]) == 5
    assert not shelf.has("docker_repositories", 62)


@pytest.mark.parametrize(
    "body", [None, {}, {"id": None}, {"id": [71]}, {"id": True}, {"id": "1e9"}, {"id": 2**40},
             {"id": 71, "foo": 1}, {"id": 71, "force": []}]
)
def test_what_names_nothing(shelf: Shelf, stub: StubRegistry, body: object) -> None:
    """A body without one good id, or with more than is known, deletes nothing."""
    assert shelf.send("DELETE", TAGS, body).status == 400
    assert shelf.has("docker_tags", 71)
    assert not stub.requests


def test_filters_that_can_not_be_read(shelf: Shelf, stub: StubRegistry) -> None:
    """A filter that is wrong deletes nothing."""
    for query in ("filters=nonsense+1", "query=name+is", "filters=name+(v"):
        assert shelf.send("DELETE", TAGS, query=query).status == 400
    assert shelf.has("docker_tags", 71)


def test_restricted_or_hidden(shelf: Shelf, stub: StubRegistry) -> None:
    """Responsible is responsible, restricted or not; a hidden registry is a Manager's."""
    shelf.reach(OPEN_ID, "http://127.0.0.1:1")
    shelf.reach(RESTRICTED_ID, stub.url)
    stub.content.push("base/alpine", "v2")
    assert shelf.send("DELETE", f"{REPOSITORIES}/65", login=LINUS).status == 200
    shelf.reach(RESTRICTED_ID, "http://127.0.0.1:2")
    shelf.reach(HIDDEN_ID, stub.url)
    stub.content.push("base/hidden", "v3")
    assert shelf.send("DELETE", f"{TAGS}/76").status == 200
