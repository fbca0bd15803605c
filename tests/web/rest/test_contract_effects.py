"""The collector's recorded contract: what each change marks, tells and records (A.14)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.unit.notifications import told
from tests.unit.remote.stub import StubRegistry
from tests.web.conftest import Site
from tests.web.rest.shelf import OPEN_ID
from tests.web.rest.yard import Yard, opened
from tests.web.world import LINUS, NODE, OPEN, OTHER_UUID

REGISTRIES, REPOSITORIES, TAGS = "docker_registries", "docker_repositories", "docker_tags"
PUBLICATIONS = "docker_registries_publications"
RESPONSIBLES = "docker_registries_responsibles"
NO_DETAIL = {"a": "b"}
LINK = {"registry_id": 51, "group_id": 20}


@dataclass(frozen=True)
class Effect:
    """A request, and what it leaves: events by table, with what they say of it."""

    method: str
    path: str
    body: Any
    events: dict[str, list[dict[str, Any]]]
    action: str
    details: dict[str, Any]


EFFECTS = {
    "create registry": Effect(
        "POST", "/docker/registries", {"service": "new.lab"},
        {REGISTRIES: [NO_DETAIL], RESPONSIBLES: [NO_DETAIL], PUBLICATIONS: [NO_DETAIL]},
        "docker.registries.create",
        {"s": "new.lab", "data": ["insecure: False", "restricted: True", "service: new.lab",
                                  "url: https://new.lab"]},
    ),
    "change registry": Effect(
        "POST", "/docker/registries/51", {"restricted": True, "insecure": True},
        {REGISTRIES: [{"id": 51}]}, "docker.registries.change",
        {"s": OPEN, "data": ["insecure: False => True", "restricted: False => True"]},
    ),
    "delete registry": Effect(
        "DELETE", "/docker/registries", [{"id": 51}],
        {REGISTRIES: [{"id": 51}], RESPONSIBLES: [NO_DETAIL], PUBLICATIONS: [NO_DETAIL],
         REPOSITORIES: [NO_DETAIL], TAGS: [NO_DETAIL]},
        "docker.registries.delete", {"s": OPEN},
    ),
    "change repository": Effect(
        "POST", "/docker/repositories/61", {"description": "x", "stars": "3"},
        {REPOSITORIES: [{"id": 61}]}, "docker.repositories.change",
        {"s": "base/alpine", "data": ["description:  => x", "stars: 0 => 3"]},
    ),
    "delete tag": Effect(
        "DELETE", "/docker/tags", [{"id": 71}], {TAGS: [NO_DETAIL]}, "docker.tags.delete",
        {"r": "base/alpine", "s": "v1.0", "service": OPEN},
    ),
    "delete repository": Effect(
        "DELETE", "/docker/repositories", [{"id": 61}],
        {REPOSITORIES: [NO_DETAIL], TAGS: [NO_DETAIL]}, "docker.repositories.delete",
        {"s": "base/alpine", "service": OPEN},
    ),
    "unpublish": Effect(
        "DELETE", "/docker/registries/51/publications/20", None, {PUBLICATIONS: [LINK]},
        "docker.registry.publication.delete", LINK,
    ),
    "publish": Effect(
        "POST", "/docker/registries/53/publications/20", None,
        {PUBLICATIONS: [{**LINK, "registry_id": 53}]}, "docker.registry.publication.add",
        {"registry_id": 53, "role": "webdev"},
    ),
    "responsible": Effect(
        "POST", "/docker/registries/51/responsibles/20", None, {RESPONSIBLES: [LINK]},
        "docker.registry.responsible.add", {"registry_id": 51, "role": "webdev"},
    ),
    "no longer responsible": Effect(
        "DELETE", "/docker/registries/52/responsibles/20", None,
        {RESPONSIBLES: [{**LINK, "registry_id": 52}]}, "docker.registry.responsible.delete",
        {"registry_id": 52, "group_id": 20},
    ),
}


@pytest.fixture
def yard(site: Site) -> Iterator[Yard]:
    """A registry that deletes what it is told to; another one with two responsible groups."""
    with StubRegistry() as stub, opened(site) as found:
        found.reach(OPEN_ID, stub.url)
        stub.content.push("base/alpine", "v1.0")
        for registry in (52, 53):
            found.insert(RESPONSIBLES, registry_id=registry, group_id=21 if registry == 53 else 20)
        found.run("UPDATE auth_user SET first_name = 'Linus', last_name = 'T.' WHERE id = 35")
        yield found


@pytest.mark.parametrize("name", EFFECTS)
def test_effects(yard: Yard, name: str) -> None:
    """A change marks each table it changes, tells of each, and has one entry in the log."""
    effect = EFFECTS[name]
    answer = yard.send(effect.method, effect.path, effect.body, LINUS)
    assert (answer.status, not answer.json.get("error")) == (200, True), answer.json
    events: dict[str, list[dict[str, Any]]] = {}
    for event, data in yard.events():
        events.setdefault(event[: -len("_change")], []).append(data)
    assert events == effect.events
    assert yard.modified() == set(effect.events)
    (entry,) = yard.site.home.audit(effect.action)
    assert entry["log_user"] == "Linus T."
    assert entry["details"].items() >= effect.details.items()


@pytest.mark.parametrize("name", EFFECTS)
def test_entries_are_readable(yard: Yard, name: str) -> None:
    """The format of an entry goes over its values as Python's does, and the log shows the text."""
    effect = EFFECTS[name]
    yard.send(effect.method, effect.path, effect.body, LINUS)
    fmt, values, level = yard.rows(
        "SELECT log_fmt, log_dict, log_level FROM log WHERE log_action = ?", effect.action
    )[0]
    assert level == "info"
    shown = {k: ", ".join(v) if isinstance(v, list) else v for k, v in json.loads(values).items()}
    query = f"filters=log_action+{effect.action}&props=log_event,log_user,log_action"
    (row,) = yard.data("/logs", query)
    assert (row["log_user"], row["log_action"]) == ("Linus T.", effect.action)
    assert row["log_event"] == fmt % shown


