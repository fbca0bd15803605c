"""The groups an application is published to, and those responsible for it."""

from __future__ import annotations

from dataclasses import dataclass

from ... import audit, changes
from ...accounts import apps as applications
from ...accounts.apps import App
from ...catalog import links
from ...catalog.links import Link, Tie
from ...errors import Conflict, Denied, NotFound
from ...login import lookup
from ...login.lookup import Group
from ...policy import APP_MANAGER
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import Condition
from ..listing import Resource, Source
from ..routes import Member, Route
from . import sight
from .apps import RIGHT, changeable
from .objects import GROUP
from .record import record


@dataclass(frozen=True)
class Side:
    """One kind of attachment.

    ``path`` is its name in paths, ``state`` says what a group that is attached is to
    the application; ``added`` and ``removed`` are the actions in the audit log.
    """

    link: Link
    path: str
    state: str
    added: str
    removed: str

    @property
    def resource(self) -> Resource:
        """The rows, with the names that their ids stand for."""
        table = self.link.table
        return Resource(table, (
            Column("id", "l.id", Kind.ID, "The unique id of the row.", table, unique=True),
            Column("app_id", "l.app_id", Kind.INTEGER, "The id of the application.", table),
            Column("group_id", "l.group_id", Kind.INTEGER, "The id of the group.", table),
            Column("app", "p.app", Kind.TEXT, "The code of the application.", "apps"),
            Column("role", "a.role", Kind.TEXT, "The name of the group.", "auth_group"),
        ))

    def source(self, call: Call) -> Source:
        """The rows of the applications that the caller sees."""
        return Source(
            f"{self.link.table} l JOIN apps p ON p.id = l.app_id"
            " JOIN auth_group a ON a.id = l.group_id",
            sight.sees_apps(call),
        )

    def rows(self, call: Call) -> Answer:
        """The rows of all applications that the caller sees."""
        return listing.listing(call, self.resource, self.source(call))

    def groups(self, call: Call) -> Answer:
        """The groups attached to one application."""
        app = sight.required_app(call, call.args["id"])
        mine = f"SELECT group_id FROM {self.link.table} WHERE app_id = ?"
        source = Source("auth_group a", Condition(f"a.id IN ({mine})", (app.id,)))
        return listing.listing(call, GROUP, source)

    def chosen(self, call: Call) -> list[int]:
        """The ids of the rows that ``filters`` and ``query`` choose."""
        return listing.ids(call, self.resource, self.source(call))

    def attach(self, call: Call) -> Answer:
        """Attach the group of the path."""
        given.only(call.body)
        return self._attach(call, changeable(call, call.args["id"]), call.args["group"])

    def attach_named(self, call: Call) -> Answer:
        """Attach the group that the body names."""
        app, group = self._named(call)
        return self._attach(call, app, group)

    def detach(self, call: Call) -> Answer:
        """Detach the group of the path."""
        given.only(call.body)
        return self._detach(call, changeable(call, call.args["id"]), call.args["group"])

    def detach_named(self, call: Call) -> Answer:
        """Detach the group that the body names."""
        app, group = self._named(call)
        return self._detach(call, app, group)

    def detach_row(self, call: Call) -> Answer:
        """Detach the group of one row."""
        given.only(call.body)
        call.require(APP_MANAGER)
        found = links.tie(call.db, self.link, call.id())
        if found is None:
            raise NotFound(f"there is no {self.link.table} {call.id()}")
        return self._detach(call, changeable(call, str(found.owned)), str(found.group))

    def _named(self, call: Call) -> tuple[App, str]:
        given.only(call.body, "app_id", "group_id")
        call.require(APP_MANAGER)
        app, group = given.named(call, "app_id"), given.named(call, "group_id")
        return changeable(call, app), group

    def _attach(self, call: Call, app: App, text: str) -> Answer:
        group = lookup.group(call.db, text)
        if group is not None and group.privilege:
            raise Denied(f"{group.role} is a privilege: no application is tied to it")
        if group is None or not (call.is_manager or group.id in call.principal.groups):
            raise NotFound(_unknown(call, text))
        done = links.add(call.db, self.link, Tie(app.id, group.id))
        if done:
            self._record(call, self.added, f"app %(u)s {self.state} %(g)s", app, group)
        already = "" if done else "already "
        return {"info": f"application {app.app} {already}{self.state} {group.role}"}

    def _detach(self, call: Call, app: App, text: str) -> Answer:
        group = self._attached(call, app, text)
        tie = Tie(app.id, group.id)
        is_owner = self.link == applications.RESPONSIBLES
        if is_owner and links.is_last(call.db, self.link, tie):
            raise Conflict(
                f"{group.role} is the last group responsible for application {app.app}:"
                " add another one first"
            )
        done = links.remove(call.db, self.link, tie)
        if done:
            fmt = f"app %(u)s no longer {self.state} %(g)s"
            self._record(call, self.removed, fmt, app, group)
        word = "no longer" if done else "already not"
        return {"info": f"application {app.app} {word} {self.state} {group.role}"}

    def _attached(self, call: Call, app: App, text: str) -> Group:
        """A group that is attached, or else one that the caller knows of."""
        found = lookup.group(call.db, text)
        if found is not None:
            mine = call.is_manager or found.id in call.principal.groups
            if mine or links.has(call.db, self.link, Tie(app.id, found.id)):
                return found
        raise NotFound(_unknown(call, text))

    def _record(self, call: Call, action: str, fmt: str, app: App, group: Group) -> None:
        payload = {"app_id": app.id, "group_id": group.id}
        record(call, action, fmt, {**payload, "u": app.app, "g": group.role})
        changes.announce(call.db, call.now, self.link.table, payload)


