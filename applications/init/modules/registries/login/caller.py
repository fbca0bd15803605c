"""The authenticated caller, and the rights that go with it, read anew each time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ..directory import Account, Directory, Node, Service
from ..policy import Kind, Principal
from .limits import Limits

INTERNAL = "internal"
NODE = "node"
"""What checks credentials, where no other back end does."""


@dataclass(frozen=True)
class Caller:
    """Who logged in.

    ``credential`` is a digest of what proved it (stored password, node uuid):
    identity tokens are bound to it.  ``log_user`` is the collector's way of
    naming people in its log.  ``backend`` is what checked the credentials:
    internal, ldap, radius, personal token, or node.  ``limits`` are those of the
    personal token it came with; None means it came with none.
    """

    kind: Kind
    login: str
    log_user: str
    credential: str
    user_id: int | None = None
    node_id: str = ""
    svc_id: str = ""
    app: str = ""
    backend: str = ""
    limits: Limits | None = None


def fingerprint(secret: str) -> str:
    """Digest of a stored password or uuid; changes when that does."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def credential(account: Account) -> str:
    """Digest of what proves an account: another once its second factor is turned on or off."""
    origin = account.origin
    secret = f"{origin.backend}\0{origin.key}\0{origin.stamp}" if origin else account.password
    return fingerprint(f"{secret}\0second factor {account.second}" if account.second else secret)


def user(account: Account) -> Caller:
    """The caller for a user account."""
    return Caller(
        Kind.USER,
        account.login,
        account.full_name,
        credential(account),
        user_id=account.id,
        backend=account.origin.backend if account.origin else INTERNAL,
    )


def machine(node: Node, uuid: str, service: Service | None) -> Caller:
    """The caller for a node, or for a service logging in from it."""
    if service is None:
        return Caller(
            Kind.NODE, node.nodename, "agent", fingerprint(uuid), node_id=node.node_id,
            backend=NODE,
        )
    return Caller(
        Kind.SERVICE,
        f"{service.svcname}@{node.nodename}",
        "agent",
        fingerprint(uuid),
        node_id=node.node_id,
        svc_id=service.svc_id,
        app=service.app,
        backend=NODE,
    )


def principal(caller: Caller, directory: Directory) -> Principal:
    """The caller with its present groups and privileges (``access-policy.md`` "Who asks")."""
    if caller.kind is Kind.USER and caller.user_id is not None:
        held = directory.memberships(caller.user_id)
        return Principal(
            Kind.USER, caller.login, caller.user_id, held.groups, held.privileges
        )
    if caller.kind is Kind.SERVICE:
        app = directory.app(caller.app)
        groups = directory.everybody()
        if app is not None:
            groups |= app.publications | app.responsibles
        return Principal(
            Kind.SERVICE, caller.login, groups=groups, app_id=app.id if app else None
        )
    return Principal(Kind.NODE, caller.login)
