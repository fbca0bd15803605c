"""Reading credentials out of hostile bytes."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.errors import Unauthorized
from applications.init.modules.registries.login import credentials
from applications.init.modules.registries.login.credentials import Password


def _basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"ada@example.org:secret", Password("ada@example.org", "secret")),
        (b"a:b:c", Password("a", "b:c")),
        ("zoë:pässword".encode(), Password("zoë", "pässword")),
        (b"prod/svc/web@n1.example.org:uuid", Password("prod/svc/web@n1.example.org", "uuid")),
    ],
)
def test_good_headers(text: bytes, expected: Password) -> None:
    """User-id up to the first colon, UTF-8, the password untouched."""
    assert credentials.basic(_basic(text)) == expected


def test_nobody() -> None:
    """No header, and docker's empty credentials, are nobody rather than a failed login."""
    assert credentials.basic(None) is None
    assert credentials.basic("") is None
    assert credentials.basic("Basic Og==") is None


@pytest.mark.parametrize(
    "header",
    [
        "Basic", "Basic ", "Basic !!!notb64", "Basic YQ", "Bearer abc", "Digest x", "basic\x00",
        _basic(b"nocolon"), _basic(b":onlypassword"), _basic(b"onlylogin:"), _basic(b"\xff\xfe:x"),
        _basic(b"a\x00b:x"), _basic(b"a:x\x00y"), _basic(b"a\nb:x"), _basic(b"a" * 256 + b":x"),
        "Basic " + "A" * 1_000_000, _basic(b"a:b") + " extra", "Basic é",
    ],
)
def test_bad_headers(header: str) -> None:
    """Anything else is a failed login, never an exception."""
    with pytest.raises(Unauthorized):
        credentials.basic(header)


@given(st.text(max_size=100))
def test_any_header(header: str) -> None:
    """No header raises anything but a refusal."""
    try:
        credentials.basic(header)
    except Unauthorized:
        return


@given(st.binary(max_size=100))
def test_any_encoded_bytes(data: bytes) -> None:
    """No decoded bytes raise anything but a refusal."""
    try:
        found = credentials.basic(_basic(data))
    except Unauthorized:
        return
    assert found is None or (found.login and found.password)


def test_secrets_are_not_shown() -> None:
    """A password or token never appears when its object is printed."""
    assert "s3cret" not in repr(Password("ada", "s3cret"))
    assert "s3cret" not in repr(credentials.Identity("s3cret"))
