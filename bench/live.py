"""Open pages: how soon they know of a change, and what they cost who asks for tokens.

    python -m bench.live [--streams 200] [--seconds 4] [--rounds 8] [--changes 30] [--record]

The pages are of users of their own, spread over all processes as they come.  Tokens are asked
for in rounds, without any page open and with all of them, in turn; each round gives a ratio.
Where the ratios of the rounds are far apart something else had the machine, and they say nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from statistics import median

from applications.init.modules.registries import changes, container
from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.container import Container
from tests.system.streams import Pages

from . import load, world
from .load import Figures
from .serve import record, served

CONNECTIONS = 16
_QUIET_SECONDS = 1.0
_LONGEST_SECONDS = 10.0


def main() -> None:
    """Measure, print, and with ``--record`` add to ``RESULTS.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=200, help="pages that are open")
    parser.add_argument("--seconds", type=int, default=4, help="per measurement of tokens")
    parser.add_argument("--rounds", type=int, default=8, help="of tokens without and with pages")
    parser.add_argument("--changes", type=int, default=30, help="per measurement of latency")
    parser.add_argument("--record", action="store_true", help="add the figures to RESULTS.md")
    arguments = parser.parse_args()
    said = [f"\n## Live: `python -m bench.live {' '.join(sys.argv[1:])}`, {date.today()}\n",
            f"{platform.machine()}, {os.cpu_count()} cores shared with clients,"
            f" Python {platform.python_version()}, SQLite (WAL)\n"]
    print(*said, sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for line in _measure(Path(folder), arguments):
            print(line, flush=True)
            said.append(line)
    if arguments.record:
        record(said)


def _measure(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    home = folder / "home"
    settings = settings_module.load({"COLLECTOR_HOME": str(home)})
    clients = world.make(settings)
    lua = load.script(clients, folder)
    headers = [{"Authorization": client.authorization} for client in clients]
    built = container.build(settings, lock_seconds=30)
    rates: dict[int, list[Figures]] = {0: [], asked.streams: []}
    with served("wsgi:application", home, "ES256") as (url, _pid):
        load.run(url, lua, 4, 8)  # passwords get verified and remembered
        yield "| pages | changes told of | p50 s | p99 s | slowest s |"
        yield "| --- | --- | --- | --- | --- |"
        with Pages(url) as pages:
            pages.many(asked.streams, headers)
            yield _row(f"{asked.streams}", _latencies(pages, built, asked.changes))
            with _load(url, lua, asked.changes * 3):
                found = _latencies(pages, built, asked.changes)
            yield _row(f"{asked.streams}, tokens asked for beside it", found)
        for number in range(asked.rounds):
            # The other one first each time: what changes during a round favours neither.
            for count in (0, asked.streams) if number % 2 else (asked.streams, 0):
                with ExitStack() as stack:
                    if count:
                        pages = stack.enter_context(Pages(url))
                        pages.many(count, headers)
                        stack.enter_context(_reading(pages))
                    rates[count].append(load.run(url, lua, CONNECTIONS, asked.seconds))
    yield from _compared(rates)


def _latencies(pages: Pages, built: Container, count: int) -> list[float]:
    """Seconds from the commit of a change until a page has it, for each change and page."""
    for one in pages.streams:
        if one.status != 200:
            raise SystemExit(f"a page was refused: {one.head}")
    found = []
    for _ in range(count):
        for one in pages.streams:
            one.events.clear()
        with built.db.transaction(write=True):
            changes.touch(built.db, built.clock(), "docker_tags")
        done = time.monotonic()
        pages.read_until(
            lambda: all(one.events for one in pages.streams), "the news", _LONGEST_SECONDS
        )
        found += [one.heard("docker_tags_change") - done for one in pages.streams]
        _rest(pages)
    return sorted(found)


def _rest(pages: Pages) -> None:
    """Let a change be over, so that the next one is at another moment of the server's second."""
    until = time.monotonic() + _QUIET_SECONDS * (0.6 + time.monotonic() % 0.5)
    while time.monotonic() < until:
        pages.read(0.05)


@contextmanager
def _reading(pages: Pages) -> Iterator[None]:
    """Keep reading what comes while something else is measured."""
    ending = threading.Event()

    def read() -> None:
        while not ending.is_set():
            pages.read(0.5)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


@contextmanager
def _load(url: str, lua: Path, seconds: int) -> Iterator[None]:
    """Ask for tokens as fast as they are given, for so long."""
    thread = threading.Thread(target=load.run, args=(url, lua, CONNECTIONS, seconds))
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _row(what: str, found: list[float]) -> str:
    p50, p99 = (found[int(len(found) * part)] for part in (0.5, 0.99))
    return f"| {what} | {len(found)} | {p50:.2f} | {p99:.2f} | {found[-1]:.2f} |"


def _compared(rates: dict[int, list[Figures]]) -> Iterator[str]:
    yield "\n| pages | tokens per second | p50 ms | p99 ms |"
    yield "| --- | --- | --- | --- |"
    for count, figures in rates.items():
        if any(one.errors for one in figures):
            raise SystemExit(f"errors with {count} pages: {figures}")
        mean = sum(one.rate for one in figures) / len(figures)
        p50, p99 = (min(getattr(one, name) for one in figures) for name in ("p50", "p99"))
        yield f"| {count} | {mean:.0f} | {p50:.1f} | {p99:.1f} |"
    without, beside = rates.values()
    ratios = sorted(b.rate / w.rate for w, b in zip(without, beside))
    yield (
        f"\nWith them open, {median(ratios):.2f} of the tokens per second without"
        f" (median of {len(ratios)} rounds, {ratios[0]:.2f} to {ratios[-1]:.2f});"
        f" load average {os.getloadavg()[0]:.1f}."
    )


if __name__ == "__main__":
    main()
