"""Nodes: seeing, declaring, changing and deleting them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from ... import audit, changes
from ...catalog import inventory
from ...catalog.inventory import NODE_PROPERTIES, Machine
from ...errors import BadRequest, Conflict, Denied
from ...policy import NODE_MANAGER
from .. import given, listing
from ..asked import LINE_PARAMS, LIST_PARAMS
from ..call import Answer, Call
from ..conditions import Condition
from ..routes import Member, Route
from . import hosts
from .hosts import NODE, SERVICE

TABLE = "nodes"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9])?", re.ASCII)
_MOST = {"app": 64}


def list_nodes(call: Call) -> Answer:
    """All nodes that the caller sees."""
    return listing.listing(call, NODE, hosts.nodes(call))


def one_node(call: Call) -> Answer:
    """One node, or nothing."""
    return _line(call, hosts.node_id(call, call.args["id"]))


def services_of(call: Call) -> Answer:
    """The services with an instance on a node."""
    node_id = hosts.required_node(call, call.args["id"])
    condition = hosts.instances("s.svc_id", "node_id", node_id)
    return listing.listing(call, SERVICE, hosts.services(call, condition))


def create(call: Call) -> Answer:
    """Declare a node.

    :raises Conflict: there is one of that name.
    :raises Denied: a right is missing.
    """
    call.require(NODE_MANAGER)
    given.only(call.body, "nodename", *NODE_PROPERTIES)
    nodename = valid_name(given.named(call, "nodename"))
    values = {**_values(call.body), "app": app_of(call)}
    if inventory.named(call.db, nodename):
        raise Conflict(f"there is a node {nodename} already")
    node_id = add(call, nodename, values)
    return {**_line(call, node_id), "info": f"node {nodename} declared"}


def add(call: Call, nodename: str, values: Mapping[str, str]) -> str:
    """Store a new node whose properties were checked; return its node_id."""
    node_id = str(uuid.uuid4())
    inventory.create(call.db, node_id, nodename, values, call.now)
    data = [f"{name}: {value}" for name, value in sorted({**values, "nodename": nodename}.items())]
    record(call, audit.NODE_CREATED, "node %(nodename)s declared: %(data)s",
           {"nodename": nodename, "data": data}, node_id)
    return node_id


def app_of(call: Call, name: str = "app") -> str:
    """The application of the body, that the caller is responsible for, else its only one.

    :raises NotFound: there is no such application, or none that the caller sees.
    :raises Denied: no group of the caller is responsible for it.
    """
    value = call.body.get(name)
    code = (given.text(value, name, 64) if value is not None else "") or hosts.default_app(call)
    hosts.require_responsible(call, code)
    return code


def change(call: Call) -> Answer:
    """Change a node's properties.

    :raises Denied: no group of the caller is responsible for the application that it has,
        or for the one that it is to have.
    """
    call.require(NODE_MANAGER)
    given.only(call.body, *NODE_PROPERTIES)
    values = _values(call.body)
    node = changeable(call, call.args["id"])
    if "app" in values:
        hosts.require_responsible(call, values["app"])
    stored = inventory.properties(call.db, node.node_id)
    changed = {name: value for name, value in values.items() if stored[name] != value}
    if not changed:
        return {**_line(call, node.node_id), "info": f"node {node.nodename} is so already"}
    inventory.change(call.db, node.node_id, changed, call.now)
    data = [f"{name}: {stored[name]} => {changed[name]}" for name in sorted(changed)]
    record(call, audit.NODE_CHANGED, "node %(nodename)s changed: %(data)s",
           {"nodename": node.nodename, "data": data}, node.node_id)
    info = f"node {node.nodename} changed: {', '.join(data)}"
    return {**_line(call, node.node_id), "info": info}


def remove(call: Call) -> Answer:
    """Delete a node: it logs in no more."""
    call.require(NODE_MANAGER)
    given.only(call.body)
    node = changeable(call, call.args["id"])
    inventory.remove(call.db, node.node_id)
    record(call, audit.NODE_DELETED, "node %(nodename)s deleted",
           {"nodename": node.nodename}, node.node_id)
    changes.touch(call.db, call.now, "svcmon", "resinfo")
    return {"info": f"node {node.nodename} deleted"}


def changeable(call: Call, text: str) -> Machine:
    """A node that the caller may change.

    :raises NotFound: there is none, or none that the caller sees.
    :raises Denied: no group of the caller is responsible for its application.
    """
    node = inventory.machine(call.db, hosts.required_node(call, text))
    if node is None:
        raise Conflict("several nodes have that node_id")
    if call.is_manager:
        return node
    if not node.app:
        raise Denied(f"the node {node.nodename} has no application: only a Manager changes it")
    hosts.require_responsible(call, node.app)
    return node


def valid_name(text: str) -> str:
    """A node's name in the form that agents log in with: lower case.

    :raises BadRequest: no host can have it.
    """
    name = text.lower()
    if not _NAME.fullmatch(name):
        raise BadRequest("nodename is no host name: letters, digits, dots and hyphens")
    return name


def record(
    call: Call, action: str, fmt: str, details: Mapping[str, Any], node_id: str
) -> None:
    """Write what was done with a node to the log, and tell it to live screens."""
    entry = audit.Entry(action, call.caller.log_user, fmt, details, node_id=node_id)
    audit.write(call.db, entry, call.now)
    changes.announce(call.db, call.now, TABLE, {"node_id": node_id})


def _values(body: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: given.text(body[name], name, _MOST.get(name, 255))
        for name in NODE_PROPERTIES
        if name in body
    }


def _line(call: Call, node_id: str) -> Answer:
    condition = Condition("n.node_id = ? AND n.node_id <> ''", (node_id,))
    return listing.line(call, NODE, hosts.nodes(call, condition))


RIGHT = (
    "You need the privilege NodeManager, and a group of yours that is responsible for the"
    " application of the node; a Manager may always."
)
_WRITABLE = tuple(column for column in NODE.columns if column.writable)
_NODENAME = Member("nodename", "The name that the node logs in with.", required=True)


def _change_route(method: str) -> Route:
    return Route(
        method, "/nodes/<id>", change,
        ("Change the properties of a node, given by its node_id, name or id.", RIGHT,
         "For a new application, a group of yours has to be responsible too."),
        columns=_WRITABLE, shape=NODE.columns,
        examples=("# curl -u %(email)s -d app=shop"
                  " https://%(collector)s/init/rest/api/nodes/node1.lab.example",),
    )


ROUTES = (
    Route(
        "GET", "/nodes", list_nodes,
        ("List the nodes whose application is published to your groups, or owned by them.",
         "A node sees itself."),
        LIST_PARAMS, shape=NODE.columns, many=True,
    ),
    Route(
        "GET", "/nodes/<id>", one_node, ("Show a node, by its node_id, name or id.",),
        LINE_PARAMS, shape=NODE.columns,
    ),
    Route(
        "GET", "/nodes/<id>/services", services_of,
        ("List the services that have an instance on a node.",),
        LIST_PARAMS, shape=SERVICE.columns, many=True,
    ),
    Route(
        "POST", "/nodes", create,
        ("Declare a node.", RIGHT,
         "Without app, it gets the application that you are responsible for, if it is one."
         "  What the node logs in with is given by /register."),
        columns=_WRITABLE, members=(_NODENAME,), shape=NODE.columns,
        examples=("# curl -u %(email)s -d nodename=node1.lab.example -d app=shop"
                  " https://%(collector)s/init/rest/api/nodes",),
    ),
    _change_route("POST"),
    _change_route("PUT"),
    Route(
        "DELETE", "/nodes/<id>", remove,
        ("Delete a node, with the uuid that it logs in with, its instances of services, and"
         " what these told of their resources.", RIGHT),
    ),
)
