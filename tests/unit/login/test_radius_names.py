"""Who a RADIUS server is asked about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.login.backends.radius import names

LOGINS = st.text(st.sampled_from("aAbB@.\\éÉ\u212a\u0301 kK"), max_size=8) | st.text(max_size=20)


@pytest.mark.parametrize(
    ("login", "realm", "asked", "key", "username", "mail"),
    [
        ("ada", "", "ada", "ada", "ada", ""),
        ("Ada", "", "Ada", "ada", "ada", ""),
        ("ada", "corp", "ada@corp", "ada@corp", "ada", ""),
        ("ada", "Example.org", "ada@Example.org", "ada@example.org", "ada", "ada@example.org"),
        ("ADA@EXAMPLE.ORG", "example.org", "ADA@EXAMPLE.ORG", "ada@example.org", "ada",
         "ada@example.org"),
        ("ada@other.net", "example.org", "ada@other.net", "ada@other.net", "ada@other.net",
         "ada@other.net"),
        ("ada@other.net", "", "ada@other.net", "ada@other.net", "ada@other.net", "ada@other.net"),
        ("ada@corp", "", "ada@corp", "ada@corp", "ada@corp", ""),
        ("ada@corp.", "", "ada@corp.", "ada@corp.", "ada@corp.", ""),
        ("CORP\\Ada", "", "CORP\\Ada", "corp\\ada", "corp\\ada", ""),
        ("ada lovelace", "", "ada lovelace", "ada lovelace", "ada lovelace", ""),
        ("e\u0301va", "", "éva", "éva", "éva", ""),
        ("\u212aarl", "", "Karl", "karl", "karl", ""),  # a Kelvin sign is asked as the K it is
    ],
)
def test_names(login: str, realm: str, asked: str, key: str, username: str, mail: str) -> None:
    """A name without a realm gets ours; one person is one key however it is typed."""
    assert names.read(login, realm) == names.Name(asked, key, username, mail)


@pytest.mark.parametrize(
    "login",
    [
        "", " ", " ada", "ada ", "a\0da", "a\nda", "a\tda", "a\u202eda", "a\ud800da", "@", "@x",
        "ada@", "a@b@example.org", "x" * 254, "é" * 127,
    ],
)
def test_names_that_nobody_has(login: str) -> None:
    """Control characters, blanks around it, a missing part, two realms, more than 253 bytes."""
    assert names.read(login, "") is None


def test_the_longest_name() -> None:
    """A name with its realm has at most 253 bytes."""
    assert names.read("x" * 253, "") is not None
    assert names.read("x" * 249, "org") is not None
    assert names.read("x" * 250, "org") is None


@given(LOGINS, LOGINS, st.sampled_from(["", "corp", "Example.org", "B", "é.org"]))
def test_two_people_are_never_called_the_same(one: str, two: str, realm: str) -> None:
    """Two logins have one username exactly when they have one key."""
    first, second = names.read(one, realm), names.read(two, realm)
    if first and second:
        assert (first.key == second.key) == (first.username == second.username)
        assert (first.key == second.key) >= (first.asked == second.asked)


@given(LOGINS, st.sampled_from(["", "corp", "Example.org"]))
def test_keys_and_usernames_are_logins(login: str, realm: str) -> None:
    """Who types the key, or the username, is the same person."""
    name = names.read(login, realm)
    if name:
        for typed in (name.key, name.username):
            again = names.read(typed, realm)
            assert again is not None
            assert (again.key, again.username) == (name.key, name.username)
