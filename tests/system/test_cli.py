"""Our command line client, run as a person runs it, against the real server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests

from tests.conftest import CHECKOUT
from tests.system.rig import Collector, run
from tests.system.world import world
from tests.web.world import ADA, BOB, LINUS, OPEN, Login

ROWS = [
    {"id": 61, "registry": 51, "repository": "base/alpine", "description": "=1+1"},
    {"id": 62, "registry": 51, "repository": "users/31/x"},
]
TAGS = [{"id": 71 + n, "repository": 61, "name": f"v{n}"} for n in range(25)]


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Collector]:
    """A collector with two repositories; its registries are nowhere."""
    with Collector(folder / "cli", COLLECTOR_DISCOVERY_SECONDS="3600") as server:
        server.start()
        server.load({**world({}), "repositories": ROWS, "tags": TAGS})
        yield server


class Person:
    """Somebody at a terminal, with a configuration of their own."""

    def __init__(self, collector: Collector, file: Path) -> None:
        self.collector = collector
        self.file = file

    def try_(self, *words: str, secret: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to whatever end."""
        command = [sys.executable, str(CHECKOUT / "registries.py"), *words]
        return run(command, secret, REGISTRIES_CONFIG=str(self.file))

    def __call__(self, *words: str, secret: str = "") -> str:
        """Run a command that must succeed; what it printed."""
        done = self.try_(*words, secret=secret)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, status: int, *words: str) -> str:
        """Run a command that must fail; the error."""
        done = self.try_(*words)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stderr

    def json(self, *words: str) -> Any:
        """Run a command; what it printed, decoded."""
        return json.loads(self("-o", "json", *words))

    def login(self, login: Login) -> None:
        """Log in."""
        url = self.collector.url
        self("login", url, "-u", login[0], "--password-stdin", secret=login[1] + "\n")


@pytest.fixture
def person(served: Collector, tmp_path: Path) -> Person:
    """Somebody who is not logged in."""
    return Person(served, tmp_path / "config" / "registries.json")


def test_login_keeps_a_token(person: Person) -> None:
    """The file is its owner's alone, and holds a token in place of the password."""
    assert "log in first" in person.fails(2, "list")
    person.login(ADA)
    text = person.file.read_text()
    assert ADA[1] not in text
    assert person.file.stat().st_mode & 0o777 == 0o600
    kept = json.loads(text)
    person("logout")
    assert not person.file.exists()
    person.file.write_text(text)
    assert kept["token"]
    assert "log in again" in person.fails(1, "list")


def test_personal_tokens(person: Person) -> None:
    """Made with the password, listed and revoked with what login keeps; shown once."""
    person.login(ADA)
    made = person.try_("token", "create", "ci", "--days", "30", "--read-only", "--registry", OPEN,
                       "--password-stdin", secret=ADA[1] + "\n")
    token = made.stdout.strip()
    assert token.startswith("osvcpat_")
    assert "not shown again" in made.stderr
    (row,) = person.json("token", "ls")
    assert (row["name"], row["read_only"], row["registries"]) == ("ci", True, [51])
    assert token not in person("token", "ls", "--all")
    assert person.try_("token", "rm", "ci").returncode == 1, "nobody confirmed it"
    assert "revoked" in person("token", "rm", "ci", "--yes")
    assert person.json("token", "ls") == []
    assert person.json("token", "ls", "--all")[0]["revoked"]
    assert "no live token" in person.fails(1, "token", "rm", "ci", "--yes")


def test_a_personal_token_logs_in(person: Person) -> None:
    """Given in place of the password it is kept, and what it can't do asks for the password."""
    person.login(LINUS)
    token = person("token", "create", "laptop", "--password-stdin", secret=LINUS[1] + "\n").strip()
    person("logout")
    person.login((LINUS[0], token))
    assert json.loads(person.file.read_text())["token"] == token
    assert person.json("list")
    person("token", "rm", "laptop", "--yes", "--password-stdin", secret=LINUS[1] + "\n")
    assert "not valid any more" in person.fails(1, "list")
    person("logout")


