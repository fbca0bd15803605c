"""What a stub registry holds: repositories, their manifests and tags, in memory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from applications.init.modules.registries.remote import manifests


@dataclass(frozen=True)
class Stored:
    """A manifest as it was pushed."""

    body: bytes
    media_type: str


@dataclass
class Repository:
    """Manifests by digest, tags to digests; a repository without tags is still listed."""

    manifests: dict[str, Stored] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


def digest_of(body: bytes) -> str:
    """The SHA-256 digest of some content."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def descriptor(seed: str, size: int) -> dict[str, Any]:
    """A descriptor of content that nobody has."""
    digest = digest_of(seed.encode())
    return {"mediaType": "application/octet-stream", "digest": digest, "size": size}


def image(seed: str = "x", layers: tuple[int, ...] = (9,), media_type: str = "") -> Stored:
    """An image's manifest; ``layers`` are their sizes, ``seed`` makes it one of its own."""
    media_type = media_type or manifests.OCI_MANIFEST
    body = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": descriptor(f"config {seed}", 90),
        "layers": [descriptor(f"{seed} {n}", size) for n, size in enumerate(layers)],
    }
    return Stored(json.dumps(body).encode(), media_type)


def index(children: dict[str, Stored], media_type: str = "") -> Stored:
    """An index of manifests by platform, such as ``linux/arm64/v8``."""
    media_type = media_type or manifests.OCI_INDEX
    entries = []
    for platform, child in children.items():
        os, architecture, *variant = platform.split("/")
        entries.append({
            "mediaType": child.media_type,
            "digest": digest_of(child.body),
            "size": len(child.body),
            "platform": {"os": os, "architecture": architecture,
                         **({"variant": variant[0]} if variant else {})},
        })
    body = {"schemaVersion": 2, "mediaType": media_type, "manifests": entries}
    return Stored(json.dumps(body).encode(), media_type)


class Content:
    """All repositories; change it between requests as pushes and deletes would."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}

    def push(self, repository: str, tag: str = "", stored: Stored | None = None) -> str:
        """Store a manifest, under a tag if given, and return its digest."""
        stored = stored or image(f"{repository}:{tag}")
        found = self.repositories.setdefault(repository, Repository())
        digest = digest_of(stored.body)
        found.manifests[digest] = stored
        if tag:
            found.tags[tag] = digest
        return digest

    def untag(self, repository: str, tag: str) -> None:
        """Remove a tag; its manifest stays."""
        del self.repositories[repository].tags[tag]

    def delete(self, repository: str, digest: str) -> None:
        """Remove a manifest and its tags; the repository stays."""
        found = self.repositories[repository]
        del found.manifests[digest]
        found.tags = {tag: of for tag, of in found.tags.items() if of != digest}

    def forget(self, repository: str) -> None:
        """Remove a whole repository, as only an operator can."""
        del self.repositories[repository]

    def find(self, repository: str, reference: str) -> tuple[str, Stored] | None:
        """The digest and manifest of a tag or digest."""
        found = self.repositories.get(repository)
        if found is None:
            return None
        digest = found.tags.get(reference, reference)
        stored = found.manifests.get(digest)
        return None if stored is None else (digest, stored)