@pytest.mark.parametrize("name", EFFECTS)
def test_refused_leaves_nothing(yard: Yard, name: str) -> None:
    """Who may not change it leaves no mark, no event and no entry."""
    effect = EFFECTS[name]
    answer = yard.send(effect.method, effect.path, effect.body, NODE)
    assert answer.status in (403, 404) or answer.json["error"][0].startswith("403 FORBIDDEN: ")
    assert yard.events() == []
    assert yard.modified() == set()
    assert yard.audit(effect.action) == []


def test_the_mark_is_dated(yard: Yard) -> None:
    """A table has one mark, with the date of its last change."""
    sql = "SELECT table_modified FROM table_modified WHERE table_name = ?"
    dates = []
    for restricted in (True, False):
        yard.send("POST", "/docker/registries/51", {"restricted": restricted}, LINUS)
        dates.append(yard.rows(sql, REGISTRIES))
        yard.site.home.clock.advance(60)
    assert len(dates[0]) == len(dates[1]) == 1
    assert dates[0] < dates[1]


def test_a_failed_login_of_a_service(yard: Yard) -> None:
    """A service with a wrong uuid is in the log as node.auth, a warning by agent."""
    answer = yard.get("/docker/registries", login=("store/web@n1.lab", OTHER_UUID))
    assert answer.status == 401
    (entry,) = yard.site.home.audit("node.auth")
    assert (entry["log_user"], entry["log_level"]) == ("agent", "warning")
    assert OTHER_UUID not in json.dumps(entry["details"])


def test_a_push(yard: Yard) -> None:
    """A push that a registry tells of marks tags and repositories, and is in the log (E82)."""
    home = yard.site.home
    pushed = told.event("push", home.clock(), "v1", "a", host=OPEN)
    told.tell(home, told.body(pushed), registry=OPEN_ID)
    assert yard.modified() == {TAGS, REPOSITORIES}
    events = [(f"{table}_change", NO_DETAIL) for table in (REPOSITORIES, TAGS)]
    assert sorted(yard.events()) == events
    (entry,), name = yard.audit("docker.push"), pushed["target"]["repository"]
    assert entry.items() >= {"repo": name, "tag": "v1", "service": OPEN}.items()
    told.wipe(home)


def test_preferences(yard: Yard) -> None:
    """Saved preferences are announced to the browsers of who saved them."""
    uuid = hashlib.sha256(b"browser").hexdigest()
    answer = yard.send("POST", "/users/self/prefs", {"data": {"a": 1}, "uuid": uuid}, LINUS)
    yard.run("DELETE FROM user_prefs")
    assert answer.json == {"info": "user prefs saved"}
    assert yard.events() == [("user_prefs_change", {"user_id": 35, "uuid": uuid})]
