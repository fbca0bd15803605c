"""Logins that ask a directory far away, and what they cost people whose login asks nobody.

    python -m bench.login [--seconds 6] [--rate 200] [--rounds 3] [--record]

A real slapd is behind a link of 25 ms in each direction, over StartTLS; each login is somebody
else's, asks three things (who, password, groups), and comes when it comes.  Others ask for tokens
at 30 % of what the collector can: alone, beside logins that make accounts, beside logins of
accounts that are known but not remembered, and beside logins while the directory is silent.
Clients, slapd, the link and the collector share the machine, often with somebody else: what
that took is measured as well, and what counts is the round in which it took least, whatever
its ratio.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from applications.init.modules.registries import settings as settings_module
from tests.system.rig import descendants
from tests.system.slapd import Slapd

from . import arrivals, far, load, world
from .arrivals import Stream
from .serve import record, served
from .world import Client

ONE_WAY_SECONDS = 0.025
SHARE = 0.3
CONNECTIONS = 16
_PATH = "/init/registry/token"
_GROUPS = 20
_ALONE, _NEW, _KNOWN, _SILENT = (
    "nothing", "logins that make accounts", "logins of known accounts", "a silent directory"
)
_HEAD = (
    "| round | beside it | passwords/s | p50 ms | p99 | identity tokens/s | p50 | p99"
    " | p99 to alone | logins/s | p50 | p99 | slowest | errors"
    " | load | cores taken by somebody else |"
)


@dataclass(frozen=True)
class Rig:
    """What all rounds share."""

    home: Path
    slapd: Slapd
    link: far.Link
    lua: Path
    clients: list[Client]
    seconds: int
    rate: int

    @property
    def settings(self) -> dict[str, str]:
        """What tells the collector of the directory behind the link."""
        return {
            **self.slapd.environ,
            "COLLECTOR_LDAP_SERVER": f"ldap://127.0.0.1:{self.link.port}",
            "COLLECTOR_LDAP_MANAGE_GROUPS": "yes",
        }

    def names(self, number: int) -> list[str]:
        """The people of a round, more than will come."""
        return [f"p{number}x{person}" for person in range(int(self.seconds * self.rate * 1.3) + 50)]


@dataclass(frozen=True)
class Beside:
    """One measurement: others' tokens, and the logins beside them."""

    passwords: Stream
    identities: Stream
    logins: Stream
    foreign: float

    @property
    def worst(self) -> float:
        """The 99th percentile of others, in milliseconds, of the kind that has it worse."""
        return max(self.passwords.percentile(99), self.identities.percentile(99))


