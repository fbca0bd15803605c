"""Groups: who is in them, what they answer for; created, changed and deleted."""

from __future__ import annotations

from typing import Any

from ... import accounts, audit, changes
from ...accounts import apps as applications
from ...accounts import columns, groups
from ...errors import BadRequest, Conflict, Denied
from ...login.lookup import Group
from ...policy import GROUP_MANAGER
from .. import given, listing
from ..asked import LINE_PARAMS, LIST_PARAMS
from ..call import Answer, Call, as_id
from ..conditions import Condition
from ..routes import Member, Route
from . import fields, sight
from .fields import Reader
from .objects import APP, GROUP, USER
from .record import changed, differences, record, values

TABLE = "auth_group"

_READERS: dict[str, Reader] = {
    "role": fields.named(255),
    "description": fields.description,
    "privilege": given.flag,
}
_WRITABLE = tuple(column for column in GROUP.columns if column.writable)


def list_groups(call: Call) -> Answer:
    """All groups that the caller sees."""
    return listing.listing(call, GROUP, sight.groups(call))


def one_group(call: Call) -> Answer:
    """One group, or nothing."""
    found = sight.group(call, call.args["id"])
    return _line(call, found.id if found else -1)


def members(call: Call) -> Answer:
    """The users in a group, of those that the caller sees."""
    found = sight.required_group(call, call.args["id"])
    mine = "SELECT user_id FROM auth_membership WHERE group_id = ?"
    inside = Condition(f"u.id IN ({mine})", (found.id,))
    return listing.listing(call, USER, sight.users(call, inside))


def apps(call: Call) -> Answer:
    """The applications that a group is responsible for, of those that the caller sees."""
    found = sight.required_group(call, call.args["id"])
    owned = f"SELECT app_id FROM {applications.RESPONSIBLES.table} WHERE group_id = ?"
    condition = Condition(f"p.id IN ({owned})", (found.id,))
    return listing.listing(call, APP, sight.apps(call, condition))


def create_or_change(call: Call) -> Answer:
    """Create a group, or change the one with the id of the body."""
    given.only(call.body, "id", *_READERS)
    if "id" in call.body:
        rest = {name: value for name, value in call.body.items() if name != "id"}
        return change(call.with_args(id=str(as_id(call.body["id"]))).with_body(rest))
    return _create(call, fields.read(call.body, _READERS))


def change(call: Call) -> Answer:
    """Change the group of the path."""
    given.only(call.body, *_READERS)
    new = fields.read(call.body, _READERS)
    group = _changeable(call, call.args["id"])
    stored = groups.properties(call.db, group.id)
    wanted = changed(stored, new)
    if not wanted:
        return {**_line(call, group.id), "info": f"group {group.role} is so already"}
    _require_change(call, group, wanted)
    columns.write(call.db, TABLE, group.id, wanted)
    data = differences(stored, wanted)
    fmt = "change group %(role)s: %(data)s"
    record(call, audit.GROUP_CHANGED, fmt, {"role": group.role, "data": data})
    changes.announce(call.db, call.now, TABLE, {"id": group.id})
    info = f"group {group.role} changed: {', '.join(data)}"
    return {**_line(call, group.id), "info": info}


def remove(call: Call) -> Answer:
    """Delete the group of the path."""
    given.only(call.body)
    return _remove(call, call.args["id"])


def remove_named(call: Call) -> Answer:
    """Delete the group with the id or role of the body."""
    given.only(call.body, "id", "role")
    by_id = "id" in call.body or call.one("id")
    text = str(as_id(given.named(call, "id"))) if by_id else given.named(call, "role")
    return _remove(call, text)


def chosen(call: Call) -> list[int]:
    """The ids of the groups that ``filters`` and ``query`` choose."""
    return listing.ids(call, GROUP, sight.groups(call))


def _line(call: Call, group_id: int) -> Answer:
    return listing.line(call, GROUP, sight.groups(call, Condition("a.id = ?", (group_id,))))


def _create(call: Call, new: dict[str, Any]) -> Answer:
    call.require(GROUP_MANAGER)
    me = sight.myself(call)
    if "role" not in new:
        raise BadRequest("role is missing")
    if new.get("privilege") and not call.is_manager:
        raise Denied("only a Manager makes privileges")
    groups.require_role(call.db, new["role"])
    if not new.get("privilege"):
        _require_quota(call, me)
    stored = {"privilege": False, **new}
    group_id = call.db.insert(
        TABLE, **{name: columns.stored_form(value) for name, value in stored.items()}
    )
    if not new.get("privilege"):
        accounts.join(call.db, me, group_id)
    record(call, audit.GROUP_CREATED, "add group %(data)s", {"data": values(new)})
    changes.touch(call.db, call.now, TABLE, "auth_membership")
    return {**_line(call, group_id), "info": f"group {new['role']} created"}


