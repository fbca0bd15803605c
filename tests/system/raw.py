"""A registry's HTTP API without a client: fast pushes, and the truth about what is there."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import requests

from tests.system.rig import Collector, Registry
from tests.web.world import ADA, LINUS, Login

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_ACCEPTED = ", ".join((
    MANIFEST,
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
))
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


class Raw:
    """Asks a registry as somebody who may do everything there; keeps its tokens."""

    def __init__(self, collector: Collector, registry: Registry, login: Login = LINUS) -> None:
        self._collector = collector
        self._registry = registry
        self._login = login
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = registry.verify
        self._tokens: dict[str, str] = {}
        self._blobs: dict[str, list[dict[str, Any]]] = {}

    def push(self, repository: str, *tags: str) -> str:
        """Push a new image under some tags; return its digest."""
        config, layer = self._blobs.get(repository) or self._upload_all(repository)
        body = json.dumps({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config,
            "layers": [layer],
            "annotations": {"made": os.urandom(8).hex()},
        })
        for tag in tags:
            answer = self._ask("PUT", f"{repository}/manifests/{tag}", body, MANIFEST)
            assert answer.status_code == 201, answer.text
        return _digest(body.encode())

    def pull(self, repository: str, reference: str) -> int:
        """Read a manifest; return the status."""
        return self._ask("GET", f"{repository}/manifests/{reference}").status_code

    def digest(self, repository: str, tag: str) -> str:
        """The digest that a tag points at, or nothing."""
        answer = self._ask("HEAD", f"{repository}/manifests/{tag}")
        return answer.headers["Docker-Content-Digest"] if answer.status_code == 200 else ""

    def delete(self, repository: str, digest: str) -> int:
        """Delete a manifest; return the status."""
        return self._ask("DELETE", f"{repository}/manifests/{digest}").status_code

    def tags(self, repository: str) -> list[str]:
        """The tags of a repository."""
        answer = self._ask("GET", f"{repository}/tags/list")
        return list(answer.json()["tags"] or []) if answer.status_code == 200 else []

    def contents(self) -> dict[str, str]:
        """All that the registry has: ``repository:tag`` and its digest.

        A registry that was killed while it deleted lists tags without an image: they are none.
        """
        names = self._ask("GET", "_catalog?n=1000", scope="registry:catalog:*").json()
        found = {
            f"{name}:{tag}": self.digest(name, tag)
            for name in names["repositories"]
            for tag in self.tags(name)
        }
        return {name: digest for name, digest in found.items() if digest}

    def _upload_all(self, repository: str) -> list[dict[str, Any]]:
        kinds = ((_CONFIG, b"{}"), (_LAYER, os.urandom(500)))
        made = [self._upload(repository, kind, data) for kind, data in kinds]
        self._blobs[repository] = made
        return made

    def _upload(self, repository: str, kind: str, data: bytes) -> dict[str, Any]:
        started = self._ask("POST", f"{repository}/blobs/uploads/")
        where, digest = started.headers["Location"], _digest(data)
        url = f"{where}{'&' if '?' in where else '?'}digest={digest}"
        answer = self._session.put(url, data, headers=self._header(_scope(repository)), timeout=10)
        assert answer.status_code == 201, answer.text
        return {"mediaType": kind, "digest": digest, "size": len(data)}

    def _ask(
        self, method: str, path: str, body: str = "", kind: str = "", scope: str = ""
    ) -> requests.Response:
        headers = self._header(scope or _scope(path)) | {"Accept": _ACCEPTED}
        if kind:
            headers["Content-Type"] = kind
        url = f"{self._registry.url}/v2/{path}"
        return self._session.request(method, url, data=body or None, headers=headers, timeout=10)

    def _header(self, scope: str) -> dict[str, str]:
        if scope not in self._tokens:
            answer = self._session.get(
                f"{self._collector.url}/init/registry/token",
                params={"service": self._registry.service, "scope": scope},
                # Nobody else reads what is hers, and other tests have her push.
                auth=ADA if ":users/31/" in scope else self._login,
                timeout=10,
            )
            self._tokens[scope] = answer.json()["token"]
        return {"Authorization": f"Bearer {self._tokens[scope]}"}


def _scope(path: str) -> str:
    for part in ("/manifests/", "/blobs/", "/tags/"):
        path = path.partition(part)[0]
    return f"repository:{path}:pull,push,delete"


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
