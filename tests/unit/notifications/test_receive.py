"""Receiving from a proven sender: stored before it is answered, and believed."""

from __future__ import annotations

from typing import Any

import pytest

from applications.init.modules.registries.connector import SUBJECT
from applications.init.modules.registries.database import Database
from applications.init.modules.registries.errors import Conflict, Unavailable
from applications.init.modules.registries.notifications import inbox
from tests.home import Home

from .told import (
    HOST,
    OURS,
    body,
    digest_all,
    event,
    events,
    rows,
    state,
    tags,
)

NOTHING: dict[str, list[Any]] = {"repositories": [], "tags": [], "graves": [], "audit": []}


def _told(home: Home, *values: Any, registry: int = OURS) -> None:
    home.container.receiver.verified(registry, body(*values))


def _heard(home: Home, column: str) -> dict[int, float | None]:
    return dict(rows(home, f"SELECT registry_id, {column} FROM registry_crawls"))


def test_recorded_first(world: Home) -> None:
    """Receiving stores and does no more; digestion comes later."""
    _told(world, event("push", world.clock(), "v1", "a", id="one"))
    assert events(world) == [("one", "new", "")]
    assert state(world) == NOTHING
    assert _heard(world, "event_at") == {OURS: world.clock()}


def test_in_order(world: Home) -> None:
    """Events of an envelope are stored in its order, each once."""
    now = world.clock()
    _told(world, *(event("push", now, "v1", "a", id=id_) for id_ in ("b", "a", "b", "c")))
    assert [row[0] for row in events(world)] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        (HOST, "new"), (HOST.upper(), "new"), ("ours", "new"), ("", "new"),
        ("unheard.example", "new"), ("other.example", "quarantined"),
        ("OTHER.example:443", "quarantined"),
    ],
)
def test_wrong_registry(world: Home, host: str, wanted: str) -> None:
    """An event that names another declared registry is put aside; names nobody knows are fine."""
    _told(world, event("push", world.clock(), "v1", "a", host=host))
    ((_, found, reason),) = events(world)
    assert found == wanted
    assert ("another registry" in reason) is (wanted == "quarantined")
    digest_all(world)
    assert set(tags(world)) == ({"v1"} if wanted == "new" else set())
    assert len(world.audit("docker.event.refused")) == (wanted == "quarantined")


def test_the_url_of_an_event_can_speak_for_it(world: Home) -> None:
    """An event that calls its sender by one of two names is its sender's."""
    value = event("push", world.clock(), "v1", "a", host="other.example")
    value["target"]["url"] = f"http://{HOST}/v2/users/31/x"
    _told(world, value)
    assert events(world, "state") == [("new",)]


def test_own_reading_is_no_event(world: Home) -> None:
    """What the collector itself reads is no pull of people, and not even stored."""
    now = world.clock()
    _told(world, event("pull", now, "v1", "a", actor=SUBJECT))
    _told(world, event("delete", now, "v1", actor=SUBJECT, id="kept"))
    assert [row[0] for row in events(world)] == ["kept"]
    digest_all(world)
    assert world.audit("docker.delete") == []  # recorded where it was decided


@pytest.mark.parametrize("text", [b"", b"\xff", b"{}", b"[1]", b'{"events": 1}', b"x" * 50_000])
def test_no_envelope_of_a_proven_sender(world: Home, text: bytes) -> None:
    """A body that is no envelope is put aside, once, and refused to nobody."""
    for _ in range(2):
        world.container.receiver.verified(OURS, text)
    ((_, found, reason),) = events(world)
    assert found == "quarantined"
    assert "the body is no" in reason
    assert len(world.audit("docker.event.refused")) == 1


def test_mixed(world: Home) -> None:
    """Good ones among malformed are stored and applied, once each; nothing stops the queue."""
    now, good, bad = world.clock(), 2000, 200
    values: list[Any] = []
    for number in range(good):
        values.append(event("push", now - 1, f"t{number % 50}", "a", id=f"good-{number}"))
        if number % 10 == 0:
            values.append({"id": f"bad-{number}", "action": "push", "target": number})
    values.append(event("push", now, "t1", "b", id="good-0"))
    for start in range(0, len(values), 100):
        _told(world, *values[start : start + 100])
        _told(world, *values[start : start + 100])
    counts = dict(rows(world, "SELECT state, COUNT(*) FROM registry_events GROUP BY state"))
    assert counts == {"new": good, "quarantined": bad}
    assert len(world.audit("docker.event.refused")) == bad
    digest_all(world)
    assert len(tags(world)) == 50
    assert len(world.audit("docker.push")) == good


def test_a_store_that_fails(world: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be stored is not acknowledged, and stored whole when it is repeated."""
    values = [event("push", world.clock(), "v1", "a", id=id_) for id_ in ("one", "two")]
    insert, calls = Database.insert, [0]

    def fail(self: Database, table: str, **columns: Any) -> int:
        calls[0] += table == "registry_events"
        if calls[0] == 2:
            raise Unavailable("full")
        return insert(self, table, **columns)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "insert", fail)
        with pytest.raises(Unavailable):
            _told(world, *values)
    assert events(world) == []
    _told(world, *values)
    assert [row[0] for row in events(world)] == ["one", "two"]


def test_sent_twice_at_once(world: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same event stored by another worker at the same moment is no error."""
    store, calls = inbox.store, [0]

    def race(*args: Any) -> None:
        calls[0] += 1
        if calls[0] == 1:
            raise Conflict("it is there")
        store(*args)

    monkeypatch.setattr(inbox, "store", race)
    _told(world, event("push", world.clock(), "v1", "a", id="one"))
    assert [row[0] for row in events(world)] == ["one"]
