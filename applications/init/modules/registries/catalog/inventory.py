"""Nodes, their uuids, and services: what machines log in with, written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .. import dates
from ..database import Database
from ..errors import BadRequest, Conflict
from ..policy import placement

NODE_PROPERTIES = ("app", "node_env", "team_responsible", "fqdn", "connect_to")
"""Columns of a node that people may change."""


@dataclass(frozen=True)
class Machine:
    """A node as it is declared; ``app`` is the code of its application."""

    id: int
    node_id: str
    nodename: str
    app: str
    cluster_id: str


@dataclass(frozen=True)
class NewService:
    """A service that is to be declared."""

    svc_id: str
    svcname: str
    app: str
    cluster_id: str


def named(db: Database, nodename: str) -> list[Machine]:
    """All nodes of a name, in whatever case it is written."""
    rows = db.rows(f"{_MACHINE} WHERE lower(nodename) = ?", nodename.lower())
    return [_machine(row) for row in rows]


def machine(db: Database, node_id: str) -> Machine | None:
    """A node by its node_id."""
    rows = db.rows(f"{_MACHINE} WHERE node_id = ?", node_id)
    return _machine(rows[0]) if len(rows) == 1 else None


def properties(db: Database, node_id: str) -> dict[str, str]:
    """What people may change of a node, as it is."""
    rows = db.rows(f"SELECT {', '.join(NODE_PROPERTIES)} FROM nodes WHERE node_id = ?", node_id)
    return {name: str(value or "") for name, value in zip(NODE_PROPERTIES, rows[0])}


def create(
    db: Database, node_id: str, nodename: str, values: Mapping[str, str], now: float
) -> None:
    """Declare a node.

    :param values: some of ``NODE_PROPERTIES``.
    """
    known = {name: values[name] for name in NODE_PROPERTIES if name in values}
    db.insert(
        "nodes", node_id=node_id, nodename=nodename, cluster_id="", updated=dates.local(now),
        **{"node_env": "TST", **known},
    )


def change(db: Database, node_id: str, values: Mapping[str, str], now: float) -> None:
    """Change some of ``NODE_PROPERTIES``."""
    columns = [name for name in NODE_PROPERTIES if name in values]
    settings = ", ".join(f"{name} = ?" for name in columns)
    db.run(
        f"UPDATE nodes SET {settings}, updated = ? WHERE node_id = ?",
        *(values[name] for name in columns), dates.local(now), node_id,
    )


def give_uuid(db: Database, node_id: str, nodename: str, uuid: str, now: float) -> None:
    """Store what a node is to log in with."""
    db.insert(
        "auth_node", nodename=nodename, uuid=uuid, node_id=node_id, updated=dates.local(now)
    )


def remove(db: Database, node_id: str) -> None:
    """Delete a node with its uuid, addresses, instances, what they told, and identity tokens."""
    for table in _OF_NODE:
        db.run(f"DELETE FROM {table} WHERE node_id = ?", node_id)


def addresses(db: Database, node_id: str) -> list[str]:
    """The addresses on record of a node, as they are stored."""
    rows = db.rows("SELECT addr FROM node_ip WHERE node_id = ? ORDER BY id", node_id)
    return [str(row[0] or "") for row in rows]


def add_address(db: Database, node_id: str, text: str, now: float) -> bool:
    """Put an address of a node on record; False where it is already, however it is written.

    :raises BadRequest: it is no address.
    """
    wanted = placement.parse(text)
    if wanted is None:
        raise BadRequest(f"{text[:64]!r} is no IP address")
    if wanted in map(placement.parse, addresses(db, node_id)):
        return False
    type_ = "inet" if wanted.version == 4 else "inet6"
    db.insert(
        "node_ip", node_id=node_id, mac="", intf="", type=type_, addr=str(wanted), mask="",
        updated=dates.local(now),
    )
    return True


def remove_address(db: Database, node_id: str, text: str) -> bool:
    """Take an address of a node off the record, however it is written; False where it is not on.

    :raises BadRequest: it is no address.
    """
    wanted = placement.parse(text)
    if wanted is None:
        raise BadRequest(f"{text[:64]!r} is no IP address")
    found = {one for one in addresses(db, node_id) if placement.parse(one) == wanted}
    for one in found:
        db.run("DELETE FROM node_ip WHERE node_id = ? AND addr = ?", node_id, one)
    return bool(found)


def set_addresses(db: Database, node_id: str, texts: Collection[str], now: float) -> None:
    """Put these addresses of a node on record, and no others.

    :raises BadRequest: one is no address.
    """
    wanted = {placement.parse(text) for text in texts}
    for known in addresses(db, node_id):
        if placement.parse(known) not in wanted:
            db.run("DELETE FROM node_ip WHERE node_id = ? AND addr = ?", node_id, known)
    for text in texts:
        add_address(db, node_id, text, now)


def create_service(
    db: Database, new: NewService, nodes: Collection[Machine], now: float
) -> None:
    """Declare a service, with an instance on each of some nodes.

    :raises Conflict: its cluster has one of that name.
    """
    sql = "SELECT id FROM services WHERE lower(svcname) = ? AND COALESCE(cluster_id, '') = ?"
    if db.rows(sql, new.svcname.lower(), new.cluster_id):
        raise Conflict(f"there is a service {new.svcname} already")
    moment = dates.local(now)
    db.insert(
        "services", svc_id=new.svc_id, svcname=new.svcname, svc_app=new.app,
        cluster_id=new.cluster_id, svc_nodes=" ".join(node.nodename for node in nodes),
        svc_status="undef", svc_availstatus="undef", svc_created=moment, updated=moment,
    )
    for node in nodes:
        db.run(
            "INSERT INTO svcmon (svc_id, node_id, mon_vmname, mon_availstatus,"
            " mon_overallstatus, mon_updated) VALUES (?, ?, '', 'undef', 'undef', ?)",
            new.svc_id, node.node_id, moment,
        )


def remove_service(db: Database, svc_id: str) -> None:
    """Delete a service with its instances, what they told, and its identity tokens."""
    for table in ("svcmon", "resinfo", "registry_identity_tokens", "services"):
        db.run(f"DELETE FROM {table} WHERE svc_id = ?", svc_id)


def codes(db: Database, groups: Collection[int]) -> list[str]:
    """The applications that some of these groups are responsible for."""
    if not groups:
        return []
    marks = ", ".join("?" * len(groups))
    rows = db.rows(
        "SELECT DISTINCT p.app FROM apps p JOIN apps_responsibles l ON l.app_id = p.id"
        f" WHERE l.group_id IN ({marks}) ORDER BY p.app LIMIT 100",
        *groups,
    )
    return [str(row[0]) for row in rows]


_OF_NODE = ("auth_node", "node_ip", "svcmon", "resinfo", "registry_identity_tokens", "nodes")
_MACHINE = "SELECT id, node_id, nodename, app, cluster_id FROM nodes"


def _machine(row: tuple[object, ...]) -> Machine:
    node_id, nodename, app, cluster_id = (str(value or "") for value in row[1:])
    return Machine(int(str(row[0])), node_id, nodename, app, cluster_id)
