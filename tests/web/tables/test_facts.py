"""Columns of the docker table that only we have: what manifests and notifications say of tags."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from applications.init.modules.registries.tables import keys
from tests.databases import RANGES
from tests.web.conftest import Site
from tests.web.rest.shelf import Shelf, stocked
from tests.web.tables.oracle import fill
from tests.web.world import ADA, ROOT, Login

PROPS = ("tag_id", "tag_size", "tag_pulls", "tag_digest", "tag_pushed_by", "tag_platforms")
Line = tuple[Any, ...]


@pytest.fixture(params=[RANGES, False], ids=["ranges", "names"])
def shelf(
    site: Site, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shelf]:
    """Many tags with facts; pages are found as where there are a million."""
    monkeypatch.setattr(site.home.db, "is_sqlite", request.param)
    monkeypatch.setattr(keys, "MANY", 0)
    monkeypatch.setattr(keys, "FEW", 0)
    with stocked(site) as found:
        fill(found, 11)
        _tell(found)
        yield found


def _tell(shelf: Shelf) -> None:
    """Facts of each tag; some sizes are not known, many are alike."""
    chance = random.Random(3)
    for id_, registry, repository in shelf.rows(
        "SELECT id, registry_id, repository_id FROM docker_tags ORDER BY id"
    ):
        with shelf.db.transaction(write=True):
            shelf.db.insert(
                "registry_tags", tag_id=id_, registry_id=registry, repository_id=repository,
                changed=0, missing=0, pulls=chance.randrange(4), digest=f"sha256:{id_:064x}",
                media_type="", size=chance.choice((None, 0, 7, 7, 10**10)), checked=0,
                pushed_by=chance.choice(("", "ada")), platforms='["linux/amd64"]',
            )


def page(shelf: Shelf, login: Login = ROOT, **parameters: Any) -> list[Line]:
    """Lines with the columns of ``PROPS``."""
    asked = {"table_id": "t", "props": ",".join(PROPS), "limit": 0, **parameters}
    path = "/init/registry/ajax_registries/data"
    answer = shelf.site.ask(path, urlencode(asked), login=login)
    assert answer.status == 200, answer.json
    return [tuple(None if v == "empty" else v for v in line) for line in answer.json["data"]]


def test_facts_are_shown(shelf: Shelf) -> None:
    """Lines have the facts of their tag; its platforms are a list."""
    assert page(shelf, t_f_tag_digest=f"{71:064x}")[0][3:] == (
        f"sha256:{71:064x}", page(shelf, t_f_tag_id="71")[0][4], ["linux/amd64"]
    )


@pytest.mark.parametrize("login", [ROOT, ADA], ids=["Manager", "user"])
@pytest.mark.parametrize("name", ["tag_size", "~tag_size", "tag_pulls", "~tag_pulls"])
@pytest.mark.parametrize("told", [True, False], ids=["all told of", "one not"])
def test_sorted_by_facts(shelf: Shelf, login: Login, name: str, told: bool) -> None:
    """Sorted by facts, all lines are there, those without the fact before those with it."""
    if not told:
        with shelf.db.transaction(write=True):
            shelf.db.run("DELETE FROM registry_tags WHERE tag_id = 71")
    place = PROPS.index(name.lstrip("~"))
    found = page(shelf, login, orderby=name)
    assert len(found) == len(page(shelf, login))
    assert any(line[0] == 71 for line in found)
    ranks = [(line[place] is not None, line[place]) for line in found]
    assert ranks == sorted(ranks, reverse=name.startswith("~"))
    for offset in range(0, len(found), 9):
        assert page(shelf, login, orderby=name, limit=9, offset=offset) == found[offset:offset + 9]


def test_filtered_by_facts(shelf: Shelf) -> None:
    """Filters of facts choose lines, in an order of facts too."""
    whole = page(shelf)
    for name, expression, test in (
        ("tag_size", ">=7", lambda line: (line[1] or 0) >= 7),
        ("tag_size", "empty", lambda line: line[1] is None),
        ("tag_pulls", "(1,2)", lambda line: line[2] in (1, 2)),
        ("tag_pushed_by", "ada", lambda line: line[4] == "ada"),
    ):
        wanted = sorted(str(line) for line in whole if test(line))
        for order in ("", "tag_size", "~tag_pulls"):
            found = page(shelf, orderby=order, **{f"t_f_{name}": expression})
            assert sorted(map(str, found)) == wanted, (name, order)
