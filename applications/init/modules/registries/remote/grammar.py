"""Tags and digests, by distribution's ``reference`` package and the OCI image specification."""

from __future__ import annotations

import hashlib
import re

TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}", re.ASCII)


def is_tag(text: str) -> bool:
    """Tell whether ``text`` is a tag that a registry accepts."""
    return TAG.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Tell whether ``text`` is a digest of an algorithm that we compute."""
    return DIGEST.fullmatch(text) is not None


def digest(content: bytes, like: str = "") -> str:
    """The digest of ``content``, by the algorithm of the digest ``like``, else SHA-256."""
    algorithm = "sha512" if like.startswith("sha512:") else "sha256"
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
