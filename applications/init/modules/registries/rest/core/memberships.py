"""Who is in which group: joining, leaving, the primary group.

Nobody gives away more than it has.  A group is given by who is in it, a privilege
by a Manager only; the private group of a user stays that user's alone.
"""

from __future__ import annotations

from ... import accounts, audit, changes
from ...accounts import groups, members, users
from ...directory import EVERYBODY, Account
from ...errors import Conflict, Denied, NotFound
from ...login import lookup
from ...login.lookup import Group
from ...policy import GROUP_MANAGER, MANAGER, SELF_MANAGER, USER_MANAGER
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call
from ..conditions import all_of
from ..listing import Source
from ..routes import Member, Route
from . import sight
from .objects import MEMBERSHIP
from .record import record
from .user_rights import require_over

TABLE = "auth_membership"


def rows(call: Call) -> Answer:
    """The memberships of users and groups that the caller sees both of."""
    return listing.listing(call, MEMBERSHIP, _source(call))


def chosen(call: Call) -> list[int]:
    """The ids of the memberships that ``filters`` and ``query`` choose."""
    return listing.ids(call, MEMBERSHIP, _source(call))


def join(call: Call) -> Answer:
    """Put the user of the path into the group of the path."""
    given.only(call.body)
    return _join(call, call.args["id"], call.args["group"])


def join_named(call: Call) -> Answer:
    """Put the user that the body names into the group that it names."""
    given.only(call.body, "user_id", "group_id")
    return _join(call, given.named(call, "user_id"), given.named(call, "group_id"))


def leave(call: Call) -> Answer:
    """Take the user of the path out of the group of the path."""
    given.only(call.body)
    return _leave(call, call.args["id"], call.args["group"])


def leave_named(call: Call) -> Answer:
    """Take the user that the body names out of the group that it names."""
    given.only(call.body, "user_id", "group_id")
    return _leave(call, given.named(call, "user_id"), given.named(call, "group_id"))


def leave_row(call: Call) -> Answer:
    """End one membership."""
    given.only(call.body)
    found = members.by_id(call.db, call.id())
    if found is None:
        raise NotFound(f"there is no membership {call.id()}")
    return _leave(call, str(found.user_id), str(found.group_id))


def set_primary(call: Call) -> Answer:
    """Make the group of the path the primary one of the user of the path."""
    given.only(call.body)
    account = _changes_primary(call)
    group = lookup.group(call.db, call.args["group"])
    membership = members.find(call.db, account.id, group.id) if group else None
    if group is None or membership is None:
        raise NotFound(f"user {account.login} is in no group {call.args['group'][:64]!r}")
    if group.privilege:
        raise Denied(f"{group.role} is a privilege: it is nobody's primary group")
    said = f"user {account.login} primary group"
    if membership.is_primary:
        return {"info": f"{said} is already {group.role}"}
    members.set_primary(call.db, account.id, group.id)
    fmt = "user %(u)s primary group set to %(g)s"
    record(call, audit.PRIMARY_GROUP_SET, fmt, {"u": account.login, "g": group.role})
    _announce(call, account, group)
    return {"info": f"{said} set to {group.role}"}


def clear_primary(call: Call) -> Answer:
    """Leave the user of the path without primary group; it stays in all its groups."""
    given.only(call.body)
    account = _changes_primary(call)
    if not members.clear_primary(call.db, account.id):
        return {"info": f"user {account.login} has no primary group already"}
    fmt = "user %(u)s primary group unset"
    record(call, audit.PRIMARY_GROUP_CLEARED, fmt, {"u": account.login})
    changes.touch(call.db, call.now, TABLE)
    return {"info": f"user {account.login} primary group unset"}


def _source(call: Call) -> Source:
    return Source(
        f"{TABLE} m JOIN auth_user u ON u.id = m.user_id JOIN auth_group a ON a.id = m.group_id",
        all_of([sight.sees_users(call), sight.sees_groups(call)]),
    )


def _join(call: Call, user: str, text: str) -> Answer:
    call.require(GROUP_MANAGER, USER_MANAGER)
    group = _given_group(call, text)
    account = _newcomer(call, user)
    if groups.private_of(group) not in (None, account.id):
        raise Conflict(f"{group.role} is the private group of another user")
    done = members.find(call.db, account.id, group.id) is None
    if done:
        accounts.join(call.db, account.id, group.id)
        fmt = "user %(u)s attached to group %(g)s"
        record(call, audit.GROUP_JOINED, fmt, {"u": account.login, "g": group.role})
        _announce(call, account, group)
    already = "" if done else "already "
    return {"info": f"user {account.login} {already}attached to group {group.role}"}


