"""MariaDB and PostgreSQL: locks, faults, values, and homes that share a database."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from applications.init.modules.registries import accounts, container, database, setup
from applications.init.modules.registries.database import Database
from applications.init.modules.registries.errors import (
    BadRequest,
    Conflict,
    StartupError,
    Unavailable,
)
from applications.init.modules.registries.policy import MANAGER
from applications.init.modules.registries.schema import own, servers
from applications.init.modules.registries.settings import Settings
from tests.conftest import CHECKOUT
from tests.databases import CHOSEN, mariadb, postgres
from tests.databases.server import Process, place
from tests.home import Home

pytestmark = pytest.mark.skipif(CHOSEN == "sqlite", reason="about servers of databases")
_PATIENCE = 5.0


@pytest.fixture
def own_server() -> Iterator[tuple[str, Process]]:
    """A server that the test may kill: the URI of a database of it, and its process."""
    kind: Any = postgres if CHOSEN == "postgres" else mariadb
    with place() as folder, kind.running(folder) as (server, process):
        with closing(kind.connect(server)) as connection, connection.cursor() as cursor:
            owner = "OWNER collector" if CHOSEN == "postgres" else ""
            cursor.execute(f"CREATE DATABASE collector {owner}")
            if CHOSEN == "mariadb":
                cursor.execute("GRANT ALL ON collector.* TO collector@'127.0.0.1'")
        yield server.uri("collector"), process


@pytest.fixture
def other(home: Home) -> Iterator[Database]:
    """A second process on the same database, as far as that sees."""
    made = Database(home.settings.db_uri, container.dal_folder(home.settings), 1.0)
    yield made
    made.close()


def _one(db: Database) -> None:
    with db.transaction():
        assert db.rows("SELECT 1") == [(1,)]


def _seconds(do: Callable[[], None], error: type[Exception]) -> float:
    began = time.monotonic()
    with pytest.raises(error):
        do()
    return time.monotonic() - began


def test_a_server_that_is_killed(own_server: tuple[str, Process], tmp_path: Path) -> None:
    """A server that is gone is told of at once, in each request; it is used again when back."""
    uri, process = own_server
    db = Database(uri, tmp_path)
    _one(db)
    process.kill()
    for _ in range(3):
        assert _seconds(lambda: _one(db), Unavailable) < _PATIENCE
    process.start()
    _one(db)
    process.kill()
    process.start()
    # Nobody asked while it was away: the request after is not lost.
    _one(db)
    db.close()


def test_a_connection_that_was_idle_is_tried(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing tells of its end, a connection that was idle is tried before it is used."""
    _one(home.db)
    monkeypatch.setattr(database, "IDLE_SECONDS", 0.0)
    monkeypatch.setattr(servers, "is_told", lambda adapter: False)
    home.db.dal._adapter.connection.close()
    _one(home.db)


def test_a_server_that_is_away_first(own_server: tuple[str, Process], tmp_path: Path) -> None:
    """A server that does not answer is no traceback."""
    uri, process = own_server
    process.kill()
    assert _seconds(lambda: _one(Database(uri, tmp_path)), Unavailable) < _PATIENCE


def test_a_lock_is_waited_for_and_then_told(home: Home, other: Database) -> None:
    """A row that another has is waited for, and then it is Unavailable; and fine later."""
    change = "UPDATE auth_group SET description = 'x' WHERE role = ?"

    def do() -> None:
        with other.transaction(write=True):
            other.run(change, MANAGER)

    with home.db.transaction(write=True):
        home.db.run(change, MANAGER)
        assert 0.5 < _seconds(do, Unavailable) < _PATIENCE
    do()


