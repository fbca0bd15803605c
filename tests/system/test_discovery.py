"""Discovery of real registries: by the clock, by command, over TLS, and through any fault."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.system.authority import Authority
from tests.system.known import Known
from tests.system.raw import Raw
from tests.system.rig import Collector, Registry, free_port, run, wait_until
from tests.system.world import OPEN_3
from tests.web.world import OPEN, WORLD

TLS = "registry.tls"


@pytest.fixture
def registry(told: Registry, quiet: Collector) -> Registry:
    """A registry that tells nobody anything."""
    told.start(quiet)
    return told


@pytest.fixture
def known(told: Registry, quiet: Collector) -> Known:
    """What the collector knows of the registry."""
    return Known(quiet, told.service)


@pytest.fixture(scope="module")
def eager(folder: Path) -> Iterator[Collector]:
    """A collector that crawls every 3 seconds."""
    with Collector(folder / "eager", COLLECTOR_DISCOVERY_SECONDS="3") as server:
        server.start()
        yield server


class TestByTheClock:
    """The scheduler crawls."""

    @pytest.mark.parametrize(("service", "major"), [(OPEN, 2), (OPEN_3, 3)], ids=["2.8", "3"])
    def test_a_registry_without_notifications(
        self, eager: Collector, tmp_path: Path, service: str, major: int
    ) -> None:
        """Once declared, what is pushed to and deleted in a registry is seen by itself."""
        registry = Registry(service, major, tmp_path / "registry", free_port())
        like = next(row for row in WORLD["registries"] if row["service"] == OPEN)
        declared = {**like, "id": 50 + major, "service": service, "url": registry.url}
        with registry:
            registry.start(eager)
            eager.load({**WORLD, "registries": [declared]})
            known, raw = Known(eager, service), Raw(eager, registry)
            digest = raw.push("base/seen", "1", "2")
            known.wait_for("base/seen:1", digest)
            assert known.audit("docker.push") == []
            raw.delete("base/seen", digest)
            for tag in "12":
                known.wait_until_gone(f"base/seen:{tag}")


def test_by_command(registry: Registry, quiet: Collector, known: Known, tmp_path: Path) -> None:
    """manage.py discover finds everything, says what it cost, and the state says when."""
    name, raw = f"base/command-{tmp_path.name.lower()}", Raw(quiet, registry)
    raw.push(name, "1", "2")
    assert f"{name}:1" not in known.tags()
    said = quiet.manage("discover", registry.service)
    assert f"{registry.service}: ok: " in said
    assert known.digests() == raw.contents()
    told = quiet.manage("registry", "state", registry.service)
    assert f"{len(known.stars())} repositories, {len(known.tags())} tags" in told
    assert "last error" not in told


def test_registry_that_is_down(
    registry: Registry, quiet: Collector, known: Known, tmp_path: Path
) -> None:
    """A registry that is down loses nothing here; the error is told in words, until it is back."""
    raw = Raw(quiet, registry)
    raw.push(f"base/down-{tmp_path.name.lower()}", "1")
    quiet.manage("discover", registry.service)
    before = known.digests()
    registry.stop()
    done = quiet.try_manage("discover", registry.service)
    assert done.returncode == 1
    words = f"{registry.address} can't be reached: Connection refused"
    assert words in done.stdout
    assert f"last error:     {words} (" in quiet.manage("registry", "state", registry.service)
    assert known.digests() == before
    registry.start(quiet)
    quiet.manage("discover", registry.service)
    assert "last error" not in quiet.manage("registry", "state", registry.service)


def test_tls(quiet: Collector, authority: Authority, tmp_path: Path) -> None:
    """A certificate of the authority is accepted, another's is not, unless it is insecure."""
    registry = Registry(TLS, 2, tmp_path / "registry", free_port())
    like = next(row for row in WORLD["registries"] if row["service"] == OPEN)
    declared = {**like, "id": 59, "service": TLS, "url": f"https://{registry.address}"}
    registry.url = str(declared["url"])
    quiet.load({"registries": [declared]})

    def serve(by: Authority) -> None:
        registry.stop()
        certificate, key = by.server()
        registry.verify = str(by.path)
        tls = {"certificate": str(certificate), "key": str(key)}
        registry.start(quiet, http={"addr": registry.address, "tls": tls})

    with registry:
        serve(authority)
        assert f"{TLS}: ok: " in quiet.manage("discover", TLS)
        serve(Authority(tmp_path / "stranger", "a stranger"))
        done = quiet.try_manage("discover", TLS)
        assert done.returncode == 1
        assert f"{registry.address}: its certificate is not accepted: " in done.stdout
        assert "its certificate is not accepted" in quiet.manage("registry", "state", TLS)
        quiet.load({"registries": [{**declared, "insecure": True}]})
        assert f"{TLS}: ok: " in quiet.manage("discover", TLS)


