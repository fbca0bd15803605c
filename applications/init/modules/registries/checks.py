"""``manage.py check``: is this collector fit, and does each registry take its tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import catalog
from .catalog import Remote, crawls
from .container import Container
from .errors import CollectorError


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``sentence`` says what was seen, or what to do."""

    ok: bool
    what: str
    sentence: str


def check(container: Container) -> Iterator[Finding]:
    """Look at configuration, database, keys and every declared registry, in that order."""
    yield _database(container)
    yield _keys(container)
    with container.db.transaction():
        remotes = catalog.remotes(container.db)
    if not remotes:
        yield Finding(True, "registries", "none is declared yet")
    for remote in remotes:
        yield _registry(container, remote)
        yield _notifications(container, remote)
        yield _discovery(container, remote)


def _database(container: Container) -> Finding:
    try:
        with container.db.transaction():
            missing = [t for t in container.db.dal.tables if not _readable(container, t)]
    except CollectorError as error:
        return Finding(False, "database", str(error))
    if missing:
        return Finding(False, "database", f"tables can't be read: {', '.join(missing)}")
    return Finding(True, "database", f"{container.db.engine}, all tables are there")


def _readable(container: Container, table: str) -> bool:
    key = container.db.dal[table]._id.name
    try:
        container.db.rows(f"SELECT {key} FROM {table} WHERE {key} = 0")
    except Exception:
        return False
    return True


def _keys(container: Container) -> Finding:
    algorithm = container.algorithm
    try:
        key = container.keystore.signer(algorithm)
    except CollectorError as error:
        return Finding(False, "keys", str(error))
    return Finding(True, "keys", f"tokens are signed with {algorithm}, key {key.kid[:12]}")


def _registry(container: Container, remote: Remote) -> Finding:
    what = f"registry {remote.service}"
    try:
        client = container.connector.open(remote)
        try:
            client.ping()
        finally:
            client.close()
    except CollectorError as error:
        return Finding(False, what, str(error))
    return Finding(True, what, f"{remote.url} answers and accepts our tokens")


def _notifications(container: Container, remote: Remote) -> Finding:
    what = f"notifications of {remote.service}"
    with container.db.transaction():
        known = crawls.known(container.db, remote.id)
    if known is None or not (known.event_at or known.hint_at):
        return Finding(True, what, "none has come yet: see manage.py registry config")
    if (known.hint_at or 0) > (known.event_at or 0):
        return Finding(
            True, what, f"the last came {_ago(container, known.hint_at)} without the secret:"
            " it was only a hint, pulls are not counted"
        )
    return Finding(True, what, f"the last came {_ago(container, known.event_at)}")


def _discovery(container: Container, remote: Remote) -> Finding:
    what = f"discovery of {remote.service}"
    with container.db.transaction():
        known = crawls.known(container.db, remote.id)
    if known is None or known.finished is None:
        return Finding(True, what, "has not run yet")
    if known.error:
        return Finding(False, what, f"failed {known.failures} times in a row: {known.error}")
    held = f"{known.repositories} repositories, {known.tags} tags"
    return Finding(True, what, f"{held}, {_ago(container, known.succeeded)}")


def _ago(container: Container, when: float | None) -> str:
    return f"{max(0, int(container.clock() - (when or 0)))} s ago"
