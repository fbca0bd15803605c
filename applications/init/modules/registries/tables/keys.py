"""Which lines a page of the docker table has, by the ids of registry, repository and tag."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import Any

from ..rest.call import Call
from ..rest.columns import Column
from ..rest.conditions import ALWAYS, Condition, all_of, one_of
from ..rest.docker import sight, totals
from ..rest.listing import Source
from . import anchors as anchoring
from .anchors import Anchors, Line
from .asked import Wish
from .columns import RESOURCE
from .places import Chosen, Part, Places, state
from .places import found as found_places

Order = Sequence["tuple[Column, bool]"]
JOINS = (
    ("r", " JOIN docker_repositories r ON r.id = t.repository_id"),
    ("g", " JOIN docker_registries g ON g.id = t.registry_id"),
    ("f", " LEFT JOIN registry_tags f ON f.tag_id = t.id"),
)
BY_NAME = RESOURCE.by_name
FEW = 2_000
"""Repositories that may be named one by one."""

MANY = 20_000
"""Tags of which an order's index soon has a page full."""

_BY_FACTS = frozenset({"f.size", "f.pulls", "f.pushed_at", "f.pulled_at"})
"""What manifests and notifications say, where an index has it in order."""

_ANCHORED = frozenset({"t.name", "t.updated", "t.created"})
"""Columns that have no NULL, and change only with what is told of."""

_SAME_TAG = Condition("t.id = f.tag_id")

_UNTOLD = (
    "SELECT t.id FROM docker_tags t"
    " WHERE NOT EXISTS (SELECT 1 FROM registry_tags f WHERE f.tag_id = t.id) LIMIT 1"
)
_UNIQUE = ({"g.service", "r.repository"}, {"g.id", "r.repository"}, {"r.id"})


