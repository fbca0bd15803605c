"""Placement with a real engine: a service logs in and pulls from its node's address only."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.conftest import Docker
from tests.system.rig import Collector, Registry, free_port
from tests.system.world import world
from tests.web.world import LINUS, OPEN, SERVICE

NAME = "apps/store/placed:1"


@pytest.fixture(scope="module")
def address() -> str:
    """The address with which this machine goes out: loopback never counts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
            found = str(probe.getsockname()[0])
        except OSError:
            found = "127.0.0.1"
    if found.startswith(("127.", "169.254.", "0.")):
        pytest.skip("this machine has no address but loopback")
    return found


@pytest.fixture(scope="module")
def placed(
    tmp_path_factory: pytest.TempPathFactory, address: str
) -> Iterator[tuple[Collector, Registry]]:
    """A collector that listens on all addresses, and a registry that wants services in place."""
    folder, port, own = tmp_path_factory.mktemp("placed"), free_port(), free_port()
    url = f"http://{address}:{own}"
    environ = {"COLLECTOR_LISTEN": f"0.0.0.0:{own}", "COLLECTOR_URL": url}
    with Collector(folder / "collector", **environ) as collector:
        collector.url = url
        collector.start()
        collector.load(world({OPEN: port}))
        collector.manage("registry", "set", OPEN, "--placement", "on")
        with Registry(OPEN, 2, folder / OPEN, port) as registry:
            registry.start(collector)
            yield collector, registry


def _addresses(collector: Collector, *addresses: str) -> None:
    node = {"node_id": "n1", "nodename": "n1.lab", "addresses": list(addresses)}
    collector.load({"nodes": [node]})


def test_docker_from_its_place_and_from_elsewhere(
    docker: Docker, placed: tuple[Collector, Registry], address: str, image: Path, tmp_path: Path
) -> None:
    """docker login and pull work from an address of the node, and say why they do not from another.

    A login that was good obeys it with each use: the identity token that docker keeps gives
    nothing once the address is not the node's any more.
    """
    collector, registry = placed
    where = f"{registry.address}/{NAME}"
    pusher = Docker(docker.engine, tmp_path / "pusher")
    pusher.login(registry, LINUS)  # people come from anywhere
    pusher.load(image, where)
    pusher("push", "-q", where)

    _addresses(collector, "203.0.113.200", "127.0.0.1")
    said = docker.fails(
        "login", "-u", SERVICE[0], "--password-stdin", registry.address, secret=SERVICE[1]
    )
    assert f"node n1.lab is not known to have the address {address}" in said

    _addresses(collector, address)
    assert "Login Succeeded" in docker.login(registry, SERVICE)
    docker("pull", "-q", where)

    _addresses(collector, "203.0.113.200")
    assert "denied" in docker.fails("pull", where)
    assert collector.reasons(SERVICE[0], 0) == ["placement_address"]
    refused = [e for e in collector.audit() if e["action"] == "node.auth"]
    assert [(e["reason"], e["address"]) for e in refused] == [("placement_address", address)]

    _addresses(collector, address)
    collector.change("UPDATE svcmon SET node_id = 'n2' WHERE svc_id = 's1'")
    said = docker.fails(
        "login", "-u", SERVICE[0], "--password-stdin", registry.address, secret=SERVICE[1]
    )
    assert "service store/web has no instance on node n1.lab, and this registry wants one" in said
