"""Links to screens, over the REST API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Site
from tests.web.rest.rack import Rack, standing
from tests.web.world import ADA, BOB, NODE, SERVICE

LINK: dict[str, Any] = {"fn": "docker_repository_tabs", "title": "link.docker_repository_tabs",
                        "title_args": {"name": "base/alpine"}, "param": {"repository_id": 61}}


@pytest.fixture
def rack(site: Site) -> Iterator[Rack]:
    """Links that are gone afterwards."""
    with standing(site) as found:
        yield found


def test_link(rack: Rack) -> None:
    """A link is kept under an identifier that opens it for everybody."""
    answer = rack.send("POST", "/links", LINK, ADA)
    link_id = answer.json["link_id"]
    assert len(link_id) == 32
    row = rack.data(f"/links/{link_id}", login=BOB)[0]
    assert {
        "link_function": "docker_repository_tabs", "link_parameters": '{"repository_id": 61}',
        "link_title": "link.docker_repository_tabs", "link_title_args": '{"name": "base/alpine"}',
        "link_creation_user_id": 31, "link_md5": link_id,
    }.items() <= row.items()


def test_once(rack: Rack) -> None:
    """The same link of one user is kept once, each user's is its own."""
    first = rack.send("POST", "/links", LINK, ADA).json["link_id"]
    assert rack.send("POST", "/links", LINK, ADA).json["link_id"] == first
    assert rack.send("POST", "/links", LINK, BOB).json["link_id"] != first
    assert len(rack.rows("SELECT id FROM links")) == 2


def test_form(rack: Rack) -> None:
    """Forms have their parameters as JSON text."""
    answer = rack.form("/links", "fn=table_registries&param=%7B%22a%22%3A%201%7D", ADA)
    row = rack.data(f"/links/{answer.json['link_id']}", login=ADA)[0]
    assert (row["link_parameters"], row["link_title_args"]) == ('{"a": 1}', "{}")


@pytest.mark.parametrize(
    "changed",
    [
        {"fn": "eval"}, {"fn": ""}, {"fn": None}, {"fn": ["table_registries"]},
        {"fn": "constructor"}, {"param": "{"}, {"param": 3}, {"param": "NaN"}, {"title": 2.5},
        {"title": "x" * 256}, {"title": {"a": 1}}, {"param": {"a": "x" * 16_384}},
        {"title_args": ["x" * 4096]}, {"param": "[" * 100_000}, {"param": "1" * 10_000},
        {"link_creation_user_id": 32}, {"id": 1}, {"link_md5": "0" * 32}, {"title": "\x00"},
        {"param": {"a": "\x00"}},
    ],
)
def test_refused(rack: Rack, changed: dict[str, Any]) -> None:
    """Only functions of the screens are linked to, with small parameters, in one's own name."""
    assert rack.send("POST", "/links", {**LINK, **changed}, ADA).status == 400
    assert rack.rows("SELECT id FROM links") == []


def test_who(rack: Rack) -> None:
    """People make links; machines don't, and nobody reads them without a name."""
    link_id = rack.send("POST", "/links", LINK, ADA).json["link_id"]
    for login in (NODE, SERVICE):
        assert rack.send("POST", "/links", LINK, login).status == 403
    assert rack.site.ask(f"/init/rest/api/links/{link_id}").status == 401
    assert rack.data(f"/links/{'0' * 32}") == []
    assert rack.get("/links/x").status == 400
    assert rack.get(f"/links/{'%25' * 32}").status == 400
