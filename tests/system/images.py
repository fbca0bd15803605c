"""Images made here, since there is nowhere to pull from."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_OCI = "application/vnd.oci.image"


def layout(folder: Path, layers: int = 2) -> Path:
    """Write an OCI image layout with some random layers; return its folder."""
    return _write(folder, _image(_blobs(folder), "amd64", layers))


def index(folder: Path, architectures: Sequence[str] = ("amd64", "arm64")) -> Path:
    """Write an OCI image layout with one image for several architectures."""
    blobs = _blobs(folder)
    kind = f"{_OCI}.index.v1+json"
    children = [
        {**_image(blobs, name, 1), "platform": {"os": "linux", "architecture": name}}
        for name in architectures
    ]
    list_ = {"schemaVersion": 2, "mediaType": kind, "manifests": children}
    return _write(folder, _blob(blobs, _json(list_), kind))


def _blobs(folder: Path) -> Path:
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    return blobs


def _write(folder: Path, top: dict[str, Any]) -> Path:
    top = {**top, "annotations": {"org.opencontainers.image.ref.name": "latest"}}
    (folder / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [top]}))
    (folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    return folder


def _image(blobs: Path, architecture: str, layers: int) -> dict[str, Any]:
    descriptors, diffs = [], []
    for number in range(layers):
        tar = _tar(f"file-{number}")
        diffs.append("sha256:" + hashlib.sha256(tar).hexdigest())
        descriptors.append(_blob(blobs, gzip.compress(tar), f"{_OCI}.layer.v1.tar+gzip"))
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": diffs},
    }
    kind = f"{_OCI}.manifest.v1+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind,
        "config": _blob(blobs, _json(config), f"{_OCI}.config.v1+json"),
        "layers": descriptors,
    }
    return _blob(blobs, _json(manifest), kind)


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
