"""Other signatures than the default, as registries see them."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest
import requests

from tests.system.conftest import Tool
from tests.system.rig import Collector, Registry, free_port
from tests.system.world import BY_ALGORITHM
from tests.web.world import LINUS


@pytest.mark.parametrize(
    ("algorithm", "major"), [("RS256", 2), ("RS256", 3), ("EdDSA", 3)], ids=str
)
def test_algorithm(
    skopeo: Tool, collector: Collector, image: Path, tmp_path: Path, algorithm: str, major: int
) -> None:
    """A registry takes what is declared for it, with nothing but its major version's bundle."""
    service = BY_ALGORITHM[algorithm]
    with Registry(service, major, tmp_path / "registry", free_port()) as registry:
        registry.start(collector, collector.bundle(major))
        answer = requests.get(
            f"{collector.url}/init/registry/token",
            params={"service": service},
            auth=LINUS,
            timeout=10,
        )
        assert jwt.get_unverified_header(answer.json()["token"])["alg"] == algorithm
        skopeo.login(registry, LINUS)
        where = f"docker://{registry.address}/base/signed:1"
        skopeo("copy", "--dest-tls-verify=false", f"oci:{image}:latest", where)
        assert "Digest" in skopeo("inspect", "--tls-verify=false", where)
