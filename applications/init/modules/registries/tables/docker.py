"""The docker table: registries, repositories and tags in one, a million of them.

A page is found in two steps: which lines it has, out of indexes or of what is remembered of the
repositories, then what is in these lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..rest.call import Call
from ..rest.columns import Column
from ..rest.conditions import one_of
from ..rest.core import resinfo
from ..rest.docker import totals
from . import mixed
from .asked import Wish
from .columns import RESOURCE
from .keys import JOINS, Keys, is_whole, of_tags
from .model import Table
from .places import state


@dataclass(frozen=True)
class _Lines:
    """The lines of one request."""

    call: Call
    wish: Wish

    @cached_property
    def _keys(self) -> Keys:
        return Keys(self.call, self.wish)

    def total(self) -> int:
        """How many there are on all pages."""
        return self._keys.places.total

    def page(self, offset: int, limit: int) -> list[list[Any]]:
        """Some of them."""
        keys = self._keys
        if is_whole(keys.order):
            return self._filled(keys.by_place(keys.places, offset, limit, keys.order))
        return self._filled(mixed.keys_of(keys, offset, limit))

    def values(self, column: Column, most: int) -> list[tuple[Any, int]]:
        """The values of a column, most frequent first."""
        if not of_tags(column):
            return self._values_of_places(column)
        tables, values = self._keys.tags(column.sql, all_of_them=True)
        tail = f"GROUP BY {column.sql} ORDER BY COUNT(*) DESC, {column.sql} ASC LIMIT ?"
        sql = f"SELECT {column.sql}, COUNT(*) {tables} {tail}"
        found = self._remembered(sql, (*values, most))
        found = [(column.show(value), int(count)) for value, count in found]
        untagged = self._keys.places.untagged
        return [*found, (None, untagged)] if untagged else found

    def _filled(self, keys: Any) -> list[list[Any]]:
        """The lines of some keys, with what is wanted of them."""
        found = list(keys)
        none = " LEFT JOIN docker_tags t ON 1 = 0 LEFT JOIN registry_tags f ON 1 = 0"
        tagged = "docker_tags t" + "".join(sql for _, sql in JOINS)
        bare = "docker_repositories r JOIN docker_registries g ON g.id = r.registry_id" + none
        empty = "docker_registries g LEFT JOIN docker_repositories r ON 1 = 0" + none
        by_key: dict[tuple[str, int], list[Any]] = {}
        for sql, id_, ids in (
            (tagged, "t.id", [t for _, _, t in found if t]),
            (bare, "r.id", [r for _, r, t in found if r and not t]),
            (empty, "g.id", [g for g, r, _ in found if not r]),
        ):
            for some in (ids[n : n + 500] for n in range(0, len(ids), 500)):
                within = one_of(id_, some)
                rows = self.call.db.rows(
                    f"SELECT {id_}, {self._columns()} FROM {sql} WHERE {within.sql}",
                    *within.values,
                )
                shown = self._shown([row[1:] for row in rows])
                by_key.update({(id_, row[0]): line for row, line in zip(rows, shown)})
        wanted = [("t.id", t) if t else ("r.id", r) if r else ("g.id", g) for g, r, t in found]
        return [by_key[key] for key in wanted if key in by_key]

    def _values_of_places(self, column: Column) -> list[tuple[Any, int]]:
        found = self._keys.places
        counts: dict[Any, int] = {}
        table = "docker_registries" if column.sql.startswith("g.") else "docker_repositories"
        name = column.sql[2:]
        ids = found.registries if table == "docker_registries" else found.repositories
        by_id = dict(self.call.db.rows(f"SELECT id, {name} FROM {table}"))
        for number, id_ in enumerate(ids):
            value = column.show(by_id.get(id_))
            counts[value] = counts.get(value, 0) + found.lines(number)
        some = [(value, count) for value, count in counts.items() if count]
        return sorted(some, key=lambda item: -item[1])

    def _remembered(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows of a statement, asked once while they can't be others."""
        if "f." in sql:
            return self._keys.ask(sql, *values)
        db = self.call.db
        asked = (sql, *values, state(db, self._keys.chosen.places.sql))
        return totals.remembered(db, asked, lambda: self._keys.ask(sql, *values))

    def _columns(self) -> str:
        return ", ".join(one.column.sql for one in self.wish.wanted)

    def _shown(self, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
        shows: list[Callable[[Any], Any]] = [one.column.show for one in self.wish.wanted]
        return [[show(value) for show, value in zip(shows, row)] for row in rows]


def _widened(name: str, expression: str) -> str:
    """Image ids are found with and without ``sha256:`` (E73)."""
    return resinfo.image_ids(expression) if name.endswith("_digest") else expression


DOCKER = Table(
    "registries",
    RESOURCE,
    (("registry_service", False), ("repository_name", False), ("tag_name", False)),
    _Lines,
    _widened,
)
