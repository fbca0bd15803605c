"""Making a connection, given up in time: the library's handshake has no limit of its own."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import ldap

from ....settings import LdapSettings
from .connection import Connection, reach

_MOST_GIVEN_UP = 16
"""Handshakes that were given up and have not ended: with more, no new ones are begun."""


def connect(url: str, settings: LdapSettings, seconds: float) -> Connection:
    """Open a connection, given up in time.

    It is made in a thread of its own; what that comes to after its time is closed.

    :raises ldap.LDAPError: it can't be, or not in time.
    """
    if seconds <= 0 or _Handshake.given_up >= _MOST_GIVEN_UP:
        raise ldap.TIMEOUT({"desc": "earlier handshakes have not ended yet"})
    handshake = _Handshake(url, settings, seconds)
    threading.Thread(target=handshake.run, name="ldap", daemon=True).start()
    return handshake.result()


class _Handshake:
    """A connection that is being made, and how many were given up and still are."""

    given_up = 0
    lock = threading.Lock()

    def __init__(self, url: str, settings: LdapSettings, seconds: float) -> None:
        self._url = url
        self._settings = settings
        self._seconds = seconds
        self._ended = threading.Event()
        self._late = False
        self._reached: socket.socket | None = None
        self._made: Connection | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._reached = reach(self._url, self._seconds)
            self._made = Connection(self._url, self._settings, self._seconds, self._reached)
        except Exception as error:
            self._error = error
        with self.lock:
            if self._reached is not None:
                self._reached.close()  # the library has a descriptor of its own
            self._ended.set()
            if not self._late:
                return
            _Handshake.given_up -= 1
        if self._made is not None:
            self._made.close()

    def result(self) -> Connection:
        self._ended.wait(self._seconds)
        with self.lock:
            if not self._ended.is_set():
                self._late = True
                _Handshake.given_up += 1
                if self._reached is not None:
                    with suppress(OSError):  # ends it, but with ldaps
                        self._reached.shutdown(socket.SHUT_RDWR)
                raise ldap.TIMEOUT({"desc": "no handshake in time"})
        if self._made is None:
            raise self._error or ldap.LOCAL_ERROR({"desc": "no connection"})
        return self._made
