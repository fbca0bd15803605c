"""The token service: who asks for what on which registry -> a signed token.

Source: distribution ``docs/spec/auth/{token,jwt,oauth}``; decisions by ``policy``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from . import audit, catalog, metrics, names, scopes
from .catalog import Declared
from .database import Database
from .directory import Directory
from .errors import BadRequest, Unauthorized, UnknownService
from .keys import Keystore
from .login import caller as callers
from .login import placement, reference
from .login.authenticate import Authenticator
from .login.caller import Caller
from .login.credentials import Credentials, Identity
from .login.identity import IdentityTokens
from .login.limits import OTHER_REGISTRY, Limits, within
from .policy import Decision, Deny, OwnerFacts, Principal, Registry, decide
from .scopes import DELETE, PUSH, Scope
from .tokens import AccessEntry, Claims, may_search, sign

SHORTEST, LONGEST = 60, 3600
"""Bounds of a token's life in seconds; clients take less than 60 for 60."""

_FMT = "%(login)s from %(address)s on %(service)s: asked %(asked)s, given %(granted)s"


@dataclass(frozen=True)
class TokenRequest:
    """What a client asked; ``offline`` wants an identity token as well."""

    service: str
    scopes: tuple[Scope, ...]
    credentials: Credentials | None
    address: str
    client: str = ""
    offline: bool = False


@dataclass(frozen=True)
class TokenAnswer:
    """The token and what to say about it; ``granted`` as scope text of RFC 6749."""

    token: str
    expires_in: int
    issued_at: int
    granted: str
    identity_token: str | None = None


@dataclass(frozen=True)
class Options:
    """What of the settings matters here."""

    issuer: str
    algorithm: str
    pull_seconds: int
    push_seconds: int
    identity_tokens: bool


def decide_scope(
    directory: Directory, principal: Principal, registry: Registry, scope: Scope
) -> Decision:
    """What a token would be given for a scope; the caller holds the transaction."""
    repository = names.parse(scope.name) if scope.type == scopes.REPOSITORY else None
    owner: OwnerFacts | None = None
    if repository is not None and repository.owner is not None:
        owner = directory.owner(repository.namespace, repository.owner)
    return decide(principal, registry, scope, repository, owner)


