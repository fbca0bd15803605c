"""Pages of the docker table over a million tags, as a Manager and as a user in many groups.

    python -m bench.tables [--seconds 3] [--database mariadb] [--record]

What counts is the 99th percentile at one connection; the goal is 150 ms.  "first" is the very
first answer, before anything is remembered.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import requests

from . import load, rest
from .serve import record, served
from .world import SERVICE

PATH = "/init/registry/ajax_registries"
GOAL = 150.0
_SHOWN = (
    "registry_id,registry_service,repository_id,repository_name,repository_stars,tag_id,tag_name,"
    "tag_size,tag_updated,tag_created"
)
ASKED: dict[str, dict[str, object]] = {
    "first page": {},
    "offset 10,000": {"offset": 10_000},
    "offset 500,000": {"offset": 500_000},
    "the last page": {"offset": 742_500},
    **{
        f"{way}{name}": {"orderby": f"{sign}{name}"}
        for name in (
            "registry_service", "repository_name", "repository_stars", "repository_automated",
            "tag_name", "tag_config_size", "tag_updated", "tag_created", "tag_size", "tag_pulls",
        )
        for way, sign in (("by ", ""), ("down ", "~"))
    },
    "by tag_name, offset 500,000": {"orderby": "tag_name", "offset": 500_000},
    "by repository_stars,tag_name": {"orderby": "repository_stars,tag_name"},
    "by repository_name,tag_updated": {"orderby": "repository_name,~tag_updated"},
    "repository_name=%web%": {"t_f_repository_name": "%web%"},
    "tag_name=v1%": {"t_f_tag_name": "v1%"},
    "tag_name=v1%, newest": {"t_f_tag_name": "v1%", "orderby": "~tag_updated"},
    "tag_config_size>1000": {"t_f_tag_config_size": ">1000"},
    "both names": {"t_f_tag_name": "v1%", "t_f_repository_name": "%web%"},
    "an image id": {"t_f_tag_config_digest": f"{777:064x}"},
    "tag_updated>2026-06": {"t_f_tag_updated": ">2026-06"},
    "registry_service": {"t_f_registry_service": SERVICE},
    "registry_service, newest": {"t_f_registry_service": SERVICE, "orderby": "~tag_updated"},
}


def main() -> None:
    """Measure, print, and with ``--record`` add to ``RESULTS.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="per measurement")
    parser.add_argument("--database", choices=("sqlite", "mariadb"), default="sqlite")
    parser.add_argument("--record", action="store_true", help="add the figures to RESULTS.md")
    arguments = parser.parse_args()
    said = [
        f"\n## Tables: `python -m bench.tables {' '.join(sys.argv[1:])}`, {date.today()}\n",
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()};"
        f" {rest.REPOSITORIES:,} repositories, {rest.REPOSITORIES * rest.TAGS_EACH:,} tags\n",
        "| who | asked | first, ms | p50 at 1 connection | p99 | p50 at 4 | p99 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as folder, rest.database(arguments.database, folder) as uri:
        home = Path(folder) / "home"
        rest.make(home, uri)
        os.environ["COLLECTOR_DB_URI"] = uri
        os.environ["COLLECTOR_WORKERS"] = "2"
        with served("wsgi:application", home, "ES256") as (url, _pid):
            for row in _rows(url, Path(folder), arguments.seconds):
                print(row, flush=True)
                said.append(row)
    if arguments.record:
        record(said)


def _rows(url: str, folder: Path, seconds: int) -> Iterator[str]:
    for who, login in rest.LOGINS.items():
        requests.get(f"{url}/init/rest/api/session", auth=login, timeout=60)
        for asked, parameters in ASKED.items():
            query = urlencode({"table_id": "t", "limit": 50, "props": _SHOWN, **parameters})
            first = _first(f"{url}{PATH}/data?{query}", login)
            lua = load.script([rest.client(query, login)], folder, f"{PATH}/data")
            load.run(url, lua, 4, 1)  # both processes remember
            figures = [load.run(url, lua, connections, seconds) for connections in rest.CONNECTIONS]
            if any(one.errors for one in figures):
                raise SystemExit(f"errors: {who} {asked}: {figures}")
            cells = " | ".join(f"{one.p50:.1f} | {one.p99:.1f}" for one in figures)
            yield f"| {who} | {asked} | {first:.0f} | {cells} |"


def _first(address: str, login: tuple[str, str]) -> float:
    start = time.perf_counter()
    answer = requests.get(address, auth=login, timeout=60)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.text}")
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
