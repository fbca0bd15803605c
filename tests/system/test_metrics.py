"""Metrics of a real server with several processes, read as Prometheus reads them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import requests

from tests.system.rig import Collector


def test_prometheus(tmp_path: Path) -> None:
    """One answer counts all processes; it takes the token of the settings; nothing stays behind."""
    (tmp_path / "tmp").mkdir()
    environ = {"COLLECTOR_METRICS_TOKEN": "read-them", "COLLECTOR_WORKERS": "3",
               "TMPDIR": str(tmp_path / "tmp")}
    with Collector(tmp_path / "collector", **environ) as server:
        server.start()
        url = f"{server.url}/init/registry/metrics"
        assert requests.get(url, timeout=5).status_code == 401
        other = {"Authorization": "Bearer another"}
        assert requests.get(url, headers=other, timeout=5).status_code == 401
        for _ in range(30):
            requests.get(f"{server.url}/init/registry/jwks", timeout=5)
        header = {"Authorization": "Bearer read-them"}
        answer = requests.get(url, headers=header, timeout=5)
        assert answer.headers["Content-Type"].startswith("text/plain")
        requested = re.compile(
            r'^collector_requests_total\{method="GET",route="/init/registry/metrics",status="401"\}'
            r" 2\.0$", re.MULTILINE,
        )
        assert requested.search(answer.text)
        assert 'collector_registry_tags' in answer.text
        assert "read-them" not in server.output()
        assert os.listdir(tmp_path / "tmp")
    assert os.listdir(tmp_path / "tmp") == []
