"""One typed settings object, read once, from the environment and ``config.py``."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .ldap import LdapSettings
from .radius import RadiusSettings
from .reading import (
    ALGORITHMS,
    CONFIG_MODULE,
    Mapped,
    Network,
    base_url,
    config_module,
    count,
    event_days,
    fields,
    flag,
    networks,
    one_of,
    optional_count,
    path,
    read,
    setting,
    some_of,
    text,
    words,
)

__all__ = [
    "ALGORITHMS", "CHECKOUT", "CONFIG_MODULE", "LEGACY_HMAC_KEY", "LdapSettings", "Mapped",
    "Network", "RadiusSettings", "Settings", "all_fields", "load",
]

CHECKOUT = Path(__file__).resolve().parents[5]

# The key that existing collectors share; it only verifies hashes that they wrote.
LEGACY_HMAC_KEY = "7755f108-1b83-45dc-8302-54be8f3616a1"


@dataclass(frozen=True)
class Settings:
    """All that can be set; times are in seconds unless the name says otherwise."""

    home: Path = setting(
        "COLLECTOR_HOME", "state: database, keys, logs, secrets", CHECKOUT / "var", path
    )
    listen: str = setting("COLLECTOR_LISTEN", "host:port of the web server", "127.0.0.1:8080")
    url: str = setting(
        "COLLECTOR_URL", "public base URL; http:// + listen when not set", "", base_url
    )
    db_uri: str = setting(
        "COLLECTOR_DB_URI", "DAL URI; SQLite under the home when not set", ""
    )
    workers: int = setting(
        "COLLECTOR_WORKERS", "web processes; one per core when not set", 0, count
    )
    trusted_proxies: tuple[Network, ...] = setting(
        "COLLECTOR_TRUSTED_PROXIES",
        "networks whose X-Forwarded-For is believed; none when not set",
        (),
        networks,
    )
    admin_email: str = setting(
        "COLLECTOR_ADMIN_EMAIL", "the Manager created on first start", "admin@localhost"
    )
    admin_password: str = setting(
        "COLLECTOR_ADMIN_PASSWORD", "its password; generated when not set", "", str, secret=True
    )
    issuer: str = setting(
        "COLLECTOR_JWT_ISSUER", "issuer of the tokens", "opensvc", config="registry_jwt_issuer"
    )
    jwt_key: Path | None = setting(
        "COLLECTOR_JWT_KEY",
        "signing key of the operator, PEM; own keys when not set",
        None,
        path,
        "registry_jwt_key",
    )
    jwt_crt: Path | None = setting(
        "COLLECTOR_JWT_CRT", "its certificate, PEM", None, path, "registry_jwt_crt"
    )
    jwt_algorithm: str = setting(
        "COLLECTOR_JWT_ALGORITHM",
        "ES256, RS256 or EdDSA (registries 3.x)",
        "ES256",
        one_of(*ALGORITHMS),
    )
    token_seconds: int = setting(
        "COLLECTOR_TOKEN_SECONDS", "life of a token without push", 300, count
    )
    push_seconds: int = setting(
        "COLLECTOR_PUSH_SECONDS", "life of a token with push or delete", 900, count
    )
    identity_tokens: bool = setting(
        "COLLECTOR_IDENTITY_TOKENS", "give identity tokens to clients that ask", True, flag
    )
    identity_token_days: int = setting(
        "COLLECTOR_IDENTITY_TOKEN_DAYS", "days until an unused identity token dies", 90, count
    )
    personal_token_days: int = setting(
        "COLLECTOR_PERSONAL_TOKEN_DAYS",
        "longest life of a personal token, in days; 0: none are given out",
        365,
        count,
    )
    credential_seconds: int = setting(
        "COLLECTOR_CREDENTIAL_SECONDS",
        "how long a verified password is remembered in memory; 0: never",
        300,
        count,
    )
    hmac_key: str = setting(
        "COLLECTOR_HMAC_KEY",
        "key of password hashes written before pbkdf2",
        LEGACY_HMAC_KEY,
        secret=True,
    )
    upgrade_passwords: bool = setting(
        "COLLECTOR_UPGRADE_PASSWORDS", "store weak password hashes anew at login", True, flag
    )
    login_backends: tuple[str, ...] = setting(
        "COLLECTOR_LOGIN_BACKENDS",
        "who is asked about passwords of people, in this order: internal, ldap, radius; internal,"
        " and ldap where it has a mode, when not set",
        (),
        some_of("internal", "ldap", "radius"),
    )
    directory_seconds: int = setting(
        "COLLECTOR_DIRECTORY_SECONDS",
        "how long what a directory said of somebody is believed; 0: it is asked each time",
        300,
        count,
    )
    unasked_days: int = setting(
        "COLLECTOR_UNASKED_DAYS",
        "days that sessions and tokens of somebody stay good without a login by password, where"
        " the back end tells nothing without one: RADIUS, LDAP without COLLECTOR_LDAP_BIND_DN",
        7,
        count,
    )
    waiting_threads: int = setting(
        "COLLECTOR_WAITING_THREADS",
        "logins that one process has waiting for a directory, or another back end, at a time",
        32,
        count,
    )
    lockout_tries: int = setting(
        "COLLECTOR_LOCKOUT_TRIES", "failed passwords before a login is locked", 5, count
    )
    lockout_seconds: int = setting(
        "COLLECTOR_LOCKOUT_SECONDS", "longest lock, and memory of failures", 900, count
    )
    session_seconds: int = setting(
        "COLLECTOR_SESSION_SECONDS",
        "how long a browser stays signed in without doing anything",
        3600,
        count,
        "session_expire",
    )
    live_streams: int = setting(
        "COLLECTOR_LIVE_STREAMS",
        "browsers that one process tells of changes; 0: none, they ask",
        500,
        count,
    )
    metrics_token: str = setting(
        "COLLECTOR_METRICS_TOKEN",
        "with it as Bearer, Prometheus reads /init/registry/metrics; Managers do anyway",
        "",
        text,
        secret=True,
    )
    discovery_seconds: int = setting(
        "COLLECTOR_DISCOVERY_SECONDS", "how often registries are crawled", 120, count
    )
    event_days: int = setting(
        "COLLECTOR_EVENT_DAYS", "days that notifications are kept; at least 7", 14, event_days
    )
    registry_networks: tuple[Network, ...] = setting(
        "COLLECTOR_REGISTRY_NETWORKS",
        "the only networks registries may live in; all but link-local ones when not set",
        (),
        networks,
    )
    ca_file: Path | None = setting(
        "COLLECTOR_CA_FILE",
        "certificate authorities of registries, PEM; the system's when not set",
        None,
        path,
    )
    audit_days: int = setting(
        "COLLECTOR_AUDIT_DAYS", "days that audit entries are kept; 0: for ever", 365, count
    )
    membership_on_register: tuple[str, ...] = setting(
        "COLLECTOR_MEMBERSHIP_ON_REGISTER",
        "groups that new accounts join",
        (),
        words,
        "membership_on_register",
    )
    default_quota: int | None = setting(
        "COLLECTOR_DEFAULT_QUOTA_DOCKER_REGISTRIES",
        "registries a new account may declare; unlimited when not set",
        None,
        optional_count,
        "default_quota_docker_registries",
    )
    public_collector: bool = setting(
        "COLLECTOR_PUBLIC",
        "new accounts get the three docker privileges; registries live on public addresses only",
        False,
        flag,
    )
    ldap: LdapSettings = LdapSettings()
    radius: RadiusSettings = RadiusSettings()


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    :raises StartupError: a value that can't be understood, named with its variable, or
        some that don't go together.
    """
    config = config_module()
    ldap = read(LdapSettings, environ, config)
    radius = read(RadiusSettings, environ, config)
    return _complete(read(Settings, environ, config, ldap=ldap, radius=radius))


def all_fields() -> Iterator[dataclasses.Field[Any]]:
    """All settings there are, with their metadata."""
    for part in (Settings, LdapSettings, RadiusSettings):
        yield from fields(part)


def _complete(settings: Settings) -> Settings:
    """Fill in what depends on other settings."""
    backends = settings.login_backends
    if not backends:
        backends = ("internal", "ldap") if settings.ldap.mode else ("internal",)
    if "ldap" in backends:
        settings.ldap.require_usable()
    if "radius" in backends:
        settings.radius.require_usable()
    return dataclasses.replace(
        settings,
        url=settings.url or f"http://{settings.listen}",
        db_uri=settings.db_uri or f"sqlite://{settings.home / 'collector.sqlite'}",
        workers=settings.workers or os.cpu_count() or 1,
        login_backends=backends,
    )
