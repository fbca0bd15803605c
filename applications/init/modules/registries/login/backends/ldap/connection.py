"""One connection to a directory: TLS, who it is bound as, and how long it may take."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import ldap

from ....settings import LdapSettings

_LEAST_SECONDS = 0.5
_KEEPALIVE_SECONDS = 30

GONE = (
    ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.TIMEOUT, ldap.UNAVAILABLE, ldap.BUSY,
    ldap.TIMELIMIT_EXCEEDED, ldap.LOCAL_ERROR,
)
"""What a server says, or is said of it, when another may do better."""

_GNUTLS_UNVERIFIED = "(unknown error code)"
"""All that the library built with GnuTLS says of a certificate that it can't verify."""

_UNVERIFIED = "the certificate is not accepted: unknown authority, another name, or out of date"


class Connection:
    """One connection, bound as somebody or nobody.

    :param reached: a connection to the server; the caller closes it.
    """

    def __init__(
        self, url: str, settings: LdapSettings, seconds: float, reached: socket.socket
    ) -> None:
        self.url = url
        self._settings = settings
        # With ldaps the library makes a connection of its own, to a server that was just there.
        more = {} if url.startswith("ldaps:") else {"fileno": reached.dup().detach()}
        self._handle = ldap.initialize(url, bytes_strictness="silent", **more)
        self.used = time.monotonic()
        handle = self._handle
        handle.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
        handle.set_option(ldap.OPT_REFERRALS, 0)
        handle.set_option(ldap.OPT_DEREF, ldap.DEREF_NEVER)
        handle.set_option(ldap.OPT_X_KEEPALIVE_IDLE, _KEEPALIVE_SECONDS)
        handle.set_option(ldap.OPT_TIMEOUT, max(seconds, _LEAST_SECONDS))
        if url.startswith("ldaps:") or settings.tls != "none":
            self._secure()
        self.within(seconds)

    def within(self, seconds: float) -> None:
        """Bound each of what follows.

        :raises ldap.TIMEOUT: there is no time left.
        """
        if seconds <= 0:
            raise ldap.TIMEOUT({"desc": "no time is left"})
        # Not as options: setting those gives the interpreter away, and to come back takes time.
        self._seconds = max(seconds, _LEAST_SECONDS)

    def bind(self, dn: str, password: str) -> None:
        """Bind as somebody; as nobody with neither.

        :raises ValueError: a DN without password, which a server would take for nobody.
        """
        if dn and not password:
            raise ValueError("a bind without password proves nothing")
        self._handle.result3(self._handle.simple_bind(dn, password), timeout=self._seconds)

    def search(self, base: str, scope: int, wanted: str, attributes: list[str]) -> list[Any]:
        """Entries as (dn, attributes), all pages of them; referrals are left out."""
        control = ldap.controls.SimplePagedResultsControl(False, size=500, cookie="")
        found: list[Any] = []
        while True:
            message = self._handle.search_ext(
                base, scope, wanted, attributes, serverctrls=[control]
            )
            _, entries, _, controls = self._handle.result3(message, timeout=self._seconds)
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
        """Make it TLS.

        With OPT_NETWORK_TIMEOUT the library made of GnuTLS would not wait for the other
        side, but ask again and again: a core was busy for as long as a handshake takes.
        So the socket blocks until it is over; who calls gives it up in time.
        """
        handle, settings = self._handle, self._settings
        level = ldap.OPT_X_TLS_DEMAND if settings.verify else ldap.OPT_X_TLS_NEVER
        handle.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, level)
        handle.set_option(ldap.OPT_X_TLS_PROTOCOL_MIN, ldap.OPT_X_TLS_PROTOCOL_TLS1_2)
        try:
            if settings.ca_file is not None:
                handle.set_option(ldap.OPT_X_TLS_CACERTFILE, str(settings.ca_file))
            handle.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        except ValueError:
            raise ldap.CONNECT_ERROR({"desc": "COLLECTOR_LDAP_CA_FILE can't be read"}) from None
        if self.url.startswith("ldaps:"):
            with suppress(ldap.INSUFFICIENT_ACCESS, ldap.INAPPROPRIATE_AUTH,
                          ldap.UNWILLING_TO_PERFORM, ldap.STRONG_AUTH_REQUIRED):
                handle.simple_bind_s()  # connects, whether nobody may bind or not
        else:
            handle.start_tls_s()
        # A server that is silent in the middle of an answer shall not be waited for either.
        os.set_blocking(handle.get_option(ldap.OPT_DESC), False)


def reach(url: str, seconds: float) -> socket.socket:
    """Connect to a server, without a word to it.

    :raises ldap.LDAPError: it can't be reached, or not in time.
    """
    parts = urlsplit(url)
    try:
        found = socket.create_connection(
            (parts.hostname or "", parts.port or 0), max(seconds, _LEAST_SECONDS)
        )
    except socket.timeout:  # TimeoutError since Python 3.10
        raise ldap.TIMEOUT({"desc": "no connection in time"}) from None
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "its name is none"
        raise ldap.SERVER_DOWN({"desc": "Can't contact LDAP server", "info": why}) from None
    found.settimeout(None)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_SECONDS)
    return found


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
