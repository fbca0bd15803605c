"""The client of registries' HTTP API (distribution 2.8 and 3.x), which it does not trust.

Whatever a registry sends, a call ends in time, within its size, with a checked
value or a ``RemoteError``: ``Unreachable`` where we could not get it, ``BadAnswer``
where they sent something bad, ``Refused`` where they said no, and ``Missing`` where
they proved that it is not there.  Nothing is followed that an answer points at.

``addresses`` says where we go, ``transport`` carries, ``safe_json``, ``manifests``
and ``paging`` read what comes back, ``client`` joins them.
"""

from .addresses import AddressPolicy
from .client import RegistryClient, TokenSource
from .failures import (
    AddressRefused,
    BadAnswer,
    Missing,
    Refused,
    RemoteError,
    Unreachable,
    Untrusted,
)
from .manifests import Child, Manifest
from .place import Target
from .wire import Timeouts

__all__ = [
    "AddressPolicy",
    "AddressRefused",
    "BadAnswer",
    "Child",
    "Manifest",
    "Missing",
    "Refused",
    "RegistryClient",
    "RemoteError",
    "Target",
    "Timeouts",
    "TokenSource",
    "Unreachable",
    "Untrusted",
]
