"""Which addresses the collector connects to: an allow list, or a judgement by kind.

Sources: the IANA special-purpose address registries (RFC 6890), RFC 6052
(NAT64), RFC 3056 (6to4), RFC 4380 (Teredo), and ``security.md`` 5.3.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(word) for word in text.split())


# Link-local, multicast, unspecified, reserved; and where clouds keep their secrets.
_NEVER = _networks(
    "0.0.0.0/8 169.254.0.0/16 224.0.0.0/4 240.0.0.0/4"
    " 100.100.100.200/32 168.63.129.16/32 192.0.0.192/32"
    " ::/128 100::/64 fe80::/10 fec0::/10 ff00::/8 fd00:ec2::254/128 fd20:ce::254/128"
)
_NOT_PUBLIC = _networks(
    "10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24"
    " 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24"
    " 2001::/23 2001:db8::/32 3fff::/20"
)
_PUBLIC_V6 = _networks("2000::/3 64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
_LAST_32_BITS = _networks("64:ff9b::/96 64:ff9b:1::/48 ::ffff:0:0:0/96")


@dataclass(frozen=True)
class AddressPolicy:
    """Where registries may be.

    ``allowed``: when given, only these networks, whatever they are.  Else never
    link-local (metadata services), multicast, unspecified or reserved addresses.
    ``public``: only global addresses, ports 80, 443 and from 1024, and plain http
    only to registries that are declared insecure.  An IPv6 address that carries an
    IPv4 address is judged by both.
    """

    public: bool = False
    allowed: tuple[Network, ...] = ()

    def admits(self, address: Address) -> bool:
        """Tell whether the collector may connect to an address."""
        return all(self._admits(one) for one in (address, *_embedded(address)))

    def admits_port(self, port: int) -> bool:
        """Tell whether the collector may connect to a port."""
        return not self.public or port in (80, 443) or port >= 1024

    def admits_plain(self, insecure: bool) -> bool:
        """Tell whether a registry may be asked without TLS."""
        return insecure or not self.public

    def _admits(self, address: Address) -> bool:
        if self.allowed:
            return _within(address, self.allowed) or _is_mapped(address)
        if _within(address, _NEVER):
            return False
        return not self.public or _is_global(address)


def _is_global(address: Address) -> bool:
    if _within(address, _NOT_PUBLIC):
        return False
    # The address a mapped one stands for is judged as well; it is none of its own.
    return address.version == 4 or _is_mapped(address) or _within(address, _PUBLIC_V6)


def _embedded(address: Address) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address may lead to."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    compatible = address in _COMPATIBLE and int(address) > 0xFFFF
    if compatible or _within(address, _LAST_32_BITS):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_mapped(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)
