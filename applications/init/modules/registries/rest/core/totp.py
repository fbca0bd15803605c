"""The second factor of accounts: turned on and off by their owners, reset by managers of users."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlsplit

import segno

from ... import audit, changes
from ...directory import Account
from ...errors import BadRequest, Denied, NotFound, Unauthorized
from ...login import second
from ...login.switch import Switch
from .. import given
from ..call import Answer, Call
from ..routes import Member, Route
from . import sight, user_rights
from .personal_tokens import owner
from .record import record

_OFF = "the second factor is not on"


def show(call: Call) -> Answer:
    """Whether the second factor of the user of the path is on."""
    account = owner(call)
    state = call.container.factors.second.state(account.id)
    is_on = state is not None and state.confirmed > 0
    left = call.container.factors.second.recovery_left(account.id) if is_on else 0
    return {"data": [{"on": is_on, "recovery_codes_left": left}]}


def show_own(call: Call) -> Answer:
    """The caller's."""
    return show(call.with_args(id=sight.SELF))


def begin(call: Call) -> Answer:
    """Make a secret for an authenticator; it counts once a code of it is confirmed.

    :raises Conflict: the second factor is on.
    """
    given.only(call.body)
    account = _myself(call)
    secret = call.container.factors.second.begin(account.id, call.now)
    issuer = f"OpenSVC collector {urlsplit(call.container.settings.url).hostname or ''}".strip()
    uri = second.uri(secret, account.login, issuer)
    info = "give it to your authenticator, and confirm its code"
    return {"data": {"secret": secret, "uri": uri, "svg": _picture(uri)}, "info": info}


def confirm(call: Call) -> Answer:
    """Turn it on with the first code; the recovery codes are shown this once.

    :raises Conflict: it is on.
    :raises BadRequest: nothing waits for a code, or it is another.
    """
    given.only(call.body, "code")
    account = _myself(call)
    codes = _switch(call).on(account.id, _code(call), call.came.session, call.now)
    _record(call, audit.SECOND_ON, "second factor of %(login)s turned on", account)
    return {
        "data": {"recovery_codes": codes},
        "info": "the second factor is on; your other sessions and your identity tokens have ended:"
        " docker logs in with a personal token now",
    }


def turn_off(call: Call) -> Answer:
    """Turn the caller's off, with a code or a recovery code.

    :raises Denied: the code is wrong.
    :raises TooManyRequests: too many were.
    """
    given.only(call.body, "code")
    with call.db.transaction():
        account, code = _myself(call), _code(call)
    if not account.second:
        raise NotFound(_OFF)
    try:
        call.container.factors.second.prove(account, code, account.login, call.came.address)
    except Unauthorized as error:
        raise Denied(str(error)) from None  # who calls is known: a browser stays signed in
    with call.db.transaction(write=True):
        _switch(call).off(account.id)
        _record(call, audit.SECOND_OFF, "second factor of %(login)s turned off", account)
    return {"info": "the second factor is off: the password alone signs you in"}


def reset(call: Call) -> Answer:
    """Turn off the second factor of another.

    :raises Conflict: it is the caller's own.
    :raises NotFound: it is not on.
    """
    given.only(call.body)
    account = user_rights.other(call, call.args["id"])
    _require_no_token(call)
    if not _switch(call).reset(account.id, call.now):
        raise NotFound(f"{_OFF} for {account.login}")
    _record(call, audit.SECOND_OFF, "second factor of %(login)s reset", account)
    return {"info": f"the second factor of {account.login} is off, its sessions and identity tokens"
                    " have ended"}


def _myself(call: Call) -> Account:
    sight.myself(call)
    _require_no_token(call)
    return sight.required_user(call, sight.SELF)


def _require_no_token(call: Call) -> None:
    if call.came.by_token:
        raise Denied("a token changes no second factor: sign in, or use the password")


def _code(call: Call) -> str:
    code = given.text(call.body.get("code", ""), "code", second.MAX_CODE)
    if not code:
        raise BadRequest("code is missing")
    return code


def _switch(call: Call) -> Switch:
    built = call.container
    return Switch(built.directory, built.factors.second, built.sessions, built.identities)


def _picture(uri: str) -> str:
    """The address as a QR code that authenticators photograph."""
    stream = BytesIO()
    code = segno.make(uri, error="m", micro=False)
    code.save(stream, kind="svg", scale=4, border=4, light="#fff", xmldecl=False)
    return stream.getvalue().decode()


def _record(call: Call, action: str, fmt: str, account: Account) -> None:
    record(call, action, fmt, {"login": account.login, "address": call.came.address})
    changes.touch(call.db, call.now, "auth_user")


_RIGHT = (
    "Of others you need the privilege UserManager, and all privileges that the user holds; a"
    " Manager may always."
)
_CODE = Member("code", "A code of the authenticator.", required=True)

ROUTES = (
    Route(
        "GET", "/users/self/totp", show_own,
        ("Tell whether your second factor is on, and how many recovery codes are left.",),
    ),
    Route(
        "POST", "/users/self/totp", begin,
        ("Begin with a second factor: the answer has the secret for your authenticator, as text, as"
         " an otpauth address and as a QR code.", "It counts once a code of it is confirmed."),
        person=True,
    ),
    Route(
        "POST", "/users/self/totp/confirm", confirm,
        ("Turn your second factor on with the first code; the answer has the recovery codes, once.",
         "Signing in wants a code from then on, and everything else a personal token in place of"
         " the password.  Your other sessions and your identity tokens end."),
        members=(_CODE,), person=True,
    ),
    Route(
        "DELETE", "/users/self/totp", turn_off,
        ("Turn your second factor off, with a code of it or a recovery code.",),
        members=(_CODE,), alone=True, person=True,
    ),
    Route(
        "GET", "/users/<id>/totp", show,
        ("Tell whether the second factor of a user is on.", _RIGHT),
    ),
    Route(
        "DELETE", "/users/<id>/totp", reset,
        ("Turn off the second factor of a user who lost it; its sessions and identity tokens end.",
         _RIGHT), person=True,
    ),
)
