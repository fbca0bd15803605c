"""What is sent to RADIUS servers, and which answers are believed."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.login.backends.radius.packets import (
    Answer,
    Codec,
    Unusable,
)
from tests.unit.login.radius_stub import (
    ACCEPT,
    CHALLENGE,
    REJECT,
    SECRET,
    SIGNATURE,
    answer,
    attribute,
    attributes,
    password_in,
)

pytest.importorskip("pyrad", reason="pyrad wants Python 3.10")

CODEC = Codec(SECRET, "tests")
ANY_ATTRIBUTES = st.lists(
    st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=8
).map(lambda pairs: b"".join(attribute(number, value) for number, value in pairs))


def test_a_request() -> None:
    """A request has the name, the hidden password, who asks, and first of all its signature."""
    raw = CODEC.request("zoë", "pass wörd").raw
    found = attributes(raw)
    assert (raw[0], len(raw)) == (1, int.from_bytes(raw[2:4], "big"))
    assert [number for number, _ in found] == [SIGNATURE, 1, 2, 32]
    assert found[1][1] == "zoë".encode()
    assert found[3][1] == b"tests"
    unsigned = raw[:22] + bytes(16) + raw[38:]
    assert found[0][1] == hmac.digest(SECRET.encode(), unsigned, "md5")


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_passwords_arrive(password: str) -> None:
    """What the server reads is the password that was typed."""
    if len(password.encode()) <= 128:
        raw = CODEC.request("ada", password).raw
        assert password_in(raw) == password.encode()


@pytest.mark.parametrize("password", ["0x41", "x" * 16, "é" * 64, "1"])
def test_odd_passwords_arrive(password: str) -> None:
    """So do those that look like numbers, fill a block, or are as long as can be."""
    assert password_in(CODEC.request("ada", password).raw) == password.encode()


def test_requests_differ() -> None:
    """Each request has an authenticator and an identifier that nobody can guess."""
    raws = [CODEC.request("ada", "x").raw for _ in range(200)]
    assert len({raw[4:20] for raw in raws}) == 200
    assert len({raw[1] for raw in raws}) > 50


@pytest.mark.parametrize(
    ("code", "kind"), [(ACCEPT, "accept"), (REJECT, "reject"), (CHALLENGE, "challenge")]
)
def test_answers(code: int, kind: str) -> None:
    """An answer with both signatures is believed."""
    request = CODEC.request("ada", "x")
    found = request.judge(answer(request.raw, code, attribute(18, b"Hello ") + attribute(18, b"A")))
    assert (found.kind, found.message) == (kind, "Hello A")


def test_padding_is_ignored() -> None:
    """What follows a packet in its datagram is no part of it (RFC 2865 3)."""
    request = CODEC.request("ada", "x")
    assert request.judge(answer(request.raw, ACCEPT) + b"padding").kind == "accept"


def test_unsigned_answers_are_none() -> None:
    """Without a Message-Authenticator an answer may be forged, however right the rest is."""
    request = CODEC.request("ada", "x")
    with pytest.raises(Unusable, match="CVE-2024-3596"):
        request.judge(answer(request.raw, ACCEPT, signature=False))


def test_answers_to_others_are_none() -> None:
    """An answer with another identifier, or to another request, is none to this one."""
    request = CODEC.request("ada", "x")
    other = CODEC.request("ada", "x").raw
    with pytest.raises(Unusable, match="another request"):
        request.judge(answer(request.raw, ACCEPT, identifier=request.raw[1] ^ 1))
    with pytest.raises(Unusable, match="not signed"):
        request.judge(answer(other, ACCEPT, identifier=request.raw[1]))


@pytest.mark.parametrize("code", [0, 1, 4, 5, 12, 13, 255])
def test_other_kinds_of_packets_are_none(code: int) -> None:
    """An accounting answer, a request, or what nobody defined, lets nobody in."""
    request = CODEC.request("ada", "x")
    with pytest.raises(Unusable):
        request.judge(answer(request.raw, code))


def test_an_attack_sign_is_refused() -> None:
    """A Proxy-State that was never sent is where forgers of MD5 put their garbage."""
    request = CODEC.request("ada", "x")
    with pytest.raises(Unusable, match="changed on its way"):
        request.judge(answer(request.raw, ACCEPT, attribute(33, b"garbage")))


@given(st.data())
def test_a_changed_bit_is_seen(data: st.DataObject) -> None:
    """An answer of which one bit was changed is none."""
    request = CODEC.request("ada", "x")
    raw = bytearray(answer(request.raw, ACCEPT, attribute(25, b"group")))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Unusable):
        request.judge(bytes(raw))


@given(st.binary(max_size=200) | st.binary(min_size=18, max_size=60).map(lambda b: b"\2\0" + b))
def test_garbage_is_none(data: bytes) -> None:
    """Whatever bytes come, the only error is that they are no answer."""
    with pytest.raises(Unusable):
        CODEC.request("ada", "x").judge(data)


@given(st.sampled_from([ACCEPT, REJECT, CHALLENGE]), ANY_ATTRIBUTES | st.binary(max_size=80))
def test_signed_garbage_does_no_harm(code: int, more: bytes) -> None:
    """A server of ours that is mad is read as far as it can be, or not at all."""
    request = CODEC.request("ada", "x")
    try:
        found = request.judge(answer(request.raw, code, more))
    except Unusable:
        return
    assert isinstance(found, Answer)
    assert found.message.isprintable()
    for key in (25, 11, (9, 1), 26):
        assert all(name and name.isprintable() for name in found.names(key))


def test_groups() -> None:
    """Names of groups are those values that are text; others are left out."""
    request = CODEC.request("ada", "x")
    values = [b"web", b"ops\0", b" a b ", "zoë".encode(), b"\xff\x00", b"", b"two\nlines", b"web"]
    more = b"".join(attribute(25, value) for value in values)
    vendor = attribute(26, (9).to_bytes(4, "big") + attribute(1, b"one") + attribute(1, b"two"))
    found = request.judge(answer(request.raw, ACCEPT, more + vendor + attribute(11, b"k=v; w=x")))
    assert found.names(25) == {"web", "ops", "a b", "zoë"}
    assert found.names((9, 1)) == {"one", "two"}
    assert found.names(11) == {"k=v; w=x"}
    assert found.names((9, 2)) == found.names(12) == frozenset()


def test_messages_are_cleaned() -> None:
    """A Reply-Message can't break out of a log line, and is cut."""
    request = CODEC.request("ada", "x")
    hostile = attribute(18, b"\x1b[31m\r\n\xff") + attribute(18, b"x" * 250)
    message = request.judge(answer(request.raw, REJECT, hostile)).message
    assert message.startswith("?[31m??\ufffdx")
    assert len(message) == 200


def test_secrets_of_other_bytes() -> None:
    """A secret that is no UTF-8 in the environment is the bytes that it is there."""
    secret = b"\xe9t\xe9".decode("utf-8", "surrogateescape")
    raw = Codec(secret, "tests").request("ada", "x").raw
    assert attributes(raw)[0][1] == hmac.digest(
        b"\xe9t\xe9", raw[:22] + bytes(16) + raw[38:], "md5"
    )
