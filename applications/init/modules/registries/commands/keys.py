"""Commands on the signing keys."""

from __future__ import annotations

import argparse
import time
from datetime import timedelta

from .. import container
from ..settings import Settings


def list_keys(settings: Settings, arguments: argparse.Namespace) -> int:
    """List the keys in the order in which they sign."""
    store = container.open_keystore(settings, time.time)
    for held in store.held():
        signs = store.signer(held.key.algorithm) is held.key
        pending = held.entry.active_from > time.time()
        state = "signs" if signs else "next" if pending else "old"
        start = time.strftime("%Y-%m-%d %H:%M", time.localtime(held.entry.active_from))
        print(f"{held.key.algorithm:6} {state:6} from {start}  {held.key.kid}")
    return 0


def rotate(settings: Settings, arguments: argparse.Namespace) -> int:
    """Make a new key."""
    store = container.open_keystore(settings, time.time)
    algorithm = arguments.algorithm or settings.jwt_algorithm
    key = store.rotate(algorithm, timedelta(hours=arguments.overlap_hours))
    print(f"new {algorithm} key {key.kid}, signs in {arguments.overlap_hours:g} hours")
    print("give every registry the new bundle before that (manage.py keys bundle) and restart it")
    return 0


def prune(settings: Settings, arguments: argparse.Namespace) -> int:
    """Forget keys whose tokens have all expired."""
    gone = container.open_keystore(settings, time.time).prune()
    print("\n".join(f"forgot {kid}" for kid in gone) or "there is nothing to forget")
    return 0


def bundle(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print the bundle."""
    print(container.open_keystore(settings, time.time).bundle(arguments.major), end="")
    return 0
