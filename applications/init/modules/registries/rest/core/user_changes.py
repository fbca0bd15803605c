"""Creating users, changing what is stored of them, blocking and deleting them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from ... import accounts, audit, changes
from ...accounts import users
from ...directory import Account
from ...errors import BadRequest
from ...login import limits
from ...policy import USER_MANAGER
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call, as_id
from ..routes import Member, Route
from . import fields, sight, user_rights
from .objects import USER
from .record import changed, differences, record, values
from .user_rights import ALL
from .users import line

_SECRETS = ("password", "old_password")
_WRITABLE = tuple(column for column in USER.columns if column.writable)


def create_or_change(call: Call) -> Answer:
    """Create a user, or change the one with the id of the body."""
    if "id" in call.body:
        rest = {name: value for name, value in call.body.items() if name != "id"}
        return change(call.with_args(id=str(as_id(call.body["id"]))).with_body(rest))
    given.only(call.body, "password", *ALL)
    with call.db.transaction(write=True):
        return _create(call)


def change(call: Call) -> Answer:
    """Change the user of the path; a password of one's own needs the old one."""
    given.only(call.body, *_SECRETS, *ALL)
    new = fields.read(call.body, ALL)
    password = user_rights.new_password(call.body)
    with call.db.transaction():
        account = user_rights.changeable(call, new)
    if password:
        limits.require_person(call.caller.limits)
        accounts.require_password_here(account.origin)
    if password and account.id == call.principal.id:
        user_rights.require_old_password(call, account)
    with call.db.transaction(write=True):
        return _change(call, new, password)


def remove(call: Call) -> Answer:
    """Delete the user of the path."""
    given.only(call.body)
    return _remove(call, call.args["id"])


def remove_named(call: Call) -> Answer:
    """Delete the user with the id or e-mail of the body."""
    given.only(call.body, "id", "email")
    by_id = "id" in call.body or call.one("id")
    text = str(as_id(given.named(call, "id"))) if by_id else given.named(call, "email")
    return _remove(call, text)


def block(call: Call) -> Answer:
    """Keep the user of the path from logging in."""
    given.only(call.body)
    account = user_rights.other(call, call.args["id"])
    user_rights.require_not_last_manager(call, account)
    if account.registration_key.strip():
        return {"info": f"user {account.login} is not active already"}
    users.block(call.db, account.id)
    _record_change(call, account, ["active: True => False"])
    return {"info": f"user {account.login} is blocked"}


def unblock(call: Call) -> Answer:
    """Let the user of the path log in again."""
    given.only(call.body)
    account = user_rights.other(call, call.args["id"])
    if not account.registration_key.strip():
        return {"info": f"user {account.login} is active already"}
    users.unblock(call.db, account.id)
    _record_change(call, account, ["active: False => True"])
    return {"info": f"user {account.login} is active again"}


def chosen(call: Call) -> list[int]:
    """The ids of the users that ``filters`` and ``query`` choose."""
    return listing.ids(call, USER, sight.users(call))


def _create(call: Call) -> Answer:
    call.require(USER_MANAGER)
    user_rights.require_quotas(call, call.body)
    if "email" not in call.body:
        raise BadRequest("email is missing")
    new = fields.read(call.body, ALL)
    for name in ("email", "username"):
        if new.get(name):
            users.require_free_login(call.db, new[name])
    password = user_rights.new_password(call.body)
    shown = password or secrets.token_urlsafe(12)
    user_id = accounts.create_user(call.db, call.container.settings, shown, **new)
    record(call, audit.USER_CREATED, "add user %(data)s", {"data": values(new)})
    changes.touch(call.db, call.now, "auth_user", "auth_group", "auth_membership")
    info = f"user {new['email']} created"
    once = "" if password else f"; its password, which is shown only now, is {shown}"
    return {**line(call, user_id), "info": info + once}


