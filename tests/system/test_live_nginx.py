"""Live changes through an nginx that is set up as the manual says, and no further."""

from __future__ import annotations

import re
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import CHECKOUT
from tests.system.authority import Authority
from tests.system.front import Nginx
from tests.system.rig import Collector, free_port
from tests.system.world import world
from tests.web.world import ADA, LINUS

SOON = 2.0
ROWS = [{"id": 61, "registry": 51, "repository": "base/alpine"}]


class Front(Nginx):
    """nginx before the collector itself."""

    def _answers(self) -> bool:
        verify = str(self._authority.path)
        health = f"{self.url}/init/registry/health"
        return requests.get(health, timeout=5, verify=verify).status_code == 200


def described(collector: Collector) -> str:
    """The server block of docs/operate.md, for a collector that listens here."""
    text = (CHECKOUT / "docs" / "operate.md").read_text().partition("## Behind nginx")[2]
    found = re.search(r"^    server \{\n.*?^    \}\n", text, re.M | re.S)
    assert found
    block = textwrap.dedent(found[0]).replace("http://127.0.0.1:8080", collector.url)
    block = block.replace("collector.example.org", "localhost")
    return block.replace("/ssl/collector.", "/ssl/server.")


@pytest.fixture
def nginx(folder: Path, authority: Authority) -> Iterator[Front]:
    """A collector of one process, behind nginx."""
    collector = Collector(
        folder / "behind", COLLECTOR_WORKERS="1", COLLECTOR_DISCOVERY_SECONDS="1000000"
    )
    front = Front(folder / "front", free_port(), authority)
    with collector, front:
        collector.start()
        collector.load({**world({}), "repositories": ROWS})
        front.start(described(collector))
        yield front


def test_nginx_holds_nothing_back(nginx: Front, authority: Authority) -> None:
    """The begin of a stream and each change come through at once, while others are served."""
    url, verify = f"{nginx.url}/init/registry/live", str(authority.path)
    with requests.get(url, auth=ADA, stream=True, timeout=10, verify=verify) as stream:
        assert stream.status_code == 200
        lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
        assert "event: begin" in lines
        for text in ("one", "two"):
            answer = requests.post(
                f"{nginx.url}/init/rest/api/docker/repositories/61",
                json={"description": text}, auth=LINUS, timeout=10, verify=verify,
            )
            assert answer.status_code == 200
            done = time.monotonic()
            assert 'data: ["docker_repositories_change"]' in lines
            assert time.monotonic() - done < SOON
