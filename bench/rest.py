"""Lists of the REST API over many repositories and tags, as a Manager and as a user in many groups.

    python -m bench.rest [--seconds 3] [--database mariadb] [--record]

What counts is the 99th percentile; the goal is 100 ms at one connection.
"""

from __future__ import annotations

import argparse
import base64
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from itertools import chain, islice
from pathlib import Path
from urllib.parse import quote

from applications.init.modules.registries import container
from applications.init.modules.registries import settings as settings_module

from . import load, mariadb, search
from .serve import record, served
from .world import PASSWORD, Client

REPOSITORIES, TAGS_EACH = 100_000, 10
ADMIN_PASSWORD = "bench-admin-password"
CONNECTIONS = (1, 4)
GOAL = 100.0
LOGINS = {
    "Manager": ("admin@localhost", ADMIN_PASSWORD),
    "user": (f"user-{search.USER}@example.org", PASSWORD),
}
LISTS = {
    "tags": "/init/rest/api/docker/tags",
    "repositories": "/init/rest/api/docker/repositories",
}
ASKED = {
    "tags": {
        "first page": "",
        "offset 1000": "offset=1000",
        "newest": "orderby=~updated",
        "by name": "orderby=name",
        "name v1%": "filters=" + quote("name v1%"),
        "of one repository": "filters=" + quote("repository_id 4711"),
    },
    "repositories": {
        "first page": "",
        "offset 1000": "offset=1000",
        "newest": "orderby=~updated",
        "by name": "orderby=repository",
        "repository %web%": "filters=" + quote("repository %web%"),
    },
}
_DATE = "2026-01-01 00:00:00"
_AT_ONCE = 1_000
_TAGS = (
    "INSERT INTO docker_tags (id, registry_id, repository_id, name, created, updated,"
    " config_digest, config_size)"
)
_ROW = "(?, ?, ?, ?, ?, ?, ?, 1511)"


def main() -> None:
    """Measure, print, and with ``--record`` add to ``RESULTS.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="per measurement")
    parser.add_argument("--database", choices=("sqlite", "mariadb"), default="sqlite")
    parser.add_argument("--record", action="store_true", help="add the figures to RESULTS.md")
    arguments = parser.parse_args()
    said = [
        f"\n## REST lists: `python -m bench.rest {' '.join(sys.argv[1:])}`, {date.today()}\n",
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()};"
        f" {REPOSITORIES:,} repositories, {REPOSITORIES * TAGS_EACH:,} tags; a Manager, and a user"
        f" in {search.GROUPS} groups with {search.APPS} applications\n",
        "| list | who | asked | p50 ms at 1 connection | p99 | p50 at 4 | p99 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as folder, database(arguments.database, folder) as uri:
        home = Path(folder) / "home"
        make(home, uri)
        os.environ["COLLECTOR_DB_URI"] = uri
        with served("wsgi:application", home, "ES256") as (url, _pid):
            for row in _rows(url, Path(folder), arguments.seconds):
                print(row, flush=True)
                said.append(row)
    if arguments.record:
        record(said)


def database(name: str, folder: str) -> AbstractContextManager[str]:
    """An empty database of a kind, by its URI; an empty one is SQLite in the home."""
    return mariadb.running(Path(folder)) if name == "mariadb" else nullcontext("")


def _rows(url: str, folder: Path, seconds: int) -> Iterator[str]:
    for name, path in LISTS.items():
        for who, login in LOGINS.items():
            for asked, query in ASKED[name].items():
                lua = load.script([client(query, login)], folder, path)
                load.run(url, lua, 4, 1)  # passwords get verified and remembered
                figures = [load.run(url, lua, connections, seconds) for connections in CONNECTIONS]
                if any(one.errors for one in figures):
                    raise SystemExit(f"errors: {name} {who} {asked}: {figures}")
                cells = " | ".join(f"{one.p50:.1f} | {one.p99:.1f}" for one in figures)
                yield f"| {name} | {who} | {asked} | {cells} |"


def make(home: Path, uri: str) -> None:
    """Set up a home with people, repositories and tags; each tag was seen at a time of its own.

    :param uri: of an empty database; SQLite in the home when it is empty.
    """
    environ = {"COLLECTOR_HOME": str(home), "COLLECTOR_ADMIN_PASSWORD": ADMIN_PASSWORD}
    settings = settings_module.load({**environ, "COLLECTOR_DB_URI": uri})
    search.make(settings, REPOSITORIES)
    db = container.build(settings, lock_seconds=30).db
    with db.transaction(write=True):
        rows = _tags()
        while some := list(islice(rows, _AT_ONCE)):
            marks = ", ".join([_ROW] * len(some))
            db.run(f"{_TAGS} VALUES {marks}", *chain.from_iterable(some))
        db.run(
            "INSERT INTO registry_tags (tag_id, registry_id, repository_id, changed, missing,"
            " pulls, digest, media_type, size, checked)"
            " SELECT id, registry_id, repository_id, 0, 0, 0, config_digest, '', 1, 0"
            " FROM docker_tags"
        )
        db.run(
            "INSERT INTO registry_repositories (repository_id, registry_id, changed, missing,"
            " pulls) SELECT id, registry_id, 0, 0, 0 FROM docker_repositories"
        )
        if not db.is_sqlite:
            db.rows("ANALYZE TABLE docker_tags, docker_repositories, registry_tags")
    db.close()


def _tags() -> Iterator[tuple[object, ...]]:
    for number in range(REPOSITORIES * TAGS_EACH):
        repository, minor = divmod(number, TAGS_EACH)
        day = f"2026-{1 + number % 12:02}-{1 + number % 28:02} {number % 24:02}:00:00"
        yield (
            number + 1, search.REGISTRY, repository + 1, f"v{minor}.{number % 97}", _DATE, day,
            f"sha256:{number:064x}",
        )


def client(query: str, login: tuple[str, str]) -> Client:
    """A client that asks with this query, as somebody."""
    credentials = base64.b64encode(":".join(login).encode()).decode()
    return Client(query, f"Basic {credentials}")


if __name__ == "__main__":
    main()
