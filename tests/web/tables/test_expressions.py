"""Filters of the docker table mean in SQL what they mean in Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings

from tests.databases import CHOSEN
from tests.unit.rest.expressions import Said, expressions, number_chunks, text_chunks
from tests.unit.rest.rows import ROWS
from tests.web.conftest import Site
from tests.web.rest.shelf import Shelf, stocked
from tests.web.world import ADA, ROOT

FIRST = 5_000
"""The lowest id here; what else there is on the shelf stays out of sight."""


def _fits(number: int | None) -> int | None:
    """A number that the column holds on every database."""
    return number if number is None else max(-(2**31), min(number, 2**31 - 1))


ALONE = [{"id": FIRST + 1_000 + number, "name": None, "stars": None} for number in range(3)]
LINES: list[dict[str, Any]] = [
    *(
        {**row, "id": FIRST + row["id"], "name": row["name"] or "", "stars": _fits(row["stars"])}
        for row in ROWS
    ),
    *ALONE,
]


@pytest.fixture
def shelf(site: Site) -> Iterator[Shelf]:
    """A repository for each line; all but the last have a tag, of any name and size."""
    with stocked(site) as found:
        for line in LINES:
            found.repository(line["id"], f"base/e{line['id']}")
            if line["name"] is not None:
                found.tag(line["id"], line["id"], "x")
                with found.db.transaction(write=True):
                    sql = "UPDATE docker_tags SET name = ?, config_size = ? WHERE id = ?"
                    found.db.run(sql, line["name"], line["stars"], line["id"])
        yield found


@pytest.mark.skipif(CHOSEN == "mariadb", reason="it has no regard for case, nor for accents")
@given(expressions(text_chunks()), expressions(number_chunks()))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_as_in_python(shelf: Shelf, name: Said, size: Said) -> None:
    """Each line is there for which both filters are true, a line without a tag as one of NULLs."""
    for names, sizes in ((name, None), (None, size), (name, size)):
        said = {"t_f_tag_name": names, "t_f_tag_config_size": sizes}
        tests = [one[1] for one in (names, sizes) if one]
        wanted = [line["id"] for line in LINES if all(test(line) for test in tests)]
        filters = {key: one[0] for key, one in said.items() if one}
        query = urlencode({
            "table_id": "t", "props": "repository_id", "limit": 0,
            "t_f_repository_id": f">={FIRST}", **filters,
        })
        for login in (ROOT, ADA):
            answer = shelf.site.ask("/init/registry/ajax_registries/data", query, login=login)
            assert answer.status == 200, (filters, answer.json)
            assert sorted(line[0] for line in answer.json["data"]) == sorted(wanted), filters
            assert answer.json["meta"]["total"] == len(wanted), filters


def test_folding_is_of_ascii(shelf: Shelf) -> None:
    """Case is folded as the column's, whatever the language of the database."""
    query = urlencode({
        "table_id": "t", "props": "tag_name", "limit": 0, "t_f_tag_name": '"École"',
        "t_f_repository_id": f">={FIRST}",
    })
    answer = shelf.site.ask("/init/registry/ajax_registries/data", query, login=ROOT)
    wanted = [["École"], ["école"]] if CHOSEN == "mariadb" else [["École"]]
    assert answer.json["data"] == wanted
