"""Refused logins, as the audit log has them."""

from __future__ import annotations

from .. import audit
from .machines import Refused


def entry(action: str, refused: Refused, address: str, locked: int = 0) -> audit.Entry:
    """An entry on a login that was refused, and for how many seconds it is locked now."""
    details: dict[str, str | int] = {
        "login": refused.login, "address": address, "reason": refused.reason, "locked": locked
    }
    if refused.backend:
        details["backend"] = refused.backend
    return audit.Entry(
        action,
        "agent" if action == audit.NODE_FAILED else refused.login,
        "login of %(login)s from %(address)s refused: %(reason)s",
        details,
        level="warning",
    )
