"""Log lines of other people's code, as JSON and without the values in their errors."""

from __future__ import annotations

import logging
import sys
import traceback

from applications.init.modules.registries.logs import JsonLines


class Lines(JsonLines):
    """One JSON object a line; of an error its type and place only."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            frames = traceback.extract_tb(error.__traceback__)[-8:]
            places = [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames]
            record.fields = {"type": type(error).__name__, "at": places}
        return super().format(record)


def install(logger: logging.Logger) -> None:
    """Make a logger's lines ours; safe to call again."""
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler(sys.stderr))
    for handler in logger.handlers:
        handler.setFormatter(Lines())
