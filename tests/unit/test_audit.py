"""The audit log: one entry a thing, bounded, escaped, pruned."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applications.init.modules.registries import audit, housekeeping
from tests.home import Home


def _write(home: Home, **details: object) -> None:
    with home.db.transaction():
        audit.write(home.db, audit.Entry("docker.token", "Ada", "%(x)s", details), home.clock())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.text())
def test_any_text(home: Home, name: str, value: str) -> None:
    """Whatever a client sends, an entry is one printable line that decodes."""
    with home.db.transaction(write=True):
        home.db.run("DELETE FROM log")
        entry = audit.Entry("docker.token", name, "%(x)s", {"x": value, "list": [value]})
        audit.write(home.db, entry, home.clock())
        user, details = home.db.rows("SELECT log_user, log_dict FROM log")[0]
    assert len(user) <= 100
    assert "\n" not in user
    assert details.isascii()
    assert json.loads(details)["x"][:300] == value[:300]


def test_entries_are_bounded(home: Home) -> None:
    """Megabytes asked do not become megabytes stored."""
    _write(home, x="a" * 1_000_000, many=["b" * 4000] * 1000)
    (entry,) = home.audit()
    assert len(entry["log_dict"]) <= 60_000


def test_retention(home: Home) -> None:
    """Old entries of ours go, everything else in the table stays."""
    with home.db.transaction():
        home.db.run(
            "INSERT INTO log (log_action, log_user, log_date) VALUES (?, ?, ?)",
            "service.add", "somebody", "2001-01-01 00:00:00",
        )
    _write(home, x=1)
    home.clock.advance(364 * 86_400)
    _write(home, x=2)
    home.clock.advance(2 * 86_400)
    assert housekeeping.run(home.container)["audit"] == 1
    with home.db.transaction():
        rows = home.db.rows("SELECT log_action FROM log ORDER BY id")
    assert rows == [("service.add",), ("docker.token",)]


def test_no_limit(home: Home) -> None:
    """With 0 days nothing is deleted."""
    _write(home, x=1)
    with home.db.transaction():
        assert audit.prune(home.db, 0, home.clock() + 10**9) == 0
