"""Nodes, their registration, and services over the REST API."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.rest.rack import Rack, standing
from tests.web.world import ADA, BOB, EVE, LINUS, NODE, OTHER_UUID, ROOT, SERVICE, UUID, Login

NODE_SHAPE = {"id", "node_id", "nodename", "app", "node_env", "team_responsible", "fqdn",
              "connect_to", "os_name", "version", "cluster_id", "updated", "last_comm"}
SERVICE_SHAPE = {"id", "svc_id", "svcname", "svc_app", "svc_env", "svc_topology", "svc_nodes",
                 "svc_status", "svc_availstatus", "cluster_id", "svc_created", "updated"}


@pytest.fixture
def rack(site: Site) -> Iterator[Rack]:
    """The machines; ada (of Store's responsibles) and eve (of Other's) are NodeManagers."""
    with standing(site) as found:
        found.grant(31, "NodeManager")
        found.grant(36, "NodeManager")
        found.grant(34, "AppManager")
        yield found


def _names(rack: Rack, path: str, login: Login) -> set[str]:
    key = "svcname" if path.startswith("/services") or path.endswith("services") else "nodename"
    return {row[key] for row in rack.data(path, "limit=0", login)}


@pytest.mark.parametrize(
    ("login", "nodes", "services"),
    [
        (ROOT, {"n1.lab", "n2.lab"}, {"store/web", "other/web"}),
        (ADA, {"n1.lab", "n2.lab"}, {"store/web", "other/web"}),
        (EVE, {"n1.lab", "n2.lab"}, {"store/web", "other/web"}),
        (NODE, {"n1.lab"}, {"store/web"}),
        (SERVICE, {"n1.lab"}, {"store/web"}),
        (("other/web@n2.lab", OTHER_UUID), {"n2.lab"}, {"other/web"}),
    ],
)
def test_sight(rack: Rack, login: Login, nodes: set[str], services: set[str]) -> None:
    """People see what their groups have to do with, machines themselves and their own app."""
    assert _names(rack, "/nodes", login) == nodes
    assert _names(rack, "/services", login) == services
    instances = {row["svcname"] for row in rack.data("/services_instances", login=login)}
    assert instances == services


def test_no_sight(rack: Rack) -> None:
    """Of an app that none of one's groups has to do with, nothing is told (IDOR)."""
    rack.run("DELETE FROM apps_publications")
    assert _names(rack, "/nodes", ADA) == {"n1.lab"}
    assert rack.data("/nodes/n2.lab", login=ADA) == []
    assert rack.data("/nodes/n2", login=ADA) == []
    assert rack.data("/services/s2", login=ADA) == []
    assert rack.data("/services/other(slash)web", login=ADA) == []
    for path in ("/nodes/n2/services", "/services/s2/nodes", "/services/s2/resinfo"):
        answer = rack.get(path, login=ADA)
        assert answer.status == 404, path
        assert answer.json["error"].startswith("there is no ")
    for method in ("POST", "DELETE"):
        assert rack.send(method, "/nodes/n2", {}, ADA).status == 404
    assert rack.send("DELETE", "/services/s2", {}, ADA).status == 404


def test_no_groups_no_sight(rack: Rack) -> None:
    """An account without groups sees no machine, and an app without code is nobody's."""
    rack.run("DELETE FROM auth_membership WHERE user_id = 35")
    rack.run("UPDATE nodes SET app = ''")
    rack.run("UPDATE services SET svc_app = '' WHERE svc_id = 's2'")
    assert _names(rack, "/nodes", LINUS) == set()
    assert _names(rack, "/services", LINUS) == set()
    assert _names(rack, "/services", NODE) == set()


def test_shapes(rack: Rack) -> None:
    """Nodes and services are found by their uid, name and id, with the collector's columns."""
    node = rack.data("/nodes/n1")[0]
    assert set(node) == NODE_SHAPE
    assert rack.data("/nodes/n1.lab") == rack.data(f"/nodes/{node['id']}") == [node]
    service = rack.data("/services/s1")[0]
    assert set(service) == SERVICE_SHAPE
    by_name = rack.data("/services/store(slash)web")
    assert by_name == rack.data(f"/services/{service['id']}") == [service]
    assert [row["nodename"] for row in rack.data("/services/s1/nodes")] == ["n1.lab"]
    assert [row["svcname"] for row in rack.data("/nodes/n1/services")] == ["store/web"]
    assert rack.data("/nodes/none") == []


