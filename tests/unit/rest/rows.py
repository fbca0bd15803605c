"""A table to filter, in SQLite, and what filters mean said again in Python."""

from __future__ import annotations

import datetime
import re
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from applications.init.modules.registries.rest.columns import Column, Kind
from applications.init.modules.registries.rest.conditions import Condition

NOW = datetime.datetime(2024, 5, 3, 12, 0, 0)
COLUMNS = {
    "id": Column("id", "t.id", Kind.ID, "number", table="things"),
    "name": Column("name", "t.name", Kind.TEXT, "any text", table="things"),
    "code": Column("code", "t.code", Kind.TEXT, "lower case", table="things", lower=True),
    "stars": Column("stars", "t.stars", Kind.INTEGER, "how many", table="things"),
    "flag": Column("flag", "t.flag", Kind.BOOLEAN, "yes or no", table="things"),
    "at": Column("at", "t.at", Kind.DATE, "when", table="things"),
    "time": Column("time", "t.time", Kind.TIME, "when, in seconds", table="things"),
    "extra": Column("extra", "t.name", Kind.JSON, "a document", table="things"),
}
Row = dict[str, Any]
Test = Callable[[Row], bool]

_NAMES = [
    None, "", "abc", "ABC", "Abcd", "a_c", "a%c", "axc", "empty", "(a,b)", "a", "b", 'say "hi"',
    "!", "a!c", "a&b", "a|b", "1.4", "124", "back\\slash", "École", "école", "o'brien", "~x", ">3",
    " a ", "a?c", "--", "a,b",
]
_STARS = [None, 0, 1, -1, 5, 10, 2**31, 2**63 - 1]
_DATES = [
    None, "", "0000-00-00 00:00:00", "2024-05-01 00:00:00", "2024-05-01 08:30:15",
    "2024-05-01 23:59:59", "2024-05-02 00:00:00", "2024-12-31 23:59:59", "2023-02-28 12:00:00",
    "2024-05-03 12:00:00", "2024-05-01 12:00:00", "9999-12-31 23:59:59",
]


def _rows() -> list[Row]:
    return [
        {
            "id": number,
            "name": name,
            "code": None if name is None else name.lower(),
            "stars": _STARS[number % len(_STARS)],
            "flag": ("T", "F", None)[number % 3],
            "at": _DATES[number % len(_DATES)],
            "time": None if number % 4 == 0 else NOW.timestamp() - number * 3600 + 0.25,
        }
        for number, name in enumerate(_NAMES, 1)
    ]


ROWS = _rows()


class Table:
    """The rows in a database in memory."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute(
            "CREATE TABLE t (id INTEGER, name TEXT, code TEXT, stars INTEGER, flag CHAR(1),"
            " at TIMESTAMP, time DOUBLE)"
        )
        self._db.executemany(
            "INSERT INTO t VALUES (:id, :name, :code, :stars, :flag, :at, :time)", ROWS
        )

    def ids(self, condition: Condition) -> set[int]:
        """The ids of the rows where a condition is true."""
        assert condition.sql.count("?") == len(condition.values)
        found = self._db.execute(f"SELECT id FROM t WHERE {condition.sql}", condition.values)
        return {row[0] for row in found}

    def values(self, column: str, condition: Condition) -> list[Any]:
        """What a column has where a condition is true, each once."""
        found = self.ids(condition)
        return list(dict.fromkeys(row[column] for row in ROWS if row["id"] in found))


def ids(test: Test) -> set[int]:
    """The ids of the rows for which a Python function is true."""
    return {row["id"] for row in ROWS if test(row)}


def folded(text: str) -> str:
    """Lower case as SQLite has it: of ASCII letters only."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def is_like(value: str | None, pattern: str, blank_is_any: bool = True) -> bool:
    """LIKE with ``%`` and ``_``, without regard for the case of ASCII letters."""
    wild = {"%": ".*", "_": "." if blank_is_any else "_"}
    parts: Iterable[str] = (wild.get(c, re.escape(c)) for c in folded(pattern))
    return value is not None and re.fullmatch("".join(parts), folded(value), re.DOTALL) is not None


_CONSTANTS = re.compile(r"ESCAPE '!'|= ''|lower|CAST|AS CHAR\(19\)|t\.[a-z]+")
_WORDS = re.compile(r"(?:[ ()?,]|AND|OR|IN|IS|NOT|NULL|TRUE|LIKE|[<>]=?|=|1 = [01])*")


def is_literal(condition: Condition) -> bool:
    """No value stands in the text: it is of the words that this code is made of."""
    return _WORDS.fullmatch(_CONSTANTS.sub(" ", condition.sql)) is not None