def _leave(call: Call, user: str, text: str) -> Answer:
    call.require(GROUP_MANAGER, USER_MANAGER)
    group = _given_group(call, text)
    account = sight.required_user(call, user)
    if groups.private_of(group) == account.id:
        raise Conflict(f"{group.role} is the private group of user {account.login}")
    if group.privilege and group.role == MANAGER and users.is_last_manager(call.db, account.id):
        raise Conflict(f"user {account.login} is the last {MANAGER} that can log in")
    done = members.leave(call.db, account.id, group.id)
    if done:
        fmt = "user %(u)s detached from group %(g)s"
        record(call, audit.GROUP_LEFT, fmt, {"u": account.login, "g": group.role})
        _announce(call, account, group)
    already = "" if done else "already "
    return {"info": f"user {account.login} {already}detached from group {group.role}"}


def _given_group(call: Call, text: str) -> Group:
    """A group that the caller puts people into, and takes them out of.

    :raises Denied: it is a privilege or Everybody, and the caller no Manager.
    :raises NotFound: there is none among the caller's.
    """
    group = lookup.group(call.db, text)
    if call.is_manager:
        if group is None:
            raise NotFound(f"there is no group {text[:64]!r}")
        return group
    if group is not None and group.privilege:
        raise Denied(f"{group.role} is a privilege: only a Manager gives and takes it")
    if group is not None and group.role == EVERYBODY:
        raise Denied(f"only a Manager changes who is in {EVERYBODY}")
    if group is None or group.id not in call.principal.groups:
        raise NotFound(f"there is no group {text[:64]!r} among yours")
    return group


def _newcomer(call: Call, text: str) -> Account:
    """A user to be put into a group, whom a GroupManager who knows its name need not see yet.

    :raises NotFound: there is none.
    """
    if call.principal.holds(GROUP_MANAGER) and not text.isdigit():
        found = sight.find_user(call, text)
        if found is not None:
            return found
    return sight.required_user(call, text)


def _changes_primary(call: Call) -> Account:
    account = sight.required_user(call, call.args["id"])
    mine = account.id == call.principal.id
    call.require(*([SELF_MANAGER] if mine else []), USER_MANAGER)
    if not mine:
        require_over(call, account)
    return account


def _announce(call: Call, account: Account, group: Group) -> None:
    payload = {"user_id": account.id, "group_id": group.id}
    changes.announce(call.db, call.now, TABLE, payload)


_RIGHT = (
    "You need the privilege GroupManager or UserManager, and be in the group yourself; a Manager"
    " may always."
)
_PRIVILEGES = "Only a Manager gives and takes privileges, and never takes Manager from the last."
_NEWCOMER = (
    "The user is given by its id, e-mail or username; whom you don't see yet by one of the latter."
)
_BODY = "The body is an object with user_id and group_id, or an array of such objects."
_PRIMARY_RIGHT = (
    "You need the privilege SelfManager for yourself, UserManager for others; the group is one"
    " that the user is in, and no privilege."
)
_MEMBERS = (
    Member("user_id", "The id, e-mail or username of the user.", required=True),
    Member("group_id", "The id or name of the group.", required=True),
)
_CHOICE = tuple(p for p in LIST_PARAMS if p.name in ("filters", "query", "limit"))
ROUTES = (
    Route(
        "GET", "/users_groups", rows,
        ("List who is in which group, of the users and groups that you see.",), LIST_PARAMS,
        shape=MEMBERSHIP.columns, many=True,
    ),
    Route(
        "POST", "/users/<id>/groups/<group>", join,
        ("Put a user into a group.", _RIGHT, _PRIVILEGES, _NEWCOMER),
    ),
    Route(
        "POST", "/users_groups", join_named,
        ("Put a user into a group.", _RIGHT, _PRIVILEGES, _NEWCOMER, _BODY), members=_MEMBERS,
        examples=("# curl -u %(email)s -d user_id=12 -d group_id=team-a"
                  " https://%(collector)s/init/rest/api/users_groups",),
    ),
    Route(
        "DELETE", "/users/<id>/groups/<group>", leave,
        ("Take a user out of a group.", _RIGHT, _PRIVILEGES),
    ),
    Route(
        "DELETE", "/users_groups", leave_named,
        ("Take a user out of a group.", _RIGHT, _PRIVILEGES, _BODY,
         "Or filters or query choose the memberships that are ended."),
        _CHOICE, members=_MEMBERS, rows=chosen, each=leave_row,
    ),
    Route(
        "POST", "/users/<id>/primary_group/<group>", set_primary,
        ("Make a group the primary one of a user: it owns what the user declares.",
         _PRIMARY_RIGHT),
    ),
    Route(
        "DELETE", "/users/<id>/primary_group", clear_primary,
        ("Leave a user without primary group; it stays in all its groups.", _PRIMARY_RIGHT),
    ),
)
