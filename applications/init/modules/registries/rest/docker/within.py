"""What somebody sees, as a table of ranges of names: the way of SQLite, which looks each up.

Registries that differ in nothing that matters share their names.
"""

from __future__ import annotations

import json
from itertools import chain

from ...visibility import Range
from ..call import Call
from ..conditions import NEVER, Condition
from ..listing import Source
from .grades import graded

REPOSITORIES = "docker_repositories r"


def source(call: Call) -> Source:
    """A source that goes through the ranges of names, registry by registry."""
    sight: list[tuple[int, int]] = []
    mine: list[tuple[int, str, str]] = []
    for number, (registries, names) in enumerate(graded(call)):
        sight += [(id_, number) for id_ in registries]
        mine += [(number, one.low, one.high) for one in union(names.ranges())]
    if not sight:
        return Source(REPOSITORIES, NEVER)
    values = (json.dumps(sight), json.dumps(mine))
    return Source(f"sight s CROSS JOIN mine m CROSS JOIN {REPOSITORIES}", _WITHIN, _WITH, values)


def union(*several: tuple[Range, ...]) -> list[Range]:
    """Ranges that together hold the same names, sorted and disjoint."""
    joined: list[Range] = []
    for one in sorted(chain(*several)):
        if joined and one.low <= joined[-1].high:
            joined[-1] = Range(joined[-1].low, max(joined[-1].high, one.high))
        else:
            joined.append(one)
    return joined


_WITHIN = Condition(
    "m.grade = s.grade AND r.registry_id = s.registry_id"
    " AND r.repository >= m.low AND r.repository < m.high"
)
# One document each: thousands of marks are slow to read.
_WITH = (
    "WITH sight(registry_id, grade) AS (SELECT json_extract(value, '$[0]'),"
    " json_extract(value, '$[1]') FROM json_each(?)),"
    " mine(grade, low, high) AS (SELECT json_extract(value, '$[0]'),"
    " json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?))"
)
