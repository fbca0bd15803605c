"""Images made here, since there is nowhere to pull from."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any


def layout(folder: Path, layers: int = 2) -> Path:
    """Write an OCI image layout with some random layers; return its folder."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    descriptors, diffs = [], []
    for number in range(layers):
        tar = _tar(f"file-{number}")
        diffs.append("sha256:" + hashlib.sha256(tar).hexdigest())
        kind = "application/vnd.oci.image.layer.v1.tar+gzip"
        descriptors.append(_blob(blobs, gzip.compress(tar), kind))
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": diffs},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": _blob(blobs, _json(config), "application/vnd.oci.image.config.v1+json"),
        "layers": descriptors,
    }
    described = _blob(blobs, _json(manifest), str(manifest["mediaType"]))
    described["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    (folder / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [described]}))
    (folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    return folder


def _tar(name: str) -> bytes:
    data, stream = os.urandom(2000), io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def _blob(blobs: Path, content: bytes, media_type: str) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
