"""Placement over WSGI: where a service may log in from, and what it is told else."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import jwt
import pytest

from applications.init.modules.registries import catalog, container
from applications.init.modules.registries.catalog import inventory
from tests.web.conftest import Answer, Site
from tests.web.world import ADA, NODE, OPEN, RESTRICTED, SERVICE

HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"
PULL = f"service={OPEN}&scope=repository:apps/store/x:pull,push"
LOGIN = f"service={OPEN}&offline_token=true&client_id=docker"
SEARCH = "/init/registry/call/json/search"


def _set(site: Site, **options: object) -> None:
    with site.home.db.transaction(write=True):
        catalog.set_options(site.home.db, 51, options)


def _addresses(site: Site, *texts: str) -> None:
    with site.home.db.transaction(write=True):
        inventory.set_addresses(site.home.db, "n1", texts, site.home.clock())


def _run(site: Site, sql: str, *values: Any) -> None:
    with site.home.db.transaction(write=True):
        site.home.db.run(sql, *values)


@contextmanager
def _instances(site: Site) -> Iterator[None]:
    """Afterwards the instances of the service are as they were."""
    try:
        yield
    finally:
        _run(site, "DELETE FROM svcmon WHERE svc_id = 's1'")
        _run(site, "INSERT INTO svcmon (svc_id, node_id, mon_vmname) VALUES ('s1', 'n1', '')")


@pytest.fixture
def placed(site: Site) -> Iterator[Site]:
    """The open registry wants services in their place; node n1 has one address."""
    _set(site, placement=True)
    _addresses(site, HERE)
    yield site
    _run(site, "DELETE FROM registry_options")
    _run(site, "DELETE FROM node_ip")


def _actions(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    claims = jwt.decode(answer.json["token"], options={"verify_signature": False})
    return [action for entry in claims["access"] for action in entry["actions"]]


def _message(answer: Answer) -> str:
    assert answer.status == 401, answer.body
    return str(answer.json["errors"][0]["message"])


def _refused(site: Site) -> list[tuple[str, str, str]]:
    (entry,) = site.home.audit("docker.token")
    return [(r["action"], r["reason"], r["why"]) for r in entry["details"]["refused"]]


def test_off_unless_wanted(site: Site) -> None:
    """Without the option a service comes from anywhere, also where it was switched off again."""
    assert _actions(site.token(PULL, SERVICE, address=ELSEWHERE)) == ["pull"]
    for option in (True, False):
        _set(site, placement=option)
    assert _actions(site.token(PULL, SERVICE, address=ELSEWHERE)) == ["pull"]
    _run(site, "UPDATE registry_options SET placement = NULL")
    assert _actions(site.token(PULL, SERVICE, address=ELSEWHERE)) == ["pull"]
    _run(site, "DELETE FROM registry_options")


@pytest.mark.parametrize("address", [HERE, f"::ffff:{HERE}"])
def test_in_its_place(placed: Site, address: str) -> None:
    """From its node's address a service logs in, and gets what the policy gives; no more."""
    assert _actions(placed.token(PULL, SERVICE, address=address)) == ["pull"]
    assert placed.token(LOGIN, SERVICE, address=address).json["refresh_token"]


def test_from_another_address(placed: Site) -> None:
    """The token is given, holds nothing, and the log says why; no identity token comes with it."""
    answer = placed.token(PULL + "&offline_token=true", SERVICE, address=ELSEWHERE)
    assert _actions(answer) == []
    assert "refresh_token" not in answer.json
    push, pull = _refused(placed)
    assert push[:2] == ("push", "service_never_pushes")
    why = f"node n1.lab is not known to have the address {ELSEWHERE}"
    assert pull == ("pull", "placement_address", why)


def test_the_login_itself_is_refused(placed: Site) -> None:
    """Without a scope the login is a 401 with the sentence, recorded, and counted for no lock."""
    for _ in range(12):
        said = _message(placed.token(LOGIN, SERVICE, address=ELSEWHERE))
        assert said == f"node n1.lab is not known to have the address {ELSEWHERE}"
    entry = placed.home.audit("node.auth")[-1]
    assert (entry["log_level"], entry["node_id"], entry["svc_id"]) == ("warning", "n1", "s1")
    details = entry["details"]
    assert (details["reason"], details["why"]) == ("placement_address", said)
    assert placed.home.audit("docker.login") == []
    assert placed.token(LOGIN, SERVICE, address=HERE).status == 200


def test_without_an_instance(placed: Site) -> None:
    """A service without an instance on the node is refused, though the cluster knows it."""
    with _instances(placed):
        _run(placed, "UPDATE svcmon SET node_id = 'n2' WHERE svc_id = 's1'")
        assert _actions(placed.token(PULL, SERVICE, address=HERE)) == []
        why = "service store/web has no instance on node n1.lab, and this registry wants one"
        assert _refused(placed)[1] == ("pull", "placement_instance", why)
        assert _message(placed.token(LOGIN, SERVICE, address=HERE)) == why


