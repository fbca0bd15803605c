"""Manifests: what they are, checked, without any connection.

Sources: OCI image specification 1.1 (manifest, index, descriptor), distribution
``docs/spec/manifest-v2-2`` and, of old images, ``manifest-v2-1``.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

from . import grammar, safe_json
from .failures import BadAnswer, printable

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
SCHEMA2 = "application/vnd.docker.distribution.manifest.v2+json"
LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"

ACCEPT = ", ".join((OCI_MANIFEST, SCHEMA2, OCI_INDEX, LIST))
"""All types a registry may answer with; one that is missing here gets another digest."""

MAX_LAYERS = 10_000
MAX_CHILDREN = 1_000
_MAX_SIZE = 2**53
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}", re.ASCII)
_NOT_IN = {
    OCI_MANIFEST: ("manifests", "fsLayers"),
    SCHEMA2: ("manifests", "fsLayers"),
    OCI_INDEX: ("layers", "config", "fsLayers"),
    LIST: ("layers", "config", "fsLayers"),
    SCHEMA1: ("layers", "config", "manifests"),
    SIGNED: ("layers", "config", "manifests"),
}


@dataclass(frozen=True)
class Child:
    """A manifest of an index, for one platform; ``size`` in bytes of the manifest itself."""

    digest: str
    media_type: str
    size: int
    os: str
    architecture: str
    variant: str


@dataclass(frozen=True)
class Manifest:
    """A manifest, an index, or an old schema 1 manifest.

    ``digest`` was computed here.  ``size`` is the sum of the layers' sizes in
    bytes; None where the manifest doesn't say (indexes, schema 1), and so are
    ``config_size`` and, as an empty text, ``config_digest``.  ``children`` are
    those of an index without attestations (platform unknown/unknown).
    """

    digest: str
    media_type: str
    config_digest: str = ""
    config_size: int | None = None
    size: int | None = None
    children: tuple[Child, ...] = ()

    @property
    def is_index(self) -> bool:
        """Tell whether it only lists other manifests."""
        return self.media_type in (OCI_INDEX, LIST)


@dataclass(frozen=True)
class _Descriptor:
    digest: str
    media_type: str
    size: int


def parse(body: bytes, content_type: str, claimed: str = "") -> Manifest:
    """Read and check a manifest.

    :param claimed: the digest the registry says it has (``Docker-Content-Digest``), if any.
    :raises BadAnswer: of another type than the header says, of two types at once
        (CVE-2021-41190), with another digest, or with values outside their bounds.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in _NOT_IN:
        raise BadAnswer(f"{printable(media_type) or 'nothing'!r} is no type of a manifest")
    found = safe_json.members(safe_json.loads(body), "the manifest")
    _check_type(found, media_type)
    digest = _digest(_signed_part(body, found) if media_type == SIGNED else body, claimed)
    if media_type in (SCHEMA1, SIGNED):
        return Manifest(digest, media_type)
    if media_type in (OCI_INDEX, LIST):
        return Manifest(digest, media_type, children=_all_children(found))
    config = _descriptor(found.get("config"))
    layers = _list(found, "layers", MAX_LAYERS)
    size = sum(_descriptor(layer).size for layer in layers)
    return Manifest(digest, media_type, config.digest, config.size, size)


def _check_type(found: dict[str, Any], media_type: str) -> None:
    inside = found.get("mediaType", media_type)
    if inside != media_type:
        raise BadAnswer("the manifest says it is of another type than its Content-Type")
    if any(name in found for name in _NOT_IN[media_type]):
        raise BadAnswer("the manifest is of two types at once")
    version = 1 if media_type in (SCHEMA1, SIGNED) else 2
    if type(found.get("schemaVersion")) is not int or found["schemaVersion"] != version:
        raise BadAnswer("the manifest's schemaVersion is not that of its type")


def _digest(content: bytes, claimed: str) -> str:
    if claimed and not grammar.is_digest(claimed):
        raise BadAnswer("the Docker-Content-Digest is no digest")
    digest = grammar.digest(content, like=claimed)
    if claimed and digest != claimed:
        raise BadAnswer("the manifest is not the one of its Docker-Content-Digest")
    return digest


def _signed_part(body: bytes, found: dict[str, Any]) -> bytes:
    """The document without the signatures added to it, which is what has the digest."""
    try:
        protected = found["signatures"][0]["protected"]
        fields = safe_json.members(safe_json.loads(_decode(protected)), "the signature")
        length, tail = fields["formatLength"], _decode(fields["formatTail"])
        if type(length) is not int or not 0 <= length <= len(body):
            raise BadAnswer("the manifest's signature is malformed")
    except (LookupError, TypeError, ValueError, AttributeError):
        raise BadAnswer("the manifest's signature is malformed") from None
    return body[:length] + tail


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _list(found: dict[str, Any], name: str, limit: int) -> list[Any]:
    value = found.get(name)
    if not isinstance(value, list):
        raise BadAnswer(f"the manifest's {name} are no list")
    if len(value) > limit:
        raise BadAnswer(f"the manifest has more than {limit} {name}")
    return value


def _descriptor(value: Any) -> _Descriptor:
    found = safe_json.members(value, "a descriptor of the manifest")
    digest, size, media_type = found.get("digest"), found.get("size"), found.get("mediaType")
    if not isinstance(digest, str) or not grammar.is_digest(digest):
        raise BadAnswer("the manifest has a malformed digest")
    if type(size) is not int or not 0 <= size <= _MAX_SIZE:
        raise BadAnswer("the manifest has a malformed size")
    if not isinstance(media_type, str) or not _MEDIA_TYPE.fullmatch(media_type):
        raise BadAnswer("the manifest has a malformed media type")
    return _Descriptor(digest, media_type, size)


def _all_children(found: dict[str, Any]) -> tuple[Child, ...]:
    children = (_child(item) for item in _list(found, "manifests", MAX_CHILDREN))
    return tuple(c for c in children if (c.os, c.architecture) != ("unknown", "unknown"))


def _child(item: Any) -> Child:
    descriptor = _descriptor(item)
    platform = item.get("platform")
    fields = {} if platform is None else safe_json.members(platform, "a platform")
    os, architecture, variant = (fields.get(n, "") for n in ("os", "architecture", "variant"))
    if not all(isinstance(text, str) for text in (os, architecture, variant)):
        raise BadAnswer("the manifest has a malformed platform")
    return Child(
        descriptor.digest, descriptor.media_type, descriptor.size,
        printable(os), printable(architecture), printable(variant),
    )
