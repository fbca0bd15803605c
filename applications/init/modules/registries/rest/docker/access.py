"""Why somebody can or can't do something with a repository: what a token would be given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ... import catalog
from ...catalog import inventory
from ...catalog.inventory import Machine
from ...errors import BadRequest, Denied, NotFound
from ...login import caller as callers
from ...login import lookup, placement
from ...login.caller import Caller
from ...policy import REGISTRIES_MANAGER, Kind, Principal, Registry
from ...policy import placement as policy_placement
from ...scopes import DELETE, PULL, PUSH, REPOSITORY, Scope
from ...token_service import decide_scope
from ..call import Answer, Call
from ..routes import Param, Route
from .registries import is_responsible, required

_ACTIONS = (PULL, PUSH, DELETE)
_ONLY_FROM = ", from a node with an instance of it and from that node's addresses only"
_BLOCKED = ("account_blocked", "the account is not active: it can't log in")


@dataclass(frozen=True)
class _Asked:
    """Whom it is about, and where that is.

    ``active`` is False for accounts that can't log in.  ``caller`` and ``address`` are what
    placement judges; without an address it judges the instance alone.
    """

    principal: Principal
    active: bool = True
    caller: Caller | None = None
    address: str | None = None


def access(call: Call) -> Answer:
    """What a token would be given to the caller, or to somebody else.

    :raises Denied: it is about somebody else, and the caller may not ask that.
    """
    registry = required(call)
    repository, actions = call.one("repository"), _actions(call)
    if not repository:
        raise BadRequest("repository is missing")
    who = _who(call, registry)
    scope = Scope(REPOSITORY, repository, actions)
    decision = decide_scope(call.container.directory, who.principal, registry, scope)
    declared = catalog.by_id(call.db, registry.id)
    where = ""
    if declared and declared.placement and who.caller and who.caller.kind is Kind.SERVICE:
        misplaced = placement.denial(call.db, who.caller, declared, who.address)
        decision = decision.without(misplaced) if misplaced else decision
        where = _ONLY_FROM if who.address is None else ""
    refused = {one.action: (one.reason, one.sentence) for one in decision.refusals}
    if not who.active:
        refused = dict.fromkeys(actions, _BLOCKED)
    return {"data": [
        _row(action, refused.get(action), f"{who.principal.login} may {action} {repository}{where}")
        for action in actions
    ]}


def _row(action: str, refused: tuple[str, str] | None, granted: str) -> dict[str, Any]:
    reason, sentence = refused or ("", granted)
    return {
        "action": action, "granted": refused is None, "reason": reason, "sentence": sentence
    }


def _actions(call: Call) -> tuple[str, ...]:
    words = [word.strip() for text in call.query.get("action", []) for word in text.split(",")]
    given = tuple(dict.fromkeys(word for word in words if word))
    for word in given:
        if word not in _ACTIONS:
            raise BadRequest(f"an action is one of {', '.join(_ACTIONS)}")
    return given or _ACTIONS


def _who(call: Call, registry: Registry) -> _Asked:
    user, service = call.one("user").strip(), call.one("service").strip()
    if user and service:
        raise BadRequest("ask for a user or for a service, not for both")
    if user:
        return _user(call, registry, user)
    if service:
        return _service(call, registry, service)
    return _Asked(call.principal, caller=call.caller, address=call.came.address)


def _user(call: Call, registry: Registry, text: str) -> _Asked:
    directory = call.container.directory
    account = lookup.user(directory, text)
    if account is not None and account.id == call.principal.id:
        return _Asked(call.principal)
    _require_right(call, registry)
    if account is None:
        raise NotFound(f"there is no user {text[:64]!r}")
    principal = callers.principal(callers.user(account), directory)
    return _Asked(principal, not account.registration_key.strip())


def _service(call: Call, registry: Registry, text: str) -> _Asked:
    _require_right(call, registry)
    found = lookup.service(call.db, text)
    if found is None:
        raise NotFound(f"there is no service {text[:64]!r}")
    node, address = _place(call)
    login = f"{found.svcname}@{node.nodename}" if node else found.svcname
    who = Caller(
        Kind.SERVICE, login, "agent", "", node_id=node.node_id if node else "",
        svc_id=found.svc_id, app=found.app,
    )
    principal = callers.principal(who, call.container.directory)
    return _Asked(principal, caller=who, address=address)


def _place(call: Call) -> tuple[Machine | None, str | None]:
    """The node that a service is asked about from, and the address, where they are given."""
    text, address = call.one("node").strip(), call.one("address").strip()
    if address and not text:
        raise BadRequest("an address is a node's: give the node too")
    if address and policy_placement.parse(address) is None:
        raise BadRequest(f"{address[:64]!r} is no IP address")
    if not text:
        return None, None
    by_id = inventory.machine(call.db, text)
    found = [by_id] if by_id else inventory.named(call.db, text)
    if not found:
        raise NotFound(f"there is no node {text[:64]!r}")
    if len(found) > 1:
        raise BadRequest(f"several nodes are named {text[:64]!r}: use the node_id")
    return found[0], address or None


def _require_right(call: Call, registry: Registry) -> None:
    call.require(REGISTRIES_MANAGER)
    if not is_responsible(call, registry):
        raise Denied(
            f"only who is responsible for registry {registry.service} asks for somebody else"
        )


ROUTES = (
    Route(
        "GET", "/docker/registries/<id>/access", access,
        (
            "Tell what you may do with a repository of a docker registry, and why not.",
            "The answer is what a token would be given.  It has a row for each action, with"
            " granted, a reason for programs and a sentence for people.",
            "To ask for somebody else you need the privilege DockerRegistriesManager, and a"
            " group of yours that is responsible for the registry; a Manager may always.",
            "Where the registry wants services in their place, what is told of a service needs"
            " its node and address to be whole.",
        ),
        (
            Param("repository", "The name of the repository, which need not exist."),
            Param("action", "pull, push or delete; all three if not given.", many=True),
            Param("user", "A user by id, e-mail or username; you if not given."),
            Param("service", "Or a service by svc_id or svcname."),
            Param("node", "The node that the service logs in from, by node_id or name."),
            Param("address", "The address that it comes from, of that node."),
        ),
        examples=("# curl -u %(email)s 'https://%(collector)s/init/rest/api/docker/registries/3"
                  "/access?repository=apps/shop/web&action=push'",),
    ),
)
