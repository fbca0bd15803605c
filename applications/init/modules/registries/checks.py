"""``manage.py check``: is this collector fit, and does each registry take its tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import requests
from requests.auth import AuthBase

from . import catalog
from .catalog import Remote
from .container import Container
from .errors import CollectorError
from .tokens import Claims, sign

_TIMEOUT = (3, 5)
"""Seconds to connect, and between bytes."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``sentence`` says what was seen, or what to do."""

    ok: bool
    what: str
    sentence: str


@dataclass(frozen=True)
class _Bearer(AuthBase):
    """Our token; given as ``auth``, so that no password of a .netrc takes its place."""

    token: str

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


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
    what, url = f"registry {remote.service}", remote.url
    try:
        answer = requests.get(
            f"{url.rstrip('/')}/v2/",
            auth=_Bearer(_own_token(container, remote)),
            timeout=_TIMEOUT,
            verify=not remote.insecure,
            allow_redirects=False,
            stream=True,
        )
    except requests.RequestException as error:
        return Finding(False, what, f"{url} can't be reached: {type(error).__name__}")
    answer.close()
    if answer.status_code == 200:
        return Finding(True, what, f"{url} answers and accepts our tokens")
    if answer.status_code == 401:
        return Finding(
            False,
            what,
            f"{url} refuses our token: compare its issuer, service and rootcertbundle with ours",
        )
    return Finding(False, what, f"{url} answers {answer.status_code}, it should be 200")


def _own_token(container: Container, remote: Remote) -> str:
    algorithm = remote.signed_with(container.algorithm)
    claims = Claims(
        issuer=container.settings.issuer,
        subject="collector",
        audience=remote.service,
        issued_at=int(container.clock()),
        lifetime=60,
        jti=secrets.token_urlsafe(16),
        access=(),
    )
    return sign(claims, container.keystore.signer(algorithm))
