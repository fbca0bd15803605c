"""Nodes and services: their columns, and which of them a caller sees.

A user: those whose application is published to one of its groups, or that one
of its groups is responsible for.  A node: itself, and the services of its
application.  A service: the node it logs in from, and the services of its
application.  A Manager sees all.
"""

from __future__ import annotations

from ...catalog import inventory
from ...errors import BadRequest, Denied, NotFound
from ...policy import Kind as Who
from .. import listing
from ..asked import Wanted
from ..call import MAX_ID, Call
from ..columns import Column, Kind
from ..conditions import ALWAYS, Condition, all_of
from ..listing import Resource, Source
from . import sight


def _node(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return Column(name, f"n.{name}", kind, description, "nodes", **more)


def _service(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return Column(name, f"s.{name}", kind, description, "services", **more)


NODE = Resource(
    "nodes",
    (
        _node("id", Kind.ID, "The unique id of the row.", unique=True),
        _node("node_id", Kind.TEXT, "The unique id of the node.", unique=True),
        _node("nodename", Kind.TEXT, "The name of the node."),
        _node("app", Kind.TEXT, "The code of its application.", writable=True),
        _node("node_env", Kind.TEXT, "Its environment, such as PRD or TST.", writable=True),
        _node("team_responsible", Kind.TEXT, "The team that runs it.", writable=True),
        _node("fqdn", Kind.TEXT, "Its full name in the DNS.", writable=True),
        _node("connect_to", Kind.TEXT, "The address to connect to.", writable=True),
        _node("os_name", Kind.TEXT, "The name of its operating system."),
        _node("version", Kind.TEXT, "The version of its agent."),
        _node("cluster_id", Kind.TEXT, "The unique id of its cluster."),
        _node("updated", Kind.DATE, "When the row was last changed."),
        _node("last_comm", Kind.DATE, "When the node was last heard of."),
    ),
)
SERVICE = Resource(
    "services",
    (
        _service("id", Kind.ID, "The unique id of the row.", unique=True),
        _service("svc_id", Kind.TEXT, "The unique id of the service.", unique=True),
        _service("svcname", Kind.TEXT, "The name or path of the service.", writable=True),
        _service("svc_app", Kind.TEXT, "The code of its application.", writable=True),
        _service("svc_env", Kind.TEXT, "Its environment, such as PRD or TST."),
        _service("svc_topology", Kind.TEXT, "Failover or flex."),
        _service("svc_nodes", Kind.TEXT, "The names of its nodes."),
        _service("svc_status", Kind.TEXT, "Its overall status."),
        _service("svc_availstatus", Kind.TEXT, "Its availability."),
        _service("cluster_id", Kind.TEXT, "The unique id of its cluster."),
        _service("svc_created", Kind.DATE, "When the collector first knew it."),
        _service("updated", Kind.DATE, "When the row was last changed."),
    ),
)


def nodes(call: Call, condition: Condition = ALWAYS) -> Source:
    """The nodes that the caller sees; they are ``n``."""
    if call.caller.kind is Who.USER:
        seen = of_apps(call, "n.app")
    else:
        seen = Condition("n.node_id = ?", (call.caller.node_id,))
    return Source("nodes n", all_of([seen, condition]))


def services(call: Call, condition: Condition = ALWAYS) -> Source:
    """The services that the caller sees; they are ``s``."""
    return Source("services s", all_of([of_apps(call, "s.svc_app"), condition]))


def of_apps(call: Call, column: str) -> Condition:
    """True where a column has the code of an application that the caller has to do with."""
    if call.is_manager:
        return ALWAYS
    seen = sight.sees_apps(call)
    return Condition(f"{column} IN (SELECT p.app FROM apps p WHERE {seen.sql})", seen.values)


def node_id(call: Call, text: str) -> str:
    """The node_id of a node that the caller sees, by node_id, name or id; empty for none.

    :raises BadRequest: several have that name.
    """
    return _found(call, text, NODE, "n", ("node_id", "nodename"))


def svc_id(call: Call, text: str) -> str:
    """The svc_id of a service that the caller sees, by svc_id, name or id; empty for none.

    :raises BadRequest: several have that name.
    """
    return _found(call, text, SERVICE, "s", ("svc_id", "svcname"))


def required_node(call: Call, text: str) -> str:
    """As ``node_id``.

    :raises NotFound: there is none, or none that the caller sees.
    """
    found = node_id(call, text)
    if not found:
        raise NotFound(f"there is no node {text[:64]!r}")
    return found


def required_service(call: Call, text: str) -> str:
    """As ``svc_id``.

    :raises NotFound: there is none, or none that the caller sees.
    """
    found = svc_id(call, text)
    if not found:
        raise NotFound(f"there is no service {text[:64]!r}")
    return found


def require_responsible(call: Call, code: str) -> None:
    """Go on only for who is responsible for an application, or a Manager.

    :raises NotFound: there is no such application, or none that the caller sees.
    :raises Denied: no group of the caller is responsible for it.
    """
    app = call.container.directory.app(code)
    groups = call.principal.groups
    seen = app and (call.is_manager or groups & (app.publications | app.responsibles))
    if app is None or not seen:
        raise NotFound(f"there is no application {code[:64]!r}")
    if not (call.is_manager or groups & app.responsibles):
        raise Denied(f"no group of yours is responsible for the application {code}")


def default_app(call: Call) -> str:
    """The one application that the caller's groups are responsible for.

    :raises BadRequest: it is none, or one of several.
    """
    codes = inventory.codes(call.db, call.principal.groups)
    if len(codes) == 1:
        return codes[0]
    if not codes:
        raise BadRequest("no application is given, and no group of yours is responsible for one")
    shown = ", ".join(codes[:5])
    raise BadRequest(f"no application is given, and you are responsible for several: {shown}")


def _found(call: Call, text: str, of: Resource, alias: str, columns: tuple[str, str]) -> str:
    uid, name = (of.by_name[column] for column in columns)
    conditions = [Condition(f"{column.sql} = ?", (text,)) for column in (uid, name)]
    if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= MAX_ID:
        conditions.append(Condition(f"{alias}.id = ?", (int(text),)))
    source = nodes if of is NODE else services
    for condition in conditions:
        rows = listing.select(call.db, [Wanted(uid, "uid")], source(call, condition))
        if len(rows) > 1:
            raise BadRequest(f"several {of.name} are named {text[:64]!r}: use the {uid.name}")
        if rows:
            return str(rows[0]["uid"])
    return ""


def instances(column: str, of: str, uid: str) -> Condition:
    """True where a node_id or svc_id is of the other side of an instance.

    :param column: such as ``n.node_id``.
    :param of: the column of ``svcmon`` that ``uid`` is in.
    """
    own = column.rpartition(".")[2]
    return Condition(f"{column} IN (SELECT m.{own} FROM svcmon m WHERE m.{of} = ?)", (uid,))
