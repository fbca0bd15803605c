"""What a table request asks for; unknown parameters and sort columns are ignored."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..rest import asked, filters
from ..rest.asked import Wanted
from ..rest.columns import Column
from ..rest.conditions import Condition

if TYPE_CHECKING:
    from .model import Table

DEFAULT_LIMIT = 20
MOST_LINES = 20_000
"""Lines in one answer."""

_TABLE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True)
class Wish:
    """What one request wants of a table.

    ``table_id`` is safe to put anywhere; ``filters`` are one for a column; ``order`` has
    True for downwards; ``limit`` is at least 1.
    """

    table_id: str
    wanted: tuple[Wanted, ...]
    filters: tuple[tuple[Column, Condition], ...]
    order: tuple[tuple[Column, bool], ...]
    limit: int
    offset: int


def read(parameters: Mapping[str, list[str]], table: Table, now: float) -> Wish:
    """Read the parameters.

    :param now: seconds since the epoch, which date distances count from.
    :raises BadRequest: an unknown column in ``props`` or in a filter of this table, or a filter
        that can't be understood.
    """
    given = _last(parameters, "table_id")
    return Wish(
        given if _TABLE_ID.fullmatch(given) else table.name,
        asked.props(parameters, table.resource.by_name),
        tuple(_filters(parameters, given, table, now)),
        _order(parameters, table),
        _limit(_last(parameters, "limit")),
        _number(_last(parameters, "offset"), 0),
    )


def _filters(
    parameters: Mapping[str, list[str]], table_id: str, table: Table, now: float
) -> Iterator[tuple[Column, Condition]]:
    """The filters of this table; those of its parents, and what else there is, are not its own."""
    clock, prefix = datetime.datetime.fromtimestamp(now), f"{table_id}_f_"
    for name, values in parameters.items():
        if table_id and name.startswith(prefix):
            column = asked.column(name[len(prefix) :], table.resource.by_name)
            expression = table.filtered(column.name, values[-1])
            yield column, filters.condition(column, expression, clock)


def _order(parameters: Mapping[str, list[str]], table: Table) -> tuple[tuple[Column, bool], ...]:
    columns = table.resource.by_name
    words = [word.strip() for word in _last(parameters, "orderby").split(",")]
    found = {
        columns[word.lstrip("~")]: word.startswith("~")
        for word in reversed(words)
        if word.lstrip("~") in columns
    }
    order = tuple(reversed(list(found.items())))
    return order or tuple((columns[name], down) for name, down in table.order)


def _limit(text: str) -> int:
    return min(_number(text, DEFAULT_LIMIT) or MOST_LINES, MOST_LINES)


def _number(text: str, default: int) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else default


def _last(parameters: Mapping[str, list[str]], name: str) -> str:
    values = parameters.get(name, [])
    return values[-1] if values else ""