def test_second_factor(person: Person) -> None:
    """Login asks for the code, and takes it as the second line of standard input."""
    session, api = requests.Session(), f"{person.collector.url}/init/rest/api"
    session.post(f"{api}/session", json={"login": BOB[0], "password": BOB[1]}).raise_for_status()
    secret = session.post(f"{api}/users/self/totp", json={}).json()["data"]["secret"]
    code = {"code": pyotp.TOTP(secret).now()}
    turned_on = session.post(f"{api}/users/self/totp/confirm", json=code).json()
    codes = turned_on["data"]["recovery_codes"]
    arguments = ("login", person.collector.url, "-u", BOB[0], "--password-stdin")
    assert "code is wrong" in person.try_(*arguments, secret=f"{BOB[1]}\n000000\n").stderr
    person(*arguments, secret=f"{BOB[1]}\n{codes[0]}\n")
    assert person.json("list")
    words = ("token", "create", "ci", "--password-stdin")
    assert person(*words, secret=f"{BOB[1]}\n{codes[1]}\n").startswith("osvcpat_")
    off = session.delete(f"{api}/users/self/totp", json={"code": codes[2]})
    assert off.status_code == 200, off.text


def test_lists(person: Person) -> None:
    """Rows come as a table, JSON, YAML and CSV that no spreadsheet runs; by pages or all."""
    person.login(ADA)
    services = [row["service"] for row in person.json("list", "--sort", "service")]
    assert services[:2] == ["registry.eddsa", OPEN]
    assert "SERVICE" in person("list").splitlines()[0]
    assert "service: registry.open" in person("-o", "yaml", "list")
    table = person("-o", "csv", "repositories", "list", OPEN)
    assert "61,51,base/alpine,0,'=1+1" in table.splitlines()
    assert len(person.json("tags", "list", OPEN, "base/alpine")) == 20
    assert len(person.json("tags", "list", OPEN, "base/alpine", "--all")) == 25
    found = person.json("tags", "list", OPEN, "base/alpine", "--filter", "name v1%", "--limit", "3")
    assert [row["name"][:2] for row in found] == ["v1", "v1", "v1"]


def test_access(person: Person) -> None:
    """It tells what one may do, and why not; about others only to those responsible."""
    person.login(ADA)
    found = {row["action"]: row for row in person.json("access", OPEN, "base/alpine")}
    assert found["pull"]["granted"] is True
    assert found["push"]["reason"] == "not_responsible"
    assert "missing" in person.fails(1, "access", OPEN, "base/alpine", "--user", "bob")
    person.login(LINUS)
    asked = person.json("access", OPEN, "users/31/x", "--user", "bob")
    found = {row["action"]: row for row in asked}
    assert found["pull"]["reason"] == "not_owner"


def test_changes(person: Person) -> None:
    """A manager declares, changes, describes, publishes and deletes; others are told why not."""
    person.login(LINUS)
    person("add", "new.lab", "--address", "https://new.lab:5000")
    assert "restricted" in person("set", "new.lab", "--unrestricted")
    person("publications", "add", "new.lab", "webdev")
    assert {row["role"] for row in person.json("publications", "list", "new.lab")} >= {"webdev"}
    person("publications", "remove", "new.lab", "webdev")
    assert "osvc-" in person("secret", "new.lab")
    assert "location = /v1/search" in person("config", "new.lab", "--part", "nginx")
    assert person.json("discovery", "new.lab")
    person("repositories", "set", OPEN, "base/alpine", "--description", "ours")
    row = person.json("repositories", "show", OPEN, "base/alpine")[0]
    assert row["description"] == "ours"
    assert "Platform-Team" in row["pushers"]["groups"]
    assert person.try_("delete", "new.lab").returncode == 1, "nobody confirmed it"
    person("delete", "new.lab", "--yes")
    assert "there is no" in person.fails(1, "show", "new.lab")
    person.login(ADA)
    assert "missing" in person.fails(1, "add", "ada.lab")


def test_deletion(person: Person) -> None:
    """A tag whose registry can't be reached stays, and the reason is told."""
    person.login(LINUS)
    said = person.fails(1, "tags", "delete", OPEN, "base/alpine", "v1", "--yes")
    assert "can't be reached" in said
    assert "there is no" in person.fails(1, "tags", "delete", OPEN, "base/alpine", "v99", "--yes")


def test_log_and_events(person: Person) -> None:
    """The log and what a registry told are shown as far as one may see them."""
    person.login(LINUS)
    person("repositories", "set", OPEN, "base/alpine", "--official")
    assert "docker.repositories.change" in {row["log_action"] for row in person.json("logs")}
    assert person.json("events", OPEN) == []


def test_exit_statuses(person: Person) -> None:
    """1: refused; 2: used wrongly; 3: not reached."""
    assert person.fails(2, "list", "--limit", "0")
    person.file.parent.mkdir(parents=True)
    person.file.write_text(json.dumps({"url": "http://127.0.0.1:9", "token": "x"}))
    assert "can't be reached" in person.fails(3, "list")