class TokenService:
    """Answers token requests."""

    def __init__(
        self,
        db: Database,
        directory: Directory,
        authenticator: Authenticator,
        identities: IdentityTokens,
        keystore: Keystore,
        options: Options,
        clock: Callable[[], float],
    ) -> None:
        self._db = db
        self._directory = directory
        self._authenticator = authenticator
        self._identities = identities
        self._keystore = keystore
        self._options = options
        self._clock = clock

    def issue(self, request: TokenRequest) -> TokenAnswer:
        """Authenticate, decide each scope, record, sign.

        :raises Unauthorized: no or bad credentials, or the login of a misplaced service.
        :raises TooManyRequests: too many failed logins.
        :raises UnknownService: the registry is not declared.
        :raises Unavailable: database, audit log or keys are not there.
        """
        if request.credentials is None:
            raise Unauthorized
        who, declared = self._authenticate(request, request.credentials)
        if who.limits is not None and not request.scopes:
            declared = self._covered(request, who, who.limits)
        with self._db.transaction():
            if declared is None:
                declared = self._declared(request.service)
            misplaced = placement.denial(self._db, who, declared, request.address)
            if not misplaced or request.scopes:
                return self._issue(request, who, declared, misplaced)
            entry = placement.refusal(who, declared, request.address, misplaced)
            audit.write(self._db, entry, self._clock())
        # Raised inside, it would take the entry back.
        raise Unauthorized(misplaced.sentence)

    def _issue(
        self, request: TokenRequest, who: Caller, declared: Declared, misplaced: Deny | None
    ) -> TokenAnswer:
        principal = callers.principal(who, self._directory)
        decisions = [
            within(
                decide_scope(self._directory, principal, declared.registry, scope),
                declared.registry.id,
                who.limits,
            )
            for scope in request.scopes
        ]
        if misplaced:
            decisions = [one.without(misplaced) for one in decisions]
            request = replace(request, offline=False)
        answer = self._answer(request, who, declared, decisions)
        self._record(request, who, declared, decisions, bool(answer.identity_token))
        return answer

    def _authenticate(
        self, request: TokenRequest, given: Credentials
    ) -> tuple[Caller, Declared | None]:
        if not isinstance(given, Identity):
            return self._authenticator.by_password(given, request.address), None
        with self._db.transaction():
            declared = catalog.by_service(self._db, request.service)
        # An identity token is bound to a registry, so an unknown one makes it invalid.
        registry_id = declared.registry.id if declared else -1
        who = self._authenticator.by_identity(given, registry_id, request.address)
        return who, declared

    def _covered(self, request: TokenRequest, who: Caller, limits: Limits) -> Declared:
        """The registry that is logged in to with a personal token.

        Without a scope there is nothing to refuse in the answer, so the login is refused.

        :raises Unauthorized: the token is not for this registry.
        """
        with self._db.transaction():
            declared = self._declared(request.service)
            covered = limits.covers(declared.registry.id)
            if not covered:
                fmt = "login of %(login)s from %(address)s on %(service)s refused: %(reason)s"
                details = {"login": who.login, "address": request.address,
                           "service": declared.registry.service, "reason": OTHER_REGISTRY,
                           "token": limits.name}
                entry = audit.Entry(audit.LOGIN_FAILED, who.log_user, fmt, details, "warning")
                audit.write(self._db, entry, self._clock())
        if not covered:
            raise Unauthorized(limits.elsewhere)
        return declared

    def _declared(self, service: str) -> Declared:
        if not service:
            raise BadRequest("the parameter 'service' is missing")
        declared = catalog.by_service(self._db, service)
        if declared is None:
            raise UnknownService(f"registry service {service[:128]!r} is not declared here")
        return declared

    def _answer(
        self, request: TokenRequest, who: Caller, declared: Declared, decisions: list[Decision]
    ) -> TokenAnswer:
        now = int(self._clock())
        access = tuple(AccessEntry(d.scope.type, d.scope.name, d.granted) for d in decisions)
        claims = Claims(
            issuer=self._options.issuer,
            subject=who.login,
            audience=declared.registry.service,
            issued_at=now,
            lifetime=self._lifetime(declared, decisions),
            jti=secrets.token_urlsafe(16),
            access=access,
            principal=reference.write(who) if any(map(may_search, access)) else "",
        )
        key = self._keystore.signer(declared.signed_with(self._options.algorithm))
        return TokenAnswer(
            token=sign(claims, key),
            expires_in=claims.lifetime,
            issued_at=now,
            granted=" ".join(str(Scope(e.type, e.name, e.actions)) for e in access if e.actions),
            identity_token=self._identity_token(request, who, declared),
        )

    def _identity_token(
        self, request: TokenRequest, who: Caller, declared: Declared
    ) -> str | None:
        if not (request.offline and self._options.identity_tokens):
            return None
        if isinstance(request.credentials, Identity) or who.limits is not None:
            return None
        return self._identities.create(who, declared.registry.id, request.client, self._clock())

    def _lifetime(self, declared: Declared, decisions: list[Decision]) -> int:
        writes = any(action in (PUSH, DELETE) for d in decisions for action in d.granted)
        if writes:
            seconds = declared.push_seconds or self._options.push_seconds
        else:
            seconds = declared.pull_seconds or self._options.pull_seconds
        return min(max(seconds, SHORTEST), LONGEST)

    def _record(
        self,
        request: TokenRequest,
        who: Caller,
        declared: Declared,
        decisions: list[Decision],
        identity_token: bool,
    ) -> None:
        refused = [
            {"scope": str(d.scope), "action": r.action, "reason": r.reason, "why": r.sentence}
            for d in decisions
            for r in d.refusals
        ]
        details: dict[str, Any] = {
            "login": who.login,
            "kind": who.kind.value,
            "backend": who.backend,
            "address": request.address,
            "service": declared.registry.service,
            "client": request.client,
            "identity_token": identity_token,
            "asked": [str(d.scope) for d in decisions],
            "granted": [f"{d.scope.name}:{','.join(d.granted)}" for d in decisions if d.granted],
        }
        if who.limits is not None:
            details["token"] = who.limits.name
        fmt = _FMT
        if refused:
            details["refused"] = refused
            details["why"] = "; ".join(dict.fromkeys(r["why"] for r in refused))
            fmt += ": %(why)s"
        if decisions:
            metrics.token(bool(refused), not any(d.granted for d in decisions))
        action = audit.TOKEN if decisions else audit.LOGIN
        level = "warning" if refused else "info"
        entry = audit.Entry(action, who.log_user, fmt, details, level, who.node_id, who.svc_id)
        audit.write(self._db, entry, self._clock())
