"""Applications: created, changed and deleted."""

from __future__ import annotations

from typing import Any

from ... import accounts, audit, changes
from ...accounts import apps as applications
from ...accounts import columns
from ...accounts.apps import PUBLICATIONS, RESPONSIBLES, App
from ...catalog import links
from ...catalog.links import Tie
from ...errors import BadRequest, Conflict, Denied
from ...policy import APP_MANAGER
from .. import given, listing
from ..asked import LINE_PARAMS, LIST_PARAMS
from ..call import Answer, Call, as_id
from ..conditions import Condition
from ..routes import Member, Route
from . import fields, sight
from .fields import Reader
from .objects import APP
from .record import changed, differences, record, values

TABLE = "apps"
RIGHT = (
    "You need the privilege AppManager, and a group of yours that is responsible for the"
    " application; a Manager may always."
)

_READERS: dict[str, Reader] = {
    "app": fields.named(64),
    "app_domain": fields.line(64),
    "app_team_ops": fields.line(64),
    "description": fields.description,
}
_WRITABLE = tuple(column for column in APP.columns if column.writable)


def list_apps(call: Call) -> Answer:
    """All applications that the caller sees."""
    return listing.listing(call, APP, sight.apps(call))


def one_app(call: Call) -> Answer:
    """One application, or nothing."""
    found = sight.app(call, call.args["id"])
    return _line(call, found.id if found else -1)


def am_i_responsible(call: Call) -> Answer:
    """Tell whether the caller may change an application."""
    return {"data": is_responsible(call, sight.required_app(call, call.args["id"]))}


def is_responsible(call: Call, app: App) -> bool:
    """Tell whether one of the caller's groups is responsible, or it is a Manager."""
    return call.is_manager or any(
        links.has(call.db, RESPONSIBLES, Tie(app.id, group)) for group in call.principal.groups
    )


def changeable(call: Call, text: str) -> App:
    """An application that the caller may change, by id or code.

    :raises Denied: the privilege is missing, or no group of the caller is responsible.
    :raises NotFound: there is none, or none that the caller sees.
    """
    call.require(APP_MANAGER)
    found = sight.required_app(call, text)
    if not is_responsible(call, found):
        raise Denied(f"no group of yours is responsible for application {found.app}")
    return found


def create_or_change(call: Call) -> Answer:
    """Create an application, or change the one with the id of the body."""
    given.only(call.body, "id", *_READERS)
    if "id" in call.body:
        rest = {name: value for name, value in call.body.items() if name != "id"}
        return change(call.with_args(id=str(as_id(call.body["id"]))).with_body(rest))
    return _create(call, fields.read(call.body, _READERS))


def change(call: Call) -> Answer:
    """Change the application of the path."""
    given.only(call.body, *_READERS)
    new = fields.read(call.body, _READERS)
    app = changeable(call, call.args["id"])
    stored = applications.properties(call.db, app.id)
    wanted = changed(stored, new)
    if not wanted:
        return {**_line(call, app.id), "info": f"application {app.app} is so already"}
    if "app" in wanted:
        columns.require_free(call.db, TABLE, "app", wanted["app"], app.id)
        _require_empty(call, app)
    applications.change(call.db, app.id, wanted, call.now)
    data = differences(stored, wanted)
    fmt = "app %(app)s changed: %(data)s"
    record(call, audit.APP_CHANGED, fmt, {"app": app.app, "data": data})
    changes.announce(call.db, call.now, TABLE, {"id": app.id})
    info = f"application {app.app} changed: {', '.join(data)}"
    return {**_line(call, app.id), "info": info}


def remove(call: Call) -> Answer:
    """Delete the application of the path."""
    given.only(call.body)
    return _remove(call, call.args["id"])


def remove_named(call: Call) -> Answer:
    """Delete the application with the id or code of the body."""
    given.only(call.body, "id", "app")
    by_id = "id" in call.body or call.one("id")
    text = str(as_id(given.named(call, "id"))) if by_id else given.named(call, "app")
    return _remove(call, text)


def chosen(call: Call) -> list[int]:
    """The ids of the applications that ``filters`` and ``query`` choose."""
    return listing.ids(call, APP, sight.apps(call))


