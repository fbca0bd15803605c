"""Manifests: real ones are read, lying ones are not."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.remote import BadAnswer, Child, Manifest, manifests

from .content import descriptor, digest_of, image, index

CAPTURED = json.loads((Path(__file__).parent / "captured.json").read_text())
ALL_TYPES = [
    manifests.OCI_MANIFEST, manifests.OCI_INDEX, manifests.SCHEMA2, manifests.LIST,
    manifests.SCHEMA1, manifests.SIGNED,
]
DIGEST = digest_of(b"x")


def _parse(value: Any, media_type: str = manifests.OCI_MANIFEST) -> Manifest:
    return manifests.parse(json.dumps(value).encode(), media_type)


def _image(**changes: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(image().body)
    return {name: v for name, v in {**value, **changes}.items() if v is not ...}


def _index(**changes: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(index({"linux/amd64": image()}).body)
    return {name: v for name, v in {**value, **changes}.items() if v is not ...}


@pytest.mark.parametrize("vector", CAPTURED, ids=lambda v: v["content_type"].rpartition("/")[2])
def test_captured(vector: dict[str, str]) -> None:
    """What real registries sent is read, with the digest they gave it."""
    found = manifests.parse(vector["body"].encode(), vector["content_type"], vector["digest"])
    assert found.digest == vector["digest"]
    assert found.is_index == (found.size is None) == bool(found.children)


def test_sizes() -> None:
    """An image's size is that of its layers; its configuration's is told apart."""
    found = manifests.parse(image("x", (3, 4, 5)).body, manifests.OCI_MANIFEST)
    assert (found.size, found.config_size) == (12, 90)
    assert found.config_digest == digest_of(b"config x")
    assert _parse(_image(layers=[])).size == 0


def test_children() -> None:
    """The children of an index have their platform; attestations are left out."""
    arm, amd, proof = image("arm"), image("amd"), image("attestation")
    body = index({"linux/arm64/v8": arm, "linux/amd64": amd, "unknown/unknown": proof}).body
    found = manifests.parse(body, manifests.OCI_INDEX)
    assert found.children == (
        Child(digest_of(arm.body), arm.media_type, len(arm.body), "linux", "arm64", "v8"),
        Child(digest_of(amd.body), amd.media_type, len(amd.body), "linux", "amd64", ""),
    )
    assert (found.size, found.config_digest, found.config_size) == (None, "", None)


def test_no_platform() -> None:
    """A child of an index may be without platform."""
    entry = {"mediaType": manifests.OCI_MANIFEST, "digest": DIGEST, "size": 1}
    assert _parse(_index(manifests=[entry]), manifests.OCI_INDEX).children[0].os == ""


def test_types() -> None:
    """The Content-Type decides; its parameters and case don't matter, nor a missing mediaType."""
    found = manifests.parse(
        json.dumps(_image(mediaType=...)).encode(),
        "Application/vnd.oci.image.manifest.v1+JSON; charset=utf-8",
    )
    assert found.media_type == manifests.OCI_MANIFEST


def test_sha512() -> None:
    """The digest is computed with the algorithm that the registry used."""
    body = image().body
    claimed = f"sha512:{hashlib.sha512(body).hexdigest()}"
    assert manifests.parse(body, manifests.OCI_MANIFEST, claimed).digest == claimed


@pytest.mark.parametrize("claimed", [DIGEST, "sha512:" + "0" * 128, "md5:" + "0" * 32, "x"])
def test_wrong_digest(claimed: str) -> None:
    """A digest that is not the body's is BadAnswer."""
    with pytest.raises(BadAnswer):
        manifests.parse(image().body, manifests.OCI_MANIFEST, claimed)


def _signed(body: bytes, **changes: Any) -> bytes:
    """A schema 1 manifest with a signature, as libtrust formats it."""
    end = body.rindex(b"\n}")
    fields = {"formatLength": end, "formatTail": _base64(body[end:]), **changes}
    protected = _base64(json.dumps(fields).encode())
    signatures = json.dumps([{"protected": protected, "signature": "x"}]).encode()
    return body[:end] + b',\n   "signatures": ' + signatures + b"\n}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


OLD = b'{\n   "schemaVersion": 1,\n   "name": "a/b",\n   "fsLayers": []\n}'


def test_schema_1() -> None:
    """Old manifests are accepted without sizes; the signature is no part of the digest."""
    found = manifests.parse(_signed(OLD), manifests.SIGNED, digest_of(OLD))
    assert found == Manifest(digest_of(OLD), manifests.SIGNED)
    assert manifests.parse(OLD, manifests.SCHEMA1).digest == digest_of(OLD)


@pytest.mark.parametrize(
    "changes",
    [{"formatLength": -1}, {"formatLength": 10**9}, {"formatLength": "1"}, {"formatTail": 1},
     {"formatTail": "é"}, {"formatLength": True}],
)
def test_bad_signature_format(changes: dict[str, Any]) -> None:
    """What the signature says about the document is not trusted either."""
    with pytest.raises(BadAnswer):
        manifests.parse(_signed(OLD, **changes), manifests.SIGNED)


