"""What grows and must not: old audit entries and notifications, dead tokens, stale counters."""

from __future__ import annotations

from . import audit, changes
from .catalog import graves
from .container import Container
from .notifications import inbox


def run(container: Container) -> dict[str, int]:
    """Delete what no setting asks to keep; return how much went, by kind."""
    now = container.clock()
    oldest = now - container.settings.event_days * 86_400
    with container.db.transaction(write=True):
        gone = {
            "audit": audit.prune(container.db, container.settings.audit_days, now),
            "identity_tokens": container.identities.prune(now),
            "personal_tokens": container.factors.personal.prune(now),
            "notifications": inbox.prune(container.db, oldest),
        }
        graves.prune(container.db, now)
        changes.prune(container.db, now)
        container.sessions.prune(now)
        container.guard.prune(now)
        container.factors.second.prune(now)
    return gone
