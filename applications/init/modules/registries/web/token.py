"""``/init/registry/token``: GET (token specification) and POST (its OAuth2 page)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .. import scopes
from ..errors import BadRequest, CollectorError, MethodNotAllowed, Unauthorized
from ..login import credentials
from ..login.credentials import Credentials, Identity
from ..token_service import TokenAnswer, TokenRequest
from .message import Parameters, Reply, Request, error_reply, json_reply

if TYPE_CHECKING:
    from ..container import Container

MAX_FORM = 65_536
"""Bytes of a POST body."""

_MAX_SERVICE = 255
_YES = ("true", "1", "yes")


def token(request: Request, container: Container) -> Reply:
    """Answer a token request; every refusal is JSON that clients can show."""
    if request.method == "GET":
        return _answer(_from_query(request, container), container)
    if request.method == "POST":
        try:
            return _answer(_from_form(request, container), container, oauth=True)
        except CollectorError as error:
            return error_reply(error, oauth=_oauth_code(error))
    raise MethodNotAllowed("tokens are asked for with GET or POST")


def _answer(asked: TokenRequest, container: Container, oauth: bool = False) -> Reply:
    given = container.tokens.issue(asked)
    value = _value(given)
    if oauth:
        value.update(scope=given.granted, token_type="Bearer")
    return json_reply(value)


def _value(given: TokenAnswer) -> dict[str, object]:
    value: dict[str, object] = {
        "token": given.token,
        "access_token": given.token,
        "expires_in": given.expires_in,
        "issued_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(given.issued_at)),
    }
    if given.identity_token:
        value["refresh_token"] = given.identity_token
    return value


def _from_query(request: Request, container: Container) -> TokenRequest:
    asked = request.query()
    given = credentials.basic(request.header("Authorization"))
    offline = asked.one("offline_token").lower() in _YES
    return _request(asked, given, offline, request, container)


def _from_form(request: Request, container: Container) -> TokenRequest:
    asked = request.form(MAX_FORM)
    given = _grant(asked, request)
    return _request(asked, given, asked.one("access_type") == "offline", request, container)


def _grant(asked: Parameters, request: Request) -> Credentials | None:
    grant = asked.one("grant_type")
    if grant == "refresh_token":
        token = asked.one("refresh_token")
        if not token:
            raise Unauthorized("the identity token is missing")
        return Identity(token[:512])
    if grant == "password":
        given = credentials.password_credentials(asked.one("username"), asked.one("password"))
        return given or credentials.basic(request.header("Authorization"))
    raise BadRequest("grant_type must be password or refresh_token")


def _request(
    asked: Parameters,
    given: Credentials | None,
    offline: bool,
    request: Request,
    container: Container,
) -> TokenRequest:
    service = asked.one("service")
    if len(service) > _MAX_SERVICE:
        raise BadRequest("the parameter 'service' is too long")
    try:
        wanted = scopes.parse_all(asked.all("scope"))
    except scopes.ScopeError as error:
        raise BadRequest(str(error)) from None
    return TokenRequest(
        service=service,
        scopes=wanted,
        credentials=given,
        address=request.address(container.settings.trusted_proxies),
        client=asked.one("client_id")[:128],
        offline=offline,
    )


def _oauth_code(error: CollectorError) -> str:
    """The error codes of RFC 6749 5.2."""
    if isinstance(error, Unauthorized):
        return "invalid_grant"
    if isinstance(error, BadRequest):
        unsupported = "grant_type" in str(error)
        return "unsupported_grant_type" if unsupported else "invalid_request"
    return "temporarily_unavailable" if error.status == 503 else "server_error"
