"""Tables of ours, beside the collector's: nothing of it is ever altered.

Times are seconds since the epoch, so that machines in different zones agree.
"""

from __future__ import annotations

from pydal import Field

from . import factors
from .host import Fields


def _registry_options() -> tuple[Field, ...]:
    """What a registry has beyond the collector's columns; a missing row means defaults."""
    return (
        Field("registry_id", "integer", notnull=True, unique=True),
        Field("major", "integer", notnull=True, default=2),
        Field("algorithm", length=16),
        Field("pull_seconds", "integer"),
        Field("push_seconds", "integer"),
        # Older rows have NULL, which is off.
        Field("placement", "boolean", default=False),
        # The notification secret is derived from these and the shared secret: never stored.
        Field("notify_salt", length=32),
        Field("notify_old_salt", length=32),
        Field("notify_old_until", "double", notnull=True, default=0),
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


def _account_origins() -> tuple[Field, ...]:
    """Accounts of people that a back end knows; who has no row here has a password here.

    ``key`` is what the back end calls them for ever; ``stamp`` changes with the
    password there; ``state`` is why they may not log in, as it was ``checked`` last.
    """
    return (
        Field("user_id", "integer", notnull=True, unique=True),
        Field("backend", length=16, notnull=True),
        Field("origin_key", length=255, notnull=True),
        Field("stamp", length=64, notnull=True, default=""),
        Field("state", length=255, notnull=True, default=""),
        Field("checked", "double", notnull=True, default=0),
    )


def _account_groups() -> tuple[Field, ...]:
    """Memberships that came from a back end, and go with it; others are people's own."""
    return (
        Field("user_id", "integer", notnull=True),
        Field("group_id", "integer", notnull=True),
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


def _facts(*more: Field) -> tuple[Field, ...]:
    """What we know of a repository or tag beyond the collector's columns.

    ``changed`` is when (our clock) somebody but discovery last told of it: older
    findings of discovery don't overwrite newer news.  ``missing`` counts complete
    answers of the registry in a row without it; ``deleted`` is set once a
    verified notification told of its deletion.
    """
    return (
        *more,
        Field("registry_id", "integer", notnull=True),
        Field("changed", "double", notnull=True, default=0),
        Field("missing", "integer", notnull=True, default=0),
        Field("deleted", "double"),
        Field("pushed_at", "double"),
        Field("pushed_by", length=255),
        Field("pulled_at", "double"),
        Field("pulled_by", length=255),
        Field("pulls", "integer", notnull=True, default=0),
    )


def _registry_repositories() -> tuple[Field, ...]:
    """One row per repository, beside ``docker_repositories``."""
    return _facts(Field("repository_id", "integer", notnull=True, unique=True))


def _registry_tags() -> tuple[Field, ...]:
    """One row per tag, beside ``docker_tags``: what its manifest says.

    ``size`` is the sum of the layers in bytes, of the main platform where there
    are several; ``platforms`` is JSON; ``checked`` is when the registry was last asked.
    """
    return _facts(
        Field("tag_id", "integer", notnull=True, unique=True),
        Field("repository_id", "integer", notnull=True),
        Field("digest", length=135, default=""),
        Field("media_type", length=128, default=""),
        Field("size", "bigint"),
        Field("platforms", "text"),
        Field("checked", "double", notnull=True, default=0),
    )


def _registry_events() -> tuple[Field, ...]:
    """The inbox: notifications of verified senders, each once, kept for some days.

    ``happened`` is the registry's clock, ``received`` ours; ``state`` is new,
    done or quarantined; ``body`` is kept of what could not be read.
    """
    return (
        Field("registry_id", "integer", notnull=True),
        Field("event_id", length=64, notnull=True),
        Field("action", length=16, default=""),
        Field("repository", length=255, default=""),
        Field("tag", length=128, default=""),
        Field("digest", length=135, default=""),
        Field("media_type", length=128, default=""),
        Field("method", length=16, default=""),
        Field("actor", length=255, default=""),
        Field("address", length=64, default=""),
        Field("happened", "double", notnull=True, default=0),
        Field("received", "double", notnull=True),
        Field("state", length=16, notnull=True),
        Field("reason", length=255, default=""),
        Field("body", "text"),
    )


def _registry_questions() -> tuple[Field, ...]:
    """What a registry is to be asked soon: one row per tag, however many reasons."""
    return (
        Field("registry_id", "integer", notnull=True),
        Field("repository", length=255, notnull=True),
        Field("tag", length=128, notnull=True),
        Field("due", "double", notnull=True),
        Field("attempts", "integer", notnull=True, default=0),
        Field("leased_until", "double", notnull=True, default=0),
    )


def _registry_crawls() -> tuple[Field, ...]:
    """Discovery of one registry: the run that is on, or was last.

    ``mark`` is when the run began, ``cursor`` the last repository that is done;
    ``phase`` is catalog, tags or done.  ``lease`` names the process that runs it.
    """
    return (
        Field("registry_id", "integer", notnull=True, unique=True),
        Field("phase", length=16, notnull=True, default="done"),
        Field("mark", "double", notnull=True, default=0),
        Field("cursor", "integer", notnull=True, default=0),
        Field("repositories", "integer", notnull=True, default=0),
        Field("tags", "integer", notnull=True, default=0),
        Field("requests", "integer", notnull=True, default=0),
        Field("finished", "double"),
        Field("succeeded", "double"),
        Field("duration", "double"),
        Field("error", length=255, default=""),
        Field("failures", "integer", notnull=True, default=0),
        Field("next_run", "double", notnull=True, default=0),
        Field("lease", length=32, default=""),
        Field("leased_until", "double", notnull=True, default=0),
        Field("refreshed", "double", notnull=True, default=0),
        Field("event_at", "double"),
        Field("hint_at", "double"),
    )


def _registry_deleted() -> tuple[Field, ...]:
    """What was deleted: a tag, or (with an empty tag) a repository, which registries go on
    listing, empty.  What was asked before that does not bring it back.
    """
    return (
        Field("registry_id", "integer", notnull=True),
        Field("repository", length=255, notnull=True),
        Field("tag", length=128, notnull=True, default=""),
        Field("deleted", "double", notnull=True),
    )


def _registry_changes() -> tuple[Field, ...]:
    """Events for live screens, followed by id, kept for an hour."""
    return (
        Field("event", length=64, notnull=True),
        Field("data", length=255, notnull=True),
        Field("at", "double", notnull=True),
    )


def _registry_sessions() -> tuple[Field, ...]:
    """Sign-ins of browsers; the cookie itself is never stored."""
    return (
        Field("digest", length=64, notnull=True, unique=True),
        Field("user_id", "integer", notnull=True),
        # Digest of the stored password: when that changes, the session is over.
        Field("credential", length=64, notnull=True),
        Field("address", length=64, default=""),
        Field("created", "bigint", notnull=True),
        Field("last_used", "bigint", notnull=True),
        Field("expires", "bigint", notnull=True),
    )


TABLES: dict[str, Fields] = {
    "registry_options": _registry_options,
    "registry_identity_tokens": _identity_tokens,
    "registry_account_origins": _account_origins,
    "registry_account_groups": _account_groups,
    "registry_login_failures": _login_failures,
    "registry_login_addresses": _login_addresses,
    "registry_repositories": _registry_repositories,
    "registry_tags": _registry_tags,
    "registry_events": _registry_events,
    "registry_questions": _registry_questions,
    "registry_crawls": _registry_crawls,
    "registry_deleted": _registry_deleted,
    "registry_changes": _registry_changes,
    "registry_sessions": _registry_sessions,
    **factors.TABLES,
}

_UNIQUE = {
    "registry_account_origins": "backend, origin_key",
    "registry_account_groups": "user_id, group_id",
    "registry_events": "registry_id, event_id",
    "registry_questions": "registry_id, repository, tag",
    "registry_deleted": "registry_id, repository, tag",
}
_PLAIN = {
    "registry_identity_tokens": ("user_id", "login"),
    "registry_repositories": ("registry_id",),
    "registry_tags": (
        "repository_id, digest, size", "digest", "registry_id, checked", "size, tag_id",
        "pulls, tag_id", "pushed_at, tag_id", "pulled_at, tag_id",
    ),
    "registry_events": ("state", "registry_id, repository, tag, happened", "received"),
    "registry_questions": ("due",),
    "registry_changes": ("event, at",),
    "registry_sessions": ("user_id",),
    **factors.PLAIN_INDEXES,
}


def _name(table: str, columns: str) -> str:
    return f"ix_{table}_{columns.replace(', ', '_')}"


INDEXES = (
    *(
        f"CREATE UNIQUE INDEX IF NOT EXISTS uk_{table} ON {table} ({columns})"
        for table, columns in _UNIQUE.items()
    ),
    *(
        f"CREATE INDEX IF NOT EXISTS {_name(table, columns)} ON {table} ({columns})"
        for table, all_columns in _PLAIN.items()
        for columns in all_columns
    ),
)