def _many(count: int) -> list[dict[str, Any]]:
    return [descriptor("x", 1)] * count


@pytest.mark.parametrize(
    "value",
    [
        _image(manifests=[]),
        _image(fsLayers=[]),
        _image(mediaType=manifests.SCHEMA2),
        _image(mediaType=None),
        _image(mediaType=1),
        _image(schemaVersion=1),
        _image(schemaVersion=...),
        _image(schemaVersion="2"),
        _image(schemaVersion=2.0),
        _image(config=...),
        _image(config=[]),
        _image(layers=...),
        _image(layers={}),
        _image(layers=[None]),
        _image(layers=_many(10_001)),
        *(
            _image(layers=[{**descriptor("x", 1), **change}])
            for change in (
                {"size": -1}, {"size": 2**53 + 1}, {"size": "1"}, {"size": 1.0}, {"size": True},
                {"size": None}, {"digest": "sha256:" + "A" * 64}, {"digest": "sha256:" + "0" * 63},
                {"digest": "md5:" + "0" * 32}, {"digest": DIGEST + "\n"}, {"digest": 1},
                {"mediaType": "x"}, {"mediaType": "a/b\n"}, {"mediaType": None},
                {"mediaType": "a/" + "b" * 128},
            )
        ),
        [],
        None,
        "x",
    ],
    ids=lambda value: repr(value)[-60:],
)
def test_bad_images(value: Any) -> None:
    """Two types at once, other types, and values outside their bounds are BadAnswer."""
    with pytest.raises(BadAnswer):
        _parse(value)


@pytest.mark.parametrize(
    "value",
    [
        _index(layers=[]),
        _index(config=descriptor("x", 1)),
        _index(manifests=...),
        _index(manifests={}),
        _index(manifests=[1]),
        _index(manifests=_many(1001)),
        _index(manifests=[{**descriptor("x", 1), "platform": "linux"}]),
        _index(manifests=[{**descriptor("x", 1), "platform": {"os": 1}}]),
    ],
    ids=lambda value: repr(value)[-60:],
)
def test_bad_indexes(value: Any) -> None:
    """An index that is an image too, or has malformed children, is BadAnswer."""
    with pytest.raises(BadAnswer):
        _parse(value, manifests.OCI_INDEX)


def test_bounds() -> None:
    """The largest size and the most layers and children are accepted."""
    assert _parse(_image(layers=[descriptor("x", 2**53)])).size == 2**53
    assert _parse(_image(layers=_many(10_000))).size == 10_000
    assert len(_parse(_index(manifests=_many(1000)), manifests.OCI_INDEX).children) == 1000


@pytest.mark.parametrize("media_type", ["", "application/json", "text/html", "a\nb", "x" * 500])
def test_other_types(media_type: str) -> None:
    """What is no manifest by its Content-Type is none."""
    with pytest.raises(BadAnswer):
        _parse(_image(), media_type)


def test_texts_of_platforms() -> None:
    """Platforms are texts that can be stored and shown."""
    platform = {"os": "a\x00\x1b[1m", "architecture": "\ud800", "variant": "v" * 999}
    entry = {**descriptor("x", 1), "platform": platform}
    child = _parse(_index(manifests=[entry]), manifests.OCI_INDEX).children[0]
    assert (child.os, child.architecture, child.variant) == ("a??[1m", "?", "v" * 200)


DESCRIPTORS = st.fixed_dictionaries(
    {
        "mediaType": st.sampled_from([*ALL_TYPES, "", "x/y"]),
        "digest": st.sampled_from([DIGEST, "", "sha256:", "sha512:" + "1" * 128]),
        "size": st.integers() | st.none() | st.floats() | st.booleans(),
    },
    optional={"platform": st.none() | st.dictionaries(
        st.sampled_from(["os", "architecture", "variant"]), st.text() | st.integers())},
)
ANY = st.none() | st.integers() | st.text() | st.lists(DESCRIPTORS) | DESCRIPTORS
DOCUMENTS = st.dictionaries(
    st.sampled_from(["schemaVersion", "mediaType", "config", "layers", "manifests", "fsLayers",
                     "signatures"]),
    ANY | st.sampled_from([1, 2, *ALL_TYPES]),
)


@given(DOCUMENTS, st.sampled_from([*ALL_TYPES, "application/json"]), st.text())
def test_anything(value: Any, media_type: str, claimed: str) -> None:
    """Any document is a Manifest or BadAnswer, never another error."""
    body = json.dumps(value).encode()
    for digest in ("", claimed, digest_of(body)):
        with contextlib.suppress(BadAnswer):
            assert isinstance(manifests.parse(body, media_type, digest), Manifest)


@given(st.binary(), st.sampled_from(ALL_TYPES))
def test_any_bytes(body: bytes, media_type: str) -> None:
    """Any bytes are a Manifest or BadAnswer, never another error."""
    with pytest.raises(BadAnswer):
        manifests.parse(body, media_type)
