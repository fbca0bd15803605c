"""Users: who there is, and which groups they are in."""

from __future__ import annotations

from ...policy import USER_MANAGER
from .. import listing
from ..asked import LINE_PARAMS, LIST_PARAMS
from ..call import Answer, Call
from ..conditions import ALWAYS, Condition, all_of
from ..listing import Source
from ..routes import Route
from . import sight
from .objects import GROUP, USER

SIGHT = (
    "You see yourself and who shares a group with you, other than Everybody; a UserManager and"
    " a Manager see all users."
)


def list_users(call: Call) -> Answer:
    """All users that the caller sees."""
    return listing.listing(call, USER, sight.users(call))


def one_user(call: Call) -> Answer:
    """One user, or nothing."""
    found = sight.user(call, call.args["id"])
    return line(call, found.id if found else -1)


def line(call: Call, user_id: int) -> Answer:
    """One user as an answer's data, where the caller sees it."""
    return listing.line(call, USER, sight.users(call, Condition("u.id = ?", (user_id,))))


def groups(call: Call) -> Answer:
    """The groups that a user is in."""
    found = sight.required_user(call, call.args["id"])
    return listing.listing(call, GROUP, groups_of(call, found.id))


def primary_group(call: Call) -> Answer:
    """The primary group of a user, or nothing."""
    found = sight.required_user(call, call.args["id"])
    return listing.line(
        call, GROUP, groups_of(call, found.id, Condition("m.primary_group = 'T'"))
    )


def groups_of(call: Call, user_id: int, condition: Condition = ALWAYS) -> Source:
    """The groups of a user; others but who manages users see those only that they share."""
    all_shown = user_id == call.principal.id or call.principal.holds(USER_MANAGER)
    shown = ALWAYS if all_shown else sight.sees_groups(call)
    member = Condition("m.user_id = ?", (user_id,))
    return Source(
        "auth_group a JOIN auth_membership m ON m.group_id = a.id",
        all_of([member, shown, condition]),
    )


_ID = "The user is given by its id, e-mail or username, or as self."
ROUTES = (
    Route(
        "GET", "/users", list_users, ("List users.", SIGHT), LIST_PARAMS,
        shape=USER.columns, many=True,
    ),
    Route(
        "GET", "/users/<id>", one_user, ("Show a user.", _ID, SIGHT), LINE_PARAMS,
        shape=USER.columns,
    ),
    Route(
        "GET", "/users/<id>/groups", groups,
        ("List the groups that a user is in, privileges too.", _ID,
         "Of others you see the groups only that you are in yourself; a UserManager sees all."),
        LIST_PARAMS, shape=GROUP.columns, many=True,
    ),
    Route(
        "GET", "/users/<id>/primary_group", primary_group,
        ("Show the primary group of a user: it owns what the user declares.", _ID),
        LINE_PARAMS, shape=GROUP.columns,
    ),
)
