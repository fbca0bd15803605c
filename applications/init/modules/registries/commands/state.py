"""Commands on the state as a whole."""

from __future__ import annotations

import argparse
import sys

from .. import checks, container, housekeeping, world
from .. import setup as first_start
from ..settings import Settings
from ..world import document


def setup(settings: Settings, arguments: argparse.Namespace) -> int:
    """Create or update the state."""
    started = first_start.first_start(settings)
    print(f"state:        {settings.home}")
    print(f"certificate:  {started.certificate}")
    print(started.introduction(), end="")
    return 0


def load(settings: Settings, arguments: argparse.Namespace) -> int:
    """Import a world."""
    rows = document.read(arguments.file)
    first_start.first_start(settings)
    built = container.build(settings, lock_seconds=30)
    world.load(built.db, settings, rows, built.clock(), progress=print)
    return 0


def check(settings: Settings, arguments: argparse.Namespace) -> int:
    """Look at everything and say what was seen."""
    fit = True
    for finding in checks.check(container.build(settings)):
        print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what}: {finding.sentence}")
        fit = fit and finding.ok
    return 0 if fit else 1


def prune(settings: Settings, arguments: argparse.Namespace) -> int:
    """Delete what is old."""
    for kind, count in housekeeping.run(container.build(settings, lock_seconds=30)).items():
        print(f"{kind}: {count} deleted")
    return 0


def unlock(settings: Settings, arguments: argparse.Namespace) -> int:
    """Forget the failures of a login, from whatever address."""
    built = container.build(settings)
    with built.db.transaction(write=True):
        found = built.guard.unlock(arguments.login)
    if not found:
        print(f"{arguments.login} has no failed logins to forget", file=sys.stderr)
    return 0 if found else 1
