"""Placement: what is on record of a service's login, and the refusal of a misplaced one.

A service's instances are in the collector's ``svcmon``: with the node itself, or with the name
of the node as that of a container (``agent-contract.md`` 2.4 b).  A node's addresses are in
``node_ip``.
"""

from __future__ import annotations

from .. import audit
from ..catalog import Declared
from ..database import Database
from ..policy import Deny, Kind, Verdict, placement
from ..policy.placement import Facts
from .caller import Caller


def denial(db: Database, who: Caller, declared: Declared, address: str | None) -> Deny | None:
    """What placement has against a caller on a registry; None for nothing.

    :param address: where it comes from; None to ask about the instance alone.
    """
    if not declared.placement or who.kind is not Kind.SERVICE:
        return None
    verdict: Verdict = placement.check(_facts(db, who, address))
    return verdict if isinstance(verdict, Deny) else None


def refusal(who: Caller, declared: Declared, address: str, deny: Deny) -> audit.Entry:
    """The audit entry of a login that is refused altogether."""
    details = {
        "login": who.login,
        "kind": who.kind.value,
        "address": address,
        "service": declared.registry.service,
        "reason": deny.reason,
        "why": deny.sentence,
    }
    fmt = "login of %(login)s from %(address)s on %(service)s refused: %(why)s"
    return audit.Entry(
        audit.NODE_FAILED, who.log_user, fmt, details, "warning", who.node_id, who.svc_id
    )


def addresses(db: Database, node_id: str) -> frozenset[str]:
    """The addresses on record of a node, without those of interfaces that are on every node."""
    rows = db.rows("SELECT addr, intf FROM node_ip WHERE node_id = ?", node_id) if node_id else []
    return frozenset(
        str(addr or "") for addr, interface in rows
        if not placement.is_everywhere(str(interface or ""))
    )


def _facts(db: Database, who: Caller, address: str | None) -> Facts:
    service, _, node = who.login.rpartition("@") if who.node_id else (who.login, "", "")
    return Facts(
        wanted=True,
        kind=who.kind,
        service=service,
        node=node,
        has_instance=_has_instance(db, who.svc_id, who.node_id, node),
        addresses=addresses(db, who.node_id),
        client=address,
    )


def _has_instance(db: Database, svc_id: str, node_id: str, node: str) -> bool:
    if not svc_id:
        return False
    rows = db.rows("SELECT node_id, mon_vmname FROM svcmon WHERE svc_id = ?", svc_id)
    if not node_id:
        return bool(rows)
    return any(
        on == node_id or (node and str(container or "").lower() == node.lower())
        for on, container in rows
    )
