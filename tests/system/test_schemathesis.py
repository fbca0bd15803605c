"""Requests made of the API's own description, against the running server."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from applications.init.modules.registries.rest.table import ROUTES
from tests.system.rig import Collector, run
from tests.system.world import world
from tests.web.world import ADA, ROOT, Login

_CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)
_KNOWN = {
    "/docker/registries/": ["51", "53", "registry.restricted"],
    "/apps/": ["41", "Other"],
    "/groups/": ["20", "webdev", "22"],
    "/users/": ["31", "bob", "36"],
    "/nodes/": ["1", "n1.lab"],
    "/services/": ["1", "store/web"],
    "/": ["1", "2", "51"],
}
"""Objects that are there, by the beginning of the path: else nearly all would be 404."""

pytestmark = pytest.mark.skipif(sys.version_info < (3, 10), reason="schemathesis wants 3.10")


@pytest.fixture(scope="module")
def tried(folder: Path) -> Iterator[Collector]:
    """A collector of its own, which may lose its objects; thousands of logins fail."""
    with Collector(folder / "tried", COLLECTOR_LOCKOUT_TRIES="1000000") as server:
        server.start()
        server.load(world({}))
        yield server


def _token(collector: Collector, login: Login) -> dict[str, str]:
    """A token, for a password costs a tenth of a second each time."""
    url = f"{collector.url}/init/rest/api/users/self/tokens"
    made = requests.post(url, json={"name": "tests"}, auth=login, timeout=10).json()
    return {"Authorization": f"Bearer {made['data']['token']}"}


def _settings(path: Path) -> Path:
    groups = '"path.group" = ["webdev", "21"]'
    path.write_text("".join(
        f"[[operations]]\ninclude-path-regex = '^{start}'\n"
        f'parameters = {{ "path.id" = {ids}, {groups} }}\n\n'
        for start, ids in _KNOWN.items()
    ).replace("store/web", "store(slash)web"))
    return path


def _without_links(text: str) -> str:
    """What it said, without the endless addresses of what it sent."""
    return "\n".join(line[:300] for line in text.splitlines())[-6000:]


@pytest.mark.parametrize(
    ("login", "phases", "mode"),
    [(ROOT, "fuzzing", "all"), (ADA, "fuzzing", "all"), (ADA, "coverage", "positive")],
    ids=["Manager", "user", "user, all bounds"],
)
@pytest.mark.parametrize("known", [True, False], ids=["known", "any"])
def test_as_described(
    tried: Collector, tmp_path: Path, login: Login, phases: str, mode: str, known: bool
) -> None:
    """No request makes the server fail, and every answer is one that is described."""
    header = _token(tried, login)
    settings = ["--config-file", str(_settings(tmp_path / "schemathesis.toml"))] if known else []
    done = run([
        str(Path(sys.executable).parent / "schemathesis"), *settings, "run",
        f"{tried.url}/init/rest/api/openapi.json",
        "-H", f"Authorization: {header['Authorization']}",
        "--checks", _CHECKS, "--phases", phases, "--mode", mode,
        "-n", "6", "-w", "1", "--seed", "1", "--no-shrink", "--warnings", "off",
        "--suppress-health-check", "all",
    ])
    assert done.returncode == 0, _without_links(done.stdout) + done.stderr
    selected = re.search(r"Selected: (\d+)/(\d+)", done.stdout)
    assert selected is not None
    # One route is left out where its path has no example.
    assert int(selected.group(1)) >= len(ROUTES) - 1
    session = f"{tried.url}/init/rest/api/session"
    assert requests.get(session, headers=header, timeout=10).status_code == 200
