"""Password hashes: the collector's formats are read, one strong format is written.

Formats: ``collector-contract.md`` D.4.  What we write is web2py's
``pbkdf2(iterations,length,algorithm)$salt$hex``, which the existing collector
reads too; the cost follows OWASP's advice for PBKDF2-HMAC-SHA512.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

MAX_LENGTH = 1024
"""Only that many characters of a password count, as in the collector."""

ITERATIONS = 210_000
_KEY_LENGTH = 32
_ALGORITHM = "sha512"
_STRONG = f"pbkdf2({ITERATIONS},{_KEY_LENGTH},{_ALGORITHM})"

_PBKDF2 = re.compile(r"pbkdf2\((\d{1,8}),(\d{1,3}),(sha1|sha224|sha256|sha384|sha512)\)")
_DIGESTS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
_BY_LENGTH = {length: name for name, length in _DIGESTS.items()}


@dataclass(frozen=True)
class Checked:
    """``matches``: the password is right; ``weak``: the stored form should be replaced.

    ``strong_work`` tells whether the check cost as much as one of today's hashes.
    """

    matches: bool
    weak: bool
    strong_work: bool


def hash_new(password: str) -> str:
    """Return the form in which a new password is stored."""
    salt = secrets.token_hex(16)
    return f"{_STRONG}${salt}${_pbkdf2(password, salt, ITERATIONS, _KEY_LENGTH, _ALGORITHM)}"


def check(stored: str, password: str, hmac_key: str) -> Checked:
    """Compare a password with its stored form, in constant time for that form.

    :param hmac_key: key of the forms older than pbkdf2 (the part after ``sha512:``).
    An unknown form matches nothing.
    """
    method, salt, digest = _split(stored)
    pbkdf2 = _PBKDF2.fullmatch(method)
    if pbkdf2:
        iterations, length, algorithm = int(pbkdf2[1]), int(pbkdf2[2]), pbkdf2[3]
        if not (0 < iterations <= 10_000_000 and 0 < length <= 256):
            return Checked(False, True, False)
        computed = _pbkdf2(password, salt, iterations, length, algorithm)
        strong = method == _STRONG
        return Checked(_equal(computed, digest), not strong, strong)
    if method not in _DIGESTS:
        return Checked(False, True, False)
    key = _bytes(hmac_key) + _bytes(salt)
    computed = hmac.new(key, _bytes(password[:MAX_LENGTH]), method).hexdigest()
    return Checked(_equal(computed, digest), True, False)


def waste(password: str) -> None:
    """Do the work of one strong hash, so that a refusal costs the same for every cause."""
    _pbkdf2(password, "0" * 32, ITERATIONS, _KEY_LENGTH, _ALGORITHM)


def _split(stored: str) -> tuple[str, str, str]:
    parts = stored.split("$")
    if len(parts) == 3:
        return parts[0], parts[1], parts[2]
    if len(parts) == 1:
        return _BY_LENGTH.get(len(stored), ""), "", stored
    return "", "", ""


def _pbkdf2(password: str, salt: str, iterations: int, length: int, algorithm: str) -> str:
    text = _bytes(password[:MAX_LENGTH])
    return hashlib.pbkdf2_hmac(algorithm, text, _bytes(salt), iterations, length).hex()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _equal(computed: str, digest: str) -> bool:
    return hmac.compare_digest(_bytes(computed), _bytes(digest.lower()))