@dataclass(frozen=True)
class Keys:
    """The keys of the lines that one request chooses."""

    call: Call
    wish: Wish

    @cached_property
    def order(self) -> list[tuple[Column, bool]]:
        """What was asked, and what makes it whole; a tag's id ends an order of tags."""
        asked = list(self.wish.order)
        tagged = [one for one in asked if of_tags(one[0])]
        if tagged and not is_whole(asked):
            return [*asked, (BY_NAME["tag_id"], tagged[0][1])]
        names = {column.name for column, _ in asked}
        more = [n for n in ("registry_service", "repository_name", "tag_name") if n not in names]
        return [*asked, *((BY_NAME[name], False) for name in more)]

    @cached_property
    def chosen(self) -> Chosen:
        """What the filters choose."""
        parts = self.wish.filters
        return Chosen(
            all_of(condition for column, condition in parts if not of_tags(column)),
            all_of(condition for column, condition in parts if of_tags(column)),
        )

    @cached_property
    def places(self) -> Places:
        """The registries and repositories that have lines, in the order that is asked for."""
        order = [one for one in self.order if not of_tags(one[0])]
        order += [(BY_NAME[name], False) for name in ("registry_id", "repository_id")]
        call, alike = self.call, [] if is_whole(self.order) else before_tags(self.order)
        return found_places(
            call.db, sight.among(call), sight.sees(call), self.chosen, texts_of(order),
            texts_of(alike),
        )

    def by_place(
        self, found: Places, offset: int, limit: int, order: Order
    ) -> Iterator[tuple[int, int, int]]:
        """Keys of lines where places come one after the other."""
        inner = [one for one in order if of_tags(one[0])] or [(BY_NAME["tag_name"], False)]
        texts = f"t.repository_id, {texts_of([*inner, (BY_NAME['tag_id'], False)])}"
        parts = list(found.parts(offset, limit))
        whole = [p.repository for p in parts if p.tagged and p.count == p.lines]
        ids: dict[int, list[int]] = {}
        for repository, id_ in self.tags_of(whole, texts):
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
        found = self.tags_of([part.repository], texts, part.count, part.start)
        return [id_ for _, id_ in found]

    def tags_of(
        self, repositories: Sequence[int], order: str, limit: int = -1, offset: int = 0
    ) -> list[tuple[int, int]]:
        """The tags of some repositories that the filters choose: repository and tag."""
        if not repositories:
            return []
        within = all_of([one_of("t.repository_id", repositories), self.chosen.tags])
        page = "" if limit < 0 else " LIMIT ? OFFSET ?"
        sql = (
            f"SELECT t.repository_id, t.id FROM docker_tags t{_joins(f'{order} {within.sql}')}"
            f" WHERE {within.sql} ORDER BY {order}{page}"
        )
        values = within.values if limit < 0 else (*within.values, limit, offset)
        return [(row[0], row[1]) for row in self.ask(sql, *values)]

    def by_tag(
        self, places: Places, offset: int, limit: int, order: Order, alike: Condition
    ) -> list[tuple[int, int, int]]:
        """Keys of lines in an order of tags; what has none comes first, downwards last.

        :param alike: true of the tags of these places among all that are chosen.
        """
        untagged, total = places.untagged, places.total
        tagged, down = total - untagged, order[0][1]
        first = (0, untagged) if not down else (tagged, total)
        keys: list[tuple[int, int, int]] = []
        bare = _between(offset, limit, first)
        tags = _between(offset, limit, (untagged, total) if not down else (0, tagged))
        if tags[1]:
            keys += self._tag_keys(*tags, tagged, order, alike)
        if bare[1]:
            some = _bare_keys(places, *bare)
            keys = [*keys, *some] if down else [*some, *keys]
        return keys

    def _tag_keys(
        self, offset: int, limit: int, tagged: int, order: Order, alike: Condition
    ) -> list[tuple[int, int, int]]:
        limit = min(limit, tagged - offset)
        column, down = order[0]
        # Where an index of theirs has the order, nothing is lost by beginning with the facts.
        by_facts = column.sql in _BY_FACTS and tagged > MANY and self._all_are_told_of()
        deep = min(offset, tagged - offset - limit) > anchoring.DEEP
        anchors = self._anchors(order, tagged, alike) if deep else Anchors()
        start = anchors.nearest(offset, limit, tagged)
        if start.backwards:
            order, down = [(one, not way) for one, way in order], not down
        texts = texts_of(order).replace("t.id", "f.tag_id" if by_facts else "t.id")
        more = all_of([start.condition(column.sql, down), alike])
        tables, values = self.tags(texts, tagged <= MANY, by_facts, more)
        sql = f"SELECT t.registry_id, t.repository_id, t.id, {column.sql} {tables} ORDER BY {texts}"
        rows = self.ask(f"{sql} LIMIT ? OFFSET ?", *values, limit, start.passed)
        rows = rows[::-1] if start.backwards else rows
        anchors.keep(offset, [Line(row[3], row[2]) for row in rows])
        return [(row[0], row[1], row[2]) for row in rows]

    def _anchors(self, order: Order, tagged: int, alike: Condition) -> Anchors:
        """What is known of an order, for as long as its lines are the same."""
        texts, chosen = texts_of(order), self.chosen
        if len(order) != 2 or order[0][0].sql not in _ANCHORED or chosen.of_facts:
            return Anchors()
        db = self.call.db
        tables = self.tags(texts, tagged <= MANY, more=alike)
        asked = ("anchors", tables, texts, state(db, f"{chosen.places.sql} {alike.sql}"))
        return totals.remembered(db, asked, Anchors, seconds=totals.COUNTED_SECONDS)

    def _all_are_told_of(self) -> bool:
        """Tell whether there is a row of facts for each tag."""
        db = self.call.db
        seconds = totals.COUNTED_SECONDS
        return totals.remembered(db, (_UNTOLD,), lambda: not db.rows(_UNTOLD), seconds=seconds)

    @cached_property
    def _sight(self) -> Source:
        return sight.tags(self.call)

    def tags(
        self,
        texts: str,
        all_of_them: bool,
        by_facts: bool = False,
        more: Condition = ALWAYS,
    ) -> tuple[str, tuple[Any, ...]]:
        """FROM and WHERE of the tags that are chosen, with what ``texts`` needs, and the values.

        :param all_of_them: they are all gone through; else in an order, until a page is full.
        :param by_facts: begin with the facts; tags without any are left out.
        :param more: what else is true of them.
        """
        tags, chosen = self._sight, self.chosen
        within, filtered = self._few(), chosen.tags
        if self.call.db.is_sqlite and not all_of_them:
            # The plus keeps it in the index of the order, which soon has enough of them.
            filtered = Condition(filtered.sql.replace("t.", "+t."), filtered.values)
        seen = (tags.counted if all_of_them else None) or tags.condition
        first, joined = ("registry_tags f CROSS JOIN ", _SAME_TAG) if by_facts else ("", ALWAYS)
        wanted = all_of([joined, more, filtered, *([within] if within else [seen, chosen.places])])
        filters = chosen.tags.sql if within else f"{chosen.tags.sql} {chosen.places.sql}"
        joins = _joins(f"{texts} {filters} {more.sql}", "f" if by_facts else "")
        head = () if within else tags.values
        return f"FROM {first}docker_tags t{joins} WHERE {wanted.sql}", (*head, *wanted.values)

    def _few(self) -> Condition | None:
        """The repositories by their ids, where filters leave few of them."""
        found = self.places
        if len(found.repositories) > FEW:
            return None
        return one_of("t.repository_id", sorted({id_ for id_ in found.repositories if id_}))

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask with what ``tags`` gave; the names of ranges go before it."""
        head = self._sight.head if "FROM sight" in sql else ""
        return self.call.db.rows(f"{head} {sql}", *values)


def of_tags(column: Column) -> bool:
    """Tell columns of tags from those of registries and repositories."""
    return column.sql[:2] in ("t.", "f.")


def is_whole(order: Order) -> bool:
    """Tell whether the columns before the first of tags tell all repositories apart."""
    names = {column.sql for column, _ in before_tags(order)}
    return any(unique <= names for unique in _UNIQUE)


def before_tags(order: Order) -> Order:
    """The columns of an order before the first of tags."""
    return list(takewhile(lambda one: not of_tags(one[0]), order))


def texts_of(order: Order) -> str:
    """An order as SQL."""
    return ", ".join(f"{column.sql} {'DESC' if down else 'ASC'}" for column, down in order)


def _joins(text: str, there: str = "") -> str:
    """What SQL of tags takes to be joined to them; ``there`` is already."""
    return "".join(
        sql for name, sql in JOINS if name != there and re.search(rf"\b{name}\.", text)
    )


def _bare_keys(places: Places, offset: int, limit: int) -> list[tuple[int, int, int]]:
    numbers = [n for n, tagged in enumerate(places.tagged) if not tagged and places.lines(n)]
    some = numbers[offset : offset + limit]
    return [(places.registries[n], places.repositories[n], 0) for n in some]


def _between(offset: int, limit: int, block: tuple[int, int]) -> tuple[int, int]:
    """What of a page lies in a block of lines: offset in it, and how many."""
    start, end = max(offset, block[0]), min(offset + limit, block[1])
    return start - block[0], max(0, end - start)
