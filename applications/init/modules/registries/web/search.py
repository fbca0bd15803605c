"""``/init/registry/call/json/search``: docker search, as a registry's nginx forwards it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import audit, catalog
from ..catalog import Declared, hosts
from ..errors import BadRequest, MethodNotAllowed, Unauthorized
from ..login import caller as callers
from ..login import credentials, placement, reference
from ..login.caller import Caller
from ..policy import Deny
from ..scopes import CATALOG, REGISTRY
from ..search import Found, Result
from ..tokens import Claims, InvalidToken, may_search, verify
from .message import Parameters, Reply, Request, json_reply

if TYPE_CHECKING:
    from ..container import Container

USUAL, MOST = 25, 100
"""Results on a page: what docker asks for, and the most that is given."""

_NUMBER = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_NO_TOKEN = "the token is not valid for a search on this registry"


@dataclass(frozen=True)
class _Asked:
    """A search as it was asked for; ``limit`` results on page ``page``."""

    term: str
    limit: int
    page: int


def search(request: Request, container: Container) -> Reply:
    """Answer a search; without credentials, or on a registry that is unknown, it finds nothing.

    It says 200 then, because podman takes anything else as a reason to list the catalogue.
    """
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed("only GET is known here")
    parameters = request.query()
    asked = _asked(parameters)
    authorization = request.header("Authorization")
    if authorization.partition(" ")[0].lower() == "bearer":
        token = authorization.partition(" ")[2].strip()
        found = _by_token(token, asked, parameters, request, container)
    else:
        found = _by_password(authorization, asked, parameters, request, container)
    return json_reply(_value(asked, found))


def _by_password(
    authorization: str,
    asked: _Asked,
    parameters: Parameters,
    request: Request,
    container: Container,
) -> Found:
    given = credentials.basic(authorization)
    if given is None:
        return Found([], 0)
    address = request.address(container.settings.trusted_proxies)
    who = container.authenticator.by_password(given, address)
    with container.db.transaction():
        declared = _declared(parameters, request, container)
        if declared is None or (who.limits and not who.limits.covers(declared.registry.id)):
            return Found([], 0)
        found = _find(who, declared, asked, address, container)
    return _unless_denied(found)


def _by_token(
    token: str, asked: _Asked, parameters: Parameters, request: Request, container: Container
) -> Found:
    address = request.address(container.settings.trusted_proxies)
    with container.db.transaction():
        declared = _declared(parameters, request, container)
        if declared is None:
            raise Unauthorized(_NO_TOKEN)
        who = _bearer(token, declared, container)
    if who is not None and container.authenticator.of_today(who, address) is None:
        raise Unauthorized(_NO_TOKEN)
    with container.db.transaction():
        found = _find(who, declared, asked, address, container) if who else Found([], 0)
    return _unless_denied(found)


def _bearer(token: str, declared: Declared, container: Container) -> Caller | None:
    """The caller of a token of ours for this registry, as it is now; None if search was refused."""
    service, issuer = declared.registry.service, container.settings.issuer
    try:
        claims = verify(token, container.keystore, service, issuer, container.clock())
    except InvalidToken:
        raise Unauthorized(_NO_TOKEN) from None
    if not any(map(may_search, claims.access)):
        if _was_refused(claims):
            return None
        raise Unauthorized(_NO_TOKEN)
    return reference.find(claims.principal, claims.subject, container.directory)


def _was_refused(claims: Claims) -> bool:
    """Tell whether it was asked for to search, by somebody who may not: there is nothing to see."""
    asked = [entry for entry in claims.access if (entry.type, entry.name) == (REGISTRY, CATALOG)]
    return bool(asked) and not any(entry.actions for entry in asked)


def _unless_denied(found: Found | Deny) -> Found:
    """Refuse a misplaced service, once the transaction with the audit entry is over."""
    if isinstance(found, Deny):
        raise Unauthorized(found.sentence)
    return found


def _find(
    who: Caller, declared: Declared, asked: _Asked, address: str, container: Container
) -> Found | Deny:
    misplaced = placement.denial(container.db, who, declared, address)
    if misplaced:
        entry = placement.refusal(who, declared, address, misplaced)
        audit.write(container.db, entry, container.clock())
        return misplaced
    principal = callers.principal(who, container.directory)
    return container.search.find(
        principal, declared.registry, asked.term, asked.limit, asked.page
    )


def _declared(parameters: Parameters, request: Request, container: Container) -> Declared | None:
    service = parameters.one("service")
    if service:
        return catalog.by_service(container.db, service)
    return hosts.by_host(container.db, request.header("Host"))


def _asked(parameters: Parameters) -> _Asked:
    limit = _number(parameters, "n", USUAL)
    page = _number(parameters, "page", 1)
    if page < 1:
        raise BadRequest("pages are counted from 1")
    return _Asked(parameters.one("q"), min(limit, MOST) if limit > 0 else USUAL, page)


def _number(parameters: Parameters, name: str, default: int) -> int:
    text = parameters.one(name)
    if not text:
        return default
    if not _NUMBER.fullmatch(text):
        raise BadRequest(f"the parameter {name!r} is no number")
    return int(text)


def _value(asked: _Asked, found: Found) -> dict[str, Any]:
    return {
        "query": asked.term,
        "page": asked.page,
        "page_size": asked.limit,
        "num_pages": -(-found.total // asked.limit),
        "num_results": found.total,
        "results": [_row(result) for result in found.results],
    }


def _row(result: Result) -> dict[str, Any]:
    """One result; docker refuses the whole answer where a type is not exactly this."""
    return {
        "name": result.name,
        "description": result.description,
        "star_count": result.stars,
        "is_official": result.official,
        "is_automated": result.automated,
    }
