"""One typed settings object, read once, from the environment and ``config.py``.

Each field names its environment variable and, where the collector's own
configuration file has a name for it, that name too; the environment wins.
"""

from __future__ import annotations

import dataclasses
import importlib
import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union

from .errors import StartupError

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
CHECKOUT = Path(__file__).resolve().parents[4]
CONFIG_MODULE = "applications.init.modules.config"

# The key that existing collectors share; it only verifies hashes that they wrote.
LEGACY_HMAC_KEY = "7755f108-1b83-45dc-8302-54be8f3616a1"

ALGORITHMS = ("ES256", "RS256", "EdDSA")


def _text(value: Any) -> str:
    return str(value).strip()


def _path(value: Any) -> Path | None:
    text = _text(value)
    return Path(text).expanduser().absolute() if text else None


def _flag(value: Any) -> bool:
    text = _text(value).lower()
    if text in ("1", "t", "true", "yes", "on"):
        return True
    if text in ("", "0", "f", "false", "no", "off", "none"):
        return False
    raise ValueError("neither yes nor no")


def _count(value: Any) -> int:
    number = int(_text(value))
    if number < 0:
        raise ValueError("negative")
    return number


def _event_days(value: Any) -> int:
    # Repeated and late events are known by the ones that are kept.
    if _count(value) < 7:
        raise ValueError("less than 7")
    return _count(value)


def _optional_count(value: Any) -> int | None:
    return None if value is None or _text(value).lower() in ("", "none") else _count(value)


def _words(value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value or ()
    return tuple(word for word in (_text(item) for item in items) if word)


def _networks(value: Any) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(word, strict=False) for word in _words(value))


def _algorithm(value: Any) -> str:
    text = _text(value)
    if text not in ALGORITHMS:
        raise ValueError(f"not one of {', '.join(ALGORITHMS)}")
    return text


def _base_url(value: Any) -> str:
    text = _text(value).rstrip("/")
    if not text.startswith(("http://", "https://")):
        raise ValueError("not an http or https URL")
    return text


