"""Declaring, changing and deleting registries over the REST API: who may, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.rest.shelf import API
from tests.web.rest.yard import Yard, in_public, opened
from tests.web.world import (
    ADA,
    BOB,
    EVE,
    HIDDEN,
    LINUS,
    NODE,
    OPEN,
    ROOT,
    SERVICE,
    Login,
)

PATH = "/docker/registries"
NEW = "reg.lab.example"
FIELDS = {"id", "service", "url", "insecure", "restricted", "created", "updated"}
LINUS_GROUP = "SELECT id FROM auth_group WHERE role = 'user_35'"


@pytest.fixture
def yard(site: Site) -> Iterator[Yard]:
    """Registries to change."""
    with opened(site) as found:
        yield found


def test_declares_with_the_service_alone(yard: Yard) -> None:
    """A service is enough: the url is made of it, the dates are set, only responsibles push."""
    answer = yard.send("POST", PATH, {"service": NEW}, LINUS)
    assert answer.status == 200, answer.json
    assert set(answer.json) == {"data"}
    found = answer.json["data"][0]
    assert set(found) == FIELDS
    assert (found["service"], found["url"]) == (NEW, f"https://{NEW}")
    assert (found["insecure"], found["restricted"]) == (False, True)
    assert found["created"][:2] == found["updated"][:2] == "20"
    assert yard.send("POST", PATH, {"service": "other.example"}, LINUS).status == 200


def test_the_declarers_group_owns_it(yard: Yard) -> None:
    """The private group of who declares it is responsible, and it is published to that group."""
    yard.send("POST", PATH, {"service": NEW}, LINUS)
    id_, group = yard.registry(NEW), yard.rows(LINUS_GROUP)[0][0]
    assert id_ is not None
    assert yard.groups("responsibles", id_) == yard.groups("publications", id_) == {group}


def test_declaring_is_recorded_and_announced(yard: Yard) -> None:
    """A declaration has one audit entry, and marks the three tables it changes."""
    body = {"service": NEW, "url": "http://reg.lab.example:5000/", "restricted": "F"}
    yard.send("POST", PATH, body, LINUS)
    assert yard.audit("docker.registries.create") == [{
        "s": NEW,
        "data": ["insecure: False", "restricted: False", f"service: {NEW}",
                 "url: http://reg.lab.example:5000"],
    }]
    tables = {"docker_registries", "docker_registries_responsibles",
              "docker_registries_publications"}
    assert yard.modified() == tables
    assert sorted(yard.events()) == sorted((f"{t}_change", {"a": "b"}) for t in tables)


@pytest.mark.parametrize("login", [ADA, SERVICE, NODE])
@pytest.mark.parametrize(("method", "path"), [
    ("POST", PATH), ("POST", f"{PATH}/51"), ("PUT", f"{PATH}/51"), ("DELETE", f"{PATH}/51"),
    ("DELETE", PATH),
])
def test_needs_the_privilege(yard: Yard, login: Login, method: str, path: str) -> None:
    """Without DockerRegistriesManager nothing is changed, and the answer names it."""
    before = _stored(yard)
    answer = yard.send(method, path, {"service": OPEN}, login)
    assert answer.status in (400, 403)
    answer = yard.send(method, path, None if path != PATH else {"service": NEW}, login)
    assert answer.status == 403
    assert "DockerRegistriesManager" in answer.json["error"]
    assert _stored(yard) == before


def test_a_privilege_is_no_group_to_own_it(yard: Yard) -> None:
    """Who is in no organisational group declares nothing, and is told why."""
    yard.run("DELETE FROM auth_membership WHERE user_id = 35 AND group_id IN"
             " (SELECT id FROM auth_group WHERE privilege = 'F')")
    answer = yard.send("POST", PATH, {"service": NEW}, LINUS)
    assert answer.status == 403
    assert "organisational group" in answer.json["error"]
    assert yard.registry(NEW) is None


@pytest.mark.parametrize(("quota", "status"), [(None, 200), (0, 200), (3, 200), (2, 403)])
def test_the_quota_is_enforced(yard: Yard, quota: int | None, status: int) -> None:
    """The registries one's groups are responsible for are counted; empty and 0 are no limit."""
    yard.run("UPDATE auth_user SET quota_docker_registries = ? WHERE id = 35", quota)
    yard.insert("docker_registries_responsibles", registry_id=51, group_id=20)
    answer = yard.send("POST", PATH, {"service": NEW}, LINUS)
    assert answer.status == status
    if status == 403:
        assert answer.json["error"] == "docker registries quota exceeded"
        assert yard.registry(NEW) is None


