"""What the screens ask of who signed in: itself, its groups, its preferences."""

from __future__ import annotations

from dataclasses import replace

from ... import __version__, changes
from ...accounts import prefs
from ...errors import BadRequest
from .. import given, listing, zone
from ..call import Answer, Call
from ..conditions import Condition
from ..routes import Member, Route
from . import sight
from .objects import GROUP, USER
from .users import groups_of

_MOST_UUID = 64


def dump(call: Call) -> Answer:
    """All that a page needs to know of who signed in, as the collector's pages read it.

    Source: ``collector-contract.md`` A.15.
    """
    me = sight.myself(call)
    plain = replace(call, query={})
    user = sight.users(call, Condition("u.id = ?", (me,)))
    return {
        "user": listing.line(plain, USER, user)["data"],
        "groups": listing.line(plain, GROUP, groups_of(call, me))["data"],
        "prefs": prefs.read(call.db, me),
        "code_rev": __version__,
        "server_timezone": zone.name(),
        "candidates": [],
        "filterset": [],
        "internal_forms": [],
        "hidden_menu_entries_stats": {},
    }


def read_prefs(call: Call) -> Answer:
    """The preferences of who calls."""
    return {"data": prefs.read(call.db, sight.myself(call))}


def save_prefs(call: Call) -> Answer:
    """Keep preferences of who calls, in place of those before."""
    me = sight.myself(call)
    given.only(call.body, "data", "uuid")
    data = call.body.get("data")
    if not isinstance(data, dict):
        raise BadRequest("data is missing, or no object")
    uuid = given.text(call.body.get("uuid", ""), "uuid", _MOST_UUID)
    prefs.save(call.db, me, data)
    changes.announce(call.db, call.now, "user_prefs", {"user_id": me, "uuid": uuid})
    return {"info": "user prefs saved"}


ROUTES = (
    Route(
        "GET", "/users/self/dump", dump,
        ("Show yourself, your groups and your preferences, in one answer.",
         "The answer has the members user, groups, prefs, code_rev, server_timezone and some that"
         " are always empty here."),
    ),
    Route(
        "GET", "/users/self/prefs", read_prefs,
        ("Show what the screens keep for you: one JSON object.",),
    ),
    Route(
        "POST", "/users/self/prefs", save_prefs,
        ("Keep a JSON object of at most 64 kB for your screens, in place of the one before.",),
        members=(
            Member("data", "The object.", "json", required=True),
            Member("uuid", "What tells the browser from others that you use."),
        ),
        examples=("# curl -u %(email)s -H 'Content-Type: application/json'"
                  " -d '{\"data\": {\"tables\": {}}}'"
                  " https://%(collector)s/init/rest/api/users/self/prefs",),
    ),
)
