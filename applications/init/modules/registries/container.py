"""Everything a request needs, built once per process and passed down from here."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import settings as settings_module
from . import token_service
from .accounts.enrolment import Enrolment
from .connector import Connector
from .database import LOCK_SECONDS, Database
from .directory import Directory
from .discovery import Crawler, Options
from .discovery.ask import Asker
from .errors import StartupError
from .follow import Step
from .follow import steps as follow_steps
from .keys import Keystore
from .keys.files import read_secret as read_closed
from .login import internal
from .login.authenticate import Authenticator
from .login.backends import Backend
from .login.caller import INTERNAL
from .login.elsewhere import Elsewhere
from .login.factors import Factors
from .login.identity import IdentityTokens
from .login.internal import Internal
from .login.lockout import Guard, Limits
from .login.remember import Remembered
from .login.sessions import Sessions
from .notifications import Digester, Receiver, Secrets
from .remote import AddressPolicy
from .search import Search
from .settings import Settings
from .token_service import TokenService


@dataclass(frozen=True)
class Container:
    """The parts, wired; ``algorithm`` signs where a registry has none of its own."""

    settings: Settings
    db: Database
    keystore: Keystore
    algorithm: str
    directory: Directory
    identities: IdentityTokens
    guard: Guard
    factors: Factors
    authenticator: Authenticator
    tokens: TokenService
    search: Search
    sessions: Sessions
    connector: Connector
    secrets: Secrets
    receiver: Receiver
    crawler: Crawler
    clock: Callable[[], float]

    def steps(self) -> list[Step]:
        """What a process that follows the registries does, over and over."""
        asker = Asker(self.db, self.connector, self.clock)
        return follow_steps(Digester(self.db, self.clock), asker)


def build(
    settings: Settings,
    clock: Callable[[], float] = time.time,
    lock_seconds: float = LOCK_SECONDS,
    db: Database | None = None,
) -> Container:
    """Wire the parts for these settings.

    :param db: the database where it is open already.
    :raises Unavailable: the database does not answer.
    :raises StartupError: not set up yet, or keys that can't be used.
    """
    db = db or Database(settings.db_uri, dal_folder(settings), lock_seconds)
    keystore = open_keystore(settings, clock)
    directory = Directory(db)
    identities = IdentityTokens(db, directory, settings.identity_token_days)
    limits = Limits(settings.lockout_tries, settings.lockout_seconds)
    guard = Guard(db, read_secret(settings), limits)
    factors = Factors.of(db, directory, guard, read_secret(settings), clock)
    authenticator = Authenticator(
        db,
        directory,
        identities,
        guard,
        _internal(settings, db, directory, identities),
        _elsewhere(settings, db, directory, clock),
        clock,
        factors,
    )
    algorithm = keystore.algorithm or settings.jwt_algorithm
    options = _token_options(settings, algorithm)
    tokens = TokenService(db, directory, authenticator, identities, keystore, options, clock)
    connector = _connector(settings, keystore, algorithm, clock)
    secrets = Secrets(db, read_secret(settings), clock)
    period = Options(period=float(settings.discovery_seconds))
    return Container(
        settings=settings,
        db=db,
        keystore=keystore,
        algorithm=algorithm,
        directory=directory,
        identities=identities,
        guard=guard,
        factors=factors,
        authenticator=authenticator,
        tokens=tokens,
        search=Search(db, directory),
        sessions=Sessions(db, directory, settings.session_seconds),
        connector=connector,
        secrets=secrets,
        receiver=Receiver(db, secrets, clock),
        crawler=Crawler(db, connector, period, clock),
        clock=clock,
    )


def _token_options(settings: Settings, algorithm: str) -> token_service.Options:
    return token_service.Options(
        settings.issuer,
        algorithm,
        settings.token_seconds,
        settings.push_seconds,
        settings.identity_tokens,
    )


def backends(settings: Settings) -> list[Backend]:
    """The back ends of the settings beside our own table, in their order.

    :raises StartupError: one can't work as it is set, or its library is missing.
    """
    found: list[Backend] = []
    for name in settings.login_backends:
        if name == "ldap":
            try:
                from .login.backends.ldap import Ldap
            except ModuleNotFoundError:
                raise StartupError("people log in with ldap, and python-ldap is missing: run"
                                   " make ldap") from None
            found.append(Ldap(settings.ldap))
        elif name == "radius":
            from .login.backends.radius import Radius

            found.append(Radius(settings.radius))
    return found


def _internal(
    settings: Settings, db: Database, directory: Directory, identities: IdentityTokens
) -> Internal:
    remembered = Remembered(settings.credential_seconds, time.monotonic)
    options = internal.Options(
        settings.hmac_key, settings.upgrade_passwords, INTERNAL in settings.login_backends
    )
    return Internal(db, directory, identities, remembered, options)


def _elsewhere(
    settings: Settings, db: Database, directory: Directory, clock: Callable[[], float]
) -> Elsewhere:
    mappings = {"ldap": settings.ldap.group_mapping, "radius": settings.radius.group_mapping}
    return Elsewhere(
        backends(settings),
        Enrolment(db, directory, settings, mappings),
        Remembered(settings.directory_seconds, time.monotonic),
        settings.directory_seconds,
        settings.unasked_days,
        clock,
    )


def _connector(
    settings: Settings, keystore: Keystore, algorithm: str, clock: Callable[[], float]
) -> Connector:
    addresses = AddressPolicy(settings.public_collector, settings.registry_networks)
    return Connector(keystore, settings.issuer, algorithm, addresses, settings.ca_file, clock)


def dal_folder(settings: Settings) -> Path:
    """Where the DAL keeps its migration files."""
    return settings.home / "databases"


def secret_path(settings: Settings) -> Path:
    """Where the secret lives that all processes and machines share."""
    return settings.home / "secret.key"


def read_secret(settings: Settings) -> bytes:
    """Read the shared secret.

    :raises StartupError: it is missing, unreadable, or open to others.
    """
    path = secret_path(settings)
    if not path.exists():
        raise StartupError(f"{path} is missing; run manage.py setup first")
    return read_closed(path)


def open_keystore(settings: Settings, clock: Callable[[], float]) -> Keystore:
    """Open the operator's signing key where one is set, else our own keys."""
    if settings.jwt_key is None:
        return Keystore.open(settings.home / "jwt", clock)
    if settings.jwt_crt is None:
        raise StartupError("COLLECTOR_JWT_KEY is set, COLLECTOR_JWT_CRT is not: both are needed")
    return Keystore.operator(settings.jwt_key, settings.jwt_crt, clock)


class _Process:
    """The container of this process; a forked child builds its own."""

    pid: int | None = None
    container: Container | None = None


def get() -> Container:
    """The container of this process, built at first use.

    :raises Unavailable: it can't be built now; the next call tries again.
    """
    if _Process.container is None or _Process.pid != os.getpid():
        _Process.container = build(settings_module.load())
        _Process.pid = os.getpid()
    return _Process.container
