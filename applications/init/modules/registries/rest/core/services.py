"""Services and their instances: seeing them, declaring and deleting them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from ... import audit, changes
from ...catalog import inventory
from ...catalog.inventory import Machine, NewService
from ...errors import BadRequest, Denied
from ...policy import APP_MANAGER, NODE_MANAGER
from .. import given, listing
from ..asked import LINE_PARAMS, LIST_PARAMS
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import Condition
from ..listing import Resource, Source
from ..routes import Member, Route
from . import hosts, nodes
from .hosts import NODE, SERVICE

TABLE = "services"
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,126}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_PART}(?:/{_PART}){{0,2}}", re.ASCII)
_NEVER = "cluster"
"""What agents call the cluster itself; no service is found by that name."""

_MOST_NODES = 100


def _instance(name: str, kind: Kind, description: str, column: str = "") -> Column:
    return Column(name, f"m.{column or name}", kind, description, "svcmon")


INSTANCE = Resource(
    "svcmon",
    (
        _instance("id", Kind.ID, "The unique id of the instance.", "ID"),
        _instance("svc_id", Kind.TEXT, "The unique id of the service."),
        Column("svcname", "s.svcname", Kind.TEXT, "The name of the service.", "services"),
        _instance("node_id", Kind.TEXT, "The unique id of the node."),
        Column("nodename", "n.nodename", Kind.TEXT, "The name of the node.", "nodes"),
        _instance("mon_vmname", Kind.TEXT, "The name of the container it runs in, if it does."),
        _instance("mon_availstatus", Kind.TEXT, "The availability of the instance."),
        _instance("mon_overallstatus", Kind.TEXT, "Its overall status."),
        _instance("mon_updated", Kind.DATE, "When that was told."),
    ),
)


def list_services(call: Call) -> Answer:
    """All services that the caller sees."""
    return listing.listing(call, SERVICE, hosts.services(call))


def one_service(call: Call) -> Answer:
    """One service, or nothing."""
    return _line(call, hosts.svc_id(call, call.args["id"]))


def nodes_of(call: Call) -> Answer:
    """The nodes that have an instance of a service."""
    svc_id = hosts.required_service(call, call.args["id"])
    condition = hosts.instances("n.node_id", "svc_id", svc_id)
    return listing.listing(call, NODE, hosts.nodes(call, condition))


def list_instances(call: Call) -> Answer:
    """The instances of all services that the caller sees."""
    source = Source(
        "svcmon m JOIN services s ON s.svc_id = m.svc_id"
        " LEFT JOIN nodes n ON n.node_id = m.node_id",
        hosts.of_apps(call, "s.svc_app"),
    )
    return listing.listing(call, INSTANCE, source)


def create(call: Call) -> Answer:
    """Declare a service, so that it logs in from its nodes.

    :raises Conflict: its cluster has one of that name.
    :raises Denied: a right is missing.
    """
    call.require(APP_MANAGER, NODE_MANAGER)
    given.only(call.body, "svcname", "svc_app", "nodes")
    svcname = _valid_name(given.named(call, "svcname"))
    app = nodes.app_of(call, "svc_app")
    on = [nodes.changeable(call, name) for name in _names(call.body.get("nodes"))]
    new = NewService(str(uuid.uuid4()), svcname, app, _cluster(on))
    inventory.create_service(call.db, new, on, call.now)
    data = [f"svc_app: {app}", f"nodes: {' '.join(node.nodename for node in on)}"]
    _record(call, audit.SERVICE_CREATED, "service %(svcname)s declared: %(data)s",
            {"svcname": svcname, "data": data}, new.svc_id)
    return {**_line(call, new.svc_id), "info": f"service {svcname} declared"}


def remove(call: Call) -> Answer:
    """Delete a service: it logs in no more.

    :raises Denied: a right is missing.
    """
    call.require(APP_MANAGER, NODE_MANAGER)
    given.only(call.body)
    svc_id = hosts.required_service(call, call.args["id"])
    found = call.container.directory.service(svc_id)
    if not call.is_manager:
        if found is None or not found.app:
            raise Denied("the service has no application: only a Manager deletes it")
        hosts.require_responsible(call, found.app)
    inventory.remove_service(call.db, svc_id)
    svcname = found.svcname if found else svc_id
    _record(call, audit.SERVICE_DELETED, "service %(svcname)s deleted",
            {"svcname": svcname}, svc_id)
    changes.touch(call.db, call.now, "resinfo")
    return {"info": f"service {svcname} deleted"}


def _valid_name(text: str) -> str:
    if text == _NEVER or not _NAME.fullmatch(text):
        raise BadRequest(
            "svcname is a name, or namespace/kind/name, of letters, digits, dots and hyphens"
        )
    return text


def _names(value: Any) -> list[str]:
    """The nodes of a body: a list, or a text with commas or blanks."""
    if value is None:
        return []
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    if not isinstance(value, list) or len(value) > _MOST_NODES:
        raise BadRequest(f"nodes is a list of at most {_MOST_NODES} names")
    return list(dict.fromkeys(given.text(name, "nodes") for name in value))


def _cluster(on: list[Machine]) -> str:
    """The cluster that all nodes are in; a service is in none else.

    :raises BadRequest: they are in different ones.
    """
    clusters = {node.cluster_id for node in on}
    if len(clusters) > 1:
        raise BadRequest("these nodes are not in one cluster")
    return clusters.pop() if clusters else ""


def _record(
    call: Call, action: str, fmt: str, details: Mapping[str, Any], svc_id: str
) -> None:
    entry = audit.Entry(action, call.caller.log_user, fmt, details, svc_id=svc_id)
    audit.write(call.db, entry, call.now)
    changes.announce(call.db, call.now, TABLE, {"svc_id": svc_id})
    changes.touch(call.db, call.now, "svcmon")


def _line(call: Call, svc_id: str) -> Answer:
    condition = Condition("s.svc_id = ? AND s.svc_id <> ''", (svc_id,))
    return listing.line(call, SERVICE, hosts.services(call, condition))


_RIGHT = (
    "You need the privilege AppManager or NodeManager, and a group of yours that is"
    " responsible for the application of the service; a Manager may always."
)
_WRITABLE = tuple(column for column in SERVICE.columns if column.writable)
_NODES = Member(
    "nodes", "Its nodes, by name or node_id: your groups are responsible for their applications.",
    "list",
)
ROUTES = (
    Route(
        "GET", "/services", list_services,
        ("List the services whose application is published to your groups, or owned by them.",
         "A node or service sees those of its own application."),
        LIST_PARAMS, shape=SERVICE.columns, many=True,
    ),
    Route(
        "GET", "/services/<id>", one_service,
        ("Show a service, by its svc_id, name or id; write (slash) for / in a name.",),
        LINE_PARAMS, shape=SERVICE.columns,
    ),
    Route(
        "GET", "/services/<id>/nodes", nodes_of,
        ("List the nodes that have an instance of a service.",),
        LIST_PARAMS, shape=NODE.columns, many=True,
    ),
    Route(
        "GET", "/services_instances", list_instances,
        ("List the instances of services on nodes.",),
        LIST_PARAMS, shape=INSTANCE.columns, many=True,
    ),
    Route(
        "POST", "/services", create,
        ("Declare a service, so that it can log in from its nodes.", _RIGHT,
         "Without svc_app, it gets the application that you are responsible for, if it is one."
         "  It is in the cluster of its nodes."),
        columns=_WRITABLE, members=(_NODES,), shape=SERVICE.columns,
        examples=("# curl -u %(email)s -d svcname=web -d svc_app=shop -d nodes=node1.lab.example"
                  " https://%(collector)s/init/rest/api/services",),
    ),
    Route(
        "DELETE", "/services/<id>", remove,
        ("Delete a service, with its instances and what these told of their resources.", _RIGHT),
    ),
)
