"""The running server: the policy over HTTP, hostile requests, faults, keys."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from tests.conftest import CHECKOUT
from tests.system.rig import Collector, Registry, descendants, run, wait_until
from tests.web.world import ADA, OPEN, TABLE, WORLD, Login


def ask(collector: Collector, login: Login | None, **query: Any) -> requests.Response:
    """Ask for a token."""
    url = f"{collector.url}/init/registry/token"
    return requests.get(url, params=query, auth=login, timeout=10)


def granted(answer: requests.Response) -> list[str]:
    """The actions of the only access entry."""
    claims = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    (entry,) = claims["access"]
    return list(entry["actions"])


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_policy_table(collector: Collector, row: tuple[Any, ...]) -> None:
    """Each row of the policy's table over HTTP."""
    _, login, service, name, wanted = row
    answer = ask(collector, login, service=service, scope=f"repository:{name}:*")
    assert granted(answer) == [action for action in wanted.split(",") if action]


END = b"\r\n\r\n"


def _raw(collector: Collector, request: bytes) -> tuple[bytes, bytes]:
    """Send bytes, return head and body of the answer."""
    host, _, port = collector.url.partition("//")[2].partition(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(request)
        data = b""
        while piece := connection.recv(65_536):
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /init/registry/token?scope=" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /init/registry/token HTTP/1.1\r\nAuthorization: Basic " + b"A" * 1_000_000 + END,
        b"GET /init/registry/token HTTP/1.1\r\nBad Header: x\r\n\r\n",
        b"GET /init/registry/token HTTP/9.9\r\n\r\n",
        b"POST /init/registry/token HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /init/registry/token\x00 HTTP/1.1\r\n\r\n",
        b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n\r\n",
        b"GET /init/static/..%2f..%2fmodels/x.py HTTP/1.1\r\n\r\n",
        b"GET /admin HTTP/1.1\r\n\r\n",
        b"GET /welcome/default/index HTTP/1.1\r\n\r\n",
        b"GET /init/appadmin/index HTTP/1.1\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n",
        b"GET // HTTP/1.1\r\n\r\n",
    ],
    ids=lambda value: value[:40].decode("latin1"),
)
def test_hostile_bytes(collector: Collector, request_: bytes) -> None:
    """Whatever comes over the wire gets a JSON error that echoes none of it."""
    head, body = _raw(collector, request_)
    status = int(head.split()[1])
    assert 400 <= status < 500
    assert b"application/json" in head
    assert b"<" not in body
    assert b"gunicorn" not in head.lower()


def test_slow_forms_cost_nothing(collector: Collector) -> None:
    """A form made to be parsed slowly is refused at once."""
    body = "&".join(f"key{n}=1" for n in range(16_000))
    start = time.monotonic()
    answer = requests.post(
        f"{collector.url}/init/registry/token",
        data=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        timeout=10,
    )
    assert answer.status_code == 413
    assert time.monotonic() - start < 1


def test_a_burst_of_one_wrong_password(collector: Collector) -> None:
    """Nine requests at once with one wrong password are one failure, and lock nobody."""
    login = ("push", "burst-of-a-typo")
    with ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(lambda _: ask(collector, login, service=OPEN), range(9)))
    assert {answer.status_code for answer in answers} == {401}
    failures = [e for e in collector.audit() if e.get("login") == "push"
                and e["action"] == "docker.login.failed"]
    assert 1 <= len(failures) <= 2  # two processes may verify it at the same moment
    assert ask(collector, ("push", "push-secret"), service=OPEN).status_code == 200


def test_locked_database(collector: Collector) -> None:
    """A locked database: 503 in words within 5 s, and well again right after."""
    database = sqlite3.connect(collector.home / "collector.sqlite")
    database.execute("BEGIN EXCLUSIVE")
    start = time.monotonic()
    answer = ask(collector, ADA, service=OPEN)
    assert time.monotonic() - start < 5.5
    assert answer.status_code == 503
    assert "database" in answer.json()["errors"][0]["message"]
    database.rollback()
    database.close()
    assert ask(collector, ADA, service=OPEN).status_code == 200


def test_missing_database(collector: Collector) -> None:
    """A database that is gone: 503, no new empty one, and well again when it is back."""
    path, away = (collector.home / name for name in ("collector.sqlite", "away.sqlite"))
    os.rename(path, away)
    assert ask(collector, ADA, service=OPEN).status_code == 503
    answer = requests.get(f"{collector.url}/init/registry/health", timeout=10)
    assert answer.status_code == 503
    # Longer than the scheduler's heartbeat, which must not make one either.
    until = time.monotonic() + 7
    while time.monotonic() < until:
        assert not path.exists()
        time.sleep(0.1)
    os.rename(away, path)
    assert ask(collector, ADA, service=OPEN).status_code == 200


def test_keys_rotate_under_the_registry(
    collector: Collector, registry: Registry, registries: dict[str, Registry]
) -> None:
    """A rotated key signs at once; the registry takes it with the new bundle, old tokens too."""
    query = {"service": registry.service}
    before = ask(collector, ADA, **query).json()["token"]
    collector.manage("keys", "rotate", "--overlap-hours", "0")

    def signs_anew() -> bool:
        token = ask(collector, ADA, **query).json()["token"]
        return bool(
            jwt.get_unverified_header(token)["kid"] != jwt.get_unverified_header(before)["kid"]
        )

    wait_until(signs_anew, "the new key signing")
    for running in [r for r in registries.values() if r.process is not None]:
        running.stop()
        running.start(collector)
    for token in (before, ask(collector, ADA, **query).json()["token"]):
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(f"{registry.url}/v2/", headers=headers, timeout=10).status_code == 200


def test_check(
    collector: Collector, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """manage.py check sees that a real registry accepts our tokens, whatever a .netrc holds."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else")
    monkeypatch.setenv("NETRC", str(netrc))
    output = collector.try_manage("check").stdout
    accepts = f"registry {registry.service}: {registry.url} answers and accepts our tokens"
    assert f"ok    {accepts}" in output
    assert "FAIL  registry registry.hidden: 127.0.0.1:3 can't be reached" in output


def test_an_interrupt_ends_everything(tmp_path: Path) -> None:
    """Ctrl-C ends the server and all it started; a second collector on the port says so."""
    server = Collector(tmp_path / "second")
    server.start()
    server.load(WORLD)
    assert server.process is not None
    again = Collector(tmp_path / "third")
    again.environ["COLLECTOR_LISTEN"] = server.environ["COLLECTOR_LISTEN"]
    done = run([sys.executable, str(CHECKOUT / "serve.py")], **again.environ)
    assert done.returncode == 1
    assert "Address already in use" in done.stderr
    children = descendants(server.process.pid)
    assert len(children) >= 2
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(30) == 0
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), "the end")
    server.process = None
