"""What grows and must not: old audit entries, dead identity tokens, stale counters."""

from __future__ import annotations

from . import audit
from .container import Container


def run(container: Container) -> dict[str, int]:
    """Delete what no setting asks to keep; return how much went, by kind."""
    now = container.clock()
    with container.db.transaction(write=True):
        gone = {
            "audit": audit.prune(container.db, container.settings.audit_days, now),
            "identity_tokens": container.identities.prune(now),
        }
        container.guard.prune(now)
    return gone
