"""The lock against guessing, with the limits that everybody gets, as clients meet it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.system.conftest import Docker, Tool
from tests.system.rig import Collector, Registry, free_port
from tests.system.world import world
from tests.web.world import ADA, BOB, OPEN, Login

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"


@pytest.fixture(scope="module")
def guarded(folder: Path) -> Iterator[Collector]:
    """A collector whose locks nobody loosened."""
    with Collector(folder / "guarded") as server:
        server.start()
        server.load(world({}))
        yield server


@pytest.fixture
def guarded_registry(guarded: Collector, tmp_path: Path) -> Iterator[Registry]:
    """A registry that trusts it."""
    with Registry(OPEN, 2, tmp_path / "registry", free_port()) as registry:
        registry.start(guarded)
        yield registry


class _From(HTTPAdapter):
    """Requests that come from one of the machine's addresses."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, source_address=(self.address, 0), **more)


def ask(
    collector: Collector, address: str, login: Login | None = None, token: str | None = None
) -> requests.Response:
    """Ask for a token from an address, by password or by identity token."""
    with requests.Session() as session:
        session.mount("http://", _From(address))
        url = f"{collector.url}/init/registry/token"
        if token is None:
            query = {"service": OPEN, "offline_token": "true", "client_id": "test"}
            return session.get(url, params=query, auth=login, timeout=10)
        form = {"grant_type": "refresh_token", "refresh_token": token, "service": OPEN}
        return session.post(url, data=form, timeout=10)


def test_guessing(docker: Docker, guarded: Collector, guarded_registry: Registry) -> None:
    """Who guesses is told to wait; the owner logs in from elsewhere all the same."""
    assert ask(guarded, ELSEWHERE, BOB).status_code == 200
    where = guarded_registry.address
    told = [
        docker.fails("login", "-u", "bob", "--password-stdin", where, secret=f"guess-{number}")
        for number in range(10)
    ]
    assert "toomanyrequests: too many failed logins: wait" in told[-1]
    assert "toomanyrequests" in docker.fails(
        "login", "-u", "bob", "--password-stdin", where, secret=BOB[1]
    )
    assert ask(guarded, ELSEWHERE, BOB).status_code == 200
    assert "Login Succeeded" in docker.login(guarded_registry, ADA)


def test_one_wrong_password_many_times(
    skopeo: Tool, guarded: Collector, guarded_registry: Registry
) -> None:
    """A script that repeats one wrong password is one failure: the right one still works."""
    wrong = ("pull", "an-old-password")
    for _ in range(20):
        skopeo.fails(
            "login", "--tls-verify=false", "-u", wrong[0], "--password-stdin",
            guarded_registry.address, secret=wrong[1],
        )
    skopeo.login(guarded_registry, ("pull", "pull-secret"))


NEIGHBOUR = [HERE]
EVERYBODY = [f"127.0.1.{number}" for number in range(1, 31)]


@pytest.mark.parametrize("senders", [NEIGHBOUR, EVERYBODY], ids=["same address", "many addresses"])
def test_dead_identity_tokens_lock_no_live_one(guarded: Collector, senders: list[str]) -> None:
    """Invented or dead identity tokens, from wherever, leave the live ones at work."""
    home = HERE if senders is NEIGHBOUR else ELSEWHERE
    live = ask(guarded, home, ADA).json()["refresh_token"]
    for sender in senders:
        for number in range(5):
            ask(guarded, sender, token=f"osvcreg_invented-{sender}-{number}")
    answer = ask(guarded, home, token=live)
    assert answer.status_code == 200, answer.text