def test_encapsulated(placed: Site) -> None:
    """An instance in a container of the node's name is one on that node; no name is no instance."""
    with _instances(placed):
        _run(placed, "UPDATE svcmon SET node_id = 'n2', mon_vmname = 'n1.lab' WHERE svc_id = 's1'")
        assert _actions(placed.token(PULL, SERVICE, address=HERE)) == ["pull"]
        _run(placed, "UPDATE svcmon SET mon_vmname = 'n1' WHERE svc_id = 's1'")
        assert _actions(placed.token(PULL, SERVICE, address=HERE)) == []


@pytest.mark.parametrize("login", [ADA, NODE], ids=lambda login: login[0])
def test_others_are_not_affected(placed: Site, login: tuple[str, str]) -> None:
    """People and plain nodes log in from anywhere, and get what they got."""
    assert placed.token(LOGIN, login, address=ELSEWHERE).status == 200
    wanted = ["pull", "push"] if login is ADA else []
    assert _actions(placed.token(PULL, login, address=ELSEWHERE)) == wanted


def test_other_registries_are_not_affected(placed: Site) -> None:
    """The option is one registry's."""
    query = f"service={RESTRICTED}&scope=repository:apps/store/x:pull"
    assert _actions(placed.token(query, SERVICE, address=ELSEWHERE)) == ["pull"]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "fe80::1"])
def test_loopback_never_counts(placed: Site, address: str) -> None:
    """An address that all machines have is no place, although it is on record."""
    _addresses(placed, HERE, address)
    assert _actions(placed.token(PULL, SERVICE, address=address)) == []


def test_bridges_of_engines_never_count(placed: Site) -> None:
    """The address of docker0, which an agent tells of every node, is no place; eth0's is."""
    insert = "INSERT INTO node_ip (node_id, intf, addr, type) VALUES ('n1', ?, '172.17.0.1', '')"
    _run(placed, insert, "docker0")
    assert _actions(placed.token(PULL, SERVICE, address="172.17.0.1")) == []
    _run(placed, insert, "eth0")
    assert _actions(placed.token(PULL, SERVICE, address="172.17.0.1")) == ["pull"]


def test_hostile_records(placed: Site) -> None:
    """What is stored and is no address is passed over."""
    insert = "INSERT INTO node_ip (node_id, addr) VALUES ('n1', ?)"
    for text in (None, "", "x" * 60, "192.0.2.8/24", "192.0.2.", "0x7f000001"):
        _run(placed, insert, text)
    assert _actions(placed.token(PULL, SERVICE, address=ELSEWHERE)) == []
    assert _actions(placed.token(PULL, SERVICE, address=HERE)) == ["pull"]


def test_behind_a_proxy(placed: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a trusted proxy the client's address counts; of anybody else what it says is nothing."""
    proxy = "198.51.100.1"
    said = {"address": proxy, "x_forwarded_for": f"203.0.113.5, {HERE}"}
    assert _actions(placed.token(PULL, SERVICE, **said)) == []
    settings = replace(placed.home.settings, trusted_proxies=_networks(proxy))
    built = container.build(settings, placed.home.clock, db=placed.home.db)
    monkeypatch.setattr(container._Process, "container", built)
    monkeypatch.setattr(container._Process, "pid", os.getpid())
    assert _actions(placed.token(PULL, SERVICE, **said)) == ["pull"]
    forged = {"address": proxy, "x_forwarded_for": f"{HERE}, {ELSEWHERE}"}
    assert _actions(placed.token(PULL, SERVICE, **forged)) == []


def _networks(text: str) -> Any:
    from ipaddress import ip_network

    return (ip_network(text),)


def test_identity_tokens_obey_it_each_time(placed: Site) -> None:
    """A token that was carried elsewhere gives nothing there, and goes on working at home."""
    token = placed.token(LOGIN, SERVICE, address=HERE).json["refresh_token"]
    form = f"grant_type=refresh_token&service={OPEN}&refresh_token={quote(token)}"
    pull = f"{form}&scope=repository:apps/store/x:pull"
    assert _actions(placed.form(pull, address=HERE)) == ["pull"]
    away = placed.form(pull, address=ELSEWHERE)
    assert (_actions(away), away.json["scope"]) == ([], "")
    bare = placed.form(form, address=ELSEWHERE)
    assert bare.status == 401
    assert ELSEWHERE in json.dumps(bare.json)
    assert _actions(placed.form(pull, address=HERE)) == ["pull"]


def _search(site: Site, authorization: str, address: str) -> Answer:
    return site.ask(
        SEARCH, f"q=web&service={OPEN}", address=address, authorization=authorization
    )


def test_search(placed: Site) -> None:
    """docker search is refused likewise, by password and with a token carried elsewhere."""
    basic = "Basic " + base64.b64encode(":".join(SERVICE).encode()).decode()
    query = f"service={OPEN}&scope=registry:catalog:search"
    bearer = "Bearer " + placed.token(query, SERVICE, address=HERE).json["token"]
    for authorization in (basic, bearer):
        assert _search(placed, authorization, HERE).status == 200
        assert ELSEWHERE in _message(_search(placed, authorization, ELSEWHERE))
    entries = [e["details"]["reason"] for e in placed.home.audit("node.auth")]
    assert entries == ["placement_address"] * 2
    there = "Bearer " + placed.token(query, SERVICE, address=ELSEWHERE).json["token"]
    found = _search(placed, there, ELSEWHERE)
    assert (found.status, found.json["results"]) == (200, [])
