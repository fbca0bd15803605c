"""Crawls of a real registry, beside the registry's own rate of the same requests.

    python -m bench.discovery [--seconds 6] [--growth 1000 10000 100000] [--record]

Debian's docker-registry 2.8 holds 100 repositories with 100 tags each; its storage
is written directly.  The ratios are the figures.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from applications.init.modules.registries import catalog, container, setup
from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.catalog import Remote
from applications.init.modules.registries.connector import SUBJECT
from applications.init.modules.registries.container import Container
from applications.init.modules.registries.discovery import Outcome
from applications.init.modules.registries.remote import manifests
from applications.init.modules.registries.tokens import AccessEntry, Claims, sign

from . import load, many
from .many import await_port, free_port
from .serve import record

REPOSITORIES, TAGS = 100, 100
SERVICE = "bench"

_LUA = """\
local requests = {{{requests}}}
local number = 0
request = function()
  number = number % #requests + 1
  local one = requests[number]
  return wrk.format("GET", one[1], {{["Authorization"] = one[2], ["Accept"] = "{accept}"}})
end
"""

Say = Callable[[str], None]


def main() -> None:
    """Measure, print, and with ``--record`` add to ``RESULTS.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=6, help="per measurement of the bare rate")
    parser.add_argument("--growth", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--record", action="store_true", help="add the figures to RESULTS.md")
    parser.add_argument("--crawl", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.crawl:
        _crawl_alone(arguments.crawl)
        return
    command = f"python -m bench.discovery {' '.join(sys.argv[1:])}"
    said = [f"\n## Discovery: `{command}`, {date.today()}\n"]

    def say(line: str) -> None:
        print(line, flush=True)
        said.append(line)

    say(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory() as folder:
        _real(Path(folder), arguments.seconds, say)
    _growth(arguments.growth, say)
    if arguments.record:
        record(said)


def _real(folder: Path, seconds: int, say: Say) -> None:
    """The rate of a registry, the first crawl of it, and the next."""
    built = _collector(folder / "home")
    _fill(folder / "data")
    with _registry(folder, built) as port:
        remote = _declare(built, f"http://127.0.0.1:{port}")
        authorizations = _authorizations(built)
        lua = _script(folder, authorizations)
        before = _bare(port, lua, authorizations, seconds)
        first, first_seconds = _timed(built, remote)
        after = _bare(port, lua, authorizations, seconds)
        # Before and after, so that drift of the machine is in the ratio as little as may be.
        one, four, loop = (sum(pair) / 2 for pair in zip(before, after))
        say(f"bare, GET of manifests by tag: wrk {one:.0f}/s at 1 connection,"
            f" {four:.0f}/s at 4; http.client in a loop {loop:.0f}/s\n")
        rate = first.read / first_seconds
        say("| crawl | tags read | requests | seconds | tags/s | to wrk | to http.client |")
        say("| --- | --- | --- | --- | --- | --- | --- |")
        say(f"| first | {first.read} | {first.requests} | {first_seconds:.1f} | {rate:.0f}"
            f" | {rate / max(one, four):.2f} | {rate / loop:.2f} |")
        for _ in range(2):
            again, again_seconds = _timed(built, remote)
        say(f"| unchanged | {again.read} | {again.requests} | {again_seconds:.2f} | | | |")
        say(f"\nunchanged to first: {again_seconds / first_seconds:.1%} of the seconds,"
            f" {again.requests / first.requests:.1%} of the requests")
    built.db.close()


def _bare(
    port: int, lua: Path, authorizations: list[str], seconds: int
) -> tuple[float, float, float]:
    """Requests per second without us: wrk at 1 and at 4 connections, http.client."""
    url = f"http://127.0.0.1:{port}"
    one, four = (load.run(url, lua, n, seconds).rate for n in (1, 4))
    return one, four, _loop(port, authorizations, 1000)


def _growth(sizes: list[int], say: Say) -> None:
    """Time and memory of a process that crawls more and more repositories of one tag."""
    if not sizes:
        return
    say("\n| repositories | first crawl s | CPU ms each | unchanged s | CPU ms each | RSS MB |")
    say("| --- | --- | --- | --- | --- | --- |")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, many.served(size) as url:
            built = _collector(Path(folder) / "home")
            _declare(built, url)
            built.db.close()
            command = [sys.executable, "-m", "bench.discovery", "--crawl", f"{folder}/home"]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            first, first_cpu, again, again_cpu, peak = json.loads(done.stdout)
        say(f"| {size} | {first:.1f} | {first_cpu / size * 1000:.2f} | {again:.1f}"
            f" | {again_cpu / size * 1000:.2f} | {peak / 1024:.0f} |")


def _crawl_alone(home: Path) -> None:
    """Crawl twice in this process; print the seconds of both, on the clock and of the
    processor, and the peak of memory in kB.
    """
    import resource

    built = container.build(settings_module.load({"COLLECTOR_HOME": str(home)}))
    with built.db.transaction():
        (remote,) = catalog.remotes(built.db)
    found: list[float] = []
    for _ in range(2):
        started = time.process_time()
        found += [_timed(built, remote)[1], time.process_time() - started]
    print(json.dumps([*found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))


def _timed(built: Container, remote: Remote) -> tuple[Outcome, float]:
    started = time.monotonic()
    outcome = built.crawler.run(remote, force=True)
    if outcome.state != "ok":
        raise SystemExit(f"the crawl failed: {outcome}")
    return outcome, time.monotonic() - started


def _collector(home: Path) -> Container:
    settings = settings_module.load({"COLLECTOR_HOME": str(home)})
    setup.first_start(settings)
    return container.build(settings)


def _declare(built: Container, url: str) -> Remote:
    with built.db.transaction(write=True):
        id_ = catalog.declare(built.db, SERVICE, url, 1, insecure=True, restricted=False)
        remote = catalog.remote(built.db, id_)
    assert remote is not None
    return remote


def _name(number: int) -> str:
    return f"users/{number}/image"


def _fill(data: Path) -> None:
    """Write a registry's storage: manifests that differ, with a layer that nobody fetches."""
    root = data / "docker" / "registry" / "v2"
    for number in range(REPOSITORIES):
        repository = root / "repositories" / _name(number)
        (repository / "_layers").mkdir(parents=True)
        for tag in range(TAGS):
            body = many.manifest(f"{number} {tag}")
            digest = many.digest(body)
            algorithm, _, hexadecimal = digest.partition(":")
            path = root / "blobs" / algorithm / hexadecimal[:2] / hexadecimal / "data"
            path.parent.mkdir(parents=True)
            path.write_bytes(body)
            here = repository / "_manifests"
            revision = f"{algorithm}/{hexadecimal}"
            for place in (
                here / "revisions" / revision,
                here / "tags" / f"v{tag}" / "current",
                here / "tags" / f"v{tag}" / "index" / revision,
            ):
                place.mkdir(parents=True)
                (place / "link").write_text(digest)


@contextmanager
def _registry(folder: Path, built: Container) -> Iterator[int]:
    """Debian's registry over the storage, with tokens of the collector; gives its port."""
    program = shutil.which("docker-registry")
    if program is None:
        raise SystemExit("docker-registry is needed: apt-get install docker-registry")
    port = free_port()
    token = {
        "realm": "http://127.0.0.1:9/token",
        "service": SERVICE,
        "issuer": built.settings.issuer,
        "rootcertbundle": str(folder / "home" / "jwt" / "collector.crt"),
    }
    config = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
        "auth": {"token": token},
    }
    path = folder / "config.yml"
    path.write_text(json.dumps(config))
    process = subprocess.Popen(
        [program, "serve", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _authorizations(built: Container) -> list[str]:
    """The header for each repository, good for an hour."""
    key = built.keystore.signer(built.algorithm)

    def token(name: str) -> str:
        access = (AccessEntry("repository", name, ("pull",)),)
        claims = Claims(
            built.settings.issuer, SUBJECT, SERVICE, int(time.time()), 3600, name, access
        )
        return f"Bearer {sign(claims, key)}"

    return [token(_name(number)) for number in range(REPOSITORIES)]


def _paths() -> Iterator[tuple[int, str]]:
    for number in range(REPOSITORIES):
        for tag in range(TAGS):
            yield number, f"/v2/{_name(number)}/manifests/v{tag}"


def _script(folder: Path, authorizations: list[str]) -> Path:
    rows = ",".join(f'{{"{path}","{authorizations[number]}"}}' for number, path in _paths())
    lua = folder / "bare.lua"
    lua.write_text(_LUA.format(requests=rows, accept=manifests.ACCEPT))
    return lua


def _loop(port: int, authorizations: list[str], count: int) -> float:
    """Requests per second of a loop over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    started = time.monotonic()
    for (number, path), _ in zip(_paths(), range(count)):
        headers = {"Authorization": authorizations[number], "Accept": manifests.ACCEPT}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"the registry answers {response.status}")
    connection.close()
    return count / (time.monotonic() - started)


if __name__ == "__main__":
    main()