def main() -> None:
    """Measure, print, and with ``--record`` add to ``RESULTS.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=6, help="per measurement")
    parser.add_argument("--rate", type=int, default=200, help="logins that come per second")
    parser.add_argument("--rounds", type=int, default=3, help="of all measurements")
    parser.add_argument("--record", action="store_true", help="add the figures to RESULTS.md")
    arguments = parser.parse_args()
    said = [
        f"\n## Logins: `python -m bench.login {' '.join(sys.argv[1:])}`, {date.today()}\n",
        f"{platform.machine()}, {os.cpu_count()} cores shared with clients, slapd and the link,"
        f" Python {platform.python_version()}, SQLite (WAL), StartTLS, 50 ms there and back\n",
    ]
    print(*said, sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for line in _measure(Path(folder), arguments):
            print(line, flush=True)
            said.append(line)
    if arguments.record:
        record(said)


def _measure(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    home = folder / "home"
    clients = world.make(settings_module.load({"COLLECTOR_HOME": str(home)}))
    lua = load.script(clients, folder)
    yield from _without_directory(home, lua)
    with ExitStack() as stack:
        slapd = stack.enter_context(Slapd(folder / "slapd"))
        slapd.start()
        link = stack.enter_context(far.link(slapd.port, ONE_WAY_SECONDS))
        rig = Rig(home, slapd, link, lua, clients, asked.seconds, asked.rate)
        for number in range(asked.rounds):
            _fill(rig, number)
        yield f"\n{_HEAD}\n|{' --- |' * _HEAD.count('| ')}"
        pairs: dict[str, list[tuple[Beside, Beside]]] = {}
        for number in range(asked.rounds):
            yield from _round(rig, number, pairs)
    yield "\nin the rounds with the fewest cores taken by somebody else: " + "; ".join(
        _quietest(what, some) for what, some in pairs.items()
    )


def _quietest(what: str, pairs: list[tuple[Beside, Beside]]) -> str:
    alone, found = min(pairs, key=lambda pair: max(one.foreign for one in pair))
    foreign = max(alone.foreign, found.foreign)
    return (
        f"beside {what} p99 {found.worst:.1f} ms, alone {alone.worst:.1f}, ratio"
        f" {found.worst / alone.worst:.2f} ({foreign:.2f} cores taken)"
    )


def _without_directory(home: Path, lua: Path) -> Iterator[str]:
    """What threads that wait cost who never needs them, in turn."""
    rates: dict[str, list[float]] = {"32": [], "0": []}
    for threads in ("32", "0", "0", "32"):
        setting = {"COLLECTOR_WAITING_THREADS": threads}
        with served("wsgi:application", home, "ES256", **setting) as (url, _pid):
            load.run(url, lua, 4, 6)  # passwords get verified and remembered
            rates[threads].append(load.run(url, lua, CONNECTIONS, 4).rate)
    with_them, without = (sum(found) / 2 for found in rates.values())
    yield (
        f"no directory, {CONNECTIONS} connections: {with_them:.0f} tokens/s with threads that"
        f" wait, {without:.0f} without, ratio {with_them / without:.2f}"
    )


def _fill(rig: Rig, number: int) -> None:
    names = rig.names(number)
    rig.slapd.people(names)
    for group in range(_GROUPS):
        rig.slapd.group(f"g{number}x{group}", *names[group::_GROUPS])


def _round(
    rig: Rig, number: int, pairs: dict[str, list[tuple[Beside, Beside]]]
) -> Iterator[str]:
    """One after the other: the accounts that the first measurement makes are known to the next."""
    names = rig.names(number)

    def measured(what: str, people: list[str], alone: Beside | None = None) -> Beside:
        found = _beside(where, tokens, offered, rig, people)
        ratio = found.worst / alone.worst if alone else 1.0
        if alone:
            pairs.setdefault(what, []).append((alone, found))
        rows.append(_row(number, what, found, ratio))
        return found

    rows: list[str] = []
    with _collector(rig) as where:
        offered = load.run(where[0], rig.lua, CONNECTIONS, 3).rate * SHARE
        tokens = _identity_tokens(where[0], rig.clients)
        made = measured(_NEW, names, measured(_ALONE, []))
    _age(rig.home)
    with _collector(rig) as where:
        alone = measured(_ALONE, [])
        came = sum(made.logins.statuses.values())
        measured(_KNOWN, names[:came], alone)
        rig.link.toggle()
        measured(_SILENT, [f"s{name}" for name in names], alone)
        rig.link.toggle()
    yield from rows


@contextmanager
def _collector(rig: Rig) -> Iterator[tuple[str, int]]:
    """A new collector: it remembers nobody but those who ask for tokens."""
    with served("wsgi:application", rig.home, "ES256", **rig.settings) as (url, pid):
        load.run(url, rig.lua, 4, 7)
        yield url, pid


def _identity_tokens(url: str, clients: list[Client]) -> list[str]:
    found = []
    for client in clients:
        request = Request(f"{url}{_PATH}?{client.query}&offline_token=true")
        request.add_header("Authorization", client.authorization)
        with urlopen(request, timeout=30) as answer:
            found.append(str(json.load(answer)["refresh_token"]))
    return found


def _age(home: Path) -> None:
    """Make what the directory said of everybody too old to be believed."""
    with closing(sqlite3.connect(home / "collector.sqlite", 30)) as database, database:
        database.execute("UPDATE registry_account_origins SET checked = checked - 100000")


def _beside(
    where: tuple[str, int], tokens: list[str], offered: float, rig: Rig, people: list[str]
) -> Beside:
    """Others' tokens, half of them for passwords, with logins of people where there are any."""
    passwords = Stream(offered / 2, cycle(
        [arrivals.get(f"{_PATH}?{client.query}", client.authorization) for client in rig.clients]
    ))
    identities = Stream(offered / 2, cycle([arrivals.post(_PATH, urlencode({
        "grant_type": "refresh_token", "refresh_token": token, "service": world.SERVICE
    })) for token in tokens]))
    logins = Stream(rig.rate, map(_login, people))
    streams = (passwords, identities, logins) if people else (passwords, identities)
    url, pid = where
    assert rig.slapd.process is not None
    ours = [pid, *map(int, descendants(pid)), rig.slapd.process.pid, rig.link.pid, os.getpid()]
    before, begin = _foreign(ours), time.monotonic()
    arrivals.run(url, streams, rig.seconds)
    foreign = (_foreign(ours) - before) / (time.monotonic() - begin)
    if passwords.errors or identities.errors:
        raise SystemExit(f"errors of others: {passwords.statuses} {identities.statuses}")
    return Beside(passwords, identities, logins, foreign)


def _foreign(ours: list[int]) -> float:
    """Seconds for which cores have worked for somebody else, or for another machine."""
    user, nice, system, _idle, _io, irq, softirq, steal, *_ = map(
        int, Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    )
    busy = user + nice + system + irq + softirq + steal
    for pid in ours:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        busy -= int(fields[11]) + int(fields[12])
    return busy / os.sysconf("SC_CLK_TCK")


def _login(name: str) -> bytes:
    secret = base64.b64encode(f"{name}:{name}-secret".encode()).decode()
    scope = f"repository:users/{name}/app:pull"
    query = urlencode({"account": name, "scope": scope, "service": world.SERVICE})
    return arrivals.get(f"{_PATH}?{query}", f"Basic {secret}")


def _row(number: int, what: str, found: Beside, ratio: float) -> str:
    def times(stream: Stream) -> str:
        rate = sum(stream.statuses.values()) / stream.done
        return f"{rate:.0f} | {stream.percentile(50):.1f} | {stream.percentile(99):.1f}"

    cells = [str(number + 1), what, times(found.passwords), times(found.identities)]
    cells.append(f"{ratio:.2f}")
    if found.logins.seconds:
        errors = ", ".join(f"{n} {status}" for status, n in found.logins.statuses.items()
                           if status != 200)
        cells += [times(found.logins), f"{found.logins.percentile(100):.0f}", errors or "0"]
    else:
        cells += ["", "", "", "", ""]
    return f"| {' | '.join(cells)} | {os.getloadavg()[0]:.1f} | {found.foreign:.2f} |"


if __name__ == "__main__":
    main()
