"""Settings of the RADIUS back end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Union

from ..errors import StartupError
from .reading import Mapped, count, mapped, setting, text, words

PORT = 1812
GroupKey = Union[int, tuple[int, int]]
"""The number of an attribute, or those of a vendor and of an attribute of that vendor."""

_GROUP_ATTRIBUTES = {"class": 25, "filter-id": 11}
# What a packet is made of and signed with holds no names: Vendor-Specific, Message-Authenticator.
_NO_GROUPS = (26, 80)
_LONGEST_VALUE = 253
_BRACKETED = re.compile(r"\[([^\[\]]+)\](?::(.*))?", re.DOTALL)
_HOST = re.compile(r"[^\s\[\]/@]+")


@dataclass(frozen=True)
class RadiusSettings:
    """Where the servers are, and what they are asked."""

    servers: tuple[str, ...] = setting(
        "COLLECTOR_RADIUS_SERVER",
        "hosts or host:port (1812); the next one is asked when one does not answer",
        (),
        words,
    )
    secret: str = setting(
        "COLLECTOR_RADIUS_SECRET", "shared with the servers", "", str, secret=True
    )
    realm: str = setting(
        "COLLECTOR_RADIUS_REALM", "put behind login names that have none, after an @", "", text
    )
    nas_identifier: str = setting(
        "COLLECTOR_RADIUS_NAS_IDENTIFIER", "how we call ourselves", "opensvc-collector", text
    )
    group_attribute: str = setting(
        "COLLECTOR_RADIUS_GROUP_ATTRIBUTE",
        "attribute of an answer that names groups: Class, Filter-Id, a number, or vendor:number;"
        " none when not set",
        "",
        text,
    )
    group_mapping: Mapped = setting(
        "COLLECTOR_RADIUS_GROUP_MAPPING",
        "its values, each with the groups here that it means: a dictionary, or JSON",
        (),
        mapped,
    )
    seconds: int = setting(
        "COLLECTOR_RADIUS_SECONDS", "how long one login may wait for all servers together", 8, count
    )

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Host and port of each server.

        :raises StartupError: one is neither host nor host:port.
        """
        try:
            return tuple(_address(server) for server in self.servers)
        except ValueError as error:
            raise StartupError(f"COLLECTOR_RADIUS_SERVER can't be understood: {error}") from None

    @property
    def group_key(self) -> GroupKey | None:
        """The attribute that names groups; None where none does.

        :raises StartupError: there is no such attribute.
        """
        try:
            return _group_key(self.group_attribute) if self.group_attribute else None
        except ValueError as error:
            raise StartupError(
                f"COLLECTOR_RADIUS_GROUP_ATTRIBUTE can't be understood: {error}"
            ) from None

    def require_usable(self) -> None:
        """Check what the back end can't do without, and that all of it makes sense.

        :raises StartupError: it is not there, or no sense; the message says what.
        """
        for name, value in (
            ("COLLECTOR_RADIUS_SERVER", self.servers),
            ("COLLECTOR_RADIUS_SECRET", self.secret.strip()),
            ("COLLECTOR_RADIUS_NAS_IDENTIFIER", self.nas_identifier),
            ("COLLECTOR_RADIUS_SECONDS", self.seconds),
        ):
            if not value:
                raise StartupError(f"{name} is not set, and people log in with radius")
        _ = self.addresses
        if not _is_realm(self.realm):
            raise StartupError(
                "COLLECTOR_RADIUS_REALM can't be understood: it has an @ or blanks"
            )
        if not self.nas_identifier.isprintable() or _size(self.nas_identifier) > _LONGEST_VALUE:
            raise StartupError(
                "COLLECTOR_RADIUS_NAS_IDENTIFIER can't be understood: not a name of at most"
                f" {_LONGEST_VALUE} bytes"
            )
        if self.group_key is None and self.group_mapping:
            raise StartupError(
                "COLLECTOR_RADIUS_GROUP_MAPPING is set, and COLLECTOR_RADIUS_GROUP_ATTRIBUTE is not"
            )


def _address(given: str) -> tuple[str, int]:
    """Take ``host``, ``host:port``, ``[IPv6]:port`` or a bare IPv6 address apart."""
    bracketed = _BRACKETED.fullmatch(given)
    if bracketed:
        host, port = bracketed.groups()
    elif given.count(":") > 1:
        host, port = given, None
    else:
        host, colon, after = given.partition(":")
        port = after if colon else None
    if not _HOST.fullmatch(host):
        raise ValueError(f"{given!r} is no host")
    if port is None:
        return host, PORT
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise ValueError(f"{given!r} has no port between 1 and 65535")
    return host, int(port)


def _group_key(given: str) -> GroupKey:
    known = _GROUP_ATTRIBUTES.get(given.lower())
    if known is not None:
        return known
    if not re.fullmatch(r"(?:[0-9]{1,8}:)?[0-9]{1,3}", given):
        raise ValueError(f"{given!r} is not Class, Filter-Id, a number or vendor:number")
    vendor, _, number = given.rpartition(":")
    if not 0 < int(number) < 256:
        raise ValueError(f"{given!r}: attributes have numbers from 1 to 255")
    if not vendor:
        if int(number) in _NO_GROUPS:
            raise ValueError(f"attribute {given} names no groups")
        return int(number)
    if not 0 < int(vendor) < 2**24:
        raise ValueError(f"{given!r}: vendors have numbers from 1 to 16777215")
    return int(vendor), int(number)


def _is_realm(realm: str) -> bool:
    return realm.isprintable() and not {"@", " "} & set(realm) and _size(realm) < _LONGEST_VALUE


def _size(value: str) -> int:
    return len(value.encode("utf-8", "surrogatepass"))
