"""Lists: one SELECT out of a resource's columns, a source, and what was asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..database import Database
from ..errors import BadRequest
from . import asked, zone
from .asked import MOST_ROWS, Asked, Wanted
from .call import Answer, Call
from .columns import Column
from .conditions import ALWAYS, Condition, all_of

_MOST_VALUES = 10_000


@dataclass(frozen=True)
class Source:
    """Where the rows come from that one caller may see.

    ``sql`` is what stands after FROM, ``head`` a WITH before the SELECT; ``values``
    are bound in them, ``condition`` says which rows.  ``joins`` are more tables, by
    the name they go by, each with no row or one for a row: only what is needed is joined.
    ``counted`` says which rows in a way that is faster where all of them are gone through,
    ``total`` counts them where there is a faster way yet, ``remember`` keeps what was counted,
    by all that it depends on, for as long as these rows (not those of ``joins``) are the same.
    """

    sql: str
    condition: Condition = ALWAYS
    head: str = ""
    values: tuple[Any, ...] = ()
    joins: tuple[tuple[str, str], ...] = ()
    counted: Condition | None = None
    total: Callable[[], int] | None = None
    remember: Callable[[tuple[object, ...], Callable[[], int]], int] | None = None

    def reading(self, condition: Condition, *texts: str) -> str:
        """What stands after FROM, where these are the rest of the statement."""
        rest = " ".join([condition.sql, *texts])
        needed = [sql for name, sql in self.joins if re.search(rf"\b{name}\.", rest)]
        # Without a condition some databases know how many rows a table has.
        where = "" if condition == ALWAYS else f" WHERE {condition.sql}"
        return "".join([self.sql, *needed, where])


@dataclass(frozen=True)
class Resource:
    """A kind of object: its columns, and how it is sorted when nothing is asked."""

    name: str
    columns: tuple[Column, ...]
    order: str = "id"

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns, by name and by table.name."""
        found = {column.name: column for column in self.columns}
        found.update({column.full_name: column for column in self.columns})
        return found


def listing(call: Call, resource: Resource, source: Source) -> Answer:
    """Answer a list request.

    :raises BadRequest: an unknown column, or a parameter that can't be understood.
    """
    wish = asked.read(call.query, resource.by_name, call.now)
    query = Query(call.db, source, wish)
    if wish.stats:
        return query.stats()
    if wish.commonality:
        return {"data": query.commonality()}
    rows = query.rows(resource)
    answer: Answer = {"data": rows if wish.as_table else query.named(rows)}
    if wish.meta:
        answer["meta"] = query.meta(resource, len(rows))
    return answer


def line(call: Call, resource: Resource, source: Source) -> Answer:
    """Answer a request for one object: an array with it, or an empty one."""
    wanted = asked.props(call.query, resource.by_name)
    return {"data": select(call.db, wanted, source)}


def select(db: Database, wanted: Sequence[Wanted], source: Source) -> list[dict[str, Any]]:
    """The rows of a source, with some columns."""
    columns = ", ".join(one.column.sql for one in wanted)
    sql = f"{source.head} SELECT {columns} FROM {source.reading(source.condition, columns)}"
    rows = db.rows(f"{sql} LIMIT {MOST_ROWS}", *source.values, *source.condition.values)
    return [
        {one.name: one.column.show(value) for one, value in zip(wanted, row)} for row in rows
    ]


def ids(call: Call, resource: Resource, source: Source, key: str = "id") -> list[int]:
    """The ids of the rows that ``filters`` and ``query`` of a request choose.

    :raises BadRequest: as ``listing``, or they choose everything without saying so with ``%``.
    """
    wish = asked.read({**call.query, "props": [key]}, resource.by_name, call.now)
    texts = [t for name in ("filters", "filters[]", "query") for t in call.query.get(name, [])]
    if wish.condition == ALWAYS and not any("%" in text for text in texts):
        raise BadRequest("these filters choose every row: write % to mean that")
    limit = wish.limit if call.one("limit") else 0
    query = Query(call.db, source, wish)
    return [int(row[0]) for row in query.rows(resource, limit)]


