"""The log over the REST API: who reads which entries, and how they are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.rest.core.logs import rendered
from tests.web.conftest import Site
from tests.web.rest.rack import Rack, standing
from tests.web.world import ADA, BOB, EVE, LINUS, NODE, OPEN, RESTRICTED, ROOT, SERVICE, Login

SHAPE = {"id", "log_date", "log_action", "log_user", "log_level", "log_fmt", "log_dict", "svc_id",
         "node_id", "log_entry_id", "log_event"}


class _Logs:
    """Entries, each with a number as its action's end."""

    def __init__(self, rack: Rack) -> None:
        self.rack = rack
        rack.run("DELETE FROM log")

    def write(self, action: str, user: str = "", details: Any = None, **more: str) -> None:
        """Store an entry."""
        text = details if isinstance(details, str) else json.dumps(details or {})
        self.rack.insert(
            "log", log_action=action, log_user=user, log_fmt="%(who)s did it", log_dict=text,
            log_date="2026-02-02 10:00:00", log_level="info",
            **{"node_id": "", "svc_id": "", **more},
        )

    def read(self, login: Login, query: str = "limit=0") -> list[str]:
        """The actions of what somebody reads; its own login made no entry."""
        return [row["log_action"] for row in self.rack.data("/logs", query, login)]


@pytest.fixture
def logs(site: Site) -> Iterator[_Logs]:
    """An empty log."""
    with standing(site) as rack:
        yield _Logs(rack)


def test_by_right(logs: _Logs) -> None:
    """One reads one's own entries and those of registries one is responsible for (E33)."""
    logs.write("docker.token", "ada@example.org", {"service": OPEN})
    logs.write("docker.login", "bob", {"service": RESTRICTED})
    logs.write("docker.push", "ada@example.org", {"service": "registry.hidden"})
    logs.write("user.change", "bob@example.org", {"service": OPEN})
    assert sorted(logs.read(ROOT)) == [
        "docker.login", "docker.push", "docker.token", "user.change"
    ]
    assert sorted(logs.read(LINUS)) == ["docker.login", "docker.token"]
    assert sorted(logs.read(ADA)) == ["docker.push", "docker.token"]
    assert sorted(logs.read(BOB)) == ["docker.login", "user.change"]
    assert logs.read(EVE) == []


def test_single(logs: _Logs) -> None:
    """An entry is read by its id only where the list has it (IDOR)."""
    logs.write("docker.login", "bob")
    id_ = logs.rack.rows("SELECT id FROM log")[0][0]
    assert logs.rack.data(f"/logs/{id_}", login=ADA) == []
    row = logs.rack.data(f"/logs/{id_}", login=BOB)[0]
    assert set(row) == SHAPE
    assert logs.rack.get("/logs/x", login=BOB).status == 400


def test_machines(logs: _Logs) -> None:
    """A node reads what it did itself, a service likewise; that both are agent counts not."""
    logs.write("docker.token", "agent", node_id="n1", svc_id="s1")
    logs.write("docker.login", "agent", node_id="n2", svc_id="s2")
    logs.write("node.auth", "agent")
    assert logs.read(NODE) == ["docker.token"]
    assert logs.read(SERVICE) == ["docker.token"]


@pytest.mark.parametrize(
    ("first", "last"),
    [("Bob", "Burns"), ("Bob Burns", ""), ("", " Bob Burns"), ("bob", "burns "), ("agent", ""),
     ("bob@example.org", ""), ("bob", ""), ("manage.py", ""), ("collector", "")],
)
def test_names_are_not_taken_over(logs: _Logs, first: str, last: str) -> None:
    """Who takes somebody's name for its own reads none of its entries."""
    logs.rack.run("UPDATE auth_user SET first_name = 'Bob', last_name = 'Burns' WHERE id = 32")
    sql = "UPDATE auth_user SET first_name = ?, last_name = ? WHERE id = 31"
    logs.rack.run(sql, first, last)
    for name in ("Bob Burns", "bob burns", "agent", "bob", "bob@example.org", "manage.py",
                 "collector", ""):
        logs.write("docker.login", name)
    assert logs.read(ADA) == []


