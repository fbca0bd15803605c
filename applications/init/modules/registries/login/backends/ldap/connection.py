"""One connection to a directory: TLS, who it is bound as, and how long it may take."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import ldap

from ....settings import LdapSettings

_LEAST_SECONDS = 0.5
_MOST_GIVEN_UP = 16
"""Handshakes that were given up and have not ended: with more, no new ones are begun."""

GONE = (
    ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.TIMEOUT, ldap.UNAVAILABLE, ldap.BUSY,
    ldap.TIMELIMIT_EXCEEDED, ldap.LOCAL_ERROR,
)
"""What a server says, or is said of it, when another may do better."""

_GNUTLS_UNVERIFIED = "(unknown error code)"
"""All that the library built with GnuTLS says of a certificate that it can't verify."""

_UNVERIFIED = "the certificate is not accepted: unknown authority, another name, or out of date"


class Connection:
    """One connection, bound as somebody or nobody."""

    def __init__(self, url: str, settings: LdapSettings, seconds: float) -> None:
        self.url = url
        self._settings = settings
        self._handle = ldap.initialize(url, bytes_strictness="silent")
        self.used = time.monotonic()
        handle = self._handle
        handle.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
        handle.set_option(ldap.OPT_REFERRALS, 0)
        handle.set_option(ldap.OPT_DEREF, ldap.DEREF_NEVER)
        handle.set_option(ldap.OPT_X_KEEPALIVE_IDLE, 30)
        self.within(seconds)
        self._secure()
        if url.startswith("ldaps:"):
            with suppress(ldap.INSUFFICIENT_ACCESS, ldap.INAPPROPRIATE_AUTH,
                          ldap.UNWILLING_TO_PERFORM, ldap.STRONG_AUTH_REQUIRED):
                handle.simple_bind_s()  # connects, whether nobody may bind or not

    def within(self, seconds: float) -> None:
        """Bound what follows.

        :raises ldap.TIMEOUT: there is no time left.
        """
        if seconds <= 0:
            raise ldap.TIMEOUT({"desc": "no time is left"})
        for option in (ldap.OPT_NETWORK_TIMEOUT, ldap.OPT_TIMEOUT):
            self._handle.set_option(option, max(seconds, _LEAST_SECONDS))

    def bind(self, dn: str, password: str) -> None:
        """Bind as somebody; as nobody with neither.

        :raises ValueError: a DN without password, which a server would take for nobody.
        """
        if dn and not password:
            raise ValueError("a bind without password proves nothing")
        self._handle.simple_bind_s(dn, password)

    def search(self, base: str, scope: int, wanted: str, attributes: list[str]) -> list[Any]:
        """Entries as (dn, attributes), all pages of them; referrals are left out."""
        control = ldap.controls.SimplePagedResultsControl(False, size=500, cookie="")
        found: list[Any] = []
        while True:
            message = self._handle.search_ext(
                base, scope, wanted, attributes, serverctrls=[control]
            )
            _, entries, _, controls = self._handle.result3(
                message, timeout=self._handle.get_option(ldap.OPT_TIMEOUT)
            )
            found += [(dn, _folded(values)) for dn, values in entries if dn is not None]
            cookies = [c.cookie for c in controls if c.controlType == control.controlType]
            if not cookies or not cookies[0]:
                return found
            control.cookie = cookies[0]

    def close(self) -> None:
        """End it."""
        with suppress(Exception):
            self._handle.unbind_ext()

    def _secure(self) -> None:
        handle, settings = self._handle, self._settings
        encrypted = self.url.startswith("ldaps:") or settings.tls != "none"
        if not encrypted:
            return
        level = ldap.OPT_X_TLS_DEMAND if settings.verify else ldap.OPT_X_TLS_NEVER
        handle.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, level)
        handle.set_option(ldap.OPT_X_TLS_PROTOCOL_MIN, ldap.OPT_X_TLS_PROTOCOL_TLS1_2)
        try:
            if settings.ca_file is not None:
                handle.set_option(ldap.OPT_X_TLS_CACERTFILE, str(settings.ca_file))
            handle.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        except ValueError:
            raise ldap.CONNECT_ERROR({"desc": "COLLECTOR_LDAP_CA_FILE can't be read"}) from None
        if not self.url.startswith("ldaps:"):
            handle.start_tls_s()


def connect(url: str, settings: LdapSettings, seconds: float) -> Connection:
    """Open a connection, given up in time.

    The library's handshake has no limit: it goes on in a thread of its own, and
    what it comes to after its time is closed.

    :raises ldap.LDAPError: it can't be, or not in time.
    """
    if seconds <= 0 or _Handshakes.given_up >= _MOST_GIVEN_UP:
        raise ldap.TIMEOUT({"desc": "earlier handshakes have not ended yet"})
    handshake = _Handshakes(url, settings, seconds)
    threading.Thread(target=handshake.run, name="ldap", daemon=True).start()
    return handshake.result()


class _Handshakes:
    """A connection that is being made, and how many were given up and still are."""

    given_up = 0
    lock = threading.Lock()

    def __init__(self, url: str, settings: LdapSettings, seconds: float) -> None:
        self._asked = (url, settings, seconds)
        self._seconds = seconds
        self._ended = threading.Event()
        self._late = False
        self._made: Connection | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._made = Connection(*self._asked)
        except Exception as error:
            self._error = error
        with self.lock:
            self._ended.set()
            if not self._late:
                return
            _Handshakes.given_up -= 1
        if self._made is not None:
            self._made.close()

    def result(self) -> Connection:
        self._ended.wait(self._seconds)
        with self.lock:
            if not self._ended.is_set():
                self._late = True
                _Handshakes.given_up += 1
                raise ldap.TIMEOUT({"desc": "no handshake in time"})
        if self._made is None:
            raise self._error or ldap.LOCAL_ERROR({"desc": "no connection"})
        return self._made


def described(error: Exception) -> str:
    """What the library says of an error, in a line, without what was asked."""
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    words = [str(details.get(name, "")) for name in ("desc", "info")]
    if words[1] == _GNUTLS_UNVERIFIED:
        words[1] = _UNVERIFIED
    if isinstance(error, ldap.TIMEOUT) and words[0] in ("", "Timed out"):  # the library's words
        words = ["no answer in time", ""]
    text = ": ".join(word for word in words if word) or type(error).__name__
    return "".join(c if c.isprintable() else " " for c in text)[:200]


def _folded(values: dict[str, list[bytes]]) -> dict[str, list[bytes]]:
    return {name.partition(";")[0].lower(): found for name, found in values.items()}
