"""A table: its columns, and where its lines come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ..rest.asked import Asked
from ..rest.call import Call
from ..rest.columns import Column
from ..rest.conditions import all_of
from ..rest.listing import Query, Resource, Source
from .asked import Wish


class Lines(Protocol):
    """The lines that one request chooses."""

    def total(self) -> int:
        """How many there are on all pages."""

    def page(self, offset: int, limit: int) -> list[list[Any]]:
        """Some of them, each with the wanted columns as clients get them."""

    def values(self, column: Column, most: int) -> list[tuple[Any, int]]:
        """The values of a column with how often they are there, most frequent first."""


@dataclass(frozen=True)
class Table:
    """``order`` is how it is sorted when nothing is asked, ``key`` what ends every order.

    ``filtered`` may widen a filter expression of a column, ``lines`` finds what is asked.
    """

    name: str
    resource: Resource
    order: tuple[tuple[str, bool], ...]
    lines: Callable[[Call, Wish], Lines]
    filtered: Callable[[str, str], str] = lambda name, expression: expression


@dataclass(frozen=True)
class Plain:
    """The lines of a source, page by page."""

    call: Call
    resource: Resource
    source: Source
    wish: Wish

    def total(self) -> int:
        """How many there are on all pages."""
        return self._query(0, 0).total()

    def page(self, offset: int, limit: int) -> list[list[Any]]:
        """Some of them."""
        return self._query(offset, limit).rows(self.resource, limit)

    def values(self, column: Column, most: int) -> list[tuple[Any, int]]:
        """The values of a column, most frequent first."""
        return self._query(0, 0).values(column, most)

    def _query(self, offset: int, limit: int) -> Query:
        wish = self.wish
        condition = all_of(condition for _, condition in wish.filters)
        asked = Asked(
            wish.wanted, condition, wish.order, (), limit, offset,
            meta=True, stats=False, commonality=False, as_table=True,
        )
        return Query(self.call.db, self.source, asked)
