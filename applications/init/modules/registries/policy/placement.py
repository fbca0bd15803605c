"""Placement: a service's login is good only where the service is, on registries that want it.

It comes after the policy and only takes away: who may not without it may not with it.  People,
nodes and the collector itself are never affected.

Addresses that every machine has prove nothing, and never count: loopback, link-local,
unspecified and multicast ones, and those of interfaces that container engines and
hypervisors make on each of their hosts (``docker0``).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union

from .model import ALLOW, Deny, Kind, Verdict

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

_LONGEST = 64
_LIKE_EVERYWHERE = re.compile(
    r"(?:lo|dummy)[0-9]*|docker.*|br-[0-9a-f]{12}|(?:cni|podman|virbr|lxcbr|lxdbr|incusbr|veth"
    r"|obr_|flannel|cali|tunl|kube-).*",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Facts:
    """What is known of a login.

    ``wanted`` is the registry's option.  ``node`` is empty where it is asked of no node in
    particular; ``has_instance`` is of that node then, else of any.  ``addresses`` are the
    node's on record, as they are stored.  ``client`` is the address that the login comes from;
    None where nobody logs in, and only the instance is asked about.
    """

    wanted: bool
    kind: Kind
    service: str
    node: str
    has_instance: bool
    addresses: frozenset[str]
    client: str | None


def check(facts: Facts) -> Verdict:
    """Tell whether placement has something against a login."""
    if not facts.wanted or facts.kind is not Kind.SERVICE:
        return ALLOW
    service, node = facts.service, facts.node
    if not facts.has_instance:
        where = f"node {node}" if node else "any node"
        return Deny(
            "placement_instance",
            f"service {service} has no instance on {where}, and this registry wants one",
        )
    if facts.client is None:
        return ALLOW
    client = parse(facts.client)
    if client is not None and client in counted(facts.addresses):
        return ALLOW
    shown = str(client) if client is not None else "it came from"
    sentence = f"node {node} is not known to have the address {shown}"
    if client is not None and not counts(client):
        sentence += ", and an address that every machine has counts for none"
    return Deny("placement_address", sentence)


def parse(text: str) -> Address | None:
    """Read an address: without its zone, an IPv4 address in IPv6 as what it is; None for none."""
    text = text.strip().partition("%")[0]
    if len(text) > _LONGEST:
        return None
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def counts(address: Address) -> bool:
    """Tell whether an address can say which machine it is."""
    return not (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
    )


def counted(addresses: Iterable[str]) -> frozenset[Address]:
    """Those stored addresses that can say which machine it is; what is no address is none."""
    found = (parse(text) for text in addresses)
    return frozenset(one for one in found if one is not None and counts(one))


def is_everywhere(interface: str) -> bool:
    """Tell whether an interface is one that many machines have with the same address."""
    return bool(_LIKE_EVERYWHERE.fullmatch(interface.strip()))
