#!/usr/bin/env python3
"""Run one web2py scheduler worker; start as many as you like, on any machine."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from server import periodic

if __name__ == "__main__":
    sys.exit(periodic.main())
