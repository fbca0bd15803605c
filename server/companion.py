"""A follower beside a scheduler worker: whoever runs one runs all that works behind the web."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
from pathlib import Path

from applications.init.modules.registries import logs

CHECKOUT = Path(__file__).resolve().parent.parent
_PR_SET_PDEATHSIG = 1
_RESTART_SECONDS = 5.0
_END_SECONDS = 10.0


class Companion:
    """``server.follow`` as a child of this process: started again when it dies, ended with us."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Companion:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """End it; what it was about is done, or done again by the next."""
        self._ending.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(_END_SECONDS)

    def _keep(self) -> None:
        while not self._ending.is_set():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server.follow"],
                cwd=CHECKOUT,
                preexec_fn=end_with_parent,
            )
            if self._ending.is_set():
                self._process.terminate()
            code = self._process.wait()
            if not self._ending.wait(_RESTART_SECONDS):
                logs.LOGGER.error("the follower ended", extra={"fields": {"code": code}})


def end_with_parent() -> None:
    """Ask the kernel for a SIGTERM when the parent dies in a way that lets it do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
