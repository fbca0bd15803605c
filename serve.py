#!/usr/bin/env python3
"""Serve the collector in the foreground: web server and scheduler, until Ctrl-C."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from server import run

if __name__ == "__main__":
    sys.exit(run.main())
