"""The process that follows registries: the inbox digested, questions asked, all the time."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

from applications.init.modules.registries import container, follow, logs, settings
from applications.init.modules.registries.errors import CollectorError


def main() -> int:
    """Follow until SIGTERM or SIGINT; return the exit status."""
    logs.configure()
    ending = threading.Event()

    def end(signum: int, frame: Any) -> None:
        ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        steps = container.build(settings.load(), lock_seconds=20).steps()
    except CollectorError as error:
        logs.LOGGER.error("can't follow", extra={"fields": {"reason": str(error)}})
        return 1
    follow.follow(steps, ending.wait)
    return 0


if __name__ == "__main__":
    sys.exit(main())
