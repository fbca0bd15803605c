"""Signing in and out of browsers (``security.md`` 5.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ... import audit
from ...errors import BadRequest, Denied, Unauthorized
from ...login import caller as callers
from ...login import credentials, limits, second
from ...login.caller import Caller
from ...login.sessions import COOKIE
from ...policy import Kind, Principal
from .. import given
from ..call import NOBODY, Answer, Call
from ..routes import Member, Route

MAX_PASSWORD = 8192
_ATTRIBUTES = "HttpOnly; SameSite=Lax; Path=/init"


def sign_in(call: Call) -> Answer:
    """Open a session, always a new one; the one that the browser had is over.

    :raises Unauthorized: no or wrong credentials.
    :raises SecondFactorNeeded: there is no code, and the account has a second factor.
    :raises TooManyRequests: too many failed logins.
    :raises Denied: a node or service, or a personal token.
    """
    given.only(call.body, "login", "password", "code")
    who = _by_body(call) if call.caller == NOBODY else call.caller
    if who.kind is not Kind.USER:
        raise Denied("only people sign in; nodes and services send their uuid with each request")
    limits.require_person(who.limits)
    built = call.container
    with call.db.transaction(write=True):
        if call.came.session:
            built.sessions.close(call.came.session)
        value = built.sessions.open(who, call.came.address, call.now)
        _record(call, who, audit.LOGIN, "%(login)s signed in from %(address)s")
        principal = callers.principal(who, built.directory)
    data = _described(who, principal)
    return {"data": data, "info": f"signed in as {who.login}", "headers": _cookie(call, value)}


def who_am_i(call: Call) -> Answer:
    """Who calls, with what rights."""
    return {"data": _described(call.caller, call.principal)}


def sign_out(call: Call) -> Answer:
    """End the session, here and in the browser."""
    given.only(call.body)
    call.container.sessions.close(call.came.session)
    _record(call, call.caller, audit.LOGOUT, "%(login)s signed out from %(address)s")
    return {"info": "signed out", "headers": _cookie(call, "")}


def _by_body(call: Call) -> Caller:
    """Who the body says to be."""
    login, password, code = (call.body.get(name, "") for name in ("login", "password", "code"))
    if not all(isinstance(one, str) for one in (login, password, code)):
        raise BadRequest("login, password and code are texts")
    if len(password) > MAX_PASSWORD:
        raise BadRequest(f"a password has at most {MAX_PASSWORD} characters")
    found = credentials.password_credentials(login, password)
    if found is None:
        raise Unauthorized
    with_code = replace(found, code=code[:second.MAX_CODE])
    return call.container.authenticator.by_password(with_code, call.came.address)


def _described(who: Caller, principal: Principal) -> dict[str, Any]:
    return {
        "id": who.user_id,
        "login": who.login,
        "name": who.log_user,
        "kind": who.kind.value,
        "backend": who.backend,
        "groups": sorted(principal.groups),
        "privileges": sorted(principal.privileges),
    }


def _cookie(call: Call, value: str) -> tuple[tuple[str, str], ...]:
    """The cookie, or its end."""
    secure = "; Secure" if call.container.settings.url.lower().startswith("https:") else ""
    over = "" if value else "; Max-Age=0"
    return (("Set-Cookie", f"{COOKIE}={value}; {_ATTRIBUTES}{secure}{over}"),)


def _record(call: Call, who: Caller, action: str, fmt: str) -> None:
    details = {"login": who.login, "address": call.came.address, "client": "session",
               "backend": who.backend}
    audit.write(call.db, audit.Entry(action, who.log_user, fmt, details), call.now)


ROUTES = (
    Route(
        "POST", "/session", sign_in,
        ("Sign in: the answer sets the cookie that browsers go on with.",
         "Login and password are in the body, as JSON, or in the Authorization header.  Only"
         " people sign in.",
         "Where the account has a second factor, the right login and password without a code are a"
         " 401 with the member second_factor, and all three have to be in the body.",
         "With a session, everything but GET needs a JSON body or the header X-Requested-With,"
         " and must not come from another site."),
        members=(Member("login", "The e-mail address or username."),
                 Member("password", "The password."),
                 Member("code", "A code of the second factor, or a recovery code.")),
        alone=True, open=True,
        examples=("# curl -c cookies -H 'Content-Type: application/json'"
                  " -d '{\"login\": \"%(email)s\", \"password\": \"...\"}'"
                  " https://%(collector)s/init/rest/api/session",),
    ),
    Route(
        "GET", "/session", who_am_i,
        ("Tell who you are here, and which groups and privileges you have.",),
    ),
    Route(
        "DELETE", "/session", sign_out,
        ("Sign out: the session is over, whoever else has its cookie.",),
        person=True,
    ),
)
