#!/usr/bin/env python3
"""Run one web2py scheduler worker and one follower; as many as you like, on any machine."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from applications.init.modules.registries import logs, settings
from applications.init.modules.registries.errors import CollectorError
from server import framework


def main() -> int:
    """Work until SIGTERM or SIGINT; return the exit status."""
    logs.configure()
    try:
        found = settings.load()
        framework.load(found.home)
        # Only now: web2py may bring a database layer of its own.
        importlib.import_module("server.periodic").work(found)
    except CollectorError as error:
        logs.LOGGER.error("can't start", extra={"fields": {"reason": str(error)}})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
