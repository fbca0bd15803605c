"""Where the collector is, and the token for it: kept by ``login``, forgotten by ``logout``.

The token is in the system's keyring where the package ``keyring`` is installed and
has one; else in the file, which only its owner reads.  The password is never kept.
"""

from __future__ import annotations

import importlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

_SERVICE = "opensvc-collector"


@dataclass(frozen=True)
class Account:
    """A collector, who is logged in there, and with which token."""

    url: str
    login: str = ""
    token: str = ""
    token_id: int = 0

    def __repr__(self) -> str:
        return f"Account({self.url!r}, {self.login!r})"


def path() -> Path:
    """The file: ``$REGISTRIES_CONFIG``, else one below the user's configuration."""
    named = os.environ.get("REGISTRIES_CONFIG", "")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "opensvc" / "registries.json"


def load(url: str = "") -> Account:
    """The account that was kept; ``url`` may name another collector.

    :raises UsageError: nobody has logged in, and no url is given.
    """
    kept = _read()
    if url and url.rstrip("/") != kept.get("url"):
        return Account(url.rstrip("/"))
    if not kept.get("url"):
        raise click.UsageError("log in first: registries login URL")
    token = str(kept.get("token") or _from_keyring(str(kept["url"]), str(kept.get("login", ""))))
    return Account(kept["url"], kept.get("login", ""), token, int(kept.get("token_id", 0)))


def keep(account: Account) -> None:
    """Keep an account for the commands that follow."""
    value: dict[str, Any] = {
        "url": account.url, "login": account.login, "token_id": account.token_id
    }
    if not _to_keyring(account):
        value["token"] = account.token
    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(value, stream)


def forget(account: Account) -> None:
    """Forget it."""
    keyring = _keyring()
    if keyring is not None:
        try:
            keyring.delete_password(_SERVICE, f"{account.login}@{account.url}")
        except Exception:
            return path().unlink(missing_ok=True)
    return path().unlink(missing_ok=True)


def _read() -> dict[str, Any]:
    try:
        value = json.loads(path().read_text())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _keyring() -> Any:
    try:
        return importlib.import_module("keyring")
    except ImportError:
        return None


def _to_keyring(account: Account) -> bool:
    keyring = _keyring()
    if keyring is None:
        return False
    try:
        keyring.set_password(_SERVICE, f"{account.login}@{account.url}", account.token)
    except Exception:
        return False  # there is the package, but no keyring to use
    return True


def _from_keyring(url: str, login: str) -> str:
    keyring = _keyring()
    if keyring is None:
        return ""
    try:
        return keyring.get_password(_SERVICE, f"{login}@{url}") or ""
    except Exception:
        return ""
