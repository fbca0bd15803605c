"""Where browsers find the GUI's files: an address that changes whenever one of them does."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).resolve().parents[3] / "static"


@lru_cache(maxsize=1)
def root() -> str:
    """The folder's address, with a version in web2py's form, so that browsers may keep it all.

    Modules name each other by relative addresses, so each carries the version too.
    """
    digest = hashlib.sha256()
    for path in sorted(p for p in STATIC.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(STATIC)).encode())
        digest.update(path.read_bytes())
    number = int.from_bytes(digest.digest()[:6], "big")
    return f"/init/static/_1.{number >> 24}.{number & 0xFFFFFF}"
