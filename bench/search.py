"""docker search with few and many repositories, asked by a user in many groups.

    python -m bench.search [--seconds 5] [--record]

What counts is the 99th percentile at 100,000 repositories, and how it grows.
"""

from __future__ import annotations

import argparse
import base64
import os
import platform
import random
import sys
import tempfile
from datetime import date
from pathlib import Path

from applications.init.modules.registries import container, passwords, setup
from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.database import Database
from applications.init.modules.registries.settings import Settings

from . import load
from .load import Figures
from .serve import record, served
from .world import PASSWORD, SERVICE, Client

ROUTE = "/init/registry/call/json/search"
SIZES = (1_000, 100_000)
TERMS = {"empty": "", "common": "web", "rare": "needle"}
CONNECTIONS = (1, 8)
USER, GROUPS, APPS, REGISTRY = 1_000, 200, 300, 1
_FIRST = 10_000
_WORDS = ("web", "api", "store", "cache", "proxy", "build", "tools", "base", "worker", "queue")
_DATE = "2026-01-01 00:00:00"


def main() -> None:
    """Measure, print, and with ``--record`` add to ``RESULTS.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="per measurement")
    parser.add_argument("--record", action="store_true", help="add the figures to RESULTS.md")
    arguments = parser.parse_args()
    said = [
        f"\n## Search: `python -m bench.search {' '.join(sys.argv[1:])}`, {date.today()}\n",
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()};"
        f" a user in {GROUPS} groups with {APPS} applications\n",
        "| term | connections | p50 ms at 1,000 | p99 | p50 ms at 100,000 | p99 | p50 grew |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    few, many = (_measure(size, arguments.seconds) for size in SIZES)
    for (term, connections), small in few.items():
        large = many[term, connections]
        said.append(
            f"| {term} | {connections} | {small.p50:.1f} | {small.p99:.1f} | {large.p50:.1f}"
            f" | {large.p99:.1f} | {large.p50 / small.p50:.1f} |"
        )
    print("\n".join(said))
    if arguments.record:
        record(said)


def _measure(size: int, seconds: int) -> dict[tuple[str, int], Figures]:
    """Figures by kind of term and number of connections."""
    found: dict[tuple[str, int], Figures] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        make(settings_module.load({"COLLECTOR_HOME": str(home)}), size)
        with served("wsgi:application", home, "ES256") as (url, _pid):
            for kind, term in TERMS.items():
                lua = load.script([_client(term)], Path(folder), ROUTE)
                load.run(url, lua, 4, 1)  # passwords get verified and remembered
                for connections in CONNECTIONS:
                    figures = load.run(url, lua, connections, seconds)
                    if figures.errors:
                        raise SystemExit(f"errors: {kind}, {connections} connections: {figures}")
                    found[kind, connections] = figures
    return found


def make(settings: Settings, size: int) -> None:
    """Set up a home with one user, its groups and applications, and many repositories."""
    setup.first_start(settings)
    db = container.build(settings, lock_seconds=30).db
    with db.transaction(write=True):
        _people(db)
        _registry(db)
        for name, stars in sorted(_repositories(size).items()):
            db.run(
                "INSERT INTO docker_repositories (registry_id, repository, created, updated,"
                " description, stars, official, automated) VALUES (?, ?, ?, ?, ?, ?, 'F', 'F')",
                REGISTRY, name, _DATE, _DATE, f"about {name}", stars,
            )
    db.close()


def _people(db: Database) -> None:
    db.run(
        "INSERT INTO auth_user (id, email, username, password, registration_key)"
        " VALUES (?, ?, ?, ?, '')",
        USER, f"user-{USER}@example.org", f"user-{USER}", passwords.hash_new(PASSWORD),
    )
    puller = db.rows("SELECT id FROM auth_group WHERE role = 'DockerRegistriesPuller'")[0][0]
    for group in (puller, *range(_FIRST, _FIRST + 1_000)):
        if group != puller:
            db.run(
                "INSERT INTO auth_group (id, role, privilege) VALUES (?, ?, 'F')",
                group, f"Group-{group}",
            )
        if group < _FIRST + GROUPS:
            db.run("INSERT INTO auth_membership (user_id, group_id) VALUES (?, ?)", USER, group)
    for app in range(_FIRST, _FIRST + 3_000):
        db.run("INSERT INTO apps (id, app, description) VALUES (?, ?, '')", app, f"App-{app}")
        group = _FIRST + app % GROUPS if app < _FIRST + APPS else _FIRST + GROUPS + app % 500
        for table in ("publications", "responsibles"):
            db.run(f"INSERT INTO apps_{table} (app_id, group_id) VALUES (?, ?)", app, group)


def _registry(db: Database) -> None:
    db.run(
        "INSERT INTO docker_registries (id, service, url, insecure, restricted, created, updated)"
        " VALUES (?, ?, 'http://127.0.0.1:1', 'F', 'F', '', '')",
        REGISTRY, SERVICE,
    )
    db.run(
        "INSERT INTO docker_registries_publications (registry_id, group_id) VALUES (?, ?)",
        REGISTRY, _FIRST,
    )


def _repositories(size: int) -> dict[str, int]:
    """Names in all namespaces with their stars, the same at every run."""
    chance = random.Random(1)
    spaces = (
        "site",
        f"groups/{_FIRST}",
        *(f"groups/{_FIRST + n * 7}" for n in range(100)),
        *(f"groups/group-{_FIRST + n}" for n in range(0, 400, 2)),
        *(f"apps/app-{_FIRST + n}" for n in range(0, 600, 2)),
        *(f"users/{USER + n}" for n in range(200)),
        f"users/user-{USER}",
    )
    found: dict[str, int] = {f"site/needle-{n}/x": n for n in range(5)}
    while len(found) < size:
        space = "site" if chance.random() < 0.6 else chance.choice(spaces)
        words = "/".join(f"{chance.choice(_WORDS)}-{chance.randrange(1000)}" for _ in range(2))
        found[f"{space}/{words}"] = chance.choice((0, 0, 0, 0, 1, 2, 5))
    return found


def _client(term: str) -> Client:
    credentials = f"user-{USER}@example.org:{PASSWORD}".encode()
    return Client(
        f"service={SERVICE}&n=25&q={term}", "Basic " + base64.b64encode(credentials).decode()
    )


if __name__ == "__main__":
    main()