def _change(call: Call, new: Mapping[str, Any], password: str) -> Answer:
    account = user_rights.changeable(call, new)
    stored = users.properties(call.db, account.id)
    wanted = changed(stored, new)
    user_rights.require_name_here(account, wanted)
    for name in ("email", "username"):
        if wanted.get(name):
            users.require_free_login(call.db, wanted[name], account.id)
    data = differences(stored, wanted)
    if wanted:
        users.change(call.db, account.id, wanted)
    if password:
        accounts.set_password(call.db, account.id, password)
        data.append("password changed")
    if not data:
        return {**line(call, account.id), "info": f"user {account.login} is so already"}
    _record_change(call, account, data)
    info = f"user {account.login} changed: {', '.join(data)}"
    return {**line(call, account.id), "info": info}


def _remove(call: Call, text: str) -> Answer:
    account = user_rights.other(call, text)
    user_rights.require_not_last_manager(call, account)
    users.remove(call.db, account.id)
    record(call, audit.USER_DELETED, "deleted user %(email)s", {"email": account.login})
    changes.touch(call.db, call.now, "auth_user", "auth_group", "auth_membership", "user_prefs")
    return {"info": f"user {account.login} deleted"}


def _record_change(call: Call, account: Account, data: list[str]) -> None:
    fmt = "change user %(email)s: %(data)s"
    record(call, audit.USER_CHANGED, fmt, {"email": account.login, "data": data})
    changes.touch(call.db, call.now, "auth_user")


_RIGHT = (
    "You need the privilege UserManager, and all privileges that the user holds; a Manager may"
    " always."
)
_OWN_RIGHT = (
    "Of yourself you change names, phone and notifications with the privilege SelfManager, and"
    " the password with the old one as old_password."
)
_THERE = (
    "Of an account that a directory or RADIUS knows, password and username are changed there; its"
    " e-mail and names may be changed, until that tells them again."
)
_QUOTA_RIGHT = "For quotas, the privilege QuotaManager is needed too; no value is no limit."
_MANY = "Or filters or query choose the users; what becomes of each is told one by one."
_CHOICE = tuple(p for p in LIST_PARAMS if p.name in ("filters", "query", "limit"))
_NEW = Member("password", "A new password; made and shown once for a new user without one.")
_OLD = Member("old_password", "To change your own password: the old one.")


def _change_route(method: str) -> Route:
    return Route(
        method, "/users/<id>", change,
        ("Change a user, given by its id, e-mail or username, or as self.", _RIGHT, _OWN_RIGHT,
         _QUOTA_RIGHT, _THERE),
        columns=_WRITABLE, members=(_NEW, _OLD), shape=USER.columns, alone=True,
        examples=("# curl -u %(email)s -d phone_work=42"
                  " https://%(collector)s/init/rest/api/users/self",),
    )


ROUTES = (
    Route(
        "POST", "/users", create_or_change,
        ("Create a user, or change the one with this id.", _RIGHT, _QUOTA_RIGHT,
         "A new user needs an e-mail, and joins Everybody and a private group of its own.", _MANY),
        _CHOICE, columns=_WRITABLE,
        members=(Member("id", "The id of the user to change.", "integer"), _NEW, _OLD),
        shape=USER.columns, rows=chosen, each=change, alone=True,
        examples=("# curl -u %(email)s -d email=ada@lab.example -d first_name=Ada"
                  " https://%(collector)s/init/rest/api/users",),
    ),
    _change_route("POST"),
    _change_route("PUT"),
    Route(
        "DELETE", "/users", remove_named,
        ("Delete a user.", _RIGHT, "The body is an object with id or email, or an array of such"
         " objects.", _MANY),
        _CHOICE,
        members=(Member("id", "The id of the user.", "integer"), Member("email", "Or its e-mail.")),
        rows=chosen, each=remove,
    ),
    Route(
        "DELETE", "/users/<id>", remove,
        ("Delete a user with its private group, memberships, preferences, tokens and sessions.",
         _RIGHT, "You can't delete yourself, nor the last Manager."),
    ),
    Route(
        "POST", "/users/<id>/block", block,
        ("Keep a user from logging in; its sessions and tokens are of no use any more.", _RIGHT,
         "You can't block yourself, nor the last Manager."),
    ),
    Route(
        "POST", "/users/<id>/unblock", unblock,
        ("Let a user log in that is blocked, or whose account is pending.", _RIGHT),
    ),
)
