"""Where a registry is: its url taken apart, and the addresses that were resolved once."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .addresses import AddressPolicy
from .failures import AddressRefused, Unreachable

Resolve = Callable[..., Any]
"""As ``socket.getaddrinfo``."""

_URL = re.compile(
    r"(https?)://(\[[0-9a-f:.]{2,45}\]|[^\s/?#@\\:\[\]%]{1,253})(?::([0-9]{1,5}))?"
    r"((?:/[a-z0-9._~-]+)*)/?",
    re.IGNORECASE | re.ASCII,
)
_HOST = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)


@dataclass(frozen=True)
class Target:
    """A registry as it is declared.

    ``url`` is http(s)://host[:port][/prefix]; ``insecure`` means that its
    certificate is not checked and that it may be asked over plain http;
    ``ca_file`` holds the certificates that may have signed its own (the
    system's when None).
    """

    url: str
    insecure: bool
    ca_file: Path | None = None


@dataclass(frozen=True)
class Place:
    """A registry's url taken apart; ``host`` without brackets, ``prefix`` without last slash."""

    tls: bool
    host: str
    port: int
    prefix: str

    @property
    def origin(self) -> str:
        """Scheme, host and, unless it is the scheme's own, port."""
        return f"{'https' if self.tls else 'http'}://{self.name}"

    @property
    def name(self) -> str:
        """The host and, unless it is the scheme's own, the port: its ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


@dataclass(frozen=True)
class Pin:
    """An address to connect to, as the family and address that sockets take."""

    family: int
    address: tuple[Any, ...]


def locate(url: str) -> Place:
    """Take a registry's url apart.

    :raises AddressRefused: it is not http(s)://host[:port][/prefix].
    """
    match = _URL.fullmatch(url) if len(url) <= 512 else None
    if match is None:
        raise AddressRefused("the registry's url is not http(s)://host[:port][/path]")
    scheme, host, port, prefix = match.groups()
    tls = scheme.lower() == "https"
    number = int(port) if port else (443 if tls else 80)
    if not 0 < number < 65_536:
        raise AddressRefused("the registry's url has no valid port")
    return Place(tls, _host(host), number, prefix)


def pin(place: Place, insecure: bool, policy: AddressPolicy, resolve: Resolve) -> tuple[Pin, ...]:
    """Resolve a registry's name and judge all that it resolves to.

    :raises AddressRefused: any of the addresses, the port, or plain http is refused.
    :raises Unreachable: the name can't be resolved.
    """
    if not policy.admits_port(place.port):
        raise AddressRefused(f"{place.name}: this port is not allowed")
    if not place.tls and not policy.admits_plain(insecure):
        raise AddressRefused(f"{place.name}: plain http is only for registries declared insecure")
    pins = []
    for family, _, _, _, address in _resolved(place, resolve):
        if family not in (socket.AF_INET, socket.AF_INET6):
            continue
        if not policy.admits(ipaddress.ip_address(address[0].partition("%")[0])):
            raise AddressRefused(f"{place.name} is at an address that is not allowed")
        pins.append(Pin(family, (address[0], place.port, *address[2:])))
    if not pins:
        raise Unreachable(f"{place.name} has no address")
    return tuple(pins)


def _resolved(place: Place, resolve: Resolve) -> list[tuple[Any, ...]]:
    try:
        return list(resolve(place.host, place.port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        raise Unreachable(f"{place.name}: the name can't be resolved") from None


def _host(text: str) -> str:
    """A host as it goes into the protocols: an address, or a name in ASCII (RFC 3490)."""
    try:
        if text.startswith("["):
            return str(ipaddress.IPv6Address(text[1:-1]))
        name = text.encode("idna").decode().lower()
    except ValueError:
        name = ""
    if not _HOST.fullmatch(name):
        raise AddressRefused("the registry's url has no valid host")
    return name
