"""Why somebody can or can't do something with a repository: what a token would be given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...errors import BadRequest, Denied, NotFound
from ...login import caller as callers
from ...login import lookup
from ...login.caller import Caller
from ...policy import REGISTRIES_MANAGER, Kind, Principal, Registry
from ...scopes import DELETE, PULL, PUSH, REPOSITORY, Scope
from ...token_service import decide_scope
from ..call import Answer, Call
from ..routes import Param, Route
from .registries import is_responsible, required

_ACTIONS = (PULL, PUSH, DELETE)
_BLOCKED = ("account_blocked", "the account is not active: it can't log in")


@dataclass(frozen=True)
class _Asked:
    """Whom it is about; ``active`` is False for accounts that can't log in."""

    principal: Principal
    active: bool = True


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
    refused = {one.action: (one.reason, one.sentence) for one in decision.refusals}
    if not who.active:
        refused = dict.fromkeys(actions, _BLOCKED)
    return {"data": [
        _row(action, refused.get(action), f"{who.principal.login} may {action} {repository}")
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
    return _Asked(call.principal)


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
    who = Caller(
        Kind.SERVICE, found.svcname, "agent", "", svc_id=found.svc_id, app=found.app
    )
    return _Asked(callers.principal(who, call.container.directory))


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
        ),
        (
            Param("repository", "The name of the repository, which need not exist."),
            Param("action", "pull, push or delete; all three if not given.", many=True),
            Param("user", "A user by id, e-mail or username; you if not given."),
            Param("service", "Or a service by svc_id or svcname."),
        ),
        examples=("# curl -u %(email)s 'https://%(collector)s/init/rest/api/docker/registries/3"
                  "/access?repository=apps/shop/web&action=push'",),
    ),
)
