"""Requests as they come, and the client's address behind proxies."""

from __future__ import annotations

import io
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.errors import BadRequest, TooLarge
from applications.init.modules.registries.web.message import FORM_TYPE, Parameters, Request

PROXIES = tuple(ipaddress.ip_network(n) for n in ("127.0.0.1", "10.0.0.0/8", "::1"))


def _from(peer: str, forwarded: str = "") -> Request:
    return Request({"remote_addr": peer, "http_x_forwarded_for": forwarded})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.1, 10.1.1.1", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, junk", "127.0.0.1"),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "10.0.0.1, 10.0.0.2", "10.0.0.1"),
    ],
)
def test_address(peer: str, forwarded: str, address: str) -> None:
    """The right-most hop that is no proxy of ours; nobody else is believed."""
    assert _from(peer, forwarded).address(PROXIES) == address


def test_without_proxies_the_peer_counts() -> None:
    """Where no proxy is trusted the header means nothing."""
    assert _from("127.0.0.1", "198.51.100.1").address(()) == "127.0.0.1"


def _form(body: bytes, kind: str = FORM_TYPE, length: str | None = None) -> Request:
    return Request({
        "request_method": "POST",
        "content_type": kind,
        "content_length": str(len(body)) if length is None else length,
        "wsgi_input": io.BytesIO(body),
    })


def test_a_body_at_the_limit() -> None:
    """As many bytes as allowed are read, one more is refused."""
    assert _form(b"a=1").form(3).one("a") == "1"
    with pytest.raises(TooLarge):
        _form(b"a=12").form(3)


@pytest.mark.parametrize("length", ["", "-5", "x", "1e3", "٣"])
def test_odd_lengths(length: str) -> None:
    """A length that is no number is an empty body, never an exception."""
    assert _form(b"a=1", length=length).body(10) in (b"", b"a=1")


@given(st.text(max_size=200))
def test_any_query(text: str) -> None:
    """No query raises anything but a refusal."""
    try:
        parameters = Parameters.parse(text)
    except BadRequest:
        return
    assert len(parameters.pairs) <= 64


@given(st.binary(max_size=200))
def test_any_form(body: bytes) -> None:
    """No body raises anything but a refusal."""
    try:
        _form(body).form(100)
    except BadRequest:
        return
