"""First start: directories, secrets, signing keys, tables, groups, the first Manager."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import accounts, container
from .database import Database
from .errors import StartupError
from .keys import Keystore
from .policy import MANAGER
from .settings import Settings

_MIGRATION_LOCK_SECONDS = 30


@dataclass(frozen=True)
class Started:
    """What a person needs to know after a start; ``password_file`` only when just made."""

    url: str
    certificate: Path
    admin_email: str
    password_file: Path | None

    def introduction(self) -> str:
        """The line about the first Manager, its password included; empty when there was one."""
        if self.password_file is None:
            return ""
        password = self.password_file.read_text().strip()
        kept = f"(kept in {self.password_file})"
        return f"first Manager: {self.admin_email}, password {password} {kept}\n"


def first_start(settings: Settings) -> Started:
    """Bring the state in ``settings.home`` up to this version; safe to run again, and at once.

    :raises StartupError: it can't be done; the message says why.
    """
    # From here on this process writes for its own user: the database holds password hashes.
    os.umask(0o077)
    container.backends(settings)
    with lock(settings.home):
        _write_once(container.secret_path(settings), secrets.token_bytes(32))
        certificate = _keys(settings)
        password_file = _database(settings)
    return Started(settings.url, certificate, settings.admin_email, password_file)


@contextmanager
def lock(home: Path) -> Iterator[None]:
    """Hold the lock of the state directory; made when missing, closed to others.

    :raises StartupError: it can't be made or written.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = open(home / "setup.lock", "w")  # noqa: SIM115 - held by the with below
    except OSError as error:
        raise StartupError(f"{home}: {error.strerror}") from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _keys(settings: Settings) -> Path:
    if settings.jwt_key is not None:
        container.open_keystore(settings, time.time)
        return settings.jwt_crt or settings.jwt_key
    Keystore.ensure(settings.home / "jwt", time.time)
    return settings.home / "jwt" / "collector.crt"


def _database(settings: Settings) -> Path | None:
    folder = container.dal_folder(settings)
    folder.mkdir(mode=0o700, exist_ok=True)
    db = Database(settings.db_uri, folder, _MIGRATION_LOCK_SECONDS, migrate=True)
    try:
        with db.transaction(write=True):
            accounts.ensure_groups(db)
            return _first_manager(db, settings)
    finally:
        db.close()


def _first_manager(db: Database, settings: Settings) -> Path | None:
    """Create the first Manager where there is none yet."""
    manager = accounts.group_id(db, MANAGER)
    if db.rows("SELECT id FROM auth_membership WHERE group_id = ?", manager):
        return None
    password, path = settings.admin_password, None
    if not password:
        password, path = secrets.token_urlsafe(15), settings.home / "admin-password"
    user_id = accounts.create_user(
        db,
        settings,
        password,
        email=settings.admin_email,
        first_name="Collector",
        last_name="Manager",
    )
    accounts.join(db, user_id, manager)
    if path is not None:
        path.unlink(missing_ok=True)
        _write_once(path, password.encode() + b"\n")
    return path


def _write_once(path: Path, content: bytes) -> None:
    """Create a file that only its owner reads; leave one that is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise StartupError(f"{path}: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
