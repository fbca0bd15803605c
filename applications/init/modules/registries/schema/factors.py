"""Tables of ours for what people log in with beside, or in place of, their passwords."""

from __future__ import annotations

from pydal import Field

from .host import Fields


def _personal_tokens() -> tuple[Field, ...]:
    """One row per personal token; the token itself is never stored.

    ``registries`` is a JSON list of ids, or nothing for all registries.
    """
    return (
        Field("digest", length=64, notnull=True, unique=True),
        Field("user_id", "integer", notnull=True),
        Field("name", length=128, notnull=True),
        Field("created", "bigint", notnull=True),
        Field("last_used", "bigint"),
        Field("last_address", length=64, default=""),
        Field("expires", "bigint", notnull=True),
        Field("read_only", "boolean", notnull=True, default=False),
        Field("registries", "text"),
        Field("revoked", "bigint"),
    )


def _totp() -> tuple[Field, ...]:
    """The second factor of an account; it counts once it is confirmed.

    ``secret`` is encrypted under a key made of the shared secret.  ``last_step`` is
    the newest time step that a code was taken for: it and older ones are refused.
    """
    return (
        Field("user_id", "integer", notnull=True, unique=True),
        Field("secret", length=255, notnull=True),
        Field("created", "bigint", notnull=True),
        Field("confirmed", "bigint"),
        Field("last_step", "bigint", notnull=True, default=0),
    )


def _totp_codes() -> tuple[Field, ...]:
    """Recovery codes, each good once; only digests under a key are stored."""
    return (
        Field("user_id", "integer", notnull=True),
        Field("digest", length=64, notnull=True),
        Field("used", "bigint"),
    )


TABLES: dict[str, Fields] = {
    "registry_personal_tokens": _personal_tokens,
    "registry_totp": _totp,
    "registry_totp_codes": _totp_codes,
}
PLAIN_INDEXES = {
    "registry_personal_tokens": ("user_id",),
    "registry_totp_codes": ("user_id",),
}
