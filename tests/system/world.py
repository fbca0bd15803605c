"""The world of the policy's table, with the real registries and who only system tests need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.home import user
from tests.web.world import CLUSTER, OPEN, PULLER, PUSHER, UUID, WORLD

OPEN_3 = "registry.open3"
FRONTED = "registry.fronted"
UNKNOWN = "registry.nobody-declared"
BY_ALGORITHM = {"RS256": "registry.rs256", "EdDSA": "registry.eddsa"}

ADA_BY_NAME = ("ada", "ada-secret")
TESS = ("tess", "tess-secret")
NAMESPACED = ("prod/svc/api@n1.lab", UUID)
"""tess sees the registries, and no app.  The service's name has a namespace and a kind."""


def world(ports: Mapping[str, int]) -> dict[str, list[dict[str, Any]]]:
    """The world, with the registries of ``ports`` where they answer."""
    declared = {row["service"]: row for row in WORLD["registries"]}
    like = declared[OPEN]
    declared[OPEN_3] = {**like, "id": 54, "service": OPEN_3, "url": "http://127.0.0.1:6"}
    if FRONTED in ports:
        declared[FRONTED] = {**like, "id": 58, "service": FRONTED}
    for number, (algorithm, service) in enumerate(BY_ALGORITHM.items()):
        more = {"id": 55 + number, "service": service, "url": f"http://127.0.0.1:{4 + number}"}
        major = 3 if algorithm == "EdDSA" else 2
        declared[service] = {**like, **more, "algorithm": algorithm, "major": major}
    for service, port in ports.items():
        declared[service] = {**declared[service], "url": f"http://127.0.0.1:{port}"}
    if FRONTED in ports:
        declared[FRONTED]["url"] = f"https://localhost:{ports[FRONTED]}"
    api = {"svc_id": "s3", "svcname": "prod/svc/api", "app": "Store", "cluster_id": CLUSTER,
           "nodes": ["n1.lab"]}
    tess = user("tess", 38, groups=["Platform-Team"], privileges=[PULLER, PUSHER])
    return {
        **WORLD,
        "users": [*WORLD["users"], tess],
        "services": [*WORLD["services"], api],
        "registries": list(declared.values()),
    }
