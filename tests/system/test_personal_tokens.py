"""A second factor and personal tokens, with a real docker against real registries."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests

from tests.home import user
from tests.system.conftest import Docker, Tool
from tests.system.rig import Collector, Registry
from tests.web.world import PULLER, PUSHER

NAME, PASSWORD = "tilda@example.org", "tilda-secret"
ID = 39


class Tilda:
    """Somebody with a second factor, signed in with a browser."""

    def __init__(self, collector: Collector) -> None:
        self.api = f"{collector.url}/init/rest/api"
        self.browser = requests.Session()
        self.ask("POST", "/session", login=NAME, password=PASSWORD)
        secret = self.ask("POST", "/users/self/totp")["secret"]
        code = pyotp.TOTP(secret).now()
        self.codes = self.ask("POST", "/users/self/totp/confirm", code=code)["recovery_codes"]

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Make a request that must succeed; the data of its answer."""
        answer = self.browser.request(method, self.api + path, json=body, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json().get("data")

    def token(self, name: str, **limits: Any) -> tuple[str, str]:
        """A login with a new personal token."""
        made = self.ask("POST", "/users/self/personal_tokens", name=name, **limits)
        return NAME, made["token"]


@pytest.fixture(scope="module")
def tilda(collector: Collector) -> Iterator[Tilda]:
    """Her account, with a second factor; without one again afterwards."""
    collector.load({"users": [user("tilda", ID, groups=["webdev"], privileges=[PULLER, PUSHER])]})
    found = Tilda(collector)
    yield found
    collector.manage("user", "totp-off", NAME)


def _fails(docker: Docker, registry: Registry, login: tuple[str, str]) -> str:
    return docker.fails(
        "login", "-u", login[0], "--password-stdin", registry.address, secret=login[1]
    )


def _why(collector: Collector) -> list[str]:
    """The reasons of what was refused, oldest first."""
    return [r["reason"] for e in collector.audit() for r in e.get("refused", [])]


def test_the_password_is_not_enough(docker: Docker, registry: Registry, tilda: Tilda) -> None:
    """docker login with the right password is refused, and says what takes its place."""
    said = _fails(docker, registry, (NAME, PASSWORD))
    assert "a personal access token takes the place of the password" in said
    assert "invalid username or password" in _fails(docker, registry, (NAME, "wrong"))


def test_a_token_pushes(docker: Docker, registry: Registry, tilda: Tilda, image: Path) -> None:
    """With a personal token docker logs in, pushes and pulls; it keeps that, and no other token."""
    name = f"{registry.address}/users/{ID}/tool:1"
    login = tilda.token(f"docker on {registry.service}")
    assert "Login Succeeded" in docker.login(registry, login)
    entry = json.loads((docker.config / "config.json").read_text())["auths"][registry.address]
    assert "identitytoken" not in entry
    assert base64.b64decode(entry["auth"]).decode() == ":".join(login)
    docker.load(image, name)
    docker("push", name)
    docker("rmi", name)
    docker("pull", name)


def test_a_reader_pulls(
    docker: Docker, registry: Registry, collector: Collector, tilda: Tilda, image: Path
) -> None:
    """A token for reading pulls, and its push is denied; the log has the reason."""
    name = f"{registry.address}/users/{ID}/read:1"
    docker.login(registry, tilda.token(f"writer on {registry.service}"))
    docker.load(image, name)
    docker("push", name)
    docker("rmi", name)
    docker.login(registry, tilda.token(f"reader on {registry.service}", read_only=True))
    docker("pull", name)
    docker("tag", name, name.replace("read:1", "read:2"))
    assert "denied" in docker.fails("push", name.replace("read:1", "read:2"))
    assert _why(collector)[-1] == "token_read_only"


def test_for_another_registry(
    docker: Docker, registry: Registry, restricted: Registry, collector: Collector, tilda: Tilda
) -> None:
    """A token for one registry logs in there, and nowhere else, where docker says why."""
    name = f"elsewhere than {registry.service}"
    login = tilda.token(name, registries=[restricted.service])
    said = _fails(docker, registry, login)
    assert f"the personal token '{name}' is not for this registry" in said
    assert "Login Succeeded" in docker.login(restricted, login)


def test_a_push_elsewhere(
    skopeo: Tool, registry: Registry, restricted: Registry, collector: Collector, tilda: Tilda,
    image: Path,
) -> None:
    """Without a login before, a push with it to another registry is denied."""
    login = tilda.token(f"push to {registry.service}", registries=[restricted.service])
    where = f"docker://{registry.address}/users/{ID}/x:1"
    given = f"--dest-creds={':'.join(login)}"
    said = skopeo.fails("copy", given, "--dest-tls-verify=false", f"oci:{image}:latest", where)
    assert "denied" in said
    assert _why(collector)[-1] == "token_other_registry"


def test_a_token_that_is_revoked(
    docker: Docker, registry: Registry, collector: Collector, tilda: Tilda
) -> None:
    """Once an operator has revoked it docker is told at the next pull."""
    docker.login(registry, tilda.token(f"lost on {registry.service}"))
    newest = collector.manage("tokens", "personal", "--login", NAME).splitlines()[1]
    collector.manage("tokens", "revoke-personal", newest.split()[0])
    said = docker.fails("pull", f"{registry.address}/base/x:1")
    assert "personal token is not valid any more" in said
