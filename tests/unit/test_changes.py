"""The queue of changes: what somebody who follows it by its ids gets to know."""

from __future__ import annotations

import pytest

from applications.init.modules.registries import changes
from tests.home import Home


def _touch(home: Home, now: float, *tables: str) -> None:
    with home.db.transaction(write=True):
        changes.touch(home.db, now, *tables)


def _since(home: Home, last: int) -> list[str]:
    with home.db.transaction():
        return [change.event for change in changes.since(home.db, last)]


def _last(home: Home) -> int:
    with home.db.transaction():
        return changes.last(home.db)


@pytest.mark.parametrize("later", [0.0, 0.1, changes.TOGETHER_SECONDS, 10.0])
def test_no_change_is_missed_by_who_saw_the_one_before(home: Home, later: float) -> None:
    """A change is told to who has seen an equal one already, however close they are."""
    _touch(home, 5000.0, "docker_tags")
    seen = _last(home)
    _touch(home, 5000.0 + later, "docker_tags")
    assert _since(home, seen) == ["docker_tags_change"]


def test_a_change_that_had_to_wait_is_not_missed(home: Home) -> None:
    """A transaction that began before the change that was seen, and ended after, is told."""
    _touch(home, 5000.0, "docker_tags")
    seen = _last(home)
    _touch(home, 4999.9, "docker_tags")
    assert _since(home, seen) == ["docker_tags_change"]


def test_equal_changes_close_to_each_other_are_one(home: Home) -> None:
    """A burst of equal changes is one row, so that the queue stays short."""
    before = _last(home)
    for number in range(20):
        _touch(home, 5000.0 + number * changes.TOGETHER_SECONDS / 2, "docker_tags", "apps")
    assert sorted(_since(home, before)) == ["apps_change", "docker_tags_change"]


def test_changes_with_other_details_stay_apart(home: Home) -> None:
    """Changes of two rows of one table are two, in their order."""
    before = _last(home)
    with home.db.transaction(write=True):
        for id_ in (1, 2):
            changes.announce(home.db, 5000.0, "apps", {"id": id_})
    with home.db.transaction():
        assert [dict(c.data) for c in changes.since(home.db, before)] == [{"id": 1}, {"id": 2}]


def test_ids_are_not_given_twice(home: Home) -> None:
    """After pruning, and after a burst, ids go on growing."""
    ids = []
    for number in range(4):
        _touch(home, 5000.0 + number * 0.1, "docker_tags")
        ids.append(_last(home))
        with home.db.transaction(write=True):
            changes.prune(home.db, 5000.0 + 2 * changes.KEPT_SECONDS)
    assert ids == sorted(set(ids))


def _insert(home: Home, id_: int, event: str, at: float) -> None:
    with home.db.transaction(write=True):
        home.db.insert("registry_changes", id=id_, event=event, data="{}", at=at)


def _latest(home: Home, after: int) -> list[str]:
    with home.db.transaction():
        return [change.event for change in changes.latest(home.db, after)]


def _settled(home: Home, after: int, now: float) -> int:
    with home.db.transaction():
        return changes.settled(home.db, after, now)


def test_the_latest_of_each(home: Home) -> None:
    """However much happened, each event is told once, the one that was last as the last."""
    before = _last(home)
    for number in range(5):
        for event in ("b_change", "a_change"):
            _insert(home, before + 1 + 2 * number + (event == "a_change"), event, 5000.0)
    assert _latest(home, before) == ["b_change", "a_change"]
    with home.db.transaction():
        assert [one.id - before for one in changes.latest(home.db, before)] == [9, 10]
    assert _latest(home, before + 9) == ["a_change"]
    assert _latest(home, before + 10) == []


def test_one_writer_leaves_nothing_behind(home: Home) -> None:
    """Where one writes at a time, gaps in ids mean nothing."""
    before = _last(home)
    _insert(home, before + 5, "apps_change", 5000.0)
    assert _settled(home, before, 5000.0) == before + 5
    assert _settled(home, before + 5, 5000.0) == before + 5


def test_a_gap_is_waited_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where several write at once, nobody goes past an id that may still come, for a while."""
    monkeypatch.setattr(home.db, "is_sqlite", False)
    before = 100
    for id_ in (101, 103):
        _insert(home, id_, "apps_change", 5000.0)
    assert _settled(home, before, 5001.0) == 101
    _insert(home, 102, "docker_tags_change", 5000.0)
    assert _settled(home, before, 5001.0) == 103
    _insert(home, 105, "apps_change", 5001.0)
    assert _settled(home, 103, 5002.0) == 103
    assert _settled(home, 103, 5001.0 + changes.SETTLED_SECONDS) == 105