def _line(call: Call, app_id: int) -> Answer:
    return listing.line(call, APP, sight.apps(call, Condition("p.id = ?", (app_id,))))


def _create(call: Call, new: dict[str, Any]) -> Answer:
    call.require(APP_MANAGER)
    me = sight.myself(call)
    if "app" not in new:
        raise BadRequest("app is missing")
    columns.require_free(call.db, TABLE, "app", new["app"])
    group = accounts.default_group(call.db, me)
    quota = applications.quota(call.db, me)
    if quota and links.count(call.db, RESPONSIBLES, call.principal.groups) >= quota:
        raise Denied("applications quota exceeded")
    app_id = applications.create(call.db, new, group, call.now)
    fmt = "app %(app)s created. data %(data)s"
    record(call, audit.APP_CREATED, fmt, {"app": new["app"], "data": values(new)})
    changes.touch(call.db, call.now, TABLE, RESPONSIBLES.table, PUBLICATIONS.table)
    return {**_line(call, app_id), "info": f"application {new['app']} created"}


def _remove(call: Call, text: str) -> Answer:
    app = changeable(call, text)
    _require_empty(call, app)
    applications.remove(call.db, app.id)
    record(call, audit.APP_DELETED, "app %(app)s deleted", {"app": app.app})
    changes.announce(call.db, call.now, TABLE, {"id": app.id})
    changes.touch(call.db, call.now, RESPONSIBLES.table, PUBLICATIONS.table)
    return {"info": f"application {app.app} deleted"}


def _require_empty(call: Call, app: App) -> None:
    """Services and nodes name their application by its code: whoever took it had them.

    :raises Conflict: there are some in it.
    """
    count = applications.population(call.db, app.app)
    if count:
        raise Conflict(
            f"{count} services and nodes are in application {app.app}: give them another first"
        )


_SIGHT = (
    "You see the applications published to your groups, or owned by them; a service or a node"
    " sees its own; a Manager sees all."
)
_ID = "The application is given by its id or code."
_EMPTY = "Its code stays, and it is not deleted, as long as services or nodes are in it."
_MANY = "Or filters or query choose the applications; what becomes of each is told one by one."
_CHOICE = tuple(p for p in LIST_PARAMS if p.name in ("filters", "query", "limit"))


def _change_route(method: str) -> Route:
    return Route(
        method, "/apps/<id>", change, ("Change an application.", _ID, RIGHT, _EMPTY),
        columns=_WRITABLE, shape=APP.columns,
        examples=("# curl -u %(email)s -d description=Shop"
                  " https://%(collector)s/init/rest/api/apps/shop",),
    )


ROUTES = (
    Route(
        "GET", "/apps", list_apps, ("List applications.", _SIGHT), LIST_PARAMS,
        shape=APP.columns, many=True,
    ),
    Route(
        "GET", "/apps/<id>", one_app, ("Show an application.", _ID, _SIGHT), LINE_PARAMS,
        shape=APP.columns,
    ),
    Route(
        "GET", "/apps/<id>/am_i_responsible", am_i_responsible,
        ("Tell whether a group of yours is responsible for an application.", _ID),
    ),
    Route(
        "POST", "/apps", create_or_change,
        ("Create an application, or change the one with this id.",
         "You need the privilege AppManager, and your quota must allow one more.  Your primary"
         " group, else your private group, becomes responsible, and it is published to that"
         " group.", _MANY),
        _CHOICE, columns=_WRITABLE,
        members=(Member("id", "The id of the application to change.", "integer"),),
        shape=APP.columns, rows=chosen, each=change,
        examples=("# curl -u %(email)s -d app=shop"
                  " https://%(collector)s/init/rest/api/apps",),
    ),
    _change_route("POST"),
    _change_route("PUT"),
    Route(
        "DELETE", "/apps", remove_named,
        ("Delete an application.", RIGHT, _EMPTY,
         "The body is an object with id or app, or an array of such objects.", _MANY),
        _CHOICE,
        members=(Member("id", "The id of the application.", "integer"),
                 Member("app", "Or its code.")),
        rows=chosen, each=remove,
    ),
    Route(
        "DELETE", "/apps/<id>", remove, ("Delete an application.", _ID, RIGHT, _EMPTY),
    ),
)
