"""Who may change which user, and what of it.

Whoever changes an account could log in as it afterwards.  So a UserManager changes
those only that hold no privilege which it lacks itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import accounts
from ...accounts import users
from ...directory import Account
from ...errors import BadRequest, Conflict, Denied, SecondFactorNeeded, Unauthorized
from ...login.credentials import Password
from ...passwords import MAX_LENGTH
from ...policy import MANAGER, QUOTA_MANAGER, SELF_MANAGER, USER_MANAGER
from .. import given
from ..call import Call
from . import fields, sight
from .fields import Reader

_OWN: dict[str, Reader] = {
    "first_name": fields.line(128),
    "last_name": fields.line(128),
    "phone_work": fields.line(16),
    "email_notifications": given.flag,
    "email_log_level": fields.one_of(fields.LEVELS),
    "email_notifications_delay": fields.number(100_000),
    "im_notifications": given.flag,
    "im_log_level": fields.one_of(fields.LEVELS),
    "im_notifications_delay": fields.number(100_000),
    "im_type": fields.line(16),
    "im_username": fields.line(100),
}
"""What a user changes of itself."""

_QUOTAS: dict[str, Reader] = dict.fromkeys(
    ("quota_app", "quota_org_group", "quota_docker_registries"), fields.quota
)
_MANAGED: dict[str, Reader] = {
    "email": fields.email, "username": fields.username, "lock_filter": given.flag,
}
ALL = {**_OWN, **_QUOTAS, **_MANAGED}
"""How each member of a body is read."""


def changeable(call: Call, new: Mapping[str, Any]) -> Account:
    """The user of the path, whom the caller may give these values.

    :raises Denied: a right is missing.
    """
    account = sight.required_user(call, call.args["id"])
    mine = account.id == call.principal.id
    call.require(*([SELF_MANAGER] if mine else []), USER_MANAGER)
    if not mine:
        require_over(call, account)
    managed = [name for name in new if name in _MANAGED]
    if managed and not call.principal.holds(USER_MANAGER):
        raise Denied(f"to change {', '.join(managed)}, the privilege {USER_MANAGER} is missing")
    require_quotas(call, new)
    return account


def other(call: Call, text: str) -> Account:
    """A user that the caller may block or delete.

    :raises Conflict: it is the caller.
    :raises Denied: a right is missing.
    """
    call.require(USER_MANAGER)
    account = sight.required_user(call, text)
    if account.id == call.principal.id:
        raise Conflict("this is your own account: somebody else has to do it")
    require_over(call, account)
    return account


def require_over(call: Call, account: Account) -> None:
    """Go on only where the caller holds all privileges that an account holds.

    :raises Denied: it lacks one.
    """
    held = call.container.directory.memberships(account.id).privileges
    lacked = sorted(one for one in held if not call.principal.holds(one))
    if lacked:
        raise Denied(
            f"user {account.login} holds {', '.join(lacked)}: only who holds that too, or a"
            " Manager, changes this account"
        )


def require_quotas(call: Call, body: Mapping[str, Any]) -> None:
    """Go on only where a body has no quota, or the caller may change quotas.

    :raises Denied: it may not.
    """
    quotas = [name for name in body if name in _QUOTAS]
    if quotas and not call.principal.holds(QUOTA_MANAGER):
        raise Denied(f"to change {', '.join(quotas)}, the privilege {QUOTA_MANAGER} is missing")


def require_not_last_manager(call: Call, account: Account) -> None:
    """Keep the collector from being left without anybody who may do everything.

    :raises Conflict: no other Manager can log in.
    """
    if users.is_last_manager(call.db, account.id):
        raise Conflict(f"user {account.login} is the last {MANAGER} that can log in")


def require_name_here(account: Account, changed: Mapping[str, Any]) -> None:
    """Refuse to change the name that another back end is asked by.

    What else it has of somebody may be changed, until it tells that again.

    :raises Conflict: the username would change, and is another back end's.
    """
    if account.origin is not None and "username" in changed:
        raise Conflict(
            f"this account is {account.origin.backend}'s: its username is changed there"
        )


def new_password(body: Mapping[str, Any]) -> str:
    """The new password of a body as it is, blanks too; empty where there is none.

    :raises BadRequest: it is none that can be used.
    """
    password = body.get("password", "")
    if not isinstance(password, str):
        raise BadRequest("password is no text")
    if "password" in body and not accounts.MINIMUM_PASSWORD <= len(password) <= MAX_LENGTH:
        raise BadRequest(
            f"a password has {accounts.MINIMUM_PASSWORD} to {MAX_LENGTH} characters"
        )
    return password


def require_old_password(call: Call, account: Account) -> None:
    """As at a login: failures are counted, and too many of them lock.

    :raises Denied: it is not the old password.
    """
    old = call.body.get("old_password")
    if not isinstance(old, str) or not old:
        raise Denied("to change your own password, give the old one as old_password")
    login = Password(account.email or account.username, old, code="")
    with call.db.transaction():
        known = call.container.directory.account(login.login)
    if known is None or known.id != account.id:
        # Others would be asked, perhaps a directory: after that nothing may begin again.
        raise Denied("your e-mail is another user's too: somebody else has to change this")
    try:
        found = call.container.authenticator.by_password(login, call.came.address)
        user_id = None if found.limits else found.user_id
    except SecondFactorNeeded as right:
        user_id = right.user_id  # who calls has proven the second factor before
    except Unauthorized:
        raise Denied("old_password is not your password") from None
    if user_id != account.id:
        raise Denied("old_password is not your password")
