"""The key directory: private keys 0600, bundles 0644, one small state file.

Files are written whole or not at all, and under a lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import StartupError

STATE = "keys.json"


@dataclass(frozen=True)
class Entry:
    """One key of the state file; times are seconds since the epoch.

    It signs from ``active_from`` until a younger key of its algorithm does.
    """

    kid: str
    algorithm: str
    created: int
    active_from: int


def read_state(directory: Path) -> list[Entry]:
    """Read the state file, oldest key first.

    :raises StartupError: missing or malformed.
    """
    path = directory / STATE
    try:
        entries = [Entry(**item) for item in json.loads(path.read_text())["keys"]]
        times = [entry.created + entry.active_from for entry in entries]
    except OSError as error:
        raise StartupError(f"{path}: {error.strerror}; run manage.py setup") from None
    except (KeyError, TypeError, ValueError):
        raise StartupError(f"{path} is damaged; restore it from a backup") from None
    if not times:
        raise StartupError(f"{path} names no key; run manage.py setup")
    return sorted(entries, key=lambda entry: (entry.active_from, entry.created))


def write_state(directory: Path, entries: list[Entry]) -> None:
    """Replace the state file."""
    text = json.dumps({"keys": [asdict(entry) for entry in entries]}, indent=1)
    write(directory / STATE, text.encode(), 0o600)


def write(path: Path, content: bytes, mode: int) -> None:
    """Replace a file in one step, so that no reader sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    os.replace(temporary, path)


def read_secret(path: Path) -> bytes:
    """Read a private key file.

    :raises StartupError: missing, unreadable, or open to others.
    """
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except OSError as error:
        raise StartupError(f"{path}: {error.strerror}") from None
    if stat.S_IMODE(mode) & 0o077:
        raise StartupError(f"{path} can be read by others; run chmod 600 on it")
    return content


def read_public(path: Path) -> bytes:
    """Read a certificate file.

    :raises StartupError: missing or unreadable.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise StartupError(f"{path}: {error.strerror}") from None


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the directory's lock; made when missing, closed to others.

    :raises StartupError: the directory can't be made or written.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(directory / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise StartupError(f"{directory}: {error.strerror}") from None
