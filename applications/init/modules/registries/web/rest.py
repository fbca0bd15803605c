"""``/init/rest/api/...``: authentication, routing, bodies and envelopes of the REST API.

Every refusal has its real status, and ``{"ret": <status>, "error": <sentence>}``,
which all existing clients read.  Source: ``collector-contract.md`` A.1 to A.4, A.8.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .. import logs
from ..errors import (
    BadRequest,
    CollectorError,
    Denied,
    Internal,
    MethodNotAllowed,
    SecondFactorNeeded,
    Unauthorized,
)
from ..login import caller as callers
from ..login import credentials, limits, personal
from ..login.caller import Caller
from ..login.credentials import Identity
from ..login.identity import REST
from ..login.sessions import COOKIE
from ..rest import describe
from ..rest.call import NOBODY, Answer, Arrival, Call
from ..rest.routes import METHODS, Route, many_of
from ..rest.table import ROUTER
from . import bodies
from .bodies import Body
from .message import Reply, Request, error_headers, json_reply

if TYPE_CHECKING:
    from ..container import Container

ROOT = "/init/rest/api"

_GUEST_BODY = 16_384
"""Bytes of a body that comes without credentials."""


def rest_api(request: Request, container: Container) -> Reply:
    """Answer one request of the REST API; every error is one that its clients can read."""
    try:
        return _answer(request, container)
    except CollectorError as error:
        return refused(error, request)
    except Exception as error:
        log_id = logs.unexpected(error, "rest")
        return refused(
            Internal(f"something went wrong; it is in the log as {log_id}"), request
        )


def _answer(request: Request, container: Container) -> Reply:
    method = "GET" if request.method == "HEAD" else request.method
    if method not in METHODS:
        raise MethodNotAllowed(f"the methods known here are {', '.join(METHODS)}")
    path = request.path[len(ROOT) :]
    is_open = ROUTER.is_open(method, path)
    caller = _guest(request, container) if is_open else authenticate(request, container)
    if path in ("", "/"):
        return json_reply(describe.described(ROUTER.routes))
    route, args = ROUTER.find(method, path)
    if route.person:
        limits.require_person(caller.limits)
    body = Body() if method == "GET" else _body(request, is_open)
    now = container.clock()
    with container.db.transaction():
        principal = callers.principal(caller, container.directory)
    query = request.lists()
    bodies.require_text([args, query, body.members, body.items])
    came = _arrival(request, container)
    call = Call(container, caller, principal, now, args, query, body.members, came)
    if body.items is None:
        answer = _run(route, call)
        return json_reply(answer, headers=answer.pop("headers", ()))
    return json_reply(many_of(_item(route, call, item) for item in body.items))


def _body(request: Request, of_guest: bool) -> Body:
    limit = _GUEST_BODY if of_guest else bodies.MAX_BODY
    body = bodies.read(request.content_type, request.body(limit))
    if of_guest and body.items is not None:
        raise BadRequest("one object is taken here, no array")
    return body


def _run(route: Route, call: Call) -> Answer:
    """Call a handler, or the one for a single row with each row that filters choose."""
    if route.rows is None or route.each is None:
        return _alone(route, call)
    call = _choosing(call)
    if not any(call.query.get(name) for name in _CHOOSING):
        return _alone(route, call)
    with call.db.transaction():
        found = list(route.rows(call))
    each = Route(route.method, route.path, route.each, (), alone=route.alone)
    answers = []
    for id_ in found:
        try:
            answers.append(_alone(each, call.with_args(id=str(id_))))
        except CollectorError as error:
            answers.append({"data": {"id": id_, "error": str(error)}})
    return {"data": [row for answer in answers for row in _rows(answer)]}


_CHOOSING = ("filters", "filters[]", "query")


def _choosing(call: Call) -> Call:
    """The call with the filters of its body among those of its URL (A.7)."""
    query, body = dict(call.query), dict(call.body)
    for name in _CHOOSING:
        value = body.pop(name, None)
        texts = value if isinstance(value, list) else [value]
        given = [text for text in texts if isinstance(text, str) and text]
        if given:
            query[name] = [*query.get(name, []), *given]
    return replace(call, query=query, body=body)


def _rows(answer: Answer) -> list[object]:
    data = answer.get("data")
    if isinstance(data, list):
        return list(data)
    return [data if data is not None else {"info": answer.get("info", "")}]


def _alone(route: Route, call: Call) -> Answer:
    if route.alone:
        return route.handler(call)
    with call.db.transaction(write=route.method != "GET"):
        return route.handler(call)


def _item(route: Route, call: Call, item: object) -> Answer:
    """One object of an array: what goes wrong with it is told in its place."""
    if not isinstance(item, dict):
        return {"error": "an item is no object"}
    try:
        return _alone(route, call.with_body(item))
    except CollectorError as error:
        return {"error": f"{error.status} {_words(error)}: {error}"}


def authenticate(request: Request, container: Container) -> Caller:
    """Who calls: Basic, an identity or personal token, or the session of a browser.

    :raises Unauthorized: nobody, or credentials that are wrong.
    :raises TooManyRequests: too many failed logins.
    :raises Denied: a browser was sent here by another site, or the limits of a personal token.
    """
    found = _authenticated(request, container)
    limits.require_api(found.limits, writes=_writes(request))
    return found


def _authenticated(request: Request, container: Container) -> Caller:
    header, address = request.header("Authorization"), _address(request, container)
    writes = _writes(request)
    if _is_bearer(header):
        token = header[7:].strip()[:512]
        if personal.looks_like(token):
            return container.authenticator.by_personal(token, None, address)
        return container.authenticator.by_identity(Identity(token), REST, address)
    password = credentials.basic(header)
    if password is not None:
        if writes:
            _refuse_other_sites(request, container)  # browsers keep passwords as they keep cookies
        return container.authenticator.by_password(password, address)
    cookie = request.cookie(COOKIE)
    if not cookie:
        raise Unauthorized
    with container.db.transaction(write=True):
        found = container.sessions.caller(cookie[:512], container.clock())
    if found is not None:
        found = container.authenticator.of_today(found, address)
    if found is None:
        raise Unauthorized("the session is over: sign in again")
    if writes:
        require_same_site(request, container)
    return found


def _guest(request: Request, container: Container) -> Caller:
    """Who comes to an open route: somebody with a password, else nobody yet.

    :raises Denied: another site has sent it, in order to sign somebody in.
    """
    require_same_site(request, container)
    given = credentials.basic(request.header("Authorization"))
    if given is None:
        return NOBODY
    # It signs in, with a code where one is wanted, but the code is in the body.
    return container.authenticator.by_password(
        replace(given, code=""), _address(request, container)
    )


def _arrival(request: Request, container: Container) -> Arrival:
    return Arrival(
        _address(request, container),
        request.cookie(COOKIE)[:512],
        _is_bearer(request.header("Authorization")),
    )


def _writes(request: Request) -> bool:
    return request.method not in ("GET", "HEAD")


def _is_bearer(header: str) -> bool:
    return header.lower().startswith("bearer ")


def require_same_site(request: Request, container: Container) -> None:
    """Refuse what another site could have a browser send in somebody's name.

    :raises Denied: it does not come from our own pages.
    """
    _refuse_other_sites(request, container)
    media_type = request.content_type.partition(";")[0].strip().lower()
    if not (request.header("X-Requested-With") or media_type.endswith("json")):
        raise Denied("with a session, send JSON or the header X-Requested-With")


def _refuse_other_sites(request: Request, container: Container) -> None:
    """Refuse what a browser says another site has sent; other clients say nothing."""
    origin, ours = request.header("Origin"), urlsplit(container.settings.url)
    site = request.header("Sec-Fetch-Site")
    if origin and origin != f"{ours.scheme}://{ours.netloc}":
        raise Denied("this was sent by another site")
    if site and site not in ("same-origin", "none"):
        raise Denied("this was sent by another site")


def _address(request: Request, container: Container) -> str:
    return request.address(container.settings.trusted_proxies)


def refused(error: CollectorError, request: Request) -> Reply:
    """An error as clients of the REST API and of tables read it."""
    told: dict[str, object] = {"ret": error.status, "error": str(error) or "error"}
    if isinstance(error, SecondFactorNeeded):
        told["second_factor"] = True
    body = json.dumps(told).encode()
    headers = error_headers(error)
    if request.header("X-Requested-With"):
        # A browser would ask for a password in a window of its own.
        headers = tuple(h for h in headers if h[0] != "WWW-Authenticate")
    return Reply(error.status, body, headers=(("Cache-Control", "no-store"), *headers))


def _words(error: CollectorError) -> str:
    return {400: "BAD REQUEST", 403: "FORBIDDEN", 404: "NOT FOUND", 409: "CONFLICT"}.get(
        error.status, "ERROR"
    )

