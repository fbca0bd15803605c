#!/usr/bin/env python3
"""Operator commands; ``manage.py --help`` lists them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from applications.init.modules.registries import commands

if __name__ == "__main__":
    sys.exit(commands.main(sys.argv[1:]))
