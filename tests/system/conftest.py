"""One collector, three registries and the engines, shared by all system tests."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system import images
from tests.system.authority import Authority
from tests.system.engines import Containerd, Engine
from tests.system.rig import Collector, Registry, Server, free_port, need, run
from tests.system.world import FRONTED, OPEN_3, world
from tests.web.world import OPEN, RESTRICTED, Login


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a system test."""
    for item in items:
        if "/tests/system/" in str(item.path):
            item.add_marker(pytest.mark.system)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """A failure shows what the servers said last."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        running = [server for server in Server.known if server.process is not None]
        report.sections += [(f"log of {s.name}", s.output()) for s in running]


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
    # All tests come from one address: its typos must not add up to a lock.
    with Collector(folder / "collector", COLLECTOR_LOCKOUT_TRIES="100") as server:
        server.start()
        server.load(world(ports))
        yield server


@pytest.fixture(scope="session")
def authority(folder: Path) -> Authority:
    """The authority that signs the certificates of registries with TLS."""
    return Authority(folder / "authority")


@pytest.fixture(scope="session")
def quiet_ports() -> dict[str, int]:
    """A port for each registry of the quiet collector."""
    return {service: free_port() for service in (OPEN, OPEN_3, FRONTED)}


_NOT_DUE = (
    "INSERT INTO registry_crawls (registry_id, next_run, phase, mark, cursor, repositories, tags,"
    " requests, failures, leased_until, refreshed) VALUES (?, 9e9, 'done', 0, 0, 0, 0, 0, 0, 0, 0)"
)


@pytest.fixture(scope="session")
def quiet(
    folder: Path, authority: Authority, quiet_ports: dict[str, int]
) -> Iterator[Collector]:
    """A collector that crawls no registry by itself: it was told all that it knows."""
    environ = {
        "COLLECTOR_DISCOVERY_SECONDS": "1000000",
        "COLLECTOR_LOCKOUT_TRIES": "100",
        "COLLECTOR_CA_FILE": str(authority.path),
        "COLLECTOR_TRUSTED_PROXIES": "127.0.0.1",
    }
    with Collector(folder / "quiet", **environ) as server:
        server.manage("setup")
        made = world(quiet_ports)
        ours = [row for row in made["registries"] if row["service"] in quiet_ports]
        server.load({**made, "registries": ours})
        for row in ours:
            server.change(_NOT_DUE, row["id"])
        server.start()
        yield server


@pytest.fixture(params=[OPEN, OPEN_3], ids=["2.8", "3"])
def told(
    request: pytest.FixtureRequest, folder: Path, quiet_ports: dict[str, int]
) -> Iterator[Registry]:
    """A registry of the quiet collector, 2.8 and 3; a test starts it as it needs it."""
    service = request.param
    major = 3 if service == OPEN_3 else 2
    place = folder / "quiet" / service
    with Registry(service, major, place, quiet_ports[service]) as server:
        yield server


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
    with Engine("dockerd", folder / "engine") as server:
        server.start()
        yield server


@pytest.fixture(scope="session")
def containerd(folder: Path) -> Iterator[Containerd]:
    """A containerd."""
    with Containerd("containerd", folder / "containerd") as server:
        server.start()
        yield server


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A new image nobody has seen, as an OCI layout."""
    return images.layout(tmp_path / "image")


class Docker:
    """The docker CLI of one person, with a configuration of its own."""

    def __init__(self, engine: Engine, config: Path) -> None:
        self.engine = engine
        self.config = config
        self.options: dict[str, str] = {}
        config.mkdir(exist_ok=True)

    def try_(self, *arguments: str, secret: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run it to whatever end."""
        return self.engine.docker(
            *arguments, config=self.config, secret=secret, **self.options
        )

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


@pytest.fixture
def buildkit(docker: Docker, tmp_path: Path) -> Docker:
    """The same person's docker CLI, building with BuildKit; where several are, one that can."""
    context = tmp_path / "scratch"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    can = Docker(docker.engine, docker.config)
    for program in ("docker", "/usr/bin/docker"):
        can.options = {"program": program, "DOCKER_BUILDKIT": "1"}
        if shutil.which(program) and can.try_("build", "-q", str(context)).returncode == 0:
            return can
    pytest.skip("no docker command here builds with BuildKit")


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