def test_a_deadlock_ends(home: Home, other: Database) -> None:
    """Of two that wait for each other one goes on, and one is told to try again."""
    both, ends = threading.Barrier(2), []

    def change(db: Database, *roles: str) -> None:
        try:
            with db.transaction(write=True):
                for number, role in enumerate(roles):
                    db.run("UPDATE auth_group SET description = ? WHERE role = ?", role, role)
                    if not number:
                        both.wait(10)
            ends.append("done")
        except Unavailable:
            ends.append("again")
        finally:
            db.close()

    patient = Database(home.settings.db_uri, container.dal_folder(home.settings), 10.0)
    threads = [
        threading.Thread(target=change, args=(patient, "Manager", "UserManager")),
        threading.Thread(target=change, args=(home.db, "UserManager", "Manager")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(ends) == ["again", "done"]


@pytest.mark.parametrize(
    ("column", "value"),
    [("cluster_name", "x" * 2000), ("cluster_name", "\ud800"), ("cluster_name", None)],
)
def test_what_fits_no_column(home: Home, column: str, value: str | None) -> None:
    """A text too long, or half a character, is refused and not cut off."""
    if value is None:
        values = {"registry_id": 1, "repository": "a", "tag": "b", "due": 1e9}
        with home.db.transaction(write=True):
            home.db.insert("registry_questions", **values, attempts=0, leased_until=0)
        with pytest.raises(Conflict), home.db.transaction(write=True):
            home.db.insert("registry_questions", **values, attempts=0, leased_until=0)
        return
    with pytest.raises(BadRequest), home.db.transaction(write=True):
        home.db.insert("clusters", **{column: value})
    with home.db.transaction():
        assert home.db.rows("SELECT * FROM clusters") == []


@pytest.mark.parametrize("text", ["\U0001f433 whale", "é\u212a", "back\\slash 'one' \"two\" %s"])
def test_texts_come_back(home: Home, text: str) -> None:
    """All of Unicode is stored, and no sign means something."""
    with home.db.transaction(write=True):
        home.db.insert("clusters", cluster_name=text)
        sql = "SELECT cluster_name FROM clusters WHERE cluster_name = ?"
        assert home.db.rows(sql, text) == [(text,)]


def test_ids_go_on_after_given_ones(home: Home) -> None:
    """After a row with an id of its own others get larger ones."""
    with home.db.transaction(write=True):
        home.db.insert("clusters", id=70, cluster_name="given")
        assert home.db.insert("clusters", cluster_name="next") == 71
        home.db.dal.clusters.insert(id=90, cluster_name="given")
        assert int(home.db.dal.clusters.insert(cluster_name="next")) == 91


def _machine(settings: Settings, folder: Path) -> Settings:
    return dataclasses.replace(settings, home=folder)


def test_machines_share_a_database(
    settings: Settings, cheap_hashes: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second home finds what the first made, and adds only what is new."""
    old = own.TABLES["registry_options"]
    with monkeypatch.context() as patch:
        patch.setitem(
            own.TABLES, "registry_options",
            lambda: tuple(field for field in old() if field.name != "placement"),
        )
        setup.first_start(settings)
    second, third = (_machine(settings, tmp_path / name) for name in ("second", "third"))
    for machine in (second, third, settings):
        setup.first_start(machine)
    db = Database(settings.db_uri, container.dal_folder(settings))
    with closing(db), db.transaction(write=True):
        assert db.rows("SELECT placement FROM registry_options") == []
        manager = accounts.group_id(db, MANAGER)
        rows = db.rows("SELECT id FROM auth_membership WHERE group_id = ?", manager)
    assert len(rows) == 1


def test_machines_start_at_once(settings: Settings, tmp_path: Path) -> None:
    """Machines that set up one database at the same time make one state."""
    code = (
        "import sys; from applications.init.modules.registries import settings, setup;"
        "print(setup.first_start(settings.load({'COLLECTOR_HOME': sys.argv[1],"
        " 'COLLECTOR_DB_URI': sys.stdin.read()})).password_file)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / str(number))], cwd=CHECKOUT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for number in range(3)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write(settings.db_uri)
        process.stdin.close()
        process.stdin = None
    said = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0] * 3, said
    assert sorted(out.strip() == "None" for out, _ in said) == [False, True, True]


def test_a_driver_that_is_missing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has not installed the driver is told what to type."""
    monkeypatch.setattr(servers, "find_spec", lambda name: None)
    with pytest.raises(StartupError, match=r"make (postgres|mysql)"):
        setup.first_start(settings)


def test_notes_are_not_named_after_a_password(home: Home) -> None:
    """The notes of the database layer are good under another password."""
    names = {path.name for path in container.dal_folder(home.settings).iterdir()}
    assert f"{servers.NOTES}_auth_user.table" in names
