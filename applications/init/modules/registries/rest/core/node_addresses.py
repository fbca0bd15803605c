"""Addresses of nodes: what the collector has on record, and what is put there by hand."""

from __future__ import annotations

from ... import audit
from ...catalog import inventory
from ...errors import Conflict, NotFound
from ...policy import NODE_MANAGER
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import Condition
from ..listing import Resource, Source
from ..routes import Member, Route
from . import hosts, nodes


def _column(name: str, kind: Kind, description: str) -> Column:
    return Column(name, f"i.{name}", kind, description, "node_ip")


ADDRESS = Resource(
    "node_ip",
    (
        _column("id", Kind.ID, "The unique id of the row."),
        _column("node_id", Kind.TEXT, "The unique id of the node."),
        _column("addr", Kind.TEXT, "The address."),
        _column("type", Kind.TEXT, "Its family: inet or inet6."),
        _column("mask", Kind.TEXT, "Its network mask."),
        _column("mac", Kind.TEXT, "The hardware address of its interface."),
        _column("intf", Kind.TEXT, "The name of its interface."),
        _column("updated", Kind.DATE, "When it was last told."),
    ),
)


def list_addresses(call: Call) -> Answer:
    """The addresses of a node."""
    node_id = hosts.required_node(call, call.args["id"])
    return listing.listing(call, ADDRESS, _of(node_id))


def add(call: Call) -> Answer:
    """Put an address of a node on record.

    :raises Conflict: the node has too many.
    :raises Denied: a right is missing.
    """
    node, address = _given(call)
    if len(inventory.addresses(call.db, node.node_id)) >= _MOST:
        raise Conflict(f"the node {node.nodename} has {_MOST} addresses already")
    if not inventory.add_address(call.db, node.node_id, address, call.now):
        return {"info": f"node {node.nodename} has the address {address} already"}
    return _told(call, node, f"address {address} added")


def remove(call: Call) -> Answer:
    """Take an address of a node off the record.

    :raises NotFound: the node has no such address.
    :raises Denied: a right is missing.
    """
    node, address = _given(call)
    if not inventory.remove_address(call.db, node.node_id, address):
        raise NotFound(f"node {node.nodename} has no address {address}")
    return _told(call, node, f"address {address} removed")


def _given(call: Call) -> tuple[inventory.Machine, str]:
    call.require(NODE_MANAGER)
    given.only(call.body, "addr")
    node = nodes.changeable(call, call.args["id"])
    return node, given.text(given.named(call, "addr"), "addr", 64)


def _told(call: Call, node: inventory.Machine, what: str) -> Answer:
    nodes.record(call, audit.NODE_CHANGED, "node %(nodename)s changed: %(data)s",
                 {"nodename": node.nodename, "data": [what]}, node.node_id)
    return {"info": f"node {node.nodename}: {what}"}


def _of(node_id: str) -> Source:
    return Source("node_ip i", Condition("i.node_id = ? AND i.node_id <> ''", (node_id,)))


_MOST = 1000
_ADDR = Member("addr", "An IPv4 or IPv6 address.", required=True)

ROUTES = (
    Route(
        "GET", "/nodes/<id>/ips", list_addresses,
        ("List the addresses of a node.",
         "They are what the node's agent tells, or what was put there by hand."),
        LIST_PARAMS, shape=ADDRESS.columns, many=True,
    ),
    Route(
        "POST", "/nodes/<id>/ips", add,
        ("Put an address of a node on record.", nodes.RIGHT,
         "Registries with placement let services of the node in from there.  Loopback and"
         " link-local addresses never count."),
        members=(_ADDR,),
        examples=("# curl -u %(email)s -d addr=192.0.2.7"
                  " https://%(collector)s/init/rest/api/nodes/node1.lab.example/ips",),
    ),
    Route(
        "DELETE", "/nodes/<id>/ips", remove,
        ("Take an address of a node off the record.", nodes.RIGHT),
        members=(_ADDR,),
    ),
)
