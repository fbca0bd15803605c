"""Service and node logins: ``path@nodename`` or ``nodename``, with the node's uuid.

Nothing is ever created, and what is ambiguous is refused.
Source: ``agent-contract.md`` 2.4.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..directory import Directory
from . import caller
from .caller import Caller

_NEVER_RESOLVED = "cluster"


@dataclass(frozen=True)
class Refused:
    """Why a login failed, and whose it is where that is known; for the log only.

    ``told`` marks a reason that may be told: who reads it has proved who they are.
    ``backend`` is what refused, where that is another than our own tables.
    """

    reason: str
    login: str = ""
    told: bool = False
    backend: str = ""


def find(directory: Directory, login: str, uuid: str) -> Caller | Refused:
    """Resolve a service or node login."""
    path, at, nodename = login.rpartition("@")
    if (at and not (path and nodename)) or "@" in path:
        return Refused("not a service login")
    node = directory.node(nodename, uuid)
    if node is None:
        return Refused("no such user, and no node with this name and uuid")
    if not at:
        return caller.machine(node, uuid, None)
    candidates = directory.services(path, node) if path != _NEVER_RESOLVED else []
    if not candidates:
        return Refused(f"no service {path} for node {nodename}")
    if len(candidates) > 1:
        return Refused(f"several services {path} for node {nodename}")
    return caller.machine(node, uuid, candidates[0])
