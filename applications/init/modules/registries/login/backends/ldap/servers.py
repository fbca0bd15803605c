"""Connections to a directory: TLS, deadlines, the next server where one is silent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import ldap

from ....errors import StartupError
from ....settings import LdapSettings
from ..model import Silent
from .connection import GONE, Connection, described
from .handshake import connect

Answer = TypeVar("Answer")

_SHUNNED_SECONDS = 60.0
"""How long a server that did not answer is asked last."""

_IDLE_SECONDS = 30.0
_PORTS = {"ldap": 389, "ldaps": 636}


def urls(settings: LdapSettings) -> tuple[str, ...]:
    """The servers as URLs.

    :raises StartupError: one is no host, host:port, or URL of LDAP.
    """
    default = "ldaps" if settings.tls == "ldaps" else "ldap"
    found = []
    for server in settings.servers:
        text = server if "://" in server else f"{default}://{server}"
        try:
            parts = urlsplit(text)
            port = parts.port or settings.port or _PORTS[parts.scheme]
            if not parts.hostname or parts.path.strip("/") or parts.query:
                raise ValueError
        except (KeyError, ValueError):
            raise StartupError(f"COLLECTOR_LDAP_SERVER: {server!r} is no LDAP server") from None
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        found.append(f"{parts.scheme}://{host}:{port}")
    return tuple(found)


@dataclass
class Deadline:
    """How long one question may take in all."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = self.clock() + self.seconds

    @property
    def left(self) -> float:
        """Seconds that are left; below zero when it is over."""
        return self._end - self.clock()


class Servers:
    """The servers of one directory, with the connections that are kept to them.

    A connection is one thread's at a time.  Those of ``ask`` are bound as who
    looks people up, those of ``check`` as whoever was checked last.
    """

    def __init__(
        self, settings: LdapSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._urls = urls(settings)
        self._clock = clock
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, bool], list[Connection]] = {}
        self._shunned: dict[str, float] = {}

    def ask(self, deadline: Deadline, question: Callable[[Connection], Answer]) -> Answer:
        """Ask as who looks people up.

        :raises Silent: no server answers.
        """
        return self._one_of(deadline, True, question)

    def check(self, deadline: Deadline, question: Callable[[Connection], Answer]) -> Answer:
        """Ask with a connection that may be bound as anybody.

        :raises Silent: no server answers.
        """
        return self._one_of(deadline, False, question)

    def _one_of(
        self, deadline: Deadline, bound: bool, question: Callable[[Connection], Answer]
    ) -> Answer:
        reasons = []
        order = self._order()
        for number, url in enumerate(order):
            share = deadline.left / (len(order) - number)
            if share <= 0:
                reasons.append(f"{url}: no time was left for it")
                continue
            try:
                answer = self._of(url, bound, Deadline(share, self._clock), question)
            except GONE as error:
                self._shun(url)
                reasons.append(f"{url}: {described(error)}")
            else:
                self._shunned.pop(url, None)
                return answer
        raise Silent("; ".join(reasons))

    def _of(
        self, url: str, bound: bool, deadline: Deadline, question: Callable[[Connection], Answer]
    ) -> Answer:
        """Ask one server: over a connection that is kept, and a new one where that is dead."""
        kept = self._take(url, bound)
        if kept is not None:
            try:
                with self._returned(kept, bound):
                    kept.within(deadline.left)
                    return question(kept)
            except GONE:
                if deadline.left <= 0:
                    raise
        fresh = connect(url, self._settings, deadline.left)
        with self._returned(fresh, bound):
            if bound:
                self._bind(fresh, deadline)
            fresh.within(deadline.left)
            return question(fresh)

    def _bind(self, connection: Connection, deadline: Deadline) -> None:
        settings = self._settings
        if not settings.bind_dn:
            return
        connection.within(deadline.left)
        try:
            connection.bind(settings.bind_dn, settings.bind_pw)
        except (ldap.INVALID_CREDENTIALS, ldap.INVALID_DN_SYNTAX, ValueError):
            raise Silent(f"{connection.url} does not take COLLECTOR_LDAP_BIND_DN") from None

    def _order(self) -> list[str]:
        now = self._clock()
        with self._lock:
            shunned = {url for url, until in self._shunned.items() if until > now}
        return sorted(self._urls, key=lambda url: url in shunned)

    def _shun(self, url: str) -> None:
        with self._lock:
            self._shunned[url] = self._clock() + _SHUNNED_SECONDS
            dead = [c for key, some in self._idle.items() if key[0] == url for c in some]
            self._idle = {key: some for key, some in self._idle.items() if key[0] != url}
        for connection in dead:
            connection.close()

    def _take(self, url: str, bound: bool) -> Connection | None:
        now = time.monotonic()
        with self._lock:
            kept = self._idle.setdefault((url, bound), [])
            while kept:
                connection = kept.pop()
                if now - connection.used < _IDLE_SECONDS:
                    return connection
                connection.close()
        return None

    @contextmanager
    def _returned(self, connection: Connection, bound: bool) -> Iterator[None]:
        """Keep a connection for the next question, unless something is wrong with it."""
        try:
            yield
        except (ldap.INVALID_CREDENTIALS, ldap.NO_SUCH_OBJECT):
            self._keep(connection, bound)
            raise
        except BaseException:
            connection.close()
            raise
        self._keep(connection, bound)

    def _keep(self, connection: Connection, bound: bool) -> None:
        connection.used = time.monotonic()
        with self._lock:
            self._idle.setdefault((connection.url, bound), []).append(connection)
