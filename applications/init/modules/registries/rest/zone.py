"""The name of the zone that dates are in, which clients count summer time by."""

from __future__ import annotations

import os
import time
from zoneinfo import ZoneInfo

_LOCAL = "/etc/localtime"


def name() -> str:
    """Such as ``Europe/Paris``; where the system doesn't tell, the letters of now (``CET``)."""
    text = os.environ.get("TZ", "").lstrip(":")
    if not text:
        text = os.path.realpath(_LOCAL).partition("zoneinfo/")[2]
    return text if _is_zone(text) else time.strftime("%Z")


def _is_zone(text: str) -> bool:
    try:
        return bool(ZoneInfo(text).key)
    except (LookupError, OSError, ValueError):
        return False