def test_full_name(logs: _Logs) -> None:
    """Entries under the full name that nobody else has are one's own."""
    logs.rack.run("UPDATE auth_user SET first_name = 'Ada', last_name = 'L_' WHERE id = 31")
    logs.write("docker.token", "Ada L_")
    logs.write("docker.login", "Ada Lo")
    assert logs.read(ADA) == ["docker.token"]


def test_a_name_within_a_text_is_no_registry(logs: _Logs) -> None:
    """What is said of a registry is in the member service, not in any text of a client."""
    member = f'"service": "{OPEN}"'
    logs.write("docker.login.failed", "x", {"login": member})
    logs.write("docker.token", "x", {"service": "registryXopen"})
    logs.write("docker.token", "x", {"service": OPEN + "2"})
    assert logs.read(LINUS) == []


def test_many_registries(logs: _Logs) -> None:
    """Who is responsible for thousands of registries reads all of their entries."""
    with logs.rack.db.transaction(write=True):
        for number in range(2000):
            logs.rack.db.insert(
                "docker_registries", id=10_000 + number, service=f"r{number}", url=f"u{number}",
                insecure="F", restricted="F", created="2026-01-01", updated="2026-01-01",
            )
            logs.rack.db.insert(
                "docker_registries_responsibles", registry_id=10_000 + number, group_id=21
            )
    try:
        logs.write("docker.token", "x", {"service": "r1999"})
        assert logs.read(LINUS) == ["docker.token"]
    finally:
        logs.rack.run("DELETE FROM docker_registries WHERE id >= 10000")
        logs.rack.run("DELETE FROM docker_registries_responsibles WHERE registry_id >= 10000")


def test_newest_first(logs: _Logs) -> None:
    """The newest comes first, unless another order is asked for."""
    for number in range(3):
        logs.write(f"a{number}", "ada@example.org")
    assert logs.read(ADA) == ["a2", "a1", "a0"]
    assert logs.read(ADA, "limit=2") == ["a2", "a1"]
    assert logs.read(ADA, "orderby=id") == ["a0", "a1", "a2"]


def test_event(logs: _Logs) -> None:
    """log_event is the text; it can be asked for alone, and looked into."""
    logs.write("a1", "ada@example.org", {"who": ["Ada", "Bob"]})
    logs.write("a2", "ada@example.org", "{")
    logs.write("a3", "ada@example.org", "[1]")
    rows = logs.rack.data("/logs", "props=log_event&orderby=id", ADA)
    assert [row["log_event"] for row in rows] == [
        "Ada, Bob did it", "%(who)s did it", "%(who)s did it"
    ]
    assert logs.read(ADA, "filters=log_event+%25Bob%25") == ["a1"]
    assert logs.read(ADA, "search=did+it&search_props=log_event&limit=1") == ["a3"]


@pytest.mark.parametrize(
    ("fmt", "details", "text"),
    [
        ("%(a)s and %(b)d", '{"a": "x", "b": 3}', "x and 3"),
        ("100%% of %(a)s", '{"a": {"b": 1}}', '100% of {"b": 1}'),
        ("%(a)s", "{}", "%(a)s"),
        ("%s %d % %(", '{"a": 1}', "%s %d % %("),
        ("%(a)1000000000d", '{"a": 1}', "%(a)1000000000d"),
        ("%(a)s", '{"a": "%(a)s%(a)s"}', "%(a)s%(a)s"),
        (None, None, ""),
        ("%(a)s", "null", "%(a)s"),
    ],
)
def test_rendered(fmt: Any, details: Any, text: str) -> None:
    """Formats are filled in without ever being run."""
    assert rendered(fmt, details) == text


@given(st.text(alphabet="%()sd0aé*.\n", max_size=30), st.text(max_size=20))
def test_rendered_takes_anything(fmt: str, details: str) -> None:
    """No format and no values break a list of entries."""
    assert isinstance(rendered(fmt, details), str)
    assert len(rendered(fmt * 1000, json.dumps({"a": "x" * 100}))) <= 4000
