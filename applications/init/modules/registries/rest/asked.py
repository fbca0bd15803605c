"""What a list request asks for: the generic parameters, read and checked."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from .. import dates
from ..errors import BadRequest
from . import compare, filters, moments, query
from .columns import Column, Kind
from .conditions import NEVER, Condition, all_of, any_of, like_text
from .routes import Param

DEFAULT_LIMIT = 20
MOST_ROWS = 100_000
"""Rows in one answer, also where no limit is asked for."""

_FLAGS = {"T": True, "true": True, "F": False, "false": False}
_FALSE = ("0", "f", "false", "n", "no")

PROPS = Param("props", "columns to return, separated by commas; name:other renames one")
LIST_PARAMS = (
    PROPS,
    Param("limit", "rows to return, 20 if not given, 0 for all", kind="integer"),
    Param("offset", "rows to skip", kind="integer"),
    Param("orderby", "columns to sort by, in order of weight; ~name sorts downwards"),
    Param("groupby", "columns to have one row for each combination of"),
    Param("filters", "a column and a filter expression, as in the tables", many=True),
    Param("query", "conditions in words, such as: name contains web and stars > 3"),
    Param("search", "text to look for in the columns of search_props, props, or all"),
    Param("search_props", "columns to look in"),
    Param("meta", "false leaves the member meta out", kind="boolean"),
    Param("stats", "true answers how often each value is there", kind="boolean"),
    Param("commonality", "true answers the most frequent value of each column", kind="boolean"),
    Param("data_format", "table has rows as arrays, in the order of props"),
)
LINE_PARAMS = (PROPS,)


@dataclass(frozen=True)
class Wanted:
    """A column to return, and under which name."""

    column: Column
    name: str


@dataclass(frozen=True)
class Asked:
    """The parameters of a list request."""

    wanted: tuple[Wanted, ...]
    condition: Condition
    order: tuple[tuple[Column, bool], ...]
    group: tuple[Column, ...]
    limit: int
    offset: int
    meta: bool
    stats: bool
    commonality: bool
    as_table: bool


Columns = Mapping[str, Column]


def read(parameters: Mapping[str, list[str]], columns: Columns, now: float) -> Asked:
    """Read the parameters; unknown ones are ignored.

    :param columns: all that the resource has, by name and by table.name.
    :raises BadRequest: an unknown column, or a value that can't be understood.
    """
    wanted = props(parameters, columns)
    clock = datetime.datetime.fromtimestamp(now)
    return Asked(
        wanted,
        all_of([*_filters(parameters, columns, clock), _search(parameters, columns, wanted)]),
        tuple(_order(name, columns) for name in _words(parameters, "orderby")),
        tuple(column(name, columns) for name in _words(parameters, "groupby")),
        _number(parameters, "limit", DEFAULT_LIMIT),
        _number(parameters, "offset", 0),
        _flag(parameters, "meta", True),
        _flag(parameters, "stats", False),
        _flag(parameters, "commonality", False),
        _last(parameters, "data_format") == "table",
    )


def props(parameters: Mapping[str, list[str]], columns: Columns) -> tuple[Wanted, ...]:
    """The columns to return: those asked for, else all.

    :raises BadRequest: there is no such column.
    """
    names = _words(parameters, "props")
    if not names:
        return tuple(Wanted(c, c.name) for c in dict.fromkeys(columns.values()) if not c.extra)
    found = []
    for text in names:
        name, _, other = text.partition(":")
        try:
            found.append(Wanted(column(name, columns), other or name.rpartition(".")[2]))
        except BadRequest:
            raise BadRequest(f"prop does not exist: [{name[:64]!r}]") from None
    return tuple(found)


def column(name: str, columns: Columns) -> Column:
    """A column by its name.

    :raises BadRequest: there is none of that name.
    """
    found = columns.get(name)
    if found is None:
        raise BadRequest(f"there is no column {name[:64]!r}")
    return found


def _filters(
    parameters: Mapping[str, list[str]], columns: Columns, now: datetime.datetime
) -> list[Condition]:
    conditions = []
    for entry in [*parameters.get("filters", []), *parameters.get("filters[]", [])]:
        name, expression = filters.split(entry)
        conditions.append(filters.condition(column(name, columns), expression, now))
    text = _last(parameters, "query")
    if text:
        conditions.append(query.condition(text, columns, now))
    return conditions


def _search(
    parameters: Mapping[str, list[str]], columns: Columns, wanted: tuple[Wanted, ...]
) -> Condition:
    text = _last(parameters, "search")
    if not text:
        return all_of([])
    named = [column(name, columns) for name in _words(parameters, "search_props")]
    return any_of(searched(one, text) for one in named or [w.column for w in wanted])


def searched(one: Column, text: str) -> Condition:
    """True where a column has a text in it; what is no text has to be equal to it."""
    if one.kind is Kind.TEXT:
        return Condition(f"{one.sql} LIKE ? ESCAPE '!'", (f"%{like_text(text.lower())}%",))
    if one.kind in (Kind.ID, Kind.INTEGER) and text.isascii() and text.isdigit() and len(text) < 19:
        return Condition(f"{one.sql} = ?", (int(text),))
    if one.kind is Kind.BOOLEAN and text in _FLAGS:
        return compare.flag(one, _FLAGS[text])
    if one.kind in (Kind.DATE, Kind.TIME):
        return _at(one, text)
    return NEVER


def _at(one: Column, text: str) -> Condition:
    try:
        moment = datetime.datetime.strptime(text, dates.FORMAT)
        return moments.during(one, moment.isoformat(" "), moment)
    except (ValueError, BadRequest):
        return NEVER


def _order(name: str, columns: Columns) -> tuple[Column, bool]:
    return column(name.lstrip("~"), columns), name.startswith("~")


def _words(parameters: Mapping[str, list[str]], name: str) -> list[str]:
    given = [*parameters.get(name, []), *parameters.get(f"{name}[]", [])]
    words = [word.strip() for text in given for word in text.split(",")]
    return list(dict.fromkeys(word for word in words if word))


def _last(parameters: Mapping[str, list[str]], name: str) -> str:
    values = parameters.get(name, [])
    return values[-1] if values else ""


def _flag(parameters: Mapping[str, list[str]], name: str, default: bool) -> bool:
    text = _last(parameters, name)
    return text.lower() not in _FALSE if text else default


def _number(parameters: Mapping[str, list[str]], name: str, default: int) -> int:
    text = _last(parameters, name).strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadRequest(f"{name} is no number")
    return int(text)
