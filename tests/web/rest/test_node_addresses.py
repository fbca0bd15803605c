"""Addresses of nodes over the REST API: seen with the node, written by who may change it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.conftest import Site
from tests.web.rest.rack import Rack, standing
from tests.web.world import ADA, EVE, NODE, ROOT, Login

PATH = "/nodes/n1.lab/ips"


@pytest.fixture
def rack(site: Site) -> Iterator[Rack]:
    """The machines; ada (of Store's responsibles) and eve (of Other's) are NodeManagers."""
    with standing(site) as found:
        found.grant(31, "NodeManager")
        found.grant(36, "NodeManager")
        yield found


def _addresses(rack: Rack, login: Login = ROOT) -> list[str]:
    return [row["addr"] for row in rack.data(PATH, "limit=0", login)]


def test_by_hand(rack: Rack) -> None:
    """An address is added once, however it is written, and removed; the log says by whom."""
    assert _addresses(rack) == []
    answer = rack.form(PATH, "addr=2001:DB8::7", ADA)
    assert (answer.status, answer.json["info"]) == (200, "node n1.lab: address 2001:DB8::7 added")
    assert "already" in rack.form(PATH, "addr=2001:db8:0::7", ADA).json["info"]
    assert rack.form(PATH, "addr=192.0.2.7", ADA).status == 200
    assert _addresses(rack, NODE) == ["2001:db8::7", "192.0.2.7"]
    row = rack.data(PATH, "orderby=~id&limit=1", ADA)[0]
    assert set(row) == {"id", "node_id", "addr", "type", "mask", "mac", "intf", "updated"}
    assert (row["node_id"], row["type"]) == ("n1", "inet")
    assert rack.form(PATH, "addr=::ffff:192.0.2.7", ADA, "DELETE").status == 200
    assert rack.form(PATH, "addr=192.0.2.7", ADA, "DELETE").status == 404
    assert _addresses(rack) == ["2001:db8::7"]
    told = [entry["data"] for entry in rack.audit("nodes.change")]
    assert len(told) == 3
    assert told[-1] == ["address ::ffff:192.0.2.7 removed"]


@pytest.mark.parametrize("body", [
    "", "addr=", "addr=n1.lab", "addr=192.0.2.7/24", "addr=192.0.2.7&intf=eth0", "addr=%00",
    "addr=" + "1" * 100, "addr=192.0.2.7%0a",
])
def test_what_is_no_address(rack: Rack, body: str) -> None:
    """A body that holds no address, or more than one, is a 400, and stores nothing."""
    status = 200 if body.endswith("%0a") else 400
    assert rack.form(PATH, body, ROOT).status == status
    assert _addresses(rack) == (["192.0.2.7"] if status == 200 else [])


def test_who_may(rack: Rack) -> None:
    """Whose groups are not responsible for the node's application changes nothing."""
    rack.form(PATH, "addr=192.0.2.7", ROOT)
    for method in ("POST", "DELETE"):
        assert rack.form(PATH, "addr=192.0.2.7", EVE, method).status == 403
    rack.run("DELETE FROM apps_publications")
    assert rack.get(PATH, "", EVE).status == 404
    assert _addresses(rack, ADA) == ["192.0.2.7"]


def test_not_without_end(rack: Rack) -> None:
    """A node has a thousand addresses at most."""
    for number in range(1000):
        rack.insert("node_ip", node_id="n1", addr=f"10.0.{number // 250}.{number % 250}")
    assert rack.form(PATH, "addr=192.0.2.7", ROOT).status == 409


def test_they_go_with_the_node(rack: Rack) -> None:
    """A node that is deleted leaves no address behind."""
    rack.form(PATH, "addr=192.0.2.7", ROOT)
    assert rack.form("/nodes/n1.lab", "", ROOT, "DELETE").status == 200
    assert rack.rows("SELECT addr FROM node_ip") == []
