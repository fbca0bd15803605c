"""Connections to a directory: TLS, deadlines, the next server where one is silent."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
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
from .modes import bind_state

Answer = TypeVar("Answer")
Kind = tuple[str, bool]
"""A server, and whether connections to it are bound as who looks people up."""

_SHUNNED_SECONDS = 60.0
"""How long a server that did not answer is asked last."""

_IDLE_SECONDS = 30.0
_MADE_AT_ONCE = 8
"""Connections that are being made to a server at a time: with more, a crowd that comes at once
would do nothing but shake hands, while few connections serve it a moment later."""

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
        self._changed: defaultdict[Kind, threading.Condition] = defaultdict(
            lambda: threading.Condition(self._lock)
        )
        self._idle: dict[Kind, list[Connection]] = {}
        self._making: Counter[Kind] = Counter()
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
        kind = (url, bound)
        kept = self._take(kind, deadline)
        if kept is not None:
            try:
                with self._returned(kept, bound):
                    kept.within(deadline.left)
                    return question(kept)
            except GONE:
                if deadline.left <= 0:
                    raise
            self._forget(url)
            with self._lock:
                self._making[kind] += 1
        fresh = self._make(kind, deadline)
        with self._returned(fresh, bound):
            fresh.within(deadline.left)
            return question(fresh)

    def _make(self, kind: Kind, deadline: Deadline) -> Connection:
        url, bound = kind
        try:
            fresh = connect(url, self._settings, deadline.left)
            if not bound:
                return fresh
            try:
                self._bind(fresh, deadline)
            except BaseException:
                fresh.close()
                raise
            return fresh
        finally:
            with self._lock:
                self._making[kind] -= 1
                self._changed[kind].notify()

    def _bind(self, connection: Connection, deadline: Deadline) -> None:
        settings = self._settings
        if not settings.bind_dn:
            return
        connection.within(deadline.left)
        try:
            connection.bind(settings.bind_dn, settings.bind_pw)
        except (ldap.INVALID_CREDENTIALS, ldap.INVALID_DN_SYNTAX, ValueError) as error:
            state = bind_state(described(error)) or "the name or the password is wrong"
            refused = f"{connection.url} does not take COLLECTOR_LDAP_BIND_DN: {state}"
            raise Silent(refused) from None

    def _order(self) -> list[str]:
        now = self._clock()
        with self._lock:
            shunned = {url for url, until in self._shunned.items() if until > now}
        return sorted(self._urls, key=lambda url: url in shunned)

    def _shun(self, url: str) -> None:
        with self._lock:
            self._shunned[url] = self._clock() + _SHUNNED_SECONDS
        self._forget(url)

    def _forget(self, url: str) -> None:
        """Where one connection is dead, those that are kept are as well."""
        with self._lock:
            dead = [c for kind, some in self._idle.items() if kind[0] == url for c in some]
            self._idle = {kind: some for kind, some in self._idle.items() if kind[0] != url}
        for connection in dead:
            connection.close()

    def _take(self, kind: Kind, deadline: Deadline) -> Connection | None:
        """A connection that is kept; None where the caller is to make one.

        :raises ldap.TIMEOUT: neither was possible in time.
        """
        with self._lock:
            while True:
                kept = self._kept(kind)
                if kept is not None:
                    return kept
                if self._may_begin(kind, deadline):
                    return None

    def _may_begin(self, kind: Kind, deadline: Deadline) -> bool:
        """Count one that is being made, or wait until something has changed; under the lock."""
        if self._making[kind] < _MADE_AT_ONCE:
            self._making[kind] += 1
            return True
        if deadline.left <= 0 or not self._changed[kind].wait(deadline.left):
            raise ldap.TIMEOUT({"desc": "no connection in time"})
        return False

    def _kept(self, kind: Kind) -> Connection | None:
        now = time.monotonic()
        kept = self._idle.setdefault(kind, [])
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
            self._changed[connection.url, bound].notify()