def _setting(
    env: str,
    help: str,
    default: Any,
    parse: Callable[[Any], Any] = _text,
    config: str | None = None,
    secret: bool = False,
) -> Any:
    metadata = {"env": env, "config": config, "help": help, "parse": parse}
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True)
class Settings:
    """All that can be set; times are in seconds unless the name says otherwise."""

    home: Path = _setting(
        "COLLECTOR_HOME", "state: database, keys, logs, secrets", CHECKOUT / "var", _path
    )
    listen: str = _setting("COLLECTOR_LISTEN", "host:port of the web server", "127.0.0.1:8080")
    url: str = _setting(
        "COLLECTOR_URL", "public base URL; http:// + listen when not set", "", _base_url
    )
    db_uri: str = _setting(
        "COLLECTOR_DB_URI", "DAL URI; SQLite under the home when not set", ""
    )
    workers: int = _setting(
        "COLLECTOR_WORKERS", "web processes; one per core when not set", 0, _count
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        "COLLECTOR_TRUSTED_PROXIES",
        "networks whose X-Forwarded-For is believed; none when not set",
        (),
        _networks,
    )
    admin_email: str = _setting(
        "COLLECTOR_ADMIN_EMAIL", "the Manager created on first start", "admin@localhost"
    )
    admin_password: str = _setting(
        "COLLECTOR_ADMIN_PASSWORD", "its password; generated when not set", "", str, secret=True
    )
    issuer: str = _setting(
        "COLLECTOR_JWT_ISSUER", "issuer of the tokens", "opensvc", config="registry_jwt_issuer"
    )
    jwt_key: Path | None = _setting(
        "COLLECTOR_JWT_KEY",
        "signing key of the operator, PEM; own keys when not set",
        None,
        _path,
        "registry_jwt_key",
    )
    jwt_crt: Path | None = _setting(
        "COLLECTOR_JWT_CRT", "its certificate, PEM", None, _path, "registry_jwt_crt"
    )
    jwt_algorithm: str = _setting(
        "COLLECTOR_JWT_ALGORITHM", "ES256, RS256 or EdDSA (registries 3.x)", "ES256", _algorithm
    )
    token_seconds: int = _setting(
        "COLLECTOR_TOKEN_SECONDS", "life of a token without push", 300, _count
    )
    push_seconds: int = _setting(
        "COLLECTOR_PUSH_SECONDS", "life of a token with push or delete", 900, _count
    )
    identity_tokens: bool = _setting(
        "COLLECTOR_IDENTITY_TOKENS", "give identity tokens to clients that ask", True, _flag
    )
    identity_token_days: int = _setting(
        "COLLECTOR_IDENTITY_TOKEN_DAYS", "days until an unused identity token dies", 90, _count
    )
    credential_seconds: int = _setting(
        "COLLECTOR_CREDENTIAL_SECONDS",
        "how long a verified password is remembered in memory; 0: never",
        300,
        _count,
    )
    hmac_key: str = _setting(
        "COLLECTOR_HMAC_KEY",
        "key of password hashes written before pbkdf2",
        LEGACY_HMAC_KEY,
        secret=True,
    )
    upgrade_passwords: bool = _setting(
        "COLLECTOR_UPGRADE_PASSWORDS", "store weak password hashes anew at login", True, _flag
    )
    lockout_tries: int = _setting(
        "COLLECTOR_LOCKOUT_TRIES", "failed passwords before a login is locked", 5, _count
    )
    lockout_seconds: int = _setting(
        "COLLECTOR_LOCKOUT_SECONDS", "longest lock, and memory of failures", 900, _count
    )
    session_seconds: int = _setting(
        "COLLECTOR_SESSION_SECONDS",
        "how long a browser stays signed in without doing anything",
        3600,
        _count,
        "session_expire",
    )
    live_streams: int = _setting(
        "COLLECTOR_LIVE_STREAMS",
        "browsers that one process tells of changes; 0: none, they ask",
        500,
        _count,
    )
    discovery_seconds: int = _setting(
        "COLLECTOR_DISCOVERY_SECONDS", "how often registries are crawled", 120, _count
    )
    event_days: int = _setting(
        "COLLECTOR_EVENT_DAYS", "days that notifications are kept; at least 7", 14, _event_days
    )
    registry_networks: tuple[Network, ...] = _setting(
        "COLLECTOR_REGISTRY_NETWORKS",
        "the only networks registries may live in; all but link-local ones when not set",
        (),
        _networks,
    )
    ca_file: Path | None = _setting(
        "COLLECTOR_CA_FILE",
        "certificate authorities of registries, PEM; the system's when not set",
        None,
        _path,
    )
    audit_days: int = _setting(
        "COLLECTOR_AUDIT_DAYS", "days that audit entries are kept; 0: for ever", 365, _count
    )
    membership_on_register: tuple[str, ...] = _setting(
        "COLLECTOR_MEMBERSHIP_ON_REGISTER",
        "groups that new accounts join",
        (),
        _words,
        "membership_on_register",
    )
    default_quota: int | None = _setting(
        "COLLECTOR_DEFAULT_QUOTA_DOCKER_REGISTRIES",
        "registries a new account may declare; unlimited when not set",
        None,
        _optional_count,
        "default_quota_docker_registries",
    )
    public_collector: bool = _setting(
        "COLLECTOR_PUBLIC",
        "new accounts get the three docker privileges; registries live on public addresses only",
        False,
        _flag,
    )


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    :raises StartupError: a value that can't be understood, named with its variable.
    """
    config = _config()
    values = {}
    for item in dataclasses.fields(Settings):
        raw = _raw(item.metadata, environ, config)
        if raw is not None:
            values[item.name] = _parse(item.metadata, raw)
    return _complete(Settings(**values))


def _raw(meta: Mapping[str, Any], environ: Mapping[str, str], config: object) -> Any:
    if environ.get(meta["env"], "") != "":
        return environ[meta["env"]]
    return getattr(config, meta["config"], None) if meta["config"] else None


def _parse(meta: Mapping[str, Any], raw: Any) -> Any:
    try:
        return meta["parse"](raw)
    except (TypeError, ValueError) as error:
        name = meta["env"] if meta["config"] is None else f"{meta['env']} ({meta['config']})"
        raise StartupError(f"{name} can't be understood: {error}") from None


def _config() -> object:
    """The collector's own configuration module, where there is one."""
    try:
        return importlib.import_module(CONFIG_MODULE)
    except ModuleNotFoundError as error:
        if error.name != CONFIG_MODULE:
            raise StartupError(f"config.py needs {error.name}, which is not installed") from None
        return object()
    except Exception as error:
        raise StartupError(f"config.py can't be read: {type(error).__name__}") from None


def _complete(settings: Settings) -> Settings:
    """Fill in what depends on other settings."""
    return dataclasses.replace(
        settings,
        url=settings.url or f"http://{settings.listen}",
        db_uri=settings.db_uri or f"sqlite://{settings.home / 'collector.sqlite'}",
        workers=settings.workers or os.cpu_count() or 1,
    )
