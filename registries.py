#!/usr/bin/env python3
"""The command line client of docker registries; ``registries.py --help`` lists its commands."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent
sys.path.insert(0, str(CHECKOUT))


def _use_own_python() -> None:
    """Go on in the environment that ``make run`` installed, when called by another Python."""
    own = CHECKOUT / ".venv" / "bin" / "python"
    if importlib.util.find_spec("click") is None and own.exists():
        os.execv(own, [str(own), __file__, *sys.argv[1:]])  # noqa: S606 - our own interpreter


if __name__ == "__main__":
    _use_own_python()
    from cli.commands import main

    main(prog_name="registries")
