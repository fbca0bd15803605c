"""What a change leaves behind: its entry in the audit log, and what changed in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import audit
from ..call import Call


def record(call: Call, action: str, fmt: str, details: Mapping[str, Any]) -> None:
    """Write an audit entry of what the caller did."""
    audit.write(call.db, audit.Entry(action, call.caller.log_user, fmt, details), call.now)


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The members of ``new`` that are not so in ``old``; nothing is as good as empty."""
    return {
        name: value
        for name, value in new.items()
        if value != old.get(name) and (value or old.get(name))
    }


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What changed, as the collector's log says it."""
    return [f"{name}: {old.get(name)} => {new[name]}" for name in sorted(new)]


def values(new: Mapping[str, Any]) -> list[str]:
    """What something was created with, as the collector's log says it."""
    return [f"{name}: {new[name]}" for name in sorted(new)]
