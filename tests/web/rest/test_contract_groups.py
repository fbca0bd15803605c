"""The collector's recorded contract: a registry's groups (A.11.3, 4, 18 to 22; A.14)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.databases import CHOSEN
from tests.web.conftest import Answer, Site
from tests.web.rest.yard import Yard, opened
from tests.web.world import ADA, BOB, EVE, LINUS, OPEN, ROOT, Login

REGISTRY = "/docker/registries/51"
KINDS = pytest.mark.parametrize(("kind", "action", "state"), [
    ("publications", "docker.registry.publication", "published to"),
    ("responsibles", "docker.registry.responsible", "owned by"),
])


@pytest.fixture
def yard(site: Site) -> Iterator[Yard]:
    """Registries whose groups may be changed."""
    with opened(site) as found:
        yield found


def _send(yard: Yard, form: str, method: str, kind: str, login: Login = ROOT) -> Answer:
    """Attach group 22, or detach it, in each form that the contract has."""
    body: Any = {"registry_id": 51, "group_id": 22}
    if form == "path":
        return yard.send(method, f"{REGISTRY}/{kind}/22", "", login)
    if form == "names":
        return yard.send(method, f"/docker/registries/{OPEN}/{kind}/audit", None, login)
    path = f"/docker/registries_{kind}"
    if form == "url":
        return yard.send(method, path, "", login, "registry_id=51&group_id=22")
    if form == "form":
        return yard.site.ask(
            f"/init/rest/api{path}", "", method, b"registry_id=51&group_id=22", login,
            content_type="application/x-www-form-urlencoded",
        )
    if form == "texts":
        body = {"registry_id": OPEN, "group_id": "22"}
    return yard.send(method, path, body, login)


@KINDS
@pytest.mark.parametrize("form", ["path", "names", "body", "texts", "form", "url"])
def test_attach_and_detach(yard: Yard, kind: str, action: str, state: str, form: str) -> None:
    """A group is attached and detached, each recorded and announced once, told each time."""
    table, link = f"docker_registries_{kind}", {"registry_id": 51, "group_id": 22}
    for method, word, recorded in (("POST", "", "add"), ("DELETE", "no longer ", "delete")):
        answer = _send(yard, form, method, kind)
        assert answer.status == 200
        assert answer.json == {"info": f"registry {OPEN} {word}{state} audit"}
        assert (22 in yard.groups(kind, 51)) == (method == "POST")
        entries = [{**link, "role": "audit", "s": OPEN}]
        assert yard.audit(f"{action}.{recorded}") == entries
        answer = _send(yard, form, method, kind)
        assert (answer.status, "already" in answer.json["info"]) == (200, True)
        assert yard.audit(f"{action}.{recorded}") == entries
    assert yard.events() == [(f"{table}_change", link)]
    assert yard.modified() == {table}


@KINDS
def test_the_second_is_announced_too(yard: Yard, kind: str, action: str, state: str) -> None:
    """Once screens have had time to look, the next change is told anew."""
    _send(yard, "path", "POST", kind)
    yard.site.home.clock.advance(5)
    _send(yard, "path", "DELETE", kind)
    assert len(yard.events()) == 2
    assert [entry["log_user"] for entry in yard.site.home.audit(f"{action}.add")] == [
        "Collector Manager"
    ]


@KINDS
@pytest.mark.parametrize(("method", "group", "login", "status", "word"), [
    ("POST", "22", LINUS, 404, "there is no group '22' among yours"),
    ("POST", "audit", LINUS, 404, "there is no group 'audit' among yours"),
    ("POST", "999", ROOT, 404, "there is no group '999'"),
    ("POST", "nobody", ROOT, 404, "there is no group 'nobody'"),
    ("POST", "Manager", ROOT, 403, "is a privilege"),
    ("POST", "DockerRegistriesPuller", LINUS, 403, "is a privilege"),
    ("DELETE", "999", LINUS, 404, "there is no group '999'"),
    ("DELETE", "nobody", LINUS, 404, "there is no group 'nobody'"),
    ("POST", "20", BOB, 403, "no group of yours is responsible"),
    ("DELETE", "20", BOB, 403, "no group of yours is responsible"),
    ("POST", "20", ADA, 403, "DockerRegistriesManager"),
    ("DELETE", "20", ADA, 403, "DockerRegistriesManager"),
    ("POST", "22", EVE, 404, "there is no registry '51'"),
])
def test_refused(
    yard: Yard, kind: str, action: str, state: str, method: str, group: str, login: Login,
    status: int, word: str,
) -> None:
    """Whose group it is not, who lacks a right, and what is a privilege, changes nothing."""
    before = yard.groups(kind, 51)
    for answer in (
        yard.send(method, f"{REGISTRY}/{kind}/{group}", None, login),
        yard.send(method, f"/docker/registries_{kind}", {"registry_id": 51, "group_id": group},
                  login),
    ):
        assert answer.status == status
        assert word in answer.json["error"]
    assert yard.groups(kind, 51) == before
    assert yard.events() == []
    assert yard.audit(f"{action}.add") == yard.audit(f"{action}.delete") == []


@KINDS
@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(("body", "status"), [
    ({}, 400), ({"registry_id": 51}, 400), ({"group_id": 20}, 400), ("", 400), ("x", 400),
    ({"registry_id": "", "group_id": 20}, 400), ({"registry_id": 51, "group_id": None}, 400),
    ({"registry_id": 999, "group_id": 20}, 404), ({"registry_id": "no.lab", "group_id": 20}, 404),
    ({"registry_id": 51, "group_id": [20]}, 400), ({"registry_id": 51, "group_id": 9, "x": 1}, 400),
])
def test_bodies(
    yard: Yard, kind: str, action: str, state: str, method: str, body: Any, status: int
) -> None:
    """Both ids are needed, and the registry has to exist (E62)."""
    answer = yard.send(method, f"/docker/registries_{kind}", body)
    assert (answer.status, bool(answer.json["error"])) == (status, True)
    assert yard.events() == []


@KINDS
def test_lists(yard: Yard, kind: str, action: str, state: str) -> None:
    """The groups of a registry are listed as groups are, for whoever sees the registry."""
    yard.insert(f"docker_registries_{kind}", registry_id=51, group_id=22)
    for text in ("51", OPEN):
        rows = yard.data(f"/docker/registries/{text}/{kind}", "orderby=id", ADA)
        assert rows[-1] == {"id": 22, "role": "audit", "description": None, "privilege": False}
    query = "orderby=role&props=id,role&limit=0"
    roles = [row["role"] for row in yard.data(f"{REGISTRY}/{kind}", query, ADA)]
    wanted = ["Platform-Team", "audit", "webdev"][: 3 if kind == "publications" else 2]
    # MariaDB sorts without regard for case.
    assert roles == sorted(wanted, key=str.lower if CHOSEN == "mariadb" else None)
    assert yard.get(f"/docker/registries/53/{kind}", login=ADA).status == 404


def test_the_last_responsible_stays(yard: Yard) -> None:
    """A registry has a responsible group as long as it exists (E61)."""
    for method, path, body in (
        ("DELETE", f"{REGISTRY}/responsibles/21", None),
        ("DELETE", "/docker/registries_responsibles", {"registry_id": 51, "group_id": 21}),
    ):
        answer = yard.send(method, path, body, LINUS)
        assert answer.status == 409
        assert "the last group responsible" in answer.json["error"]
    assert yard.groups("responsibles", 51) == {21}
    assert yard.send("POST", f"{REGISTRY}/responsibles/20", None, LINUS).status == 200
    assert yard.send("DELETE", f"{REGISTRY}/responsibles/21", None, LINUS).status == 200


def test_attaching_counts_at_once(yard: Yard) -> None:
    """Who is made responsible is so from the next request on, and who is not, no more."""
    def responsible() -> Any:
        return yard.data(f"{REGISTRY}/am_i_responsible", login=BOB)

    assert responsible() is False
    yard.send("POST", f"{REGISTRY}/responsibles/20", None, LINUS)
    assert responsible() is True
    yard.send("DELETE", f"{REGISTRY}/responsibles/20", None, LINUS)
    assert responsible() is False
