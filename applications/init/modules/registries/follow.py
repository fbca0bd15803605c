"""Following: the inbox digested, questions asked, for ever and within the second."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Thread

from . import logs
from .discovery.ask import Asker
from .errors import CollectorError
from .notifications import Digester

IDLE_SECONDS = 0.25
"""How long nothing may go unnoticed."""

TROUBLE_SECONDS = 2.0

ASKERS = 4
"""Registries that one process asks at once: one that hangs keeps the others waiting not."""


Step = Callable[[], int]
Wait = Callable[[float], bool]
"""Sleeps for some seconds; True means to end."""


def follow(steps: Sequence[Step], wait: Wait) -> None:
    """Run each step over and over, in a thread of its own, until ``wait`` says to end.

    A step returns how much it found to do.  Trouble is logged and waited out.
    """
    threads = [Thread(target=_repeat, args=(step, wait), daemon=True) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def steps(digester: Digester, asker: Asker) -> list[Step]:
    """What one process does: digest, and ask as many registries at once as it has askers."""
    return [digester.digest, *[asker.step] * ASKERS]


def _repeat(step: Step, wait: Wait) -> None:
    seconds = 0.0
    while not wait(seconds):
        began = time.monotonic()
        try:
            found = step()
            # As long as it worked, so that on SQLite others get to write as well.
            seconds = min(time.monotonic() - began, IDLE_SECONDS) if found else IDLE_SECONDS
        except CollectorError as error:
            logs.LOGGER.warning("following", extra={"fields": {"reason": str(error)}})
            seconds = TROUBLE_SECONDS
        except Exception as error:
            logs.unexpected(error, "following")
            seconds = TROUBLE_SECONDS
