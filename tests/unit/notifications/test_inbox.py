"""The inbox: each event once, malformed ones put aside with a word in the audit log."""

from __future__ import annotations

from applications.init.modules.registries.notifications import inbox
from applications.init.modules.registries.notifications.events import Malformed, parse
from tests.home import Home

from .told import OTHER, OURS, body, digest, event, events


def _store(home: Home, *values: object, registry: int = OURS, reason: str = "") -> None:
    with home.db.transaction(write=True):
        inbox.store(home.db, registry, parse(body(*values)), home.clock(), reason)


def test_all_that_was_told(world: Home) -> None:
    """What digestion needs is stored, and no more."""
    now = world.clock()
    _store(world, event("push", now - 5, "v1", "a", id="one"))
    columns = "event_id, action, repository, tag, digest, method, actor, address, state, body"
    assert events(world, columns) == [
        ("one", "push", "users/31/x", "v1", digest("a"), "PUT", "ada@example.org", "192.0.2.7",
         "new", None)
    ]
    assert events(world, "happened, received") == [(now - 5, now)]


def test_each_once(world: Home) -> None:
    """An id is stored once per registry, whatever else a repetition says."""
    now = world.clock()
    for tag in ("v1", "v2"):
        _store(world, event("push", now, tag, "a", id="one"))
        _store(world, event("push", now, tag, "a", id="one"), registry=OTHER)
    assert events(world, "registry_id, tag") == [(OURS, "v1"), (OTHER, "v1")]


def test_a_clock_that_is_ahead(world: Home) -> None:
    """A date in the far future is brought back, so that it can't outrank all that comes."""
    now = world.clock()
    for ahead in (10, inbox.AHEAD_SECONDS, inbox.AHEAD_SECONDS + 1, 10**9):
        _store(world, event("push", now + ahead, "v1", "a"))
    assert [row[0] - now for row in events(world, "happened")] == [10, *[inbox.AHEAD_SECONDS] * 3]


def test_malformed_ones_are_put_aside(world: Home) -> None:
    """One that can't be read is kept with its reason and recorded, once for all repetitions."""
    for _ in range(3):
        _store(world, {"id": "bad", "action": "steal"}, {"no": "id"}, {"no": "other id"})
    assert [row[1] for row in events(world)] == ["quarantined"] * 3
    assert events(world)[0] == ("bad", "quarantined", "the action is not known")
    assert "steal" in events(world, "body")[0][0]
    entries = world.audit("docker.event.refused")
    assert [entry["details"]["reason"] for entry in entries] == [
        "the action is not known", *["the event has no usable id"] * 2
    ]
    assert {entry["log_level"] for entry in entries} == {"warning"}


def test_the_good_can_be_put_aside(world: Home) -> None:
    """A readable event with a reason against it is put aside whole."""
    _store(world, event("push", world.clock(), "v1", "a", id="one"), reason="not theirs")
    assert events(world) == [("one", "quarantined", "not theirs")]
    assert "users/31/x" in events(world, "body")[0][0]


def test_a_long_body_is_cut(world: Home) -> None:
    """Of a body that is no envelope the beginning is kept, as text that harms nobody."""
    with world.db.transaction(write=True):
        for text in (b"\x00\xff'\"\n" + b"x" * 100_000, b""):
            inbox.quarantine_body(world.db, OURS, text, "why", world.clock())
    ((text,), (empty,)) = events(world, "body")
    assert text.startswith("\\x00\\xff")
    assert len(text) <= 8000
    assert text.isascii()
    assert text.isprintable()
    assert empty == ""


def test_a_long_event_is_cut(world: Home) -> None:
    """Nothing of what is kept of an event outgrows its column."""
    item = Malformed("", "r" * 1000, "t" * 100_000)
    with world.db.transaction(write=True):
        inbox.store(world.db, OURS, [item], world.clock())
    ((reason, text, id_),) = events(world, "reason, body, event_id")
    assert (len(reason), len(text), len(id_)) == (255, 8000, 64)


def test_prune(world: Home) -> None:
    """Old events go, but for those that are still to be digested."""
    now = world.clock()
    _store(world, event("push", now, "v1", "a", id="new"), event("push", now, "v1", "a", id="done"))
    _store(world, {"id": "bad"})
    with world.db.transaction(write=True):
        world.db.run("UPDATE registry_events SET state = 'done' WHERE event_id = 'done'")
        assert inbox.prune(world.db, now) == 0
        assert inbox.prune(world.db, now + 1) == 2
    assert [row[0] for row in events(world)] == ["new"]
