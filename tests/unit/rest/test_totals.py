"""Totals that are counted once for as long as nothing comes or goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from applications.init.modules.registries import changes
from applications.init.modules.registries.rest.docker import totals
from tests.home import Clock, Home


class Counted:
    """A total that says how often it was counted."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self.db, self.clock = home.db, clock
        self.times = 0

    def ask(self, asked: str = "all") -> int:
        """The remembered total."""

        def count() -> int:
            self.times += 1
            return int(self.db.rows("SELECT COUNT(*) FROM docker_tags")[0][0])

        with self.db.transaction():
            return totals.remembered(self.db, (asked,), count, self.clock)

    def write(self, *statements: Callable[[], object]) -> None:
        """Run these in a transaction."""
        with self.db.transaction(write=True):
            for one in statements:
                one()

    def add(self, name: str) -> None:
        """Add a tag without telling."""
        ids = {"registry_id": 1, "repository_id": 1}
        self.db.insert("docker_tags", name=name, **ids)


@pytest.fixture
def counted(home: Home) -> Counted:
    """Two tags, counted."""
    found = Counted(home, Clock(1000.0))
    found.write(lambda: found.add("a"), lambda: found.add("b"))
    assert found.ask() == 2
    found.times = 0
    return found


def test_counted_once(counted: Counted) -> None:
    """A total is counted once for each who asks."""
    assert [counted.ask(), counted.ask(), counted.ask("mine"), counted.ask("mine")] == [2] * 4
    assert counted.times == 1


def test_a_new_tag_counts_at_once(counted: Counted) -> None:
    """What is added is seen, also where nobody told of it."""
    counted.write(lambda: counted.add("c"))
    assert counted.ask() == 3


def test_a_deletion_that_is_told_of_counts_at_once(counted: Counted) -> None:
    """What goes away is seen with the change that tells of it."""
    counted.write(
        lambda: counted.db.run("DELETE FROM docker_tags WHERE name = ?", "a"),
        lambda: changes.touch(counted.db, 5000.0, "docker_tags"),
    )
    assert counted.ask() == 1


def test_a_silent_deletion_is_seen_soon(counted: Counted) -> None:
    """A deletion that nobody told of is seen within seconds."""
    counted.write(lambda: counted.db.run("DELETE FROM docker_tags WHERE name = ?", "a"))
    assert counted.ask() == 2
    counted.clock.advance(totals.BELIEVED_SECONDS)
    assert counted.ask() == 1


def test_a_deletion_that_the_collector_dates(counted: Counted) -> None:
    """A deletion of a program that only dates the table, as the collector does, is seen."""
    for name, left, date in (("a", 1, "2026-01-01 00:00:01"), ("b", 0, "2026-01-01 00:00:02")):
        counted.write(
            lambda name=name: counted.db.run("DELETE FROM docker_tags WHERE name = ?", name),
            lambda: counted.db.run("DELETE FROM table_modified"),
            lambda date=date: counted.db.insert(
                "table_modified", table_name="docker_tags", table_modified=date
            ),
        )
        assert counted.ask() == left


def test_equal_changes_close_to_each_other(counted: Counted) -> None:
    """A second deletion is seen although its change is one with the first's."""
    for name, left in (("a", 1), ("b", 0)):
        counted.write(
            lambda name=name: counted.db.run("DELETE FROM docker_tags WHERE name = ?", name),
            lambda: changes.touch(counted.db, 5000.0, "docker_tags"),
        )
        assert counted.ask() == left


def test_the_newest_change_stays(counted: Counted) -> None:
    """Pruning leaves the newest change of each table, so that no state comes back."""
    at = 5000.0
    for number in range(3):
        counted.write(lambda n=number: changes.touch(counted.db, at + n, "docker_tags", "apps"))
    with counted.db.transaction(write=True):
        assert changes.prune(counted.db, at + 2 * changes.KEPT_SECONDS) == 4
        left = counted.db.rows("SELECT event FROM registry_changes ORDER BY event")
    assert [row[0] for row in left] == ["apps_change", "docker_tags_change"]


def test_no_more_than_some(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest totals are forgotten where too many ask."""
    monkeypatch.setattr(totals, "MOST", 2)
    for asked in ("x", "y", "z", "z", "x"):
        counted.ask(asked)
    assert counted.times == 4


def test_no_more_than_some_bytes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What weighs much pushes the oldest out, and is not kept where it is too heavy alone."""
    monkeypatch.setattr(totals, "MOST_BYTES", 100)
    times = []

    class Heavy:
        def __init__(self, nbytes: int) -> None:
            self.nbytes = nbytes

    def ask(name: str, nbytes: int) -> None:
        def count() -> Heavy:
            times.append(name)
            return Heavy(nbytes)

        with home.db.transaction():
            totals.remembered(home.db, (name,), count)

    for name, nbytes in (("a", 60), ("b", 40), ("a", 60), ("c", 30), ("b", 40), ("d", 101)):
        ask(name, nbytes)
    assert times == ["a", "b", "c", "d"]
    for name in ("d", "b"):
        ask(name, 10)
    assert times == ["a", "b", "c", "d", "d"]
