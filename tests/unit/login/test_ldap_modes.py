"""What entries of a directory say, whatever is in them."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

if os.environ.get("CI") != "true":
    pytest.importorskip("ldap")

from applications.init.modules.registries.login.backends.ldap import groups, modes

READ = (
    "userAccountControl", "accountExpires", "nsAccountLock", "krbPrincipalExpiration",
    "pwdAccountLockedTime", "shadowExpire",
)
entries = st.dictionaries(
    st.sampled_from([name.lower() for name in READ]),
    st.lists(st.binary(max_size=30) | st.integers().map(lambda n: str(n).encode()), max_size=2),
)
pieces = st.lists(
    st.tuples(st.sampled_from(["cn", "OU", "dc"]), st.text("abAB,=+\\ #", min_size=1, max_size=5)),
    min_size=1, max_size=4,
)


def _dn(parts: list[tuple[str, str]], between: str = ",") -> str:
    import ldap.dn

    return between.join(f"{name}={ldap.dn.escape_dn_chars(value)}" for name, value in parts)


@given(st.sampled_from(sorted(modes.MODES)), entries)
def test_states(name: str, entry: dict[str, Any]) -> None:
    """Whatever an entry holds, it is known or not known why somebody may not log in."""
    assert modes.MODES[name].state(entry).isprintable()


@given(st.integers(-(2**31), 2**31 - 1))
def test_disabled(flags: int) -> None:
    """An account is disabled where the bit says so, whatever the others say."""
    said = modes.MODES["ad"].state({"useraccountcontrol": [str(flags).encode()]})
    assert bool(said) == bool(flags & 2)


@given(st.integers(-(10**9), 10**9).filter(lambda s: abs(s) > 60))
def test_expired(seconds: int) -> None:
    """An account has expired from its time on, and before it has not."""
    when = time.time() + seconds
    active = {"useraccountcontrol": [b"512"],
              "accountexpires": [str(int((when + 11_644_473_600) * 10_000_000)).encode()]}
    assert bool(modes.MODES["ad"].state(active)) == (seconds < 0)
    stamp = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(when)).encode()
    assert bool(modes.MODES["freeipa"].state({"krbprincipalexpiration": [stamp]})) == (seconds < 0)


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=20), st.text())
def test_keys(guid: bytes, other: bytes, text: str) -> None:
    """A GUID becomes a key and a GUID again; what is none becomes none."""
    mode = modes.MODES["ad"]
    assert mode.from_key(mode.to_key(guid)) == guid
    assert bool(mode.to_key(other)) == (len(other) == 16)
    found = mode.from_key(text)
    assert found == b"" or uuid.UUID(bytes_le=found)


@given(st.text())
def test_what_a_bind_says(said: str) -> None:
    """Only codes that are known mean something."""
    assert modes.bind_state(said) == "" or "data " in said


def test_codes_of_binds() -> None:
    """The codes of Active Directory are told from those of a wrong password."""
    said = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {}, v1db1"
    assert modes.bind_state(said.format("533")) == "the account is disabled"
    assert modes.bind_state(said.format("52e")) == ""


@given(pieces, pieces, pieces)
def test_below(inner: Any, base: Any, other: Any) -> None:
    """A DN is below a base by its parts, not by the end of its text."""
    at = groups._below(_dn(base).upper(), [_dn([*inner, *base], ", ").encode()])
    assert len(at) == 1
    told = [_dn(base).encode(), _dn([("cn", "x" + _dn(base))]).encode(), b"\xff", b""]
    assert groups._below(_dn(base), told) == set()
    assert groups._below("", [_dn(inner).encode()]) == set()
    lower = [(name.lower(), value.lower()) for name, value in other]
    under = [(name.lower(), value.lower()) for name, value in base]
    if lower[-len(under):] != under:
        assert groups._below(_dn(base), [_dn(other).encode()]) == set()


@given(st.binary())
def test_what_is_no_dn(dn: bytes) -> None:
    """What a directory tells as a DN may be anything."""
    assert len(groups._below("dc=example,dc=org", [dn])) <= 1
