"""The audit log: one row of the collector's ``log`` table per decision or login.

An entry is written in the transaction of what it tells of, before the answer
leaves: where it can't be written, nothing is given.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import dates
from .database import Database

LOGIN = "docker.login"
LOGIN_FAILED = "docker.login.failed"
NODE_FAILED = "node.auth"
TOKEN = "docker.token"
IDENTITY_REVOKED = "docker.identity_token.revoke"
WORLD_LOADED = "docker.world.load"
PUSHED = "docker.push"
PULLED = "docker.pull"
DELETED = "docker.delete"
EVENT_REFUSED = "docker.event.refused"
SECRET_ROTATED = "docker.registries.secret"
DISCOVERY = "docker.discovery"
GONE = "docker.discovery.gone"
TAG_DELETED = "docker.tags.delete"
REPOSITORY_DELETED = "docker.repositories.delete"
REPOSITORY_CHANGED = "docker.repositories.change"
REGISTRY_CREATED = "docker.registries.create"
REGISTRY_CHANGED = "docker.registries.change"
REGISTRY_DELETED = "docker.registries.delete"
PUBLISHED = "docker.registry.publication.add"
UNPUBLISHED = "docker.registry.publication.delete"
RESPONSIBLE_ADDED = "docker.registry.responsible.add"
RESPONSIBLE_REMOVED = "docker.registry.responsible.delete"
IDENTITY_CREATED = "docker.identity_token.create"
LOGOUT = "docker.logout"
PERSONAL_CREATED = "docker.personal_token.create"
PERSONAL_REVOKED = "docker.personal_token.revoke"
SECOND_ON = "user.totp.on"
SECOND_OFF = "user.totp.off"
RECOVERY_USED = "user.totp.recovery"
NODE_REGISTERED = "node.register"
NODE_CREATED = "nodes.create"
NODE_CHANGED = "nodes.change"
NODE_DELETED = "nodes.delete"
SERVICE_CREATED = "services.create"
SERVICE_DELETED = "services.delete"
USER_CREATED = "user.create"
USER_CHANGED = "user.change"
USER_DELETED = "user.delete"
GROUP_JOINED = "user.group.attach"
GROUP_LEFT = "user.group.detach"
PRIMARY_GROUP_SET = "user.primary_group.attach"
PRIMARY_GROUP_CLEARED = "user.primary_group.detach"
GROUP_CREATED = "groups.add"
GROUP_CHANGED = "groups.change"
GROUP_DELETED = "groups.delete"
APP_CREATED = "apps.create"
APP_CHANGED = "apps.change"
APP_DELETED = "apps.delete"
APP_PUBLISHED = "apps.publication.add"
APP_UNPUBLISHED = "apps.publication.delete"
APP_RESPONSIBLE_ADDED = "apps.responsible.add"
APP_RESPONSIBLE_REMOVED = "apps.responsible.delete"

ACTIONS = (
    IDENTITY_CREATED, LOGOUT, NODE_REGISTERED, NODE_CREATED, NODE_CHANGED, NODE_DELETED,
    SERVICE_CREATED, SERVICE_DELETED,
    LOGIN, LOGIN_FAILED, NODE_FAILED, TOKEN, IDENTITY_REVOKED, WORLD_LOADED, PUSHED, PULLED,
    DELETED, EVENT_REFUSED, SECRET_ROTATED, DISCOVERY, GONE, TAG_DELETED, REPOSITORY_DELETED,
    REPOSITORY_CHANGED, REGISTRY_CREATED, REGISTRY_CHANGED, REGISTRY_DELETED, PUBLISHED,
    UNPUBLISHED, RESPONSIBLE_ADDED, RESPONSIBLE_REMOVED, USER_CREATED, USER_CHANGED, USER_DELETED,
    GROUP_JOINED, GROUP_LEFT, PRIMARY_GROUP_SET, PRIMARY_GROUP_CLEARED, GROUP_CREATED,
    GROUP_CHANGED, GROUP_DELETED, APP_CREATED, APP_CHANGED, APP_DELETED, APP_PUBLISHED,
    APP_UNPUBLISHED, APP_RESPONSIBLE_ADDED, APP_RESPONSIBLE_REMOVED,
    PERSONAL_CREATED, PERSONAL_REVOKED, SECOND_ON, SECOND_OFF, RECOVERY_USED,
)
"""All that this product writes, and all that ``prune`` may delete."""

_TEXT = 300
_TOTAL = 60_000


@dataclass(frozen=True)
class Entry:
    """What happened.  ``fmt`` is a ``%(key)s`` format over ``details``, as the collector's."""

    action: str
    user: str
    fmt: str
    details: Mapping[str, Any] = field(default_factory=dict)
    level: str = "info"
    node_id: str = ""
    svc_id: str = ""


def write(db: Database, entry: Entry, now: float) -> None:
    """Store an entry; the caller holds the transaction.

    :param now: seconds since the epoch.
    """
    db.run(
        "INSERT INTO log (log_action, log_user, log_fmt, log_dict, log_date, log_level,"
        " log_gtalk_sent, log_email_sent, node_id, svc_id) VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?)",
        entry.action,
        _clean(entry.user)[:100],
        entry.fmt[:200],
        _dump(entry.details),
        dates.local(now),
        entry.level,
        entry.node_id,
        entry.svc_id,
    )


def prune(db: Database, days: int, now: float) -> int:
    """Delete our entries older than ``days``; 0 keeps all.  Return how many went."""
    if not days:
        return 0
    marks = ", ".join("?" for _ in ACTIONS)
    return db.run(
        f"DELETE FROM log WHERE log_date < ? AND log_action IN ({marks})",
        dates.local(now - days * 86_400),
        *ACTIONS,
    )


def _dump(details: Mapping[str, Any]) -> str:
    text = json.dumps({key: _shorten(value) for key, value in details.items()})
    if len(text) <= _TOTAL:
        return text
    return json.dumps({**{k: v for k, v in details.items() if isinstance(v, int)},
                       "truncated": text[: _TOTAL // 8]})


def _shorten(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _TEXT else value[:_TEXT] + "..."
    if isinstance(value, (list, tuple)):
        return [_shorten(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _shorten(item) for key, item in value.items()}
    return value


def _clean(text: str) -> str:
    """Keep one entry one line, in whatever shows the column raw."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else "?" for c in text).encode("utf-8", "replace").decode()
