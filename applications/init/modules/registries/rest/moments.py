"""Dates as people write them in filters, and conditions on date columns.

* A date or its beginning, ``2024``, ``2024-05``, ``2024-05-01``, ``2024-05-01 08``
  to ``2024-05-01 08:30:00`` (a ``T`` may stand for the blank): alone or after ``=``
  it is the whole period, after ``<``, ``>``, ``<=``, ``>=`` its first second.
* A distance from now: ``-`` or ``+`` or neither (then later than now), and weeks,
  days, hours, minutes, seconds in this order, at most 9 digits each: ``-2d12h``.

Date columns are text in SQLite and dates elsewhere; both are compared with
``YYYY-MM-DD HH:MM:SS``.  Time columns hold seconds since the epoch.

Source: ``collector-contract.md`` "Column filter grammar".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import BadRequest
from .columns import Column, Kind
from .compare import Comparison, printable
from .conditions import Condition

_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:[ Tt]([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}))?)?)?)?)?"
)
_DISTANCE = re.compile(
    r"(?P<sign>[+-]?)(?=[0-9])(?:(?P<weeks>[0-9]{1,9})w)?(?:(?P<days>[0-9]{1,9})d)?"
    r"(?:(?P<hours>[0-9]{1,9})h)?(?:(?P<minutes>[0-9]{1,9})m)?(?:(?P<seconds>[0-9]{1,9})s)?"
)
_YEAR, _MONTH, _SECOND = 1, 2, 6
_REST = (1, 1, 1, 0, 0, 0)
_LENGTHS = {
    3: datetime.timedelta(days=1),
    4: datetime.timedelta(hours=1),
    5: datetime.timedelta(minutes=1),
    _SECOND: datetime.timedelta(seconds=1),
}
# PostgreSQL refuses to read the zero date itself.
_ZERO_IS_BEFORE = "0001-01-01 00:00:00"


def during(column: Column, text: str, now: datetime.datetime) -> Condition:
    """True in the period that a text names.

    :raises BadRequest: the text is no date and no distance, or out of all calendars.
    """
    with _calendar(text):
        first, parts = _first(text, now)
        values = (_stored(column, first), _stored(column, _end(first, parts)))
    return Condition(f"({column.sql} >= ? AND {column.sql} < ?)", values)


def compared(
    column: Column, comparison: Comparison, text: str, now: datetime.datetime
) -> Condition:
    """Compare a date with the first second of what a text names.

    :raises BadRequest: as ``during`` does.
    """
    if comparison is Comparison.EQUAL:
        return during(column, text, now)
    with _calendar(text):
        first, _ = _first(text, now)
        return Condition(f"{column.sql} {comparison.value} ?", (_stored(column, first),))


def like(column: Column, pattern: str) -> Condition:
    """Match the text of a date with a LIKE pattern; the one place that makes dates texts.

    :raises BadRequest: the column holds seconds, which have no such text.
    """
    if column.kind is Kind.TIME:
        raise BadRequest("% has no meaning here; the beginning of a date is enough")
    return Condition(f"CAST({column.sql} AS CHAR(19)) LIKE ? ESCAPE '!'", (pattern,))


def empty(column: Column) -> Condition:
    """True where there is no date, or the zero date."""
    if column.kind is Kind.TIME:
        return Condition(f"{column.sql} IS NULL")
    return Condition(f"({column.sql} IS NULL OR {column.sql} < ?)", (_ZERO_IS_BEFORE,))


@contextmanager
def _calendar(text: str) -> Iterator[None]:
    """Turn what Python says of dates that don't exist into a sentence."""
    try:
        yield
    except (OverflowError, OSError, ValueError):
        raise BadRequest(f"there is no date '{printable(text)}'") from None


def _first(text: str, now: datetime.datetime) -> tuple[datetime.datetime, int]:
    """The first second of what a text names, and how many parts of a date it has."""
    given = _DATE.fullmatch(text)
    if not given:
        return now + _distance(text), _SECOND
    parts = [int(part) for part in given.groups() if part]
    year, month, day, hour, minute, second = (*parts, *_REST[len(parts) :])
    return datetime.datetime(year, month, day, hour, minute, second), len(parts)


def _distance(text: str) -> datetime.timedelta:
    given = _DISTANCE.fullmatch(text)
    if not given:
        raise BadRequest(f"'{printable(text)}' is no date (2024-05-01 08:30:00) nor like -2d12h")
    groups = given.groupdict()
    sign = groups.pop("sign")
    distance = datetime.timedelta(**{unit: int(n) for unit, n in groups.items() if n})
    return -distance if sign == "-" else distance


def _end(first: datetime.datetime, parts: int) -> datetime.datetime:
    """When the period is over that begins with ``first``."""
    if parts == _YEAR:
        return first.replace(year=first.year + 1)
    if parts == _MONTH:
        return (first + datetime.timedelta(days=31)).replace(day=1)
    return first + _LENGTHS[parts]


def _stored(column: Column, moment: datetime.datetime) -> str | float:
    """A moment as the column holds it."""
    moment = moment.replace(microsecond=0)
    if column.kind is Kind.TIME:
        return moment.timestamp()
    return moment.replace(tzinfo=None).isoformat(" ")