@pytest.mark.parametrize("column", ["uuid", "auth_node.uuid", "nodes.uuid"])
def test_uuid_is_out_of_reach(rack: Rack, column: str) -> None:
    """What nodes log in with can't be shown, filtered, sorted or searched, not by a Manager."""
    for query in (f"props={column}", f"filters={column}+2%25", f"orderby={column}",
                  f"search=2b&search_props={column}", f"query={column}+like+2%25"):
        answer = rack.get("/nodes", query)
        assert answer.status == 400, query
        assert UUID not in answer.body.decode()


def test_create_and_remove(rack: Rack) -> None:
    """A node is declared for an app of one's own, told of, and deleted with what hangs on it."""
    answer = rack.send("POST", "/nodes", {"nodename": "N9.lab", "app": "Store"}, ADA)
    assert answer.status == 200, answer.json
    row = answer.json["data"][0]
    assert (row["nodename"], row["app"], row["node_env"]) == ("n9.lab", "Store", "TST")
    assert rack.audit("nodes.create")[0]["nodename"] == "n9.lab"
    assert ("nodes_change", {"node_id": row["node_id"]}) in rack.events()
    assert "nodes" in rack.modified()
    assert rack.send("DELETE", "/nodes/n9.lab", None, ADA).status == 200
    assert rack.data("/nodes/n9.lab") == []
    assert rack.send("DELETE", "/nodes/n1", None, ADA).status == 200
    assert not rack.rows("SELECT id FROM auth_node WHERE node_id = 'n1'")
    assert not rack.rows("SELECT ID FROM svcmon WHERE node_id = 'n1'")
    assert rack.get("/nodes", login=NODE).status == 401
    assert len(rack.audit("nodes.delete")) == 2


def test_default_app(rack: Rack) -> None:
    """Without app a node gets the one app that one is responsible for; of several none."""
    answer = rack.send("POST", "/nodes", {"nodename": "n9"}, ADA)
    assert answer.json["data"][0]["app"] == "Store"
    rack.insert("apps_responsibles", app_id=42, group_id=20)
    answer = rack.send("POST", "/nodes", {"nodename": "n10"}, ADA)
    assert (answer.status, "Other, Store" in answer.json["error"]) == (400, True)


def test_change(rack: Rack) -> None:
    """Documented properties change, and what changed is told."""
    answer = rack.form("/nodes/n1", "node_env=PRD&fqdn=n1.lab.example", ADA)
    assert answer.json["data"][0]["node_env"] == "PRD"
    assert rack.audit("nodes.change")[0]["data"] == [
        "fqdn:  => n1.lab.example", "node_env: TST => PRD"
    ]
    assert ("nodes_change", {"node_id": "n1"}) in rack.events()
    assert "is so already" in rack.form("/nodes/n1", "node_env=PRD", ADA).json["info"]
    assert rack.send("PUT", "/nodes/n1", {"connect_to": "192.0.2.7"}, ADA).status == 200


def test_moving_a_node_needs_both_apps(rack: Rack) -> None:
    """A node goes to an app one is responsible for, from an app one is responsible for."""
    answer = rack.send("POST", "/nodes/n1", {"app": "Other"}, ADA)
    assert (answer.status, "Other" in answer.json["error"]) == (403, True)
    answer = rack.send("POST", "/nodes/n2", {"app": "Store"}, ADA)
    assert (answer.status, "Other" in answer.json["error"]) == (403, True)
    assert rack.send("POST", "/nodes/n1", {"app": "Nowhere"}, ADA).status == 404
    assert rack.send("POST", "/nodes/n1", {"app": "Other"}, ROOT).status == 200


@pytest.mark.parametrize("member", ["id", "node_id", "uuid", "cluster_id", "nodename", "updated"])
def test_mass_assignment(rack: Rack, member: str) -> None:
    """Members that are not documented are refused by name."""
    answer = rack.send("POST", "/nodes/n1", {member: "x"}, ADA)
    assert (answer.status, answer.json["error"]) == (
        400, f"there is no writable column {member!r}"
    )


WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/nodes", {"nodename": "n9", "app": "Store"}),
    ("POST", "/nodes/n1", {"node_env": "PRD"}),
    ("PUT", "/nodes/n1", {"node_env": "PRD"}),
    ("DELETE", "/nodes/n1", {}),
    ("POST", "/register", {"nodename": "n9", "app": "Store"}),
    ("POST", "/services", {"svcname": "x", "svc_app": "Store"}),
    ("DELETE", "/services/s1", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
@pytest.mark.parametrize("login", [BOB, LINUS, NODE, SERVICE])
def test_writes_need_the_privilege(
    rack: Rack, method: str, path: str, body: dict[str, Any], login: Login
) -> None:
    """Without the privilege nothing is written, and it is named; machines have none."""
    answer = rack.send(method, path, body, login)
    assert (answer.status, "NodeManager is missing" in answer.json["error"]) == (403, True)
    assert rack.events() == []


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_writes_need_responsibility(
    rack: Rack, method: str, path: str, body: dict[str, Any]
) -> None:
    """The app being published to one's group is not enough."""
    answer = rack.send(method, path, body, EVE)
    assert (answer.status, "responsible" in answer.json["error"]) == (403, True)
    assert rack.events() == []


@pytest.mark.parametrize("name", ["", "-", "a b", "a@b", "a:b", "a/b", "é", "x" * 256, ["n"], 2.5,
                                  True, {"a": 1}, 10**30, "a\nb", "n.\x00"])
def test_names(rack: Rack, name: Any) -> None:
    """What no host is named is refused, for registering too."""
    for path in ("/nodes", "/register"):
        assert rack.send("POST", path, {"nodename": name, "app": "Store"}, ADA).status == 400
    assert rack.send("POST", "/nodes", {"nodename": "n9", "app": name}, ROOT).status in (400, 404)


def test_a_name_is_one_nodes(rack: Rack) -> None:
    """A node of that name, in whatever case, is a conflict."""
    for name in ("n1.lab", "N1.LAB", "n2.lab"):
        assert rack.send("POST", "/nodes", {"nodename": name, "app": "Store"}, ADA).status == 409


def test_register(rack: Rack) -> None:
    """A node gets a uuid, the same one when it asks again, and logs in with it."""
    answer = rack.form("/register", "nodename=n9.lab&app=Store", ADA)
    assert answer.status == 200
    given = answer.json["data"]["uuid"]
    assert uuid.UUID(given).version == 4
    again = rack.form("/register", "nodename=N9.lab", ADA)
    assert again.json["data"] == {"uuid": given}
    assert [row["nodename"] for row in rack.data("/nodes", login=("n9.lab", given))] == ["n9.lab"]
    assert rack.send("POST", "/register", {"nodename": "n1.lab"}, ADA).json["data"]["uuid"] == UUID
    written = rack.site.home.audit()
    assert [e["log_action"] for e in written if e["log_action"].startswith("node")] == [
        "nodes.create", "node.register"
    ]
    assert given not in str(written)


def test_register_a_declared_node(rack: Rack) -> None:
    """A node that was declared gets its uuid by registering."""
    rack.send("POST", "/nodes", {"nodename": "n9", "app": "Store"}, ADA)
    given = rack.send("POST", "/register", {"nodename": "n9"}, ADA).json["data"]["uuid"]
    assert rack.data("/nodes", login=("n9", given))[0]["nodename"] == "n9"


@pytest.mark.parametrize("body", [{"nodename": "n2.lab"}, {"nodename": "n2.lab", "app": "Store"},
                                  {"nodename": "n1.lab", "app": "Other"}])
def test_register_tells_no_other_uuid(rack: Rack, body: dict[str, str]) -> None:
    """The uuid of a node of somebody else's app is never told, nor is a second one made."""
    answer = rack.send("POST", "/register", body, ADA)
    assert answer.status == 409
    assert OTHER_UUID not in answer.body.decode()
    assert len(rack.rows("SELECT id FROM nodes WHERE nodename = 'n2.lab'")) == 1


def test_register_anonymous(rack: Rack) -> None:
    """Nobody registers without a name."""
    answer = rack.site.ask(
        "/init/rest/api/register", "", "POST", b'{"nodename": "n9"}',
        content_type="application/json",
    )
    assert answer.status == 401
    assert not rack.rows("SELECT id FROM nodes WHERE nodename = 'n9'")


def test_many(rack: Rack) -> None:
    """An array declares several nodes, each with its own answer."""
    body = [{"nodename": "n8", "app": "Store"}, {"nodename": "n1.lab"}, 3, {"nodename": "n9"}]
    answer = rack.send("POST", "/nodes", body, ADA).json
    assert [row["nodename"] for row in answer["data"]] == ["n8", "n9"]
    assert [error[:3] for error in answer["error"]] == ["409", "an "]


def test_services(rack: Rack) -> None:
    """A service of one's own app logs in from its nodes, until it is deleted."""
    body = {"svcname": "ns/svc/api", "svc_app": "Store", "nodes": ["n1.lab"]}
    answer = rack.send("POST", "/services", body, ADA)
    assert answer.status == 200, answer.json
    row = answer.json["data"][0]
    assert (row["svcname"], row["svc_app"], row["svc_nodes"]) == ("ns/svc/api", "Store", "n1.lab")
    assert rack.data("/services", "props=svcname", ("ns/svc/api@n1.lab", UUID))
    assert rack.audit("services.create")[0]["svcname"] == "ns/svc/api"
    assert ("services_change", {"svc_id": row["svc_id"]}) in rack.events()
    assert rack.send("POST", "/services", body, ADA).status == 409
    assert rack.send("DELETE", f"/services/{row['svc_id']}", None, ADA).status == 200
    assert rack.get("/services", login=("ns/svc/api@n1.lab", UUID)).status == 401
    assert rack.audit("services.delete")[0]["svcname"] == "ns/svc/api"


def test_services_by_an_app_manager(rack: Rack) -> None:
    """An AppManager who is responsible declares services; nodes stay a NodeManager's."""
    push = ("push", "push-secret")
    assert rack.form("/services", "svcname=api", push).json["data"][0]["svc_app"] == "Store"
    assert rack.send("DELETE", "/services/api", None, push).status == 200
    assert rack.send("POST", "/nodes", {"nodename": "n9"}, push).status == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"svcname": "api", "svc_app": "Other"}, 403),
        ({"svcname": "api", "svc_app": "Nowhere"}, 404),
        ({"svcname": "api", "svc_app": "Store", "nodes": ["n2.lab"]}, 403),
        ({"svcname": "api", "svc_app": "Store", "nodes": "n1.lab, n7.lab"}, 404),
        ({"svcname": "api", "svc_app": "Store", "nodes": {"a": 1}}, 400),
        ({"svcname": "api", "svc_app": "Store", "nodes": [["n1.lab"]]}, 400),
        ({"svcname": "cluster", "svc_app": "Store"}, 400),
        ({"svcname": "a@b", "svc_app": "Store"}, 400),
        ({"svcname": "a:b", "svc_app": "Store"}, 400),
        ({"svcname": "a/b/c/d", "svc_app": "Store"}, 400),
        ({"svcname": "api", "svc_app": ["Store"]}, 400),
        ({"svcname": "api", "svc_app": "Store", "svc_id": "s9"}, 400),
        ({}, 400),
    ],
)
def test_services_refused(rack: Rack, body: dict[str, Any], status: int) -> None:
    """An instance is only put on nodes of one's own, and only well-named services are made."""
    assert rack.send("POST", "/services", body, ADA).status == status
    assert rack.events() == []


def test_several_of_a_name(rack: Rack) -> None:
    """A name that several have is refused with what to do; the uid finds each."""
    rack.insert("services", svc_id="s3", svcname="store/web", svc_app="Store", cluster_id="c3")
    answer = rack.get("/services/store(slash)web", login=ADA)
    assert (answer.status, "use the svc_id" in answer.json["error"]) == (400, True)
    assert [row["svc_id"] for row in rack.data("/services/s3", login=ADA)] == ["s3"]


@pytest.mark.parametrize("id_", ["2147483648", "99999999999999999999", "-1", "0", "x%25y", "(a)"])
def test_ids(rack: Rack, id_: str) -> None:
    """Ids that nobody has find nothing."""
    for path in ("/nodes", "/services"):
        assert rack.data(f"{path}/{id_}") == []


def test_lists_filter(rack: Rack) -> None:
    """Filters never widen what one sees."""
    rack.run("DELETE FROM apps_publications")
    for query in ("filters=nodename+%25", "query=nodename+like+%25+or+id+%3E+0",
                  "search=lab", "filters=app+Store|Other"):
        rows = rack.data("/nodes", query, ADA)
        assert {row["nodename"] for row in rows} <= {"n1.lab"}, query
