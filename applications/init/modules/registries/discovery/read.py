"""Reading what a registry says of one tag: its manifest, and those of its platforms."""

from __future__ import annotations

from typing import Any

from ..catalog.tags import Facts
from ..remote import Missing, RegistryClient
from ..remote.manifests import Child, Manifest

MOST_PLATFORMS = 32
"""Platforms of an index that are read; more are listed without their size."""

_REMEMBERED = 2000
_MAIN = ("linux", "amd64")

Part = tuple[str, "int | None", "int | None"]
"""Config digest, config size, size of the layers."""


class Reader:
    """Reads tags with one client; manifests of platforms are read once, by digest."""

    def __init__(self, client: RegistryClient) -> None:
        self._client = client
        self._parts: dict[str, Part] = {}

    def facts(self, repository: str, tag: str, known: str = "") -> Facts | None:
        """What the registry says of a tag; None where its digest still is ``known``.

        :raises Missing: the registry has no such tag.
        :raises RemoteError: it can't be asked, or its answer can't be believed.
        """
        manifest = self._client.manifest(repository, tag, known)
        if manifest is None:
            return None
        if not manifest.is_index:
            return Facts(
                manifest.digest,
                manifest.media_type,
                manifest.config_digest,
                manifest.config_size,
                manifest.size,
            )
        return self._index(repository, manifest)

    def _index(self, repository: str, manifest: Manifest) -> Facts:
        platforms = []
        for number, child in enumerate(manifest.children):
            part = self._part(repository, child) if number < MOST_PLATFORMS else ("", None, None)
            platforms.append(_platform(child, part))
        main = _main(platforms)
        return Facts(
            manifest.digest,
            manifest.media_type,
            main.get("config_digest", ""),
            main.get("config_size"),
            main.get("size"),
            tuple(platforms),
        )

    def _part(self, repository: str, child: Child) -> Part:
        known = self._parts.get(child.digest)
        if known is not None:
            return known
        try:
            found = self._client.manifest(repository, child.digest)
        except Missing:
            found = None  # an index may list platforms that were never pushed
        if found is None or found.is_index:
            part: Part = ("", None, None)
        else:
            part = (found.config_digest, found.config_size, found.size)
        if len(self._parts) < _REMEMBERED:
            self._parts[child.digest] = part
        return part


def _platform(child: Child, part: Part) -> dict[str, Any]:
    config_digest, config_size, size = part
    return {
        "os": child.os,
        "architecture": child.architecture,
        "variant": child.variant,
        "digest": child.digest,
        "config_digest": config_digest,
        "config_size": config_size,
        "size": size,
    }


def _main(platforms: list[dict[str, Any]]) -> dict[str, Any]:
    """The platform that stands for all: linux/amd64, else the first."""
    for platform in platforms:
        if (platform["os"], platform["architecture"]) == _MAIN:
            return platform
    return platforms[0] if platforms else {}
