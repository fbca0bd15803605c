"""A collector's state for tests, and worlds built in a line."""

from __future__ import annotations

import json
from typing import Any

from applications.init.modules.registries import container, setup, world
from applications.init.modules.registries.container import Container
from applications.init.modules.registries.settings import Settings
from applications.init.modules.registries.world import document


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """The time it is."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class Home:
    """A state directory, set up, and the container over it."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        setup.first_start(settings)
        self.container: Container = container.build(settings, clock)
        self.db = self.container.db

    def load(self, **sections: list[dict[str, Any]]) -> None:
        """Load a world given as keyword arguments."""
        with_defaults = document.check(sections)
        world.load(self.db, self.settings, with_defaults, self.clock())

    def audit(self, action: str | None = None) -> list[dict[str, Any]]:
        """The audit entries, oldest first: the columns, and ``details`` decoded."""
        with self.db.transaction():
            rows = self.db.dal(self.db.dal.log.id > 0).select(orderby=self.db.dal.log.id)
        entries = [{**row.as_dict(), "details": json.loads(row.log_dict)} for row in rows]
        return [e for e in entries if action is None or e["log_action"] == action]

    def stored(self) -> str:
        """All that is stored; of SQLite also what its files still hold of what was deleted."""
        if self.db.is_sqlite:
            files = self.settings.home.glob("collector.sqlite*")
            return "".join(file.read_bytes().decode("latin-1") for file in files)
        with self.db.transaction():
            return "".join(
                str(self.db.rows(f"SELECT * FROM {table}")) for table in self.db.dal.tables
            )

    def close(self) -> None:
        """End the connection."""
        self.db.close()


def user(name: str, id: int, **more: Any) -> dict[str, Any]:
    """A user of a world: ``ada`` is ada@example.org with the password ada-secret."""
    return {
        "id": id,
        "username": name,
        "email": f"{name}@example.org",
        "password": f"{name}-secret",
        **more,
    }
