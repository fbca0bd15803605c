"""Structured logs: one JSON object a line, control characters escaped, no secrets."""

from __future__ import annotations

import json
import logging
import secrets
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = logging.getLogger("collector")
_request = threading.local()


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; ``extra={"fields": {...}}`` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what a message holds can't break out of it."""
        value = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **({"request": _request.id} if getattr(_request, "id", "") else {}),
            **getattr(record, "fields", {}),
        }
        return json.dumps(value, default=str)


@contextmanager
def within(request_id: str) -> Iterator[None]:
    """Name the request that lines of this thread belong to."""
    before, _request.id = getattr(_request, "id", ""), request_id
    try:
        yield
    finally:
        _request.id = before


def configure(level: int = logging.INFO) -> None:
    """Send the collector's log lines to stderr; safe to call again."""
    if LOGGER.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(level)
    LOGGER.propagate = False


def unexpected(error: BaseException, where: str) -> str:
    """Log an error that nobody expected and return the id to quote to people.

    Only types and places are logged: messages of drivers and parsers may hold
    what a client sent.
    """
    log_id = secrets.token_hex(6)
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames]
    LOGGER.error(
        "unexpected error",
        extra={
            "fields": {
                "id": log_id, "where": where, "type": type(error).__name__, "at": places
            }
        },
    )
    return log_id
