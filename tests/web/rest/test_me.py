"""What the screens ask of who signed in: the dump, and the preferences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.rest.town import ADA_ID, Town, settled
from tests.web.world import ADA, BOB, NODE, SERVICE, Login

PATH = "/users/self/prefs"


@pytest.fixture
def town(site: Site) -> Iterator[Town]:
    """People with preferences."""
    with settled(site) as found:
        yield found


def test_dump(town: Town) -> None:
    """A page finds who signed in with groups and preferences, and no secret, in one answer."""
    town.send("POST", PATH, {"data": {"a": 1}}, ADA)
    answer = town.get("/users/self/dump", login=ADA)
    assert set(answer.json) == {
        "user", "prefs", "groups", "code_rev", "server_timezone", "candidates", "filterset",
        "internal_forms", "hidden_menu_entries_stats",
    }
    (user,) = answer.json["user"]
    assert (user["id"], user["email"]) == (ADA_ID, ADA[0])
    assert answer.json["prefs"] == {"a": 1}
    groups = {group["role"]: group for group in answer.json["groups"]}
    assert set(groups["webdev"]) >= {"id", "role", "privilege"}
    assert groups["webdev"]["privilege"] is False
    assert groups["DockerRegistriesPuller"]["privilege"] is True
    for secret in (b"password", b"registration_key", b"pbkdf2"):
        assert secret not in answer.body


def test_dump_takes_no_parameters(town: Town) -> None:
    """Parameters of lists change nothing of the dump."""
    plain = town.get("/users/self/dump", login=ADA).json
    assert town.get("/users/self/dump", "props=id&limit=1", ADA).json == plain


def test_prefs(town: Town) -> None:
    """Everybody has preferences of its own, which are what was saved last."""
    assert town.data(PATH, login=ADA) == {}
    prefs = {"tables": {"registries": {"perpage": 50, "filters": {"a": "é%\"'"}}}, "n": [1, None]}
    answer = town.send("POST", PATH, {"data": prefs, "uuid": "u-1"}, ADA)
    assert answer.json == {"info": "user prefs saved"}
    assert town.data(PATH, login=ADA) == prefs
    assert town.data(PATH, login=BOB) == {}
    town.send("POST", PATH, {"data": {}}, ADA)
    assert town.data(PATH, login=ADA) == {}
    assert len(town.rows("SELECT id FROM user_prefs WHERE user_id = ?", ADA_ID)) == 1


def test_saving_is_announced(town: Town) -> None:
    """The other browsers of a user are told which one saved."""
    town.send("POST", PATH, {"data": {}, "uuid": "u-1"}, ADA)
    assert town.events() == [("user_prefs_change", {"user_id": ADA_ID, "uuid": "u-1"})]
    assert town.modified() == {"user_prefs"}


@pytest.mark.parametrize("body", [
    {}, {"data": None}, {"data": []}, {"data": "{}"}, {"data": {}, "uuid": ["x"]},
    {"data": {}, "uuid": "u" * 65}, {"data": {}, "user_id": 32}, {"data": {"a": "x" * 65536}},
    {"data": {"a": "\x00"}}, {"data": {"a\ud800": 1}},
])
def test_hostile_bodies(town: Town, body: dict[str, Any]) -> None:
    """What is no object, too large or of somebody else is refused, and the old one kept."""
    town.send("POST", PATH, {"data": {"old": True}}, ADA)
    answer = town.send("POST", PATH, body, ADA)
    assert (answer.status, bool(answer.json["error"])) == (400, True)
    assert town.data(PATH, login=ADA) == {"old": True}


def test_deep_and_odd_json(town: Town) -> None:
    """No JSON, however deep or odd, is more than a 400."""
    for text in (b'{"data": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001, b'{"data": {"a": 1e999}}',
                 b'{"data": {"a": NaN}}', b'{"data": {"a": ' + b"9" * 10_000 + b"}}", b"{"):
        answer = town.site.ask(
            f"/init/rest/api{PATH}", "", "POST", text, ADA, content_type="application/json"
        )
        assert answer.status in (200, 400), text[:40]
    assert town.get(PATH, login=ADA).status == 200


def test_unreadable_prefs(town: Town) -> None:
    """Stored preferences that nobody can read are as good as none."""
    for text in ("{", "[]", ""):
        town.run("DELETE FROM user_prefs")
        town.insert("user_prefs", user_id=ADA_ID, prefs=text)
        assert town.data(PATH, login=ADA) == {}


@pytest.mark.parametrize("login", [SERVICE, NODE])
def test_machines_have_none(town: Town, login: Login) -> None:
    """Services and nodes keep no preferences."""
    assert town.send("POST", PATH, {"data": {}}, login).status == 403
