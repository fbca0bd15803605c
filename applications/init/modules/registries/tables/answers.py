"""What a table answers: a page of lines, CSV, what lines have in common, a column's values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..rest import asked as rest_asked
from ..rest.call import Call
from . import spreadsheet
from .asked import MOST_LINES, read
from .model import Table

EMPTY = "empty"
"""What stands for NULL, and for an empty text where values are counted."""

MOST_VALUES = 50


def data(call: Call, table: Table) -> dict[str, Any]:
    """A page of lines, in the order of ``props``.

    Beyond the end is the first page; ``count`` is how many lines there are in the answer.

    :raises BadRequest: as ``asked.read``.
    """
    wish = read(call.query, table, call.now)
    lines = table.lines(call, wish)
    total = lines.total()
    offset = wish.offset if wish.offset < total else 0
    found = lines.page(offset, wish.limit) if total else []
    return {
        "meta": {"total": total, "offset": offset, "count": len(found)},
        "data": [[EMPTY if value is None else value for value in line] for line in found],
    }


def csv(call: Call, table: Table) -> tuple[str, str]:
    """A file name, and all lines as CSV: all columns, or those of ``props``.

    :raises BadRequest: as ``asked.read``.
    """
    wish = read(call.query, table, call.now)
    names = [one.name for one in wish.wanted]
    lines = table.lines(call, wish).page(0, MOST_LINES)
    return f"{wish.table_id}.csv", spreadsheet.text(names, lines)


def commonality(call: Call, table: Table) -> dict[str, Any]:
    """The most frequent value of each column, where there is one.

    :raises BadRequest: as ``asked.read``.
    """
    wish = read(call.query, table, call.now)
    lines = table.lines(call, wish).page(0, MOST_LINES)
    found = []
    for place, one in enumerate(wish.wanted):
        value, count = _most_frequent(line[place] for line in lines)
        percent = count * 100 // len(lines) if lines else 0
        if count > 1 and percent:
            shown = EMPTY if value is None else value
            found.append({"prop": one.name, "value": shown, "percent": percent})
    return {"data": sorted(found, key=lambda row: -int(row["percent"]))}


def values(call: Call, table: Table, name: str) -> dict[str, Any]:
    """The most frequent values of a column with their counts; the texts filter by them.

    :raises BadRequest: as ``asked.read``, or there is no such column.
    """
    column = rest_asked.column(name, table.resource.by_name)
    wish = read(call.query, table, call.now)
    found = table.lines(call, wish).values(column, MOST_LINES)
    counts: dict[str, Any] = {}
    for value, count in found:
        key = _key(value)
        counts[key] = counts.get(key, 0) + count
    total = len(counts)
    most = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES])
    return {"data": {name: {**most, "_maxed": total > MOST_VALUES, "_total": total}}}


def _most_frequent(found: Any) -> tuple[Any, int]:
    counts: dict[Any, int] = {}
    for value in found:
        key = repr(value) if isinstance(value, (list, Mapping)) else value
        counts[key] = counts.get(key, 0) + 1
    return max(counts.items(), key=lambda item: item[1], default=(None, 0))


def _key(value: Any) -> str:
    if value is None or value == "":
        return EMPTY
    return str(value).lower() if isinstance(value, bool) else str(value)
