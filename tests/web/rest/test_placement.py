"""Placement over the REST API: the option of a registry, and why a service may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.rest.yard import Yard, opened
from tests.web.world import ADA, LINUS, OPEN, ROOT, SERVICE, Login

PATH = "/docker/registries/51"
HERE = "192.0.2.7"


@pytest.fixture
def yard(site: Site) -> Iterator[Yard]:
    """Registries to change; node n1 has an address."""
    with opened(site) as found:
        found.insert("node_ip", node_id="n1", addr=HERE)
        yield found


def _placement(yard: Yard, where: str = PATH) -> object:
    return yard.data(where, "props=placement", LINUS)[0]["placement"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_it_is_switched(yard: Yard, method: str) -> None:
    """It is off, is switched on and off, is shown where it is asked for, and is recorded."""
    assert _placement(yard) is False
    answer = yard.send(method, PATH, {"placement": True}, LINUS)
    assert (answer.status, "placement" in answer.json["data"][0]) == (200, False)
    assert "placement: False => True" in answer.json["info"]
    assert _placement(yard) is True
    assert yard.send(method, PATH, {"placement": "true"}, LINUS).json["info"].endswith("so already")
    assert [row["id"] for row in yard.data("/docker/registries", "filters=placement T", LINUS)] == [
        51
    ]
    assert yard.send(method, PATH, {"restricted": True}, LINUS).status == 200
    assert _placement(yard) is True
    assert yard.send(method, PATH, {"placement": False}, LINUS).status == 200
    assert _placement(yard) is False
    changed = [entry["data"] for entry in yard.audit("docker.registries.change")]
    assert ["placement: True => False"] in changed


def test_with_a_declaration(yard: Yard) -> None:
    """A registry is declared with it."""
    body = {"service": "new.lab", "placement": True}
    assert yard.send("POST", "/docker/registries", body, LINUS).status == 200
    assert _placement(yard, "/docker/registries/new.lab") is True
    assert "placement: True" in yard.audit("docker.registries.create")[0]["data"]


@pytest.mark.parametrize(("login", "value", "status"), [
    (ADA, True, 403), (SERVICE, False, 403), (LINUS, None, 400), (LINUS, ["x"], 400),
])
def test_who_may_switch_it(yard: Yard, login: Login, value: object, status: int) -> None:
    """Only who may change the registry, and only to true or false."""
    assert yard.send("POST", PATH, {"placement": value}, login).status == status
    assert _placement(yard) is False


def test_it_is_described(yard: Yard) -> None:
    """The OpenAPI document has it; the collector's own form of the description has not."""
    document = yard.get("/openapi.json", "", LINUS).json
    body = document["paths"]["/docker/registries/{id}"]["post"]["requestBody"]
    assert "'placement': {'type': 'boolean'" in str(body)


def _pull(yard: Yard, query: str, login: Login = LINUS) -> dict[str, Any]:
    path = f"/docker/registries/{OPEN}/access"
    row: dict[str, Any] = yard.data(path, f"repository=apps/store/x&action=pull&{query}", login)[0]
    return row


@pytest.mark.parametrize(("query", "reason"), [
    ("service=s1", ""), ("service=s1&node=n1.lab", ""), (f"service=s1&node=n1&address={HERE}", ""),
    ("service=s1&node=n2.lab", "placement_instance"),
    ("service=s1&node=n1.lab&address=192.0.2.8", "placement_address"),
    ("service=s1&node=N1.LAB&address=127.0.0.1", "placement_address"),
])
def test_why_not(yard: Yard, query: str, reason: str) -> None:
    """What is told of a service knows its place, as far as that is asked; off, nothing of it."""
    assert _pull(yard, query)["granted"]
    yard.send("POST", PATH, {"placement": True}, LINUS)
    row = _pull(yard, query)
    assert (row["granted"], row["reason"]) == (not reason, reason)
    # Without an address it can't be the whole truth, and says so.
    assert ("addresses only" in row["sentence"]) is (not reason and "address=" not in query)


def test_of_a_service_without_instances(yard: Yard) -> None:
    """A service that is nowhere is refused, whatever the node."""
    yard.send("POST", PATH, {"placement": True}, LINUS)
    yard.run("DELETE FROM svcmon WHERE svc_id = 's1'")
    row = _pull(yard, "service=s1")
    assert row["reason"] == "placement_instance"
    assert "no instance on any node" in row["sentence"]


def test_a_node_without_a_name_is_no_container(yard: Yard) -> None:
    """An instance in no container is not one on a node that has no name."""
    yard.send("POST", PATH, {"placement": True}, LINUS)
    node = yard.insert("nodes", node_id="n9", nodename="", app="Store")
    try:
        assert _pull(yard, "service=s1&node=n9")["reason"] == "placement_instance"
    finally:
        yard.run("DELETE FROM nodes WHERE id = ?", node)


def test_of_itself(yard: Yard) -> None:
    """A service is told what a token would hold from where it asks; people are not affected."""
    yard.send("POST", PATH, {"placement": True}, LINUS)
    assert _pull(yard, "", SERVICE)["reason"] == "placement_address"
    yard.insert("node_ip", node_id="n1", addr="192.0.2.1")
    assert _pull(yard, "", SERVICE)["granted"]
    assert _pull(yard, "", ADA)["granted"]


@pytest.mark.parametrize(("query", "status"), [
    ("service=s1&address=192.0.2.7", 400), ("service=s1&node=n1&address=x", 400),
    ("service=s1&node=n9", 404),
])
def test_questions_are_checked(yard: Yard, query: str, status: int) -> None:
    """An address belongs to a node, and both have to be ones."""
    path = f"/docker/registries/{OPEN}/access"
    assert yard.get(path, f"repository=a/b&{query}", ROOT).status == status