def test_a_known_service_is_changed(yard: Yard) -> None:
    """Declaring what one is responsible for changes it, also where values differ."""
    body = {"service": OPEN, "restricted": True}
    answer = yard.send("POST", PATH, body, LINUS)
    assert answer.status == 200, answer.json
    assert answer.json["data"][0]["restricted"] is True
    assert answer.json["info"] == f"registry {OPEN} changed: restricted: False => True"
    answer = yard.send("POST", PATH, {"id": 51, "restricted": False}, LINUS)
    assert answer.json["data"][0]["restricted"] is False


@pytest.mark.parametrize(("body", "status"), [
    ({"service": OPEN}, 409), ({"service": HIDDEN}, 409), ({"service": OPEN.upper()}, 409),
    ({"service": "new", "url": "http://127.0.0.1:1"}, 409),
    ({"service": "new", "url": "HTTP://127.0.0.1:1/"}, 409),
    ({"id": 51}, 403), ({"id": 53}, 404), ({"id": 999}, 404),
])
def test_what_is_anothers_is_refused(yard: Yard, body: dict[str, Any], status: int) -> None:
    """A service or url that others declared is taken, however it is written."""
    before = _stored(yard)
    assert yard.send("POST", PATH, body, BOB).status == status
    assert _stored(yard) == before


def test_capitals_make_no_other_service(yard: Yard) -> None:
    """A service that differs from a declared one in capitals only is taken."""
    assert yard.send("POST", PATH, {"service": "Reg.Example"}, LINUS).status == 200
    for body in ({"service": "reg.example", "url": "http://a"}, {"service": "REG.example"}):
        assert yard.send("POST", PATH, body, LINUS).status == 409
    assert yard.send("POST", f"{PATH}/51", {"service": "reg.example"}, LINUS).status == 409


@pytest.mark.parametrize("body", [
    {}, {"service": ""}, {"service": None}, {"service": ["a"]}, {"service": {"a": 1}},
    {"service": True}, {"service": "a" * 129}, {"service": "a\nb"}, {"service": "a\x00b"},
    {"service": "\ud800"}, {"service": "<b>"}, {"service": 10**400},
    {"service": "a b"}, {"service": NEW, "url": "reg.lab.example"},
    {"service": NEW, "url": "https://u:p@reg.lab.example"},
    {"service": NEW, "url": "https://reg.lab.example/v2"},
    {"service": NEW, "url": "https://reg.lab.example?x=1"},
    {"service": NEW, "url": "https://reg.lab.example:99999"},
    {"service": NEW, "url": "https://a;b{}"}, {"service": NEW, "url": "ftp://a"},
    {"service": NEW, "url": "https://" + "a" * 300}, {"service": NEW, "url": ["https://a"]},
    {"service": NEW, "insecure": None}, {"service": NEW, "restricted": []},
    {"service": NEW, "created": "2020-01-01 00:00:00"}, {"service": NEW, "updated": "x"},
    {"service": NEW, "foo": 1}, {"service": NEW, "id": "x"}, {"id": -1}, {"id": 2**31},
    {"id": [51]}, {"id": True},
])
def test_nonsense_is_refused(yard: Yard, body: dict[str, Any]) -> None:
    """What can't be a registry is a 400 that says what is wrong, and nothing is stored."""
    before = _stored(yard)
    answer = yard.send("POST", PATH, body, LINUS)
    assert answer.status == 400, answer.json
    assert answer.json["error"]
    assert _stored(yard) == before


def test_refusals_name_the_column(yard: Yard) -> None:
    """A member that can't be written is named."""
    answer = yard.send("POST", f"{PATH}/51", {"created": "x"}, LINUS)
    assert answer.json == {"ret": 400, "error": "there is no writable column 'created'"}


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_changes_by_id_and_service(yard: Yard, method: str) -> None:
    """Properties are changed by id or service; the answer has them, and old => new."""
    for text, restricted in (("51", True), (OPEN, False)):
        answer = yard.send(method, f"{PATH}/{text}", {"restricted": restricted}, LINUS)
        assert answer.status == 200
        assert set(answer.json["data"][0]) == FIELDS
        assert answer.json["data"][0]["restricted"] is restricted
        assert answer.json["info"].endswith(f"restricted: {not restricted} => {restricted}")


@pytest.mark.parametrize(("written", "meant"), [
    ("T", True), ("true", True), ("1", True), (True, True), ("F", False), ("false", False),
    ("0", False), (False, False), ("", False), (0, False), (1, True),
])
def test_booleans_as_clients_write_them(yard: Yard, written: Any, meant: bool) -> None:
    """Empty, 0 and F are false, everything else is true."""
    answer = yard.send("POST", f"{PATH}/51", {"insecure": written}, LINUS)
    assert answer.json["data"][0]["insecure"] is meant


