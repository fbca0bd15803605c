"""Dates as the collector stores them: server local time, to the second, no zone."""

from __future__ import annotations

import time

FORMAT = "%Y-%m-%d %H:%M:%S"


def local(seconds: float) -> str:
    """The text that a date column holds for this time.

    :param seconds: since the epoch.
    """
    return time.strftime(FORMAT, time.localtime(seconds))