def _require_quota(call: Call, me: int) -> None:
    quota = groups.quota(call.db, me)
    if quota and groups.count(call.db, me) >= quota:
        raise Denied("groups quota exceeded")


def _changeable(call: Call, text: str) -> Group:
    """A group that the caller may change: one that it is in and that is no privilege.

    :raises Denied: a right is missing.
    :raises NotFound: there is none, or none that the caller sees.
    """
    call.require(GROUP_MANAGER)
    group = sight.required_group(call, text)
    if group.privilege and not call.is_manager:
        raise Denied(f"{group.role} is a privilege: only a Manager changes it")
    return group


def _require_change(call: Call, group: Group, wanted: dict[str, Any]) -> None:
    if "privilege" in wanted and not call.is_manager:
        raise Denied("only a Manager makes a privilege of a group, or a group of a privilege")
    if groups.is_fixed(group):
        if {"role", "privilege"} & set(wanted):
            raise Conflict(f"{group.role} is kept for the collector itself: it stays as it is")
        if groups.private_of(group) is None and not call.is_manager:
            raise Denied(f"only a Manager changes {group.role}")
    if "role" in wanted:
        groups.require_role(call.db, wanted["role"], group.id)
    if wanted.get("privilege"):
        groups.require_not_last(call.db, group.id, group.role)


def _remove(call: Call, text: str) -> Answer:
    group = _changeable(call, text)
    if group.privilege:
        raise Conflict(f"{group.role} is a privilege: it is not deleted")
    if groups.is_fixed(group):
        raise Conflict(f"{group.role} is kept for the collector itself: it is not deleted")
    groups.require_not_last(call.db, group.id, group.role)
    groups.remove(call.db, group.id)
    record(call, audit.GROUP_DELETED, "deleted group %(g)s", {"g": group.role})
    changes.announce(call.db, call.now, TABLE, {"id": group.id})
    changes.touch(call.db, call.now, *groups.TIES)
    return {"info": f"group {group.role} deleted"}


_SIGHT = "You see the groups that you are in, privileges too; a Manager sees all."
_ID = "The group is given by its id or name."
_RIGHT = "You need the privilege GroupManager, and be in the group; a Manager may always."
_KEPT = "Everybody, private groups and privileges keep their names and are not deleted."
_LAST = "A group that alone is responsible for a docker registry or an application is kept too."
_MANY = "Or filters or query choose the groups; what becomes of each is told one by one."
_CHOICE = tuple(p for p in LIST_PARAMS if p.name in ("filters", "query", "limit"))


def _change_route(method: str) -> Route:
    return Route(
        method, "/groups/<id>", change,
        ("Change a group.", _ID, _RIGHT, _KEPT, "Only a Manager changes what is a privilege."),
        columns=_WRITABLE, shape=GROUP.columns,
        examples=("# curl -u %(email)s -d description=Web"
                  " https://%(collector)s/init/rest/api/groups/team-a",),
    )


ROUTES = (
    Route(
        "GET", "/groups", list_groups,
        ("List groups.", _SIGHT, "The filter 'privilege T' lists the privileges."), LIST_PARAMS,
        shape=GROUP.columns, many=True,
    ),
    Route(
        "GET", "/groups/<id>", one_group, ("Show a group.", _ID, _SIGHT), LINE_PARAMS,
        shape=GROUP.columns,
    ),
    Route(
        "GET", "/groups/<id>/users", members, ("List the users in a group.", _ID), LIST_PARAMS,
        shape=USER.columns, many=True,
    ),
    Route(
        "GET", "/groups/<id>/apps", apps,
        ("List the applications that a group is responsible for.", _ID), LIST_PARAMS,
        shape=APP.columns, many=True,
    ),
    Route(
        "POST", "/groups", create_or_change,
        ("Create a group, or change the one with this id.",
         "You need the privilege GroupManager, and your quota must allow one more; you are in the"
         " new group.  Only a Manager makes privileges.", _MANY),
        _CHOICE, columns=_WRITABLE,
        members=(Member("id", "The id of the group to change.", "integer"),),
        shape=GROUP.columns, rows=chosen, each=change,
        examples=("# curl -u %(email)s -d role=team-a"
                  " https://%(collector)s/init/rest/api/groups",),
    ),
    _change_route("POST"),
    _change_route("PUT"),
    Route(
        "DELETE", "/groups", remove_named,
        ("Delete a group.", _RIGHT, _KEPT, _LAST,
         "The body is an object with id or role, or an array of such objects.", _MANY),
        _CHOICE,
        members=(Member("id", "The id of the group.", "integer"), Member("role", "Or its name.")),
        rows=chosen, each=remove,
    ),
    Route(
        "DELETE", "/groups/<id>", remove,
        ("Delete a group with its memberships, and what is published to it.", _ID, _RIGHT,
         _KEPT, _LAST),
    ),
)
