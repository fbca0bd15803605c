"""Nothing that is remembered of the docker table outlives what it was true of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from applications.init.modules.registries.catalog import repositories
from tests.databases import RANGES
from tests.web.conftest import Site
from tests.web.rest.yard import Yard, opened
from tests.web.tables.oracle import COLUMNS, lines
from tests.web.world import ADA, EVE, HIDDEN, LINUS, PULL, ROOT, SERVICE, Login

CALLERS = (ROOT, ADA, LINUS, EVE, PULL, SERVICE)


@pytest.fixture(params=[RANGES, False], ids=["ranges", "names"])
def yard(
    site: Site, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Yard]:
    """Registries to change; what is seen is found in SQLite's way and in that of servers."""
    monkeypatch.setattr(site.home.db, "joins_ranges", request.param)
    with opened(site) as found:
        yield found


def shown(yard: Yard, login: Login, **parameters: str) -> list[tuple[Any, ...]]:
    """The keys of all lines that somebody is shown."""
    query = urlencode({"props": "registry_id,repository_id,tag_id", "limit": 0, **parameters})
    answer = yard.site.ask("/init/registry/ajax_registries/data", query, login=login)
    assert answer.status == 200, answer.json
    assert answer.json["meta"]["total"] == len(answer.json["data"])
    return sorted((tuple(line) for line in answer.json["data"]), key=str)


def compare(yard: Yard) -> None:
    """Everybody is shown what the REST lists have of it now."""
    for login in CALLERS:
        wanted = [
            tuple(line[n] or "empty" for n in ("registry_id", "repository_id", "tag_id"))
            for line in lines(yard, login)
        ]
        assert shown(yard, login) == sorted(wanted, key=str), login
        for name in ("tag_name", "~repository_stars"):
            assert len(shown(yard, login, orderby=name)) == len(wanted), (login, name)


def declared(yard: Yard, service: str) -> int:
    """The id of a new registry, of which nobody is told."""
    return yard.insert(
        "docker_registries", service=service, url=f"http://{service}", insecure="F",
        restricted="F", created="2026-01-01 00:00:00", updated="2026-01-01 00:00:00",
    )


def test_a_registry_comes_and_goes(yard: Yard) -> None:
    """A registry is a line as soon as it is declared, and no longer than it is."""
    compare(yard)
    id_ = declared(yard, "new.example")
    assert (id_, "empty", "empty") in shown(yard, ROOT)
    compare(yard)
    yard.run("DELETE FROM docker_registries WHERE id = ?", id_)
    assert (id_, "empty", "empty") not in shown(yard, ROOT)
    compare(yard)


@pytest.mark.parametrize("kind", ["publications", "responsibles"])
def test_what_is_taken_from_a_group_is_gone(yard: Yard, kind: str) -> None:
    """Groups see a registry as soon as it is theirs, and not a moment longer."""
    table, hidden = f"docker_registries_{kind}", yard.registry(HIDDEN)
    compare(yard)
    yard.insert(table, registry_id=hidden, group_id=22)
    assert any(line[0] == hidden for line in shown(yard, EVE))
    compare(yard)
    yard.run(f"DELETE FROM {table} WHERE registry_id = ? AND group_id = 22", hidden)
    assert not shown(yard, EVE)
    compare(yard)


def test_an_empty_registry_is_taken_from_a_group(yard: Yard) -> None:
    """That holds of a registry of which nothing but itself can be seen."""
    id_ = declared(yard, "empty.example")
    yard.insert("docker_registries_publications", registry_id=id_, group_id=20)
    assert (id_, "empty", "empty") in shown(yard, ADA)
    compare(yard)
    yard.run("DELETE FROM docker_registries_publications WHERE registry_id = ?", id_)
    assert (id_, "empty", "empty") not in shown(yard, ADA)
    compare(yard)


def test_a_repository_without_tags_goes(yard: Yard) -> None:
    """A repository that has no tags is gone as soon as it is deleted."""
    yard.repository(990, "base/bare")
    assert (51, 990, "empty") in shown(yard, ADA)
    with yard.db.transaction(write=True):
        repositories.delete(yard.db, [990], yard.site.home.clock())
    assert (51, 990, "empty") not in shown(yard, ADA)
    compare(yard)


def test_a_registry_is_restricted(yard: Yard) -> None:
    """Whether a registry is restricted counts from the next request on."""
    compare(yard)
    yard.run("UPDATE docker_registries SET restricted = 'T' WHERE id = 51")
    compare(yard)


def test_a_repository_turns_official(yard: Yard) -> None:
    """What is written of a repository over REST is what filters and orders go by at once."""
    asked = {"table_id": "t", "t_f_repository_official": "true"}
    assert shown(yard, ROOT, **asked) == []
    body = {"official": True}
    assert yard.send("POST", "/docker/repositories/61", body, ROOT).status == 200
    assert [line[1] for line in shown(yard, ROOT, **asked)] == [61]
    assert shown(yard, ROOT, props=COLUMNS[0], orderby="~repository_official")
