"""Transactions: committed, rolled back, and faults told as Unavailable."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest

from applications.init.modules.registries import container
from applications.init.modules.registries.errors import Unavailable
from tests.home import Home


def _count(home: Home) -> int:
    with home.db.transaction():
        return int(home.db.rows("SELECT COUNT(*) FROM clusters")[0][0])


def _add(home: Home) -> None:
    home.db.run("INSERT INTO clusters (cluster_id, cluster_name) VALUES (?, ?)", "c", "n")


def test_commit_and_rollback(home: Home) -> None:
    """A block that ends is stored, one that raises leaves nothing."""
    with home.db.transaction():
        _add(home)
    with pytest.raises(KeyError), home.db.transaction():
        _add(home)
        raise KeyError
    assert _count(home) == 1


def test_blocks_in_blocks_are_one(home: Home) -> None:
    """An inner block's work is undone with the outer one."""
    with pytest.raises(KeyError), home.db.transaction(write=True):
        with home.db.transaction(write=True):
            _add(home)
        raise KeyError
    assert _count(home) == 0


@pytest.mark.sqlite_only("its file is locked")
def test_a_lock_is_waited_for_and_then_told(home: Home) -> None:
    """A locked database is Unavailable after the wait, and fine when the lock is gone."""
    impatient = container.build(home.settings, home.clock, lock_seconds=0.1).db
    other = sqlite3.connect(home.settings.home / "collector.sqlite")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable), impatient.transaction(write=True):
        pass
    other.rollback()
    other.close()
    with impatient.transaction(write=True):
        pass
    impatient.close()


@pytest.mark.sqlite_only("its file is moved away")
def test_a_file_that_is_gone(home: Home, tmp_path: Path) -> None:
    """No database is made in place of one that is gone; it is used again when it is back."""
    path, away = home.settings.home / "collector.sqlite", tmp_path / "away"
    with home.db.transaction():
        _add(home)
    os.rename(path, away)
    for _ in range(2):
        with pytest.raises(Unavailable), home.db.transaction():
            home.db.rows("SELECT 1")
    assert not path.exists()
    os.rename(away, path)
    assert _count(home) == 1


@pytest.mark.sqlite_only("its file is moved away")
def test_each_thread_sees_that_the_file_is_gone(home: Home, tmp_path: Path) -> None:
    """A thread that noticed first does not keep the others on the file that was removed."""
    path, away = home.settings.home / "collector.sqlite", tmp_path / "away"
    assert _count(home) == 0
    os.rename(path, away)
    seen: list[bool] = []

    def look() -> None:
        with pytest.raises(Unavailable):
            _count(home)
        seen.append(True)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(10)
    look()
    assert seen == [True, True]
    os.rename(away, path)
    assert _count(home) == 0


def test_broken_sql_is_not_swallowed(home: Home) -> None:
    """A statement that fails is told, whatever the reason."""
    with pytest.raises(Unavailable), home.db.transaction():
        home.db.rows("SELECT nothing FROM nowhere")


def test_threads_have_their_own_transactions(home: Home) -> None:
    """A thread does not commit or see what another has open."""
    seen: list[int] = []
    with home.db.transaction():
        _add(home)
        thread = threading.Thread(target=lambda: seen.append(_count(home)))
        thread.start()
        thread.join(10)
    assert seen == [0]
    assert _count(home) == 1


def test_statements_are_bound(home: Home) -> None:
    """A value is never part of the statement, and a per cent sign is one."""
    with home.db.transaction():
        home.db.run("INSERT INTO clusters (cluster_name) VALUES (?)", "'; DROP TABLE clusters; %s")
        rows = home.db.rows("SELECT cluster_name FROM clusters WHERE cluster_name LIKE '%DROP%'")
    assert rows == [("'; DROP TABLE clusters; %s",)]
