"""A caller as text, for tokens that come back to us: written once, found again each time."""

from __future__ import annotations

import re

from ..directory import Directory
from ..errors import Unauthorized
from ..policy import Kind
from . import caller as callers
from .caller import Caller, fingerprint

_ID = re.compile(r"[0-9]{1,10}", re.ASCII)
_GONE = "the token is not valid any more: log in again"


def write(who: Caller) -> str:
    """``user:<id>``, ``service:<svc_id>@<node_id>`` or ``node:<node_id>``."""
    if who.kind is Kind.USER:
        return f"user:{who.user_id}"
    if who.kind is Kind.SERVICE:
        return f"service:{who.svc_id}@{who.node_id}"
    return f"node:{who.node_id}"


def find(text: str, login: str, directory: Directory) -> Caller:
    """Find the caller again as it is now; the caller of this holds the transaction.

    :param login: the name it had, for machines, whose login is made of two names.
    :raises Unauthorized: it is gone or blocked, or the text is none of ``write``'s.
    """
    kind, _, rest = text.partition(":")
    found = None
    if kind == Kind.USER.value:
        found = _user(rest, directory)
    elif kind == Kind.SERVICE.value:
        found = _service(rest, login, directory)
    elif kind == Kind.NODE.value:
        uuid = directory.node_uuid(rest)
        found = Caller(Kind.NODE, login, "agent", fingerprint(uuid), node_id=rest) if uuid else None
    if found is None:
        raise Unauthorized(_GONE)
    return found


def _user(text: str, directory: Directory) -> Caller | None:
    account = directory.account_by_id(int(text)) if _ID.fullmatch(text) else None
    if account is None or account.registration_key.strip() or account.is_refused:
        return None
    return callers.user(account)


def _service(text: str, login: str, directory: Directory) -> Caller | None:
    svc_id, _, node_id = text.partition("@")
    service, uuid = directory.service(svc_id), directory.node_uuid(node_id)
    if service is None or not uuid:
        return None
    return Caller(
        Kind.SERVICE,
        login,
        "agent",
        fingerprint(uuid),
        node_id=node_id,
        svc_id=svc_id,
        app=service.app,
    )
