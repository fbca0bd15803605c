"""Tokens per second, beside a plain WSGI program that does the same work.

    python -m bench.token [--seconds 10] [--soak 100000] [--record]

Both programs run under the same gunicorn with the same number of workers on
the same database, one after the other within one run; the ratio is the figure.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from applications.init.modules.registries import settings as settings_module

from . import load, world
from .load import Figures
from .serve import record, served

CONNECTIONS = (1, 16, 64)
PROGRAMS = {"plain": "bench.plain:application", "collector": "wsgi:application"}


def main() -> None:
    """Measure, print, and with ``--record`` add to ``RESULTS.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="per measurement")
    parser.add_argument("--soak", type=int, default=0, help="tokens for the test of flatness")
    parser.add_argument("--record", action="store_true", help="add the figures to RESULTS.md")
    arguments = parser.parse_args()
    said = [f"\n## Tokens: `python -m bench.token {' '.join(sys.argv[1:])}`, {date.today()}\n"]

    def say(line: str) -> None:
        print(line, flush=True)
        said.append(line)

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        clients = world.make(settings_module.load({"COLLECTOR_HOME": str(home)}))
        lua = load.script(clients, Path(folder))
        say(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
        say("| algorithm | connections | plain/s | collector/s | ratio | p50 ms | p99 ms |")
        say("| --- | --- | --- | --- | --- | --- | --- |")
        for algorithm in ("ES256", "RS256"):
            for row in _compare(home, algorithm, lua, arguments.seconds):
                say(row)
        if arguments.soak:
            say(_soak(home, lua, arguments.soak))
    if arguments.record:
        record(said)


def _compare(home: Path, algorithm: str, lua: Path, seconds: int) -> Iterator[str]:
    """Measure the programs in turn, twice each, so that drift of the machine shows in both."""
    figures: dict[str, dict[int, list[Figures]]] = {name: {} for name in PROGRAMS}
    for _ in range(2):
        for name, program in PROGRAMS.items():
            with served(program, home, algorithm) as (url, _pid):
                load.run(url, lua, 4, 8)  # passwords get verified and remembered
                for connections in CONNECTIONS:
                    found = load.run(url, lua, connections, seconds)
                    figures[name].setdefault(connections, []).append(found)
    for connections in CONNECTIONS:
        plain, ours = (figures[name][connections] for name in PROGRAMS)
        if any(f.errors for f in (*plain, *ours)):
            raise SystemExit(f"errors at {connections} connections: {plain} {ours}")
        rates = [sum(f.rate for f in fs) / len(fs) for fs in (plain, ours)]
        p50, p99 = min(f.p50 for f in ours), min(f.p99 for f in ours)
        yield (
            f"| {algorithm} | {connections} | {rates[0]:.0f} | {rates[1]:.0f}"
            f" | {rates[1] / rates[0]:.2f} | {p50:.1f} | {p99:.1f} |"
        )


def _soak(home: Path, lua: Path, tokens: int) -> str:
    """Serve many tokens and compare memory, descriptors and sessions before and after."""
    with served(PROGRAMS["collector"], home, "ES256") as (url, pid):
        load.run(url, lua, 16, 15)
        before = _state(pid, home)
        done = 0.0
        while done < tokens:
            done += load.run(url, lua, 16, 20).rate * 20
        after = _state(pid, home)
    return f"\nafter {done:.0f} tokens: {before} -> {after} (kB, descriptors, session files)"


def _state(pid: int, home: Path) -> tuple[int, int, int]:
    workers = subprocess.run(
        ["pgrep", "-P", str(pid)], check=True, capture_output=True, text=True
    ).stdout.split()
    memory = descriptors = 0
    for worker in workers:
        status = Path(f"/proc/{worker}/status").read_text()
        memory += int(status.split("VmRSS:")[1].split()[0])
        descriptors += len(list(Path(f"/proc/{worker}/fd").iterdir()))
    sessions = home / "web2py" / "applications" / "init" / "sessions"
    return memory, descriptors, sum(1 for _ in sessions.iterdir())


if __name__ == "__main__":
    main()
