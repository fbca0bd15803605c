"""Asking a registry with a token, again where another try may help, within one deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from .answer import Answer
from .bearers import Bearers
from .failures import AddressRefused, Unreachable, Untrusted
from .place import Place
from .transport import Transport
from .verdict import failure
from .wire import Clock

MAX_BODY = 4 * 1024 * 1024
"""Bytes of a list's page or of a manifest."""

_PAUSES = (0.5, 2.0)
_LONGEST_PAUSE = 10


class Asking:
    """Requests with their tokens and tries; thread-safe.

    :param seconds: for all tries of a request together.
    """

    def __init__(
        self,
        transport: Transport,
        bearers: Bearers,
        seconds: float,
        clock: Clock,
        sleep: Callable[[float], object],
    ) -> None:
        self._transport = transport
        self._bearers = bearers
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self.requests = 0

    def place(self) -> Place:
        """As ``Transport.place``."""
        return self._transport.place()

    def ask(
        self,
        method: str,
        path: str,
        scope: str,
        more: Mapping[str, str],
        expected: tuple[int, ...] = (200,),
    ) -> Answer:
        """Make a request; GET and HEAD up to three times.

        :param scope: of the token.
        :param more: headers.
        :param expected: the statuses to return.
        :raises RemoteError: as it says; what the token source raises goes through.
        """
        # The address is judged before a token is made.
        name = self._transport.place().name
        headers = {
            "Host": name,
            "User-Agent": "opensvc-collector",
            "Authorization": self._bearers.header(scope),
            **more,
        }
        answer = self._tried(method, path, headers)
        if answer.status not in expected:
            raise failure(answer, name, f"{method} {path}")
        return answer

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def _tried(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        deadline = self._clock() + self._seconds
        for usual in _PAUSES if method != "DELETE" else ():
            pause = usual
            try:
                answer = self._once(method, path, headers, deadline)
            except (AddressRefused, Untrusted):
                raise
            except Unreachable:
                if self._clock() + pause >= deadline:
                    raise
            else:
                pause = _pause(answer, usual)
                if not _may_pass(answer) or self._clock() + pause >= deadline:
                    return answer
            self._sleep(pause)
        return self._once(method, path, headers, deadline)

    def _once(self, method: str, path: str, headers: Mapping[str, str], deadline: float) -> Answer:
        with self._lock:
            self.requests += 1
        return self._transport.ask(method, path, headers, deadline, MAX_BODY)


def _may_pass(answer: Answer) -> bool:
    """Tell whether the same request may succeed later."""
    return answer.status == 429 or answer.status >= 500


def _pause(answer: Answer, usual: float) -> float:
    """Seconds to wait: what a registry that is asked too often wants, within reason."""
    wanted = answer.header("Retry-After").strip()
    if answer.status != 429 or not (wanted.isascii() and wanted.isdigit()) or len(wanted) > 9:
        return usual
    return max(usual, min(int(wanted), _LONGEST_PAUSE))
