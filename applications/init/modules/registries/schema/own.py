"""Tables of ours, beside the collector's: nothing of it is ever altered.

Times are seconds since the epoch, so that machines in different zones agree.
"""

from __future__ import annotations

from pydal import Field

from .host import Fields


def _registry_options() -> tuple[Field, ...]:
    """What a registry has beyond the collector's columns; a missing row means defaults."""
    return (
        Field("registry_id", "integer", notnull=True, unique=True),
        Field("major", "integer", notnull=True, default=2),
        Field("algorithm", length=16),
        Field("pull_seconds", "integer"),
        Field("push_seconds", "integer"),
    )


def _identity_tokens() -> tuple[Field, ...]:
    """One row per identity token given out; the token itself is never stored."""
    return (
        Field("digest", length=64, notnull=True, unique=True),
        Field("kind", length=16, notnull=True),
        Field("login", length=512, notnull=True),
        Field("user_id", "integer"),
        Field("node_id", length=36, default=""),
        Field("svc_id", length=36, default=""),
        Field("registry_id", "integer", notnull=True),
        Field("client", length=128, default=""),
        # Digest of the stored password or node uuid: when that changes, the token is dead.
        Field("credential", length=64, notnull=True),
        Field("created", "bigint", notnull=True),
        Field("last_used", "bigint", notnull=True),
        Field("expires", "bigint", notnull=True),
        Field("revoked", "bigint"),
    )


def _login_failures() -> tuple[Field, ...]:
    return (
        Field("subject", length=64, notnull=True, unique=True),
        Field("failures", "integer", notnull=True, default=0),
        Field("last_failure", "double", notnull=True, default=0),
        Field("locked_until", "double", notnull=True, default=0),
        Field("digests", length=160, notnull=True, default=""),
        Field("login", length=64, notnull=True, default=""),
    )


def _login_addresses() -> tuple[Field, ...]:
    """Pairs of login and address that worked before: not subject to others' locks."""
    return (
        Field("subject", length=64, notnull=True, unique=True),
        Field("last_success", "double", notnull=True),
    )


TABLES: dict[str, Fields] = {
    "registry_options": _registry_options,
    "registry_identity_tokens": _identity_tokens,
    "registry_login_failures": _login_failures,
    "registry_login_addresses": _login_addresses,
}

INDEXES = (
    "CREATE INDEX IF NOT EXISTS ix_identity_tokens_user ON registry_identity_tokens (user_id)",
    "CREATE INDEX IF NOT EXISTS ix_identity_tokens_login ON registry_identity_tokens (login)",
)
