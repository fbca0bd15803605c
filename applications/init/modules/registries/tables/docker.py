"""The docker table: registries, repositories and tags in one, a million of them.

A page is found in two steps: which lines it has, out of indexes or of what is remembered of the
repositories, then what is in these lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..rest.call import Call
from ..rest.columns import Column
from ..rest.conditions import Condition, all_of, one_of
from ..rest.core import resinfo
from ..rest.docker import sight, totals
from . import places
from .asked import Wish
from .columns import RESOURCE
from .model import Table
from .places import Chosen, Part, Places

_JOINS = (
    ("r", " JOIN docker_repositories r ON r.id = t.repository_id"),
    ("g", " JOIN docker_registries g ON g.id = t.registry_id"),
    ("f", " LEFT JOIN registry_tags f ON f.tag_id = t.id"),
)
_BY_NAME = RESOURCE.by_name
_UNIQUE = ({"g.service", "r.repository"}, {"g.id", "r.repository"}, {"r.id"})
_FEW = 2_000
_MANY = 20_000
Order = Sequence["tuple[Column, bool]"]


@dataclass(frozen=True)
class _Lines:
    """The lines of one request."""

    call: Call
    wish: Wish

    def total(self) -> int:
        """How many there are on all pages."""
        return self._places.total

    def page(self, offset: int, limit: int) -> list[list[Any]]:
        """Some of them."""
        order = self._order
        if _of_tags(order[0][0]):
            keys = self._by_tag(offset, limit, order)
        elif _is_whole(order):
            keys = list(self._by_place(self._places, offset, limit, order))
        else:
            return self._sorted(offset, limit, order)
        return self._filled(keys)

    def values(self, column: Column, most: int) -> list[tuple[Any, int]]:
        """The values of a column, most frequent first."""
        if not _of_tags(column):
            return self._values_of_places(column)
        tables, values = self._tags(column.sql, all_of_them=True)
        tail = f"GROUP BY {column.sql} ORDER BY COUNT(*) DESC, {column.sql} LIMIT ?"
        sql = f"SELECT {column.sql}, COUNT(*) {tables} {tail}"
        found = self._remembered(sql, (*values, most))
        found = [(column.show(value), int(count)) for value, count in found]
        untagged = self._places.untagged
        return [*found, (None, untagged)] if untagged else found

    @cached_property
    def _order(self) -> list[tuple[Column, bool]]:
        """What was asked, and what makes it whole; a tag's id ends an order of tags."""
        asked = list(self.wish.order)
        if _of_tags(asked[0][0]):
            return [*asked, (_BY_NAME["tag_id"], asked[0][1])]
        names = {column.name for column, _ in asked}
        more = [n for n in ("registry_service", "repository_name", "tag_name") if n not in names]
        return [*asked, *((_BY_NAME[name], False) for name in more)]

    @cached_property
    def _chosen(self) -> Chosen:
        parts = self.wish.filters
        return Chosen(
            all_of(condition for column, condition in parts if not _of_tags(column)),
            all_of(condition for column, condition in parts if _of_tags(column)),
        )

    @cached_property
    def _places(self) -> Places:
        order = [one for one in self._order if not _of_tags(one[0])]
        order += [(_BY_NAME[name], False) for name in ("registry_id", "repository_id")]
        call = self.call
        return places.found(
            call.db, sight.among(call), sight.sees(call), self._chosen, _texts(order)
        )

    def _by_place(
        self, found: Places, offset: int, limit: int, order: Order
    ) -> Iterator[tuple[int, int, int]]:
        """Keys of lines where places come one after the other."""
        inner = [one for one in order if _of_tags(one[0])] or [(_BY_NAME["tag_name"], False)]
        texts = _texts([*inner, (_BY_NAME["tag_id"], False)])
        parts = list(found.parts(offset, limit))
        whole = [p.repository for p in parts if p.tagged and p.count == p.lines]
        ids: dict[int, list[int]] = {}
        for repository, id_ in self._tags_of(whole, texts, -1, 0):
            ids.setdefault(repository, []).append(id_)
        for part in parts:
            if not part.tagged:
                yield part.registry, part.repository, 0
                continue
            for id_ in ids.get(part.repository) or self._some_of(part, texts):
                yield part.registry, part.repository, id_

    def _some_of(self, part: Part, texts: str) -> list[int]:
        if part.count == part.lines:
            return []  # its tags went away in the meantime
        found = self._tags_of([part.repository], texts, part.count, part.start)
        return [id_ for _, id_ in found]

    def _tags_of(
        self, repositories: Sequence[int], texts: str, limit: int, offset: int
    ) -> list[tuple[int, int]]:
        if not repositories:
            return []
        within = all_of([one_of("t.repository_id", repositories), self._chosen.tags])
        facts = _JOINS[2][1] if "f." in f"{texts}{within.sql}" else ""
        page = "" if limit < 0 else " LIMIT ? OFFSET ?"
        sql = (
            f"SELECT t.repository_id, t.id FROM docker_tags t{facts} WHERE {within.sql}"
            f" ORDER BY t.repository_id, {texts}{page}"
        )
        values = within.values if limit < 0 else (*within.values, limit, offset)
        return [(row[0], row[1]) for row in self._ask(sql, *values)]

    def _by_tag(self, offset: int, limit: int, order: Order) -> list[tuple[int, int, int]]:
        """Keys of lines in an order of tags; what has none comes first, downwards last."""
        untagged, total = self._places.untagged, self._places.total
        tagged, down = total - untagged, order[0][1]
        first = (0, untagged) if not down else (tagged, total)
        keys: list[tuple[int, int, int]] = []
        bare = _between(offset, limit, first)
        tags = _between(offset, limit, (untagged, total) if not down else (0, tagged))
        if tags[1]:
            keys += self._tag_keys(*tags, tagged, order)
        if bare[1]:
            some = self._bare_keys(*bare)
            keys = [*keys, *some] if down else [*some, *keys]
        return keys

    def _bare_keys(self, offset: int, limit: int) -> list[tuple[int, int, int]]:
        found = self._places
        numbers = [n for n, tagged in enumerate(found.tagged) if not tagged and found.lines(n)]
        some = numbers[offset : offset + limit]
        return [(found.registries[n], found.repositories[n], 0) for n in some]

    def _tag_keys(
        self, offset: int, limit: int, tagged: int, order: Order
    ) -> list[tuple[int, int, int]]:
        limit = min(limit, tagged - offset)
        turned = offset > tagged // 2  # the way from the other end is shorter
        if turned:
            offset = tagged - offset - limit
            order = [(column, not down) for column, down in order]
        texts = _texts(order)
        tables, values = self._tags(texts, all_of_them=tagged <= _MANY)
        sql = f"SELECT t.registry_id, t.repository_id, t.id {tables} ORDER BY {texts}"
        rows = self._ask(f"{sql} LIMIT ? OFFSET ?", *values, limit, offset)
        keys = [(row[0], row[1], row[2]) for row in rows]
        return keys[::-1] if turned else keys

    def _tags(self, texts: str, all_of_them: bool) -> tuple[str, tuple[Any, ...]]:
        """FROM and WHERE of the tags that are chosen, with what ``texts`` needs, and the values.

        :param all_of_them: they are all gone through; else in an order, until a page is full.
        """
        tags, chosen = sight.tags(self.call), self._chosen
        within, filtered = self._few(), chosen.tags
        if self.call.db.is_sqlite and not all_of_them:
            # The plus keeps it in the index of the order, which soon has enough of them.
            filtered = Condition(filtered.sql.replace("t.", "+t."), filtered.values)
        seen = (tags.counted if all_of_them else None) or tags.condition
        wanted = all_of([filtered, *([within] if within else [seen, chosen.places])])
        filters = chosen.tags.sql if within else f"{chosen.tags.sql} {chosen.places.sql}"
        needed = f"{texts} {filters}"
        joins = "".join(sql for name, sql in _JOINS if re.search(rf"\b{name}\.", needed))
        head = () if within else tags.values
        return f"FROM docker_tags t{joins} WHERE {wanted.sql}", (*head, *wanted.values)

    def _few(self) -> Condition | None:
        """The repositories by their ids, where filters leave few of them."""
        found = self._places
        if len(found.repositories) > _FEW:
            return None
        return one_of("t.repository_id", sorted({id_ for id_ in found.repositories if id_}))

    def _sorted(self, offset: int, limit: int, order: Order) -> list[list[Any]]:
        """The page where repositories are mixed by their tags: all lines are sorted."""
        seen, sees = sight.among(self.call), sight.sees(self.call)
        wanted, filters = self._columns(), all_of([self._chosen.places, self._chosen.tags])
        texts = _texts([*order, (_BY_NAME["tag_id"], False)])
        sql = (
            f"{seen.head} SELECT {wanted} FROM docker_registries g LEFT JOIN docker_repositories r"
            f" ON r.registry_id = g.id AND ({seen.condition.sql}) LEFT JOIN docker_tags t"
            " ON t.repository_id = r.id LEFT JOIN registry_tags f ON f.tag_id = t.id"
            f" WHERE ({sees.sql}) AND ({filters.sql}) ORDER BY {texts} LIMIT ? OFFSET ?"
        )
        values = (*seen.values, *seen.condition.values, *sees.values, *filters.values)
        return self._shown(self.call.db.rows(sql, *values, limit, offset))

    def _filled(self, keys: Any) -> list[list[Any]]:
        """The lines of some keys, with what is wanted of them."""
        found = list(keys)
        none = " LEFT JOIN docker_tags t ON 1 = 0 LEFT JOIN registry_tags f ON 1 = 0"
        tagged = "docker_tags t" + "".join(sql for _, sql in _JOINS)
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
        found = self._places
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
        if "f." in sql or not places.is_settled(self._chosen.places.sql):
            return self._ask(sql, *values)
        return totals.remembered(
            self.call.db, (sql, *values), lambda: self._ask(sql, *values)
        )

    def _columns(self) -> str:
        return ", ".join(one.column.sql for one in self.wish.wanted)

    def _shown(self, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
        shows: list[Callable[[Any], Any]] = [one.column.show for one in self.wish.wanted]
        return [[show(value) for show, value in zip(shows, row)] for row in rows]

    def _ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        head = sight.tags(self.call).head if "FROM sight" in sql else ""
        return self.call.db.rows(f"{head} {sql}", *values)


def _of_tags(column: Column) -> bool:
    return column.sql[:2] in ("t.", "f.")


def _is_whole(order: Order) -> bool:
    """Tell whether the columns before the first of tags tell all repositories apart."""
    names = set()
    for column, _ in order:
        if _of_tags(column):
            break
        names.add(column.sql)
    return any(unique <= names for unique in _UNIQUE)


def _texts(order: Order) -> str:
    return ", ".join(f"{column.sql}{' DESC' if down else ''}" for column, down in order)


def _between(offset: int, limit: int, block: tuple[int, int]) -> tuple[int, int]:
    """What of a page lies in a block of lines: offset in it, and how many."""
    start, end = max(offset, block[0]), min(offset + limit, block[1])
    return start - block[0], max(0, end - start)


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