def test_forms_are_taken(yard: Yard) -> None:
    """The command line sends forms."""
    answer = yard.site.ask(
        f"{API}{PATH}/51", method="POST", body=b"restricted=T&url=http%3A%2F%2Fnew%3A5000",
        login=LINUS, content_type="application/x-www-form-urlencoded",
    )
    assert answer.json["data"][0]["url"] == "http://new:5000"


def test_a_change_is_recorded_and_announced(yard: Yard) -> None:
    """A change dates the registry, and has one audit entry and one event with its id."""
    yard.run("UPDATE docker_registries SET updated = '2020-01-01 00:00:00' WHERE id = 51")
    yard.send("POST", f"{PATH}/51", {"service": "new.name", "insecure": True}, LINUS)
    assert yard.audit("docker.registries.change") == [{
        "s": OPEN, "data": ["insecure: False => True", f"service: {OPEN} => new.name"],
    }]
    assert yard.events() == [("docker_registries_change", {"id": 51})]
    assert yard.modified() == {"docker_registries"}
    updated = yard.rows("SELECT updated FROM docker_registries WHERE id = 51")[0][0]
    assert str(updated) > "2026"


def test_a_registry_that_moved_is_looked_at(yard: Yard) -> None:
    """A new url does not wait for the next discovery, which failures may have put off."""
    yard.insert("registry_crawls", registry_id=51, failures=9, next_run=4e9)
    yard.send("POST", f"{PATH}/51", {"url": "http://127.0.0.1:4"}, LINUS)
    assert yard.rows("SELECT next_run FROM registry_crawls") == [(yard.site.home.clock(),)]


def test_no_change_is_none(yard: Yard) -> None:
    """What is so already is answered, not recorded."""
    answer = yard.send("POST", f"{PATH}/51", {"restricted": False, "service": OPEN}, LINUS)
    assert answer.status == 200
    assert "already" in answer.json["info"]
    assert yard.audit("docker.registries.change") == []
    assert yard.events() == []


@pytest.mark.parametrize(("login", "text", "status"), [
    (BOB, "51", 403), (EVE, "51", 404), (LINUS, "53", 404), (LINUS, "999", 404),
    (LINUS, "no.such", 404), (LINUS, "9" * 40, 404), (ROOT, "999", 404), (ROOT, "53", 200),
])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_who_may_change(yard: Yard, login: Login, text: str, status: int, method: str) -> None:
    """Who is not responsible is refused; what one does not see does not exist."""
    before = _stored(yard)
    answer = yard.send(method, f"{PATH}/{text}", None, login)
    assert answer.status == status, answer.json
    assert _stored(yard) == before or status == 200


@pytest.mark.parametrize("service", ["registry.restricted", "Registry.RESTRICTED", "a\tb", ""])
def test_renaming_takes_nobodys_name(yard: Yard, service: str) -> None:
    """A registry can't be given another's service, nor one that is none."""
    answer = yard.send("POST", f"{PATH}/51", {"service": service}, LINUS)
    assert answer.status in (400, 409)
    assert yard.registry(OPEN) == 51


def test_a_registry_may_change_its_capitals(yard: Yard) -> None:
    """Its own name is not taken from it by itself."""
    assert yard.send("POST", f"{PATH}/51", {"service": OPEN.upper()}, LINUS).status == 200


