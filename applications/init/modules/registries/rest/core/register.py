"""Registering nodes: the uuid that a node, and the services on it, log in with.

Source: ``agent-contract.md`` 2.2.
"""

from __future__ import annotations

import uuid

from ... import audit
from ...catalog import inventory
from ...errors import Conflict
from ...policy import NODE_MANAGER
from .. import given
from ..call import Answer, Call
from ..routes import Member, Route
from . import nodes
from .nodes import RIGHT


def register(call: Call) -> Answer:
    """Give a node its uuid, a new one or the one it has.

    :raises Conflict: a node of that name is of an application that is not the caller's.
    :raises Denied: a right is missing.
    """
    call.require(NODE_MANAGER)
    given.only(call.body, "nodename", "app")
    nodename = nodes.valid_name(given.named(call, "nodename"))
    known = inventory.named(call.db, nodename)
    node_id = _known(call, nodename) if known else nodes.add(
        call, nodename, {"app": nodes.app_of(call)}
    )
    found = call.container.directory.node_uuid(node_id)
    if found:
        return {"data": {"uuid": found}, "info": f"node {nodename} is registered already"}
    given_uuid = str(uuid.uuid4())
    inventory.give_uuid(call.db, node_id, nodename, given_uuid, call.now)
    nodes.record(call, audit.NODE_REGISTERED, "node %(nodename)s registered",
                 {"nodename": nodename}, node_id)
    return {"data": {"uuid": given_uuid}, "info": f"node {nodename} registered"}


def _known(call: Call, nodename: str) -> str:
    """The node_id of a node that is declared; an application that is named must be its own."""
    found = inventory.named(call.db, nodename)
    wanted = given.text(call.body["app"], "app", 64) if call.body.get("app") else ""
    mine = inventory.codes(call.db, call.principal.groups)
    own = [node for node in found if call.is_manager or node.app in mine]
    if wanted:
        own = [node for node in own if node.app == wanted]
    if len(own) != 1 or own[0].nodename != nodename:
        raise Conflict(
            f"a node {nodename} is declared already, with another application or one that no"
            " group of yours is responsible for"
        )
    return own[0].node_id


ROUTES = (
    Route(
        "POST", "/register", register,
        ("Register a node, and be told the uuid that it logs in with.", RIGHT,
         "A node that is registered already keeps its uuid.  Without app, a new node gets the"
         " application that you are responsible for, if it is one."),
        members=(
            Member("nodename", "The name that the node logs in with.", required=True),
            Member("app", "The code of the application of a new node."),
        ),
        examples=("# curl -u %(email)s -d nodename=node1.lab.example -d app=shop"
                  " https://%(collector)s/init/rest/api/register",),
    ),
)