class Query:
    """The statements of one list request; tables ask them too."""

    def __init__(self, db: Database, source: Source, wish: Asked) -> None:
        self._db = db
        self._source = source
        self._wish = wish
        self._condition = all_of([source.condition, wish.condition])

    def rows(self, resource: Resource, limit: int | None = None) -> list[list[Any]]:
        """The rows of the page, each with the wanted columns as clients get them."""
        wish = self._wish
        most = wish.limit if limit is None else limit
        found = self._ask(
            ", ".join(self._column(one.column) for one in wish.wanted),
            f"{self._group()} ORDER BY {self._order(resource)} LIMIT ? OFFSET ?",
            min(most or MOST_ROWS, MOST_ROWS),
            wish.offset,
        )
        return [
            [one.column.show(value) for one, value in zip(wish.wanted, row)] for row in found
        ]

    def named(self, rows: list[list[Any]]) -> list[dict[str, Any]]:
        """Rows as objects."""
        names = [one.name for one in self._wish.wanted]
        return [dict(zip(names, row)) for row in rows]

    def meta(self, resource: Resource, count: int) -> dict[str, Any]:
        """What the answer says of itself, where it has ``count`` rows."""
        wish = self._wish
        return {
            "included_props": [one.column.full_name for one in wish.wanted],
            "available_props": [column.full_name for column in resource.columns],
            "mapping": {
                one.column.full_name: one.name
                for one in wish.wanted
                if one.name != one.column.name
            },
            "offset": wish.offset,
            "limit": wish.limit,
            "total": self._total_of_page(count),
            "count": count,
            "server_timezone": zone.name(),
        }

    def stats(self) -> Answer:
        """How often each value is there."""
        counted = {one.name: self.values(one.column) for one in self._wish.wanted}
        total = self.total()
        if not total:
            return {"data": {}, "meta": {"distinct": {}, "total": 0}}
        data = {name: _by_key(values) for name, values in counted.items()}
        distinct = {name: len(values) for name, values in data.items()}
        return {"data": data, "meta": {"distinct": distinct, "total": total}}

    def commonality(self) -> list[dict[str, Any]]:
        """The most frequent value of each column."""
        total, found = self.total(), []
        for one in self._wish.wanted:
            value, count = next(iter(self.values(one.column, 1)), (None, 0))
            percent = count * 100 // total if total else 0
            if count > 1 and percent:
                found.append({"prop": one.name, "value": value, "percent": percent})
        return sorted(found, key=lambda row: -int(row["percent"]))

    def values(self, column: Column, most: int = _MOST_VALUES) -> list[tuple[Any, int]]:
        """The values of a column with how often they are there, most frequent first."""
        tail = f"GROUP BY {column.sql} ORDER BY COUNT(*) DESC, {column.sql} ASC LIMIT ?"
        rows = self._ask_all(f"{column.sql}, COUNT(*)", tail, most)
        return [(column.show(value), int(count)) for value, count in rows]

    def _total_of_page(self, count: int) -> int:
        """The total; the last page of all that there is knows it."""
        wish = self._wish
        if count < min(wish.limit or MOST_ROWS, MOST_ROWS) and (count or not wish.offset):
            return wish.offset + count
        return self.total()

    def total(self) -> int:
        """How many rows, or groups, there are on all pages."""
        group = self._wish.group
        if self._source.total and not group and self._wish.condition == ALWAYS:
            return self._source.total()
        if not group:
            return self._counted()
        columns = ", ".join(column.sql for column in group)
        return len(self._ask_all("1", f"GROUP BY {columns} LIMIT {MOST_ROWS}"))

    def _counted(self) -> int:
        source, condition = self._source, self._wish.condition

        def count() -> int:
            return int(self._ask_all("COUNT(*)", "")[0][0])

        joined = any(re.search(rf"\b{name}\.", condition.sql) for name, _ in source.joins)
        if source.remember is None or joined:
            return count()
        asked = (source.sql, source.head, source.values, source.condition, condition)
        return source.remember(asked, count)

    def _ask_all(self, columns: str, tail: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask what goes through all rows, whatever the page."""
        counted = self._source.counted or self._source.condition
        return self._ask(columns, tail, *values, condition=all_of([counted, self._wish.condition]))

    def _ask(
        self, columns: str, tail: str, *values: Any, condition: Condition | None = None
    ) -> list[tuple[Any, ...]]:
        source, wanted = self._source, condition or self._condition
        tables = source.reading(wanted, columns, tail)
        return self._db.rows(
            f"{source.head} SELECT {columns} FROM {tables} {tail}",
            *source.values,
            *wanted.values,
            *values,
        )

    def _column(self, column: Column) -> str:
        """The expression; of rows in a group, the smallest value stands for all."""
        group = self._wish.group
        return f"MIN({column.sql})" if group and column not in group else column.sql

    def _group(self) -> str:
        columns = ", ".join(column.sql for column in self._wish.group)
        return f"GROUP BY {columns}" if columns else ""

    def _order(self, resource: Resource) -> str:
        """What was asked, and the default after it, so that pages neither repeat nor skip.

        The default runs the way of the last that was asked: an index serves both then.
        """
        last, asked = resource.by_name[resource.order], self._wish.order
        default = [] if self._wish.group else [(last, asked[-1][1] if asked else False)]
        order = [*asked, *default]
        texts = [f"{self._column(c)} {'DESC' if down else 'ASC'}" for c, down in order]
        return ", ".join(texts) or self._column(self._wish.wanted[0].column)


def _by_key(values: Sequence[tuple[Any, int]]) -> dict[str, int]:
    """How often each value is there; NULL and the empty text are one, and so are T and t."""
    found: dict[str, int] = {}
    for value, count in values:
        found[_key(value)] = found.get(_key(value), 0) + count
    return found


def _key(value: Any) -> str:
    if value is None or value == "":
        return "empty"
    return str(value).lower() if isinstance(value, bool) else str(value)
