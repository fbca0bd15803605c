"""Identity tokens: what docker keeps instead of the password, and when they die."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.system.conftest import Docker, Tool
from tests.system.rig import Collector, Registry
from tests.web.world import ADA, SERVICE, Login

TMP = ("tmp@example.org", "first-secret")


def _person(**more: str) -> dict[str, list[dict[str, object]]]:
    return {"users": [{"email": TMP[0], "groups": ["webdev"], "registration_key": "", **more}]}


def _auth_file(skopeo: Tool, collector: Collector, registry: Registry, login: Login) -> str:
    """Ask for an identity token as docker does, and put it where skopeo looks; return it."""
    answer = requests.get(
        f"{collector.url}/init/registry/token",
        params={"service": registry.service, "offline_token": "true", "client_id": "test"},
        auth=login,
        timeout=10,
    )
    token = str(answer.json()["refresh_token"])
    entry = {"auth": base64.b64encode(b"someone:").decode(), "identitytoken": token}
    skopeo.auth.write_text(json.dumps({"auths": {registry.address: entry}}))
    return token


@pytest.mark.parametrize("login", [ADA, SERVICE], ids=lambda login: login[0])
def test_docker_keeps_no_password(docker: Docker, registry: Registry, login: Login) -> None:
    """After a login an identity token is on disk, and nothing that holds the password."""
    docker.login(registry, login)
    kept = (docker.config / "config.json").read_text()
    entry = json.loads(kept)["auths"][registry.address]
    assert entry["identitytoken"].startswith("osvcreg_")
    assert login[1] not in kept
    assert login[1] not in base64.b64decode(entry.get("auth", "")).decode()


@pytest.mark.parametrize("login", [ADA, SERVICE], ids=lambda login: login[0])
def test_chunked_form(
    skopeo: Tool, registry: Registry, collector: Collector, image: Path, login: Login
) -> None:
    """With an identity token skopeo's form comes chunked, without Content-Length."""
    where = f"docker://{registry.address}/apps/store/chunked-{len(login[0])}:1"
    push = ("copy", "--dest-tls-verify=false", f"oci:{image}:latest", where)
    _auth_file(skopeo, collector, registry, login)
    if login is ADA:
        skopeo(*push)
    else:
        assert "denied" in skopeo.fails(*push)


def test_for_one_registry_only(
    skopeo: Tool,
    registry: Registry,
    restricted: Registry,
    collector: Collector,
) -> None:
    """A token given for one registry opens no other."""
    token = _auth_file(skopeo, collector, restricted, ADA)
    skopeo.auth.write_text(
        json.dumps({"auths": {registry.address: {"auth": "YTo=", "identitytoken": token}}})
    )
    where = f"docker://{registry.address}/base/x:1"
    assert "unauthorized" in skopeo.fails("inspect", "--tls-verify=false", where)


def _change_password(collector: Collector) -> None:
    collector.load(_person(password="second-secret"))


def _block(collector: Collector) -> None:
    collector.load(_person(registration_key="blocked"))


def _revoke(collector: Collector) -> None:
    newest = collector.manage("tokens", "list", "--login", TMP[0]).splitlines()[1]
    collector.manage("tokens", "revoke", newest.split()[0])


@pytest.mark.parametrize("end", [_change_password, _block, _revoke])
def test_end_of_a_login(
    docker: Docker, registry: Registry, collector: Collector, end: Callable[[Collector], None]
) -> None:
    """Once the password changed, the account is blocked or the token revoked, docker says so."""
    collector.load(_person(password=TMP[1]))
    docker.login(registry, TMP)
    end(collector)
    said = docker.fails("pull", f"{registry.address}/base/x:1")
    assert "log in again" in said
