"""Where a deep page in an order of tags begins: at the nearest line that was on a page before.

A database finds the first line of an order at once, and the one after another; the
hundred-thousandth it finds by passing over all before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..rest.conditions import ALWAYS, Condition

DEEP = 1_000
"""So many lines from either end are passed over as soon as anything else is done about them."""

MOST = 64
"""Lines that are remembered of one order."""


class Line(NamedTuple):
    """A tag by its value in the column of the order, which is never NULL."""

    value: Any
    id: int


class Start(NamedTuple):
    """Where to begin, which way to go, and how many lines to pass over."""

    line: Line | None
    backwards: bool
    passed: int

    def condition(self, column: str, down: bool) -> Condition:
        """True from the line on.

        :param column: SQL of the order's column.
        :param down: the direction in which lines are read.
        """
        if self.line is None:
            return ALWAYS
        way = "<" if down else ">"
        # The first part alone is what an index finds.
        sql = f"{column} {way}= ? AND ({column} {way} ? OR t.id {way}= ?)"
        return Condition(sql, (self.line.value, self.line.value, self.line.id))


@dataclass
class Anchors:
    """Lines of one order by their place in it."""

    known: dict[int, Line] = field(default_factory=dict)

    def nearest(self, offset: int, limit: int, total: int) -> Start:
        """The shortest way to ``limit`` lines from ``offset`` on, of ``total``."""
        last = offset + limit - 1
        places = list(self.known)
        before = max((place for place in places if place <= offset), default=0)
        after = min((place for place in places if place >= last), default=total - 1)
        if offset - before <= after - last:
            return Start(self.known.get(before), False, offset - before)
        return Start(self.known.get(after), True, after - last)

    def keep(self, offset: int, lines: Sequence[Line]) -> None:
        """Remember the ends of a page, in the order's own direction."""
        for place, line in ((offset, lines[:1]), (offset + len(lines) - 1, lines[-1:])):
            if line:
                self.known[place] = line[0]
        while len(self.known) > MOST:
            del self.known[next(iter(self.known))]
