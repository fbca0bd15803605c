"""Columns that clients may see: the closed list of each resource.

What has no column here can't be shown, filtered, sorted or searched, whatever
a client writes.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import dates


class Kind(enum.Enum):
    """What a column holds, and so how it is compared and shown."""

    ID = "id"
    INTEGER = "integer"
    TEXT = "string"
    BOOLEAN = "boolean"
    DATE = "datetime"
    TIME = "time"
    JSON = "json"


def shown(kind: Kind) -> Callable[[Any], Any]:
    """How a stored value of a kind is given to clients."""
    return _SHOWN.get(kind, _as_it_is)


@dataclass(frozen=True)
class Column:
    """A column of a resource.

    ``sql`` is the expression that reads it, ``table`` the name it goes by in
    ``table.column``.  ``lower`` marks text that is lower case by its grammar,
    ``extra`` a column that is given only when it is asked for.
    """

    name: str
    sql: str
    kind: Kind
    description: str
    table: str = ""
    writable: bool = False
    unique: bool = False
    lower: bool = False
    extra: bool = False

    @property
    def full_name(self) -> str:
        """Its name with the table."""
        return f"{self.table}.{self.name}" if self.table else self.name

    def show(self, value: Any) -> Any:
        """A stored value as clients get it."""
        return None if value is None else shown(self.kind)(value)


def _as_it_is(value: Any) -> Any:
    return value


def _boolean(value: Any) -> bool:
    """The collector stores T and F; anything that begins with t is true."""
    return str(value)[:1] in ("T", "t", "1")


def _date(value: Any) -> str | None:
    text = str(value)[:19]
    return None if text.startswith("0000") else text


def _document(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _seconds(value: Any) -> str:
    """Times of ours are seconds since the epoch; clients get the collector's form."""
    return dates.local(float(value))


_SHOWN: dict[Kind, Callable[[Any], Any]] = {
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.JSON: _document,
    Kind.TIME: _seconds,
}
