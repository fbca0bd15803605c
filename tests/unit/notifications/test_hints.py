"""Receiving from anybody else: hints, of which nothing is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from applications.init.modules.registries.catalog import questions as questions_module
from applications.init.modules.registries.database import Database
from applications.init.modules.registries.errors import BadRequest
from applications.init.modules.registries.notifications import receive
from tests.home import Home

from .told import (
    BLOB,
    HOST,
    OTHER,
    OURS,
    VERSIONS,
    body,
    captured,
    digest_all,
    event,
    events,
    questions,
    rows,
    state,
)

NOTHING: dict[str, list[Any]] = {"repositories": [], "tags": [], "graves": [], "audit": []}


def _hint(home: Home, *values: Any) -> None:
    home.container.receiver.hinted(body(*values))
    digest_all(home)


def _heard(home: Home, column: str) -> dict[int, float | None]:
    return dict(rows(home, f"SELECT registry_id, {column} FROM registry_crawls"))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_hint_writes_nothing_of_it(world: Home, version: str) -> None:
    """Events of anybody change nothing of the catalogue, whatever they say, and are not stored."""
    host = captured(version)[0]["body"]["events"][0]["request"]["host"]
    world.load(registries=[{"id": 60, "service": "captured", "url": f"http://{host}"}])
    before = state(world)
    for one in captured(version):
        world.container.receiver.hinted(json.dumps(one["body"]).encode())
    digest_all(world)
    assert state(world) == before == NOTHING
    assert events(world) == []
    assert {row[0] for row in questions(world)} == {60}
    assert {"1", "2", "idx", "list", ""} <= {row[2] for row in questions(world)}
    assert _heard(world, "hint_at") == {60: world.clock()}
    assert _heard(world, "event_at") == {60: None}


@pytest.mark.parametrize(
    ("action", "more", "asked"),
    [
        ("push", {"tag": "v1", "of": "a"}, {"v1"}),
        ("push", {"of": "a"}, {""}),
        ("push", {"of": "a", "type": BLOB}, set()),
        ("pull", {"tag": "v1", "of": "a"}, set()),
        ("mount", {"of": "a", "type": BLOB}, set()),
        ("delete", {"tag": "v1"}, {"v1"}),
        ("delete", {"of": "a"}, {""}),
        ("delete", {}, {""}),
    ],
)
def test_what_a_hint_leads_to(
    world: Home, action: str, more: dict[str, Any], asked: set[str]
) -> None:
    """Pushes and deletes lead to a question about a tag or a repository, pulls to none."""
    _hint(world, event(action, world.clock(), **more))
    assert {tag for _, _, tag in questions(world)} == asked


@pytest.mark.parametrize(
    ("host", "url", "named"),
    [
        (HOST, "", OURS), ("ours", "", OURS), ("other.example", "", OTHER), ("nobody", "", None),
        ("", "", None), (HOST, "https://other.example/v2/", None), ("127.0.0.1", "", None),
        ("nobody", f"http://{HOST}/v2/", OURS), ("", "https://other.example/x", OTHER),
    ],
)
def test_whom_a_hint_names(world: Home, host: str, url: str, named: int | None) -> None:
    """A hint is about the one declared registry that it names; two or none are nobody."""
    value = event("push", world.clock(), "v1", "a", host=host)
    value["target"]["url"] = url
    _hint(world, value)
    assert {registry for registry, _, _ in questions(world)} == ({named} if named else set())


def test_a_flood_of_hints(world: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hint again and again is one question; too many different ones are one crawl."""
    monkeypatch.setattr(questions_module, "MOST", 5)
    now = world.clock()
    with world.db.transaction(write=True):
        world.db.run('INSERT INTO registry_crawls (registry_id, phase, mark, "cursor",'
                     " repositories, tags, requests, failures, next_run, leased_until, refreshed)"
                     " VALUES (?, 'done', 0, 0, 0, 0, 0, 0, ?, 0, 0)", OURS, now + 99)
    for _ in range(20):
        _hint(world, event("push", now, "v1", "a"))
    assert len(questions(world)) == 1
    assert _heard(world, "next_run") == {OURS: now + 99}
    for number in range(20):
        _hint(world, event("push", now, f"v{number}", "a"))
    assert len(questions(world)) == 5
    assert _heard(world, "next_run") == {OURS: now}


def test_a_hint_of_many_events(world: Home) -> None:
    """Of one request of somebody unknown no more is looked at than a registry would send."""
    _hint(world, *(event("push", world.clock(), f"v{n}", "a") for n in range(500)))
    assert len(questions(world)) == receive.MOST_HINTS


def test_hints_about_nobody_wait_for_no_lock(
    world: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events about no declared registry never take the write lock."""
    transaction, writes = Database.transaction, []

    def watched(self: Database, write: bool = False) -> Any:
        writes.append(write)
        return transaction(self, write)

    monkeypatch.setattr(Database, "transaction", watched)
    world.container.receiver.hinted(body(event("push", 0, "v1", "a", host="nobody.example")))
    assert writes == [False]


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b'{"events": 1}'])
def test_no_envelope_of_somebody(world: Home, text: bytes) -> None:
    """A body of nobody that is no envelope is refused, and nothing of it is kept."""
    with pytest.raises(BadRequest):
        world.container.receiver.hinted(text)
    assert events(world) == []


def test_malformed_hints(world: Home) -> None:
    """Malformed events of somebody are nothing; the good ones beside them are hints."""
    _hint(world, {"id": "bad"}, event("push", world.clock(), "v1", "a"), 7)
    assert len(questions(world)) == 1
    assert events(world) == []
    assert world.audit("docker.event.refused") == []