class TestKilled:
    """Crawls that are killed again and again, while clients push."""

    KILLS, REPOSITORIES, TAGS = 25, 20, 4

    def test_the_next_whole_crawl_is_right(
        self, registry: Registry, quiet: Collector, known: Known
    ) -> None:
        """Whenever crawls are killed, one that is not makes the catalogue equal to the registry."""
        raw = Raw(quiet, registry)
        names = [f"base/k{number:02}" for number in range(self.REPOSITORIES)]
        for name in names:
            raw.push(name, *map(str, range(self.TAGS)))
        quiet.manage("discover", registry.service)
        for number, name in enumerate(names):
            quiet.change(
                "UPDATE docker_repositories SET stars = ?, description = ?"
                " WHERE registry_id = ? AND repository = ?", number, name, known.id, name,
            )
        ended = threading.Event()
        pushing = threading.Thread(target=self._push, args=(Raw(quiet, registry), names, ended))
        pushing.start()
        try:
            within = [self._kill_one(quiet, known, registry.service) for _ in range(self.KILLS)]
        finally:
            ended.set()
            pushing.join()
        assert sum(within) > self.KILLS // 2
        self._free(quiet, known)
        quiet.manage("discover", "--full", registry.service)
        there = raw.contents()
        assert any(":new-" in name for name in there)
        assert known.digests() == there
        stars = known.stars()
        assert {name: stars[name] for name in names} == {n: i for i, n in enumerate(names)}
        rows = quiet.rows(
            "SELECT COUNT(*) FROM docker_repositories"
            " WHERE registry_id = ? AND description = repository", known.id,
        )
        assert rows == [(len(names),)]

    def _push(self, raw: Raw, names: list[str], ended: threading.Event) -> None:
        """Push new tags, move old ones, make new repositories."""
        number = 0
        while not ended.is_set():
            number += 1
            raw.push(random.choice(names), f"new-{number}" if number % 2 else "0")
            if number % 20 == 0:
                raw.push(f"base/new-{number}", "1")
            ended.wait(0.02)

    def _kill_one(self, collector: Collector, known: Known, service: str) -> bool:
        """Kill a crawl at some moment after it took the lease; tell whether it was on."""
        self._free(collector, known)
        crawl = subprocess.Popen(
            [sys.executable, str(CHECKOUT / "manage.py"), "discover", "--full", service],
            env={**os.environ, **collector.environ},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: self._is_leased(collector, known) or crawl.poll() is not None, "a crawl")
        time.sleep(random.uniform(0, 0.2))
        crawl.send_signal(signal.SIGKILL)
        return crawl.wait() == -signal.SIGKILL

    def _is_leased(self, collector: Collector, known: Known) -> bool:
        sql = "SELECT leased_until FROM registry_crawls WHERE registry_id = ?"
        return bool(collector.rows(sql, known.id)[0][0])

    def _free(self, collector: Collector, known: Known) -> None:
        """What a minute does: the lease of a killed crawl is over."""
        sql = "UPDATE registry_crawls SET leased_until = 0 WHERE registry_id = ?"
        collector.change(sql, known.id)


def test_two_crawls_at_once(registry: Registry, quiet: Collector) -> None:
    """Of two crawls of one registry at once the second says that it is on already."""
    sql = "UPDATE registry_crawls SET leased_until = ? WHERE registry_id = ?"
    known = Known(quiet, registry.service)
    quiet.change(sql, time.time() + 60, known.id)
    done = run(
        [sys.executable, str(CHECKOUT / "manage.py"), "discover", registry.service],
        **quiet.environ,
    )
    quiet.change(sql, 0, known.id)
    assert done.returncode == 1
    assert f"{registry.service}: busy: " in done.stdout
