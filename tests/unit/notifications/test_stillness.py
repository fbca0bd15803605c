"""Digestion: nothing moves that should not, whatever comes when."""

from __future__ import annotations

import pytest

from applications.init.modules.registries.catalog import graves
from applications.init.modules.registries.catalog import questions as questions_module
from applications.init.modules.registries.notifications.apply import TOO_OLD_SECONDS
from tests.home import Home

from .told import (
    ADA,
    OURS,
    body,
    digest,
    digest_all,
    event,
    events,
    questions,
    repository,
    rows,
    stars,
    tag,
    tags,
    tell,
    wipe,
)


def test_replays(world: Home, now: float) -> None:
    """The same event again, now or after a restart of the registry's sender, is nothing."""
    text = body(event("pull", now - 9, "v1", "a"))
    tell(world, text, text)
    tell(world, text)
    world.clock.advance(86_400)
    tell(world, text)
    assert (stars(world), len(events(world)), len(world.audit("docker.pull"))) == (1, 1, 1)


def test_an_old_push_after_a_newer_delete(world: Home, now: float) -> None:
    """A tag that was deleted does not come back by an older push; it is asked for."""
    tell(world, body(event("delete", now - 5, "v1")))
    tell(world, body(event("push", now - 9, "v1", "a")))
    assert tags(world) == {}
    assert repository(world, "f.pushed_at") == (now - 9,)
    assert questions(world) == {(OURS, "users/31/x", "v1")}


def test_an_old_push_after_a_newer_push(world: Home, now: float) -> None:
    """A tag does not move back; who pushed last stays so; both pushes are recorded."""
    tell(world, body(event("push", now - 5, "v1", "b", actor="bob")))
    tell(world, body(event("push", now - 9, "v1", "a")))
    assert tags(world) == {"v1": digest("b")}
    assert tag(world, "f.pushed_by, f.pushed_at") == ("bob", now - 5)
    assert repository(world, "f.pushed_by, f.pushed_at") == ("bob", now - 5)
    assert sorted(e["log_user"] for e in world.audit("docker.push")) == [ADA, "bob"]


def test_an_old_delete_after_a_newer_push(world: Home, now: float) -> None:
    """A tag pushed again is not taken away by the delete before that, by tag or digest."""
    tell(world, body(event("push", now - 5, "v1", "a")))
    tell(world, body(event("delete", now - 9, "v1")), body(event("delete", now - 9, of="a")),
         body(event("delete", now - 9)))
    assert tags(world) == {"v1": digest("a")}
    assert tag(world, "f.deleted IS NULL") == (1,)
    assert repository(world, "f.deleted IS NULL") == (1,)


def test_too_old(world: Home, now: float) -> None:
    """What happened more than a week before it came moves nothing and counts nothing."""
    tell(world, body(event("push", now - TOO_OLD_SECONDS - 1, "v1", "a")),
         body(event("pull", now - TOO_OLD_SECONDS - 1, "v1", "a")))
    assert repository(world, "d.id") is None
    assert {row[2] for row in events(world)} == {"it happened too long ago"}
    tell(world, body(event("push", now - TOO_OLD_SECONDS, "v1", "a")))
    assert set(tags(world)) == {"v1"}


def test_a_clock_set_right(world: Home, now: float) -> None:
    """A registry whose clock was a year ahead is heard again an hour after it was set right."""
    tell(world, body(event("push", now + 365 * 86_400, "v1", "a")))
    assert tag(world, "f.pushed_at") == (now,)
    world.clock.advance(3601)
    tell(world, body(event("push", world.clock(), "v1", "b")))
    assert tags(world) == {"v1": digest("b")}


def test_an_event_from_before_a_deletion_here(world: Home, now: float) -> None:
    """A repository deleted in the collector is not brought back by what happened before."""
    world.container.receiver.verified(OURS, body(event("push", now - 1, "v1", "a")))
    with world.db.transaction(write=True):
        graves.bury(world.db, OURS, "users/31/x", now)
    world.clock.advance(5)
    tell(world, body(event("pull", now - 1, of="a")), body(event("push", now - 2, of="a")))
    assert repository(world, "d.id") is None
    tell(world, body(event("push", now + 1, "v1", "a")))
    assert set(tags(world)) == {"v1"}


def test_newer_news_of_the_registry_itself(world: Home, now: float) -> None:
    """What the registry answered after a delete was received is not taken away by it."""
    tell(world, body(event("push", now - 9, "v1", "a")))
    world.container.receiver.verified(OURS, body(event("delete", now - 5, "v1")))
    with world.db.transaction(write=True):
        world.db.run("UPDATE registry_tags SET changed = ?", now + 1)
    digest_all(world)
    assert set(tags(world)) == {"v1"}


def test_a_registry_that_is_gone(world: Home, now: float) -> None:
    """Events of a registry that is not declared any more move nothing."""
    world.container.receiver.verified(OURS, body(event("push", now, "v1", "a")))
    with world.db.transaction(write=True):
        world.db.run("DELETE FROM docker_registries WHERE id = ?", OURS)
    digest_all(world)
    assert repository(world, "d.id") is None
    assert events(world, "state, reason") == [("done", "the registry is not declared any more")]


def test_a_push_without_digest(world: Home, now: float) -> None:
    """A push that does not say what was pushed is no more than a reason to ask."""
    tell(world, body(event("push", now - 9, "v1", "a")), body(event("push", now - 5, "v1")))
    assert tags(world) == {"v1": digest("a")}


def test_more_questions_than_there_may_be(
    world: Home, now: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where too many questions are open, a crawl is due instead; no event is lost for that."""
    monkeypatch.setattr(questions_module, "MOST", 1)
    with world.db.transaction(write=True):
        world.db.run('INSERT INTO registry_crawls (registry_id, phase, mark, "cursor",'
                     " repositories, tags, requests, failures, next_run, leased_until, refreshed)"
                     " VALUES (?, 'done', 0, 0, 0, 0, 0, 0, ?, 0, 0)", OURS, now + 99)
    tell(world, body(event("push", now - 9, "v1", "a")), body(event("push", now - 8, "v2", "a")))
    assert len(questions(world)) == 1
    assert set(tags(world)) == {"v1", "v2"}
    assert rows(world, "SELECT next_run FROM registry_crawls WHERE registry_id = ?", OURS) == [
        (now,)
    ]


def test_a_tag_deleted_and_pushed_again(world: Home, now: float) -> None:
    """What came of a tag before it was deleted is its again, also when the delete comes late."""
    life = [event("push", now - 9, "v1", "a", actor="bob"), event("pull", now - 8, "v1", "a"),
            event("delete", now - 7, "v1"), event("pull", now - 6, "v1", "a")]
    for order in ((0, 1, 2, 3), (0, 1, 3, 2), (3, 2, 1, 0)):
        wipe(world)
        tell(world, *(body(life[number]) for number in order))
        assert tag(world, "f.pulls, f.pushed_by, f.pushed_at") == (2, "bob", now - 9), order
