"""Stored forms of passwords: the collector's old ones and the one we write."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries import passwords
from applications.init.modules.registries.settings import LEGACY_HMAC_KEY

ALGORITHMS = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]


def _matches(stored: str, password: str) -> bool:
    return passwords.check(stored, password, LEGACY_HMAC_KEY).matches


def _legacy(algorithm: str, salt: str, password: str) -> str:
    key = (LEGACY_HMAC_KEY + salt).encode()
    return hmac.new(key, password.encode(), algorithm).hexdigest()


def test_the_collectors_shipped_row() -> None:
    """The key and form are those of an existing collector: its shipped digest begins so."""
    digest = _legacy("sha512", "85f8c776fe663b25", "opensvc")
    assert digest.startswith("a9ab1f4ebd03fa7f")
    assert _matches(f"sha512$85f8c776fe663b25${digest}", "opensvc")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_legacy_forms(algorithm: str) -> None:
    """Salted, unsalted and bare digests of every algorithm are read, and called weak."""
    salted = f"{algorithm}$abc${_legacy(algorithm, 'abc', 'pa$$ word')}"
    unsalted = f"{algorithm}$${_legacy(algorithm, '', 'pa$$ word')}"
    for stored in (salted, unsalted, _legacy(algorithm, "", "pa$$ word")):
        assert _matches(stored, "pa$$ word")
        assert not _matches(stored, "pa$$ word ")
        assert passwords.check(stored, "pa$$ word", LEGACY_HMAC_KEY).weak


def test_framework_pbkdf2_form() -> None:
    """The framework's own pbkdf2 form is read, and weak for its few rounds."""
    digest = hashlib.pbkdf2_hmac("sha512", b"secret", b"salt", 1000, 20).hex()
    checked = passwords.check(f"pbkdf2(1000,20,sha512)$salt${digest}", "secret", "")
    assert (checked.matches, checked.weak) == (True, True)


def test_new_form() -> None:
    """What is written is salted, strong, and needs no key."""
    stored = passwords.hash_new("secret")
    checked = passwords.check(stored, "secret", "another key")
    assert (checked.matches, checked.weak, checked.strong_work) == (True, False, True)
    assert stored.startswith("pbkdf2(210000,32,sha512)$")
    assert stored != passwords.hash_new("secret")


@pytest.mark.parametrize(
    "stored",
    ["", "$", "$$", "x$y$z", "sha512$salt", "a$b$c$d", "pbkdf2(0,20,sha512)$s$00", "no hash",
     "pbkdf2(99999999,20,sha512)$s$00", "pbkdf2(1,999,sha512)$s$00", "sha512$s$", "md4$s$00"],
)
def test_unknown_forms_match_nothing(stored: str) -> None:
    """A form nobody knows, or one that would take minutes, refuses every password."""
    assert not _matches(stored, "")
    assert not _matches(stored, "secret")


def test_long_passwords(cheap_hashes: None) -> None:
    """Passwords of 72, 73 and 1,000 bytes differ; past 1,024 characters nothing counts."""
    for length in (1, 72, 73, 1000):
        stored = passwords.hash_new("x" * length)
        assert _matches(stored, "x" * length)
        assert not _matches(stored, "x" * (length + 1))
    assert _matches(passwords.hash_new("x" * 1024), "x" * 2000)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_stored_text_and_password(stored: str, password: str) -> None:
    """No stored text and no password raises, odd characters included."""
    assert passwords.check(stored, password, LEGACY_HMAC_KEY).matches in (True, False)
