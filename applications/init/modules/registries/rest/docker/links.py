"""The groups a registry is published to, and those responsible for it: attached and detached."""

from __future__ import annotations

from dataclasses import dataclass

from ... import audit, changes
from ...catalog import links
from ...catalog.links import Link, Tie
from ...errors import Conflict, Denied, NotFound
from ...login import lookup
from ...login.lookup import Group
from ...policy import REGISTRIES_MANAGER, Registry
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call
from ..columns import Column, Kind
from ..listing import Resource, Source
from ..routes import Member, Route
from . import sight
from .registries import RIGHT, changeable


@dataclass(frozen=True)
class Side:
    """One kind of attachment.

    ``path`` is its name in paths, ``state`` says what a group that is attached is to
    the registry; ``added`` and ``removed`` are the actions in the audit log.
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
            Column("registry_id", "l.registry_id", Kind.INTEGER, "The id of the registry.", table),
            Column("group_id", "l.group_id", Kind.INTEGER, "The id of the group.", table),
            Column("service", "g.service", Kind.TEXT, "The registry's service.",
                   "docker_registries"),
            Column("role", "a.role", Kind.TEXT, "The name of the group.", "auth_group"),
        ))

    def source(self, call: Call) -> Source:
        """The rows of the registries that the caller sees."""
        return Source(
            f"{self.link.table} l JOIN docker_registries g ON g.id = l.registry_id"
            " JOIN auth_group a ON a.id = l.group_id",
            sight.registries(call).condition,
        )

    def rows(self, call: Call) -> Answer:
        """The rows of all registries that the caller sees."""
        return listing.listing(call, self.resource, self.source(call))

    def chosen(self, call: Call) -> list[int]:
        """The ids of the rows that ``filters`` and ``query`` choose."""
        return listing.ids(call, self.resource, self.source(call))

    def attach(self, call: Call) -> Answer:
        """Attach the group of the path."""
        given.only(call.body)
        return self._attach(call, changeable(call, call.args["id"]), call.args["group"])

    def attach_named(self, call: Call) -> Answer:
        """Attach the group that the body names."""
        registry, group = self._named(call)
        return self._attach(call, registry, group)

    def detach(self, call: Call) -> Answer:
        """Detach the group of the path."""
        given.only(call.body)
        return self._detach(call, changeable(call, call.args["id"]), call.args["group"])

    def detach_named(self, call: Call) -> Answer:
        """Detach the group that the body names."""
        registry, group = self._named(call)
        return self._detach(call, registry, group)

    def detach_row(self, call: Call) -> Answer:
        """Detach the group of one row."""
        call.require(REGISTRIES_MANAGER)
        found = links.tie(call.db, self.link, call.id())
        if found is None:
            raise NotFound(f"there is no {self.link.table} {call.id()}")
        return self._detach(call, changeable(call, str(found.owned)), str(found.group))

    def _named(self, call: Call) -> tuple[Registry, str]:
        given.only(call.body, "registry_id", "group_id")
        call.require(REGISTRIES_MANAGER)
        registry, group = given.named(call, "registry_id"), given.named(call, "group_id")
        return changeable(call, registry), group

    def _attach(self, call: Call, registry: Registry, text: str) -> Answer:
        group = lookup.group(call.db, text)
        if group is not None and group.privilege:
            raise Denied(f"{group.role} is a privilege: no registry is tied to it")
        if group is None or not (call.is_manager or group.id in call.principal.groups):
            raise NotFound(_unknown(call, text))
        done = links.add(call.db, self.link, Tie(registry.id, group.id))
        if done:
            fmt = f"registry %(s)s {self.state} %(role)s"
            self._record(call, self.added, fmt, registry, group)
        already = "" if done else "already "
        return {"info": f"registry {registry.service} {already}{self.state} {group.role}"}

    def _detach(self, call: Call, registry: Registry, text: str) -> Answer:
        group = self._attached(call, registry, text)
        tie = Tie(registry.id, group.id)
        if self.link == links.RESPONSIBLES and links.is_last(call.db, self.link, tie):
            raise Conflict(
                f"{group.role} is the last group responsible for registry {registry.service}:"
                " add another one first"
            )
        done = links.remove(call.db, self.link, tie)
        if done:
            fmt = f"registry %(s)s no longer {self.state} %(role)s"
            self._record(call, self.removed, fmt, registry, group)
        word = "no longer" if done else "already not"
        return {"info": f"registry {registry.service} {word} {self.state} {group.role}"}

    def _attached(self, call: Call, registry: Registry, text: str) -> Group:
        """A group that is attached, exists or not, or else one that the caller knows of."""
        found = lookup.group(call.db, text)
        group = found or _vanished(text)
        mine = found is not None and (call.is_manager or found.id in call.principal.groups)
        if group is None or not (
            mine or links.has(call.db, self.link, Tie(registry.id, group.id))
        ):
            raise NotFound(_unknown(call, text))
        return group

    def _record(
        self, call: Call, action: str, fmt: str, registry: Registry, group: Group
    ) -> None:
        details = {
            "registry_id": registry.id, "group_id": group.id, "role": group.role,
            "s": registry.service,
        }
        audit.write(call.db, audit.Entry(action, call.caller.log_user, fmt, details), call.now)
        payload = {"registry_id": registry.id, "group_id": group.id}
        changes.announce(call.db, call.now, self.link.table, payload)


def _vanished(text: str) -> Group | None:
    """A group that is gone, of which a row may be left."""
    is_id = text.isascii() and text.isdigit() and len(text) < 10
    return Group(int(text), text, False) if is_id else None


def _unknown(call: Call, text: str) -> str:
    return f"there is no group {text[:64]!r}" + ("" if call.is_manager else " among yours")


_PUBLICATIONS = Side(
    links.PUBLICATIONS, "publications", "published to", audit.PUBLISHED, audit.UNPUBLISHED
)
_RESPONSIBLES = Side(
    links.RESPONSIBLES, "responsibles", "owned by", audit.RESPONSIBLE_ADDED,
    audit.RESPONSIBLE_REMOVED,
)

_OWN = "The group, by its id or name, is one of yours and no privilege; a Manager takes any."
_LAST = "The last responsible group of a registry can't be detached."
_BODY = "The body is an object with registry_id and group_id, or an array of such objects."
_MEMBERS = (
    Member("registry_id", "The id or service of the registry.", required=True),
    Member("group_id", "The id or name of the group.", required=True),
)
_CHOICE = tuple(p for p in LIST_PARAMS if p.name in ("filters", "query", "limit"))


def _routes(side: Side, attaches: str, detaches: str, lists: str, *more: str) -> tuple[Route, ...]:
    path, table = f"/docker/registries/<id>/{side.path}/<group>", f"/docker/{_short(side)}"
    return (
        Route("GET", table, side.rows, (lists,), LIST_PARAMS, shape=side.resource.columns,
              many=True),
        Route("POST", path, side.attach, (attaches, RIGHT, _OWN)),
        Route("POST", table, side.attach_named, (attaches, RIGHT, _OWN, _BODY), members=_MEMBERS,
              examples=("# curl -u %(email)s -d registry_id=3 -d group_id=team-a"
                        f" https://%(collector)s/init/rest/api{table}",)),
        Route("DELETE", path, side.detach, (detaches, RIGHT, *more)),
        Route("DELETE", table, side.detach_named,
              (detaches, RIGHT, *more, _BODY, "Or filters or query choose what is detached."),
              _CHOICE, members=_MEMBERS, rows=side.chosen, each=side.detach_row),
    )


def _short(side: Side) -> str:
    return side.link.table.replace("docker_", "", 1)


ROUTES = (
    *_routes(
        _PUBLICATIONS,
        "Publish a docker registry to a group.",
        "End the publication of a docker registry to a group.",
        "List the publications of the docker registries that you see.",
    ),
    *_routes(
        _RESPONSIBLES,
        "Make a group responsible for a docker registry.",
        "End the responsibility of a group for a docker registry.",
        "List the responsible groups of the docker registries that you see.",
        _LAST,
    ),
)