def _unknown(call: Call, text: str) -> str:
    return f"there is no group {text[:64]!r}" + ("" if call.is_manager else " among yours")


_PUBLICATIONS = Side(
    applications.PUBLICATIONS, "publications", "published to", audit.APP_PUBLISHED,
    audit.APP_UNPUBLISHED,
)
_RESPONSIBLES = Side(
    applications.RESPONSIBLES, "responsibles", "owned by", audit.APP_RESPONSIBLE_ADDED,
    audit.APP_RESPONSIBLE_REMOVED,
)

_OWN = "The group, by its id or name, is one of yours and no privilege; a Manager takes any."
_LAST = "The last responsible group of an application can't be detached."
_BODY = "The body is an object with app_id and group_id, or an array of such objects."
_MEMBERS = (
    Member("app_id", "The id or code of the application.", required=True),
    Member("group_id", "The id or name of the group.", required=True),
)
_CHOICE = tuple(p for p in LIST_PARAMS if p.name in ("filters", "query", "limit"))


def _routes(side: Side, attaches: str, detaches: str, what: str, *more: str) -> tuple[Route, ...]:
    of_one, table = f"/apps/<id>/{side.path}", f"/{side.link.table}"
    path = f"{of_one}/<group>"
    return (
        Route("GET", of_one, side.groups, (f"List the groups {what} an application.",),
              LIST_PARAMS, shape=GROUP.columns, many=True),
        Route("GET", table, side.rows,
              (f"List the groups {what} the applications that you see.",), LIST_PARAMS,
              shape=side.resource.columns, many=True),
        Route("POST", path, side.attach, (attaches, RIGHT, _OWN)),
        Route("POST", table, side.attach_named, (attaches, RIGHT, _OWN, _BODY), members=_MEMBERS,
              examples=("# curl -u %(email)s -d app_id=shop -d group_id=team-a"
                        f" https://%(collector)s/init/rest/api{table}",)),
        Route("DELETE", path, side.detach, (detaches, RIGHT, *more)),
        Route("DELETE", table, side.detach_named,
              (detaches, RIGHT, *more, _BODY, "Or filters or query choose what is detached."),
              _CHOICE, members=_MEMBERS, rows=side.chosen, each=side.detach_row),
    )


ROUTES = (
    *_routes(
        _PUBLICATIONS,
        "Publish an application to a group: its members see it and pull from apps/ of its name.",
        "End the publication of an application to a group.",
        "that see",
    ),
    *_routes(
        _RESPONSIBLES,
        "Make a group responsible for an application: its members change it, and push to apps/"
        " of its name.",
        "End the responsibility of a group for an application.",
        "that are responsible for",
        _LAST,
    ),
)