def test_in_public_a_service_is_its_host(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where anybody may declare, the service is the url's host; a Manager declares any."""
    in_public(yard, monkeypatch)
    other = {"service": "bank.example", "url": "https://evil.example"}
    for body in (other, {"service": "bank", "url": "https://bank.example"},
                 {"service": "a b", "url": "https://a"}):
        answer = yard.send("POST", PATH, body, LINUS)
        assert answer.status == 403
        assert "Manager" in answer.json["error"]
    for body in ({"service": "Bank.example:5000", "url": "http://bank.example:80"},
                 {"service": "shop.example"}):
        assert yard.send("POST", PATH, body, LINUS).status == 200
    renamed = yard.send("POST", f"{PATH}/shop.example", {"service": "shoe.example"}, LINUS)
    assert renamed.status == 403
    moved = yard.send("POST", f"{PATH}/shop.example", {"url": "https://evil.example"}, LINUS)
    assert moved.status == 403
    assert yard.send("POST", f"{PATH}/shop.example", {"insecure": 1}, LINUS).status == 200
    other = {"service": "else.example", "url": "https://evil.example"}
    assert yard.send("POST", PATH, other, ROOT).status == 200


def test_arrays_are_judged_one_by_one(yard: Yard) -> None:
    """Each object of an array is declared or refused on its own."""
    body = [{"service": "one.example"}, {"service": HIDDEN}, {"service": "two.example"}, 7, {}]
    answer = yard.send("POST", PATH, body, LINUS)
    assert answer.status == 200
    assert [row["service"] for row in answer.json["data"]] == ["one.example", "two.example"]
    assert len(answer.json["error"]) == 3
    assert answer.json["error"][0].startswith("409 CONFLICT: ")


def test_filters_change_many(yard: Yard) -> None:
    """Filters choose among the registries one sees; those one may not change are told."""
    answer = yard.send("POST", PATH, {"insecure": True}, LINUS, "filters=service registry.%25")
    assert [row["id"] for row in answer.json["data"]] == [51, 52]
    assert all(row["insecure"] for row in answer.json["data"])
    answer = yard.send("POST", PATH, {"insecure": False}, BOB, "filters=service registry.%25")
    assert [set(row) for row in answer.json["data"]] == [{"id", "error"}] * 2


def test_deletes_all_that_hangs_on_it(yard: Yard) -> None:
    """A deleted registry leaves no row anywhere, and the others keep theirs."""
    tables = _fill(yard)
    answer = yard.send("DELETE", f"{PATH}/{OPEN}", None, LINUS)
    assert answer.json == {"info": f"registry {OPEN} deleted"}
    for table in tables:
        left = yard.rows(f"SELECT DISTINCT registry_id FROM {table} WHERE registry_id IN (51, 52)")
        assert left == [(52,)], table
    assert yard.registry(OPEN) is None
    assert yard.registry("registry.restricted") == 52


def test_deleting_is_recorded_and_announced(yard: Yard) -> None:
    """A deletion has one audit entry, and an event for each table it empties."""
    yard.send("DELETE", f"{PATH}/51", None, LINUS)
    assert yard.audit("docker.registries.delete") == [{"s": OPEN}]
    events = dict(yard.events())
    assert events.pop("docker_registries_change") == {"id": 51}
    tables = {"docker_registries_responsibles", "docker_registries_publications",
              "docker_repositories", "docker_tags"}
    assert events == {f"{table}_change": {"a": "b"} for table in tables}
    assert yard.modified() == tables | {"docker_registries"}


@pytest.mark.parametrize(("body", "query"), [
    ({"id": 51}, ""), ({"id": "51"}, ""), ({"service": OPEN}, ""), (None, "id=51"),
    (None, f"service={OPEN}"), (None, f"filters=service {OPEN}"), ([{"id": 51}], ""),
    (None, f"query=service = {OPEN}"),
])
def test_deletes_by_body_and_filters(yard: Yard, body: Any, query: str) -> None:
    """The registry is named by a body, a parameter, an array or filters."""
    answer = yard.send("DELETE", PATH, body, LINUS, query)
    assert answer.status == 200, answer.json
    assert not answer.json.get("error")
    assert yard.registry(OPEN) is None
    assert yard.registry("registry.restricted") == 52


@pytest.mark.parametrize("body", [
    None, {}, {"id": "x"}, {"id": [51]}, {"foo": 51}, {"service": {}}, {"id": 51, "foo": 1},
])
def test_deletes_nothing_by_nonsense(yard: Yard, body: Any) -> None:
    """What names no registry deletes none."""
    assert yard.send("DELETE", PATH, body, LINUS).status == 400
    assert len(_stored(yard)) == 3


def _stored(yard: Yard) -> list[tuple[Any, ...]]:
    return yard.rows("SELECT id, service, url, insecure, restricted, updated"
                     " FROM docker_registries ORDER BY id")


def _fill(yard: Yard) -> list[str]:
    """A row for two registries in every table that can have one."""
    for id_ in (51, 52):
        yard.insert("registry_options", registry_id=id_)
        yard.insert("registry_events", registry_id=id_, event_id="e", received=1, state="new")
        yard.insert("registry_questions", registry_id=id_, repository="a", tag="b", due=1)
        yard.insert("registry_crawls", registry_id=id_)
        yard.insert("registry_deleted", registry_id=id_, repository="a", tag="b", deleted=1)
        yard.insert("registry_identity_tokens", registry_id=id_, digest=str(id_), kind="user",
                    login="ada", credential="", created=1, last_used=1, expires=1)
        yard.insert("registry_repositories", registry_id=id_, repository_id=id_)
        yard.insert("registry_tags", registry_id=id_, repository_id=id_, tag_id=id_)
    tables = yard.db.dal.tables
    return [t for t in tables if "registry_id" in yard.db.dal[t].fields]
