"""One collector, three registries and the engines, shared by all system tests."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import images
from tests.system.rig import Collector, Containerd, Engine, Registry, free_port, need, run
from tests.web.world import HIDDEN, OPEN, RESTRICTED, WORLD, Login

OPEN_3 = "registry.open3"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a system test."""
    for item in items:
        if "/tests/system/" in str(item.path):
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything lives."""
    return tmp_path_factory.mktemp("rig")


@pytest.fixture(scope="session")
def ports() -> dict[str, int]:
    """A port for each registry."""
    return {service: free_port() for service in (OPEN, OPEN_3, RESTRICTED)}


@pytest.fixture(scope="session")
def collector(folder: Path, ports: dict[str, int]) -> Iterator[Collector]:
    """The collector with the world of the policy's table and the real registries."""
    server = Collector(folder / "collector")
    server.start()
    world = {**WORLD, "registries": []}
    declared = {row["service"]: row for row in WORLD["registries"]}
    declared[OPEN_3] = {**declared[OPEN], "id": 54, "service": OPEN_3}
    for service, row in declared.items():
        port = ports.get(service)
        url = f"http://127.0.0.1:{port}" if port else row["url"]
        world["registries"].append({**row, "url": url})
    server.load(world)
    assert HIDDEN in declared
    yield server
    server.stop()


@pytest.fixture(scope="session")
def registries(
    collector: Collector, folder: Path, ports: dict[str, int]
) -> Iterator[dict[str, Registry]]:
    """Registries that are started when first asked for; all stopped at the end."""
    known = {
        service: Registry(service, 3 if service == OPEN_3 else 2, folder / service, port)
        for service, port in ports.items()
    }
    yield known
    for registry in known.values():
        registry.stop()


def _started(registry: Registry, collector: Collector) -> Registry:
    if registry.process is None:
        registry.start(collector)
    return registry


@pytest.fixture(params=[OPEN, OPEN_3], ids=["2.8", "3"])
def registry(
    request: pytest.FixtureRequest, registries: dict[str, Registry], collector: Collector
) -> Registry:
    """The unrestricted registry, as distribution 2.8 and as 3."""
    return _started(registries[request.param], collector)


@pytest.fixture
def restricted(registries: dict[str, Registry], collector: Collector) -> Registry:
    """A restricted registry of distribution 2.8."""
    return _started(registries[RESTRICTED], collector)


@pytest.fixture(scope="session")
def engine(folder: Path) -> Iterator[Engine]:
    """A docker engine."""
    server = Engine("dockerd", folder / "engine")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def containerd(folder: Path) -> Iterator[Containerd]:
    """A containerd."""
    server = Containerd("containerd", folder / "containerd")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A new image nobody has seen, as an OCI layout."""
    return images.layout(tmp_path / "image")


class Docker:
    """The docker CLI of one person, with a configuration of its own."""

    def __init__(self, engine: Engine, config: Path) -> None:
        self.engine = engine
        self.config = config
        config.mkdir()

    def __call__(self, *arguments: str, secret: str | None = None) -> str:
        """Run it; it must succeed.  Return what it printed."""
        done = self.engine.docker(*arguments, config=self.config, secret=secret)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, *arguments: str, secret: str | None = None) -> str:
        """Run it; it must fail.  Return the error."""
        done = self.engine.docker(*arguments, config=self.config, secret=secret)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def login(self, registry: Registry, login: Login) -> str:
        """Log in; the password goes over stdin."""
        return self(
            "login", "-u", login[0], "--password-stdin", registry.address, secret=login[1]
        )

    def load(self, layout: Path, name: str) -> None:
        """Bring an image into the engine under a name."""
        archive = layout.parent / "image.tar"
        if not archive.exists():
            convert = ["copy", "-q", f"oci:{layout}:latest", f"docker-archive:{archive}:made:here"]
            done = run([need("skopeo"), *convert])
            assert done.returncode == 0, done.stderr
        self("load", "-q", "-i", str(archive))
        self("tag", "made:here", name)


@pytest.fixture
def docker(engine: Engine, tmp_path: Path) -> Docker:
    """The docker CLI of a person who is not logged in anywhere."""
    return Docker(engine, tmp_path / "docker-config")


class Tool:
    """podman or skopeo, with an auth file of its own."""

    def __init__(self, command: list[str], auth: Path) -> None:
        self.command = command
        self.auth = auth

    def try_(self, *arguments: str, secret: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run it to whatever end."""
        return run([*self.command, *arguments], secret, REGISTRY_AUTH_FILE=str(self.auth))

    def __call__(self, *arguments: str, secret: str | None = None) -> str:
        """Run it; it must succeed.  Return what it printed."""
        done = self.try_(*arguments, secret=secret)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, *arguments: str, secret: str | None = None) -> str:
        """Run it; it must fail.  Return the error."""
        done = self.try_(*arguments, secret=secret)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def login(self, registry: Registry, login: Login) -> str:
        """Log in; the password goes over stdin."""
        return self(
            "login", "--tls-verify=false", "-u", login[0], "--password-stdin", registry.address,
            secret=login[1],
        )


@pytest.fixture
def skopeo(tmp_path: Path) -> Tool:
    """skopeo of a person who is not logged in anywhere."""
    return Tool([need("skopeo")], tmp_path / "auth.json")


@pytest.fixture
def podman(tmp_path: Path) -> Iterator[Tool]:
    """podman of a person who is not logged in anywhere, with storage of its own."""
    program = need("podman")
    short = tempfile.mkdtemp(prefix="pm-")  # podman takes no run root of over 50 characters
    storage = [
        f"--root={short}/storage", f"--runroot={short}/run", f"--tmpdir={short}/tmp",
        "--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--events-backend=none",
    ]
    yield Tool([program, *storage], tmp_path / "auth.json")
    shutil.rmtree(short, ignore_errors=True)
