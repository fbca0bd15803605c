"""Which lines the docker table has, repository by repository, without reading a tag.

A repository has a line for each of its tags that the filters choose, or one of its own where
it has no tags; a registry has one where it has no repositories (``collector-contract.md`` E70).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from .. import changes
from ..database import Database
from ..rest.conditions import ALWAYS, Condition
from ..rest.docker import totals
from ..rest.listing import Source
from .columns import SETTLED


@dataclass(frozen=True)
class Part:
    """Some lines in a row of one registry and repository; ``repository`` 0 is none.

    ``start`` and ``count`` are among the repository's own lines, ``lines`` is how many those are.
    """

    registry: int
    repository: int
    start: int
    count: int
    lines: int
    tagged: bool


@dataclass(frozen=True)
class Places:
    """Registries and repositories in order; ``ends`` has the number of lines up to each.

    ``groups`` numbers those that are alike in the columns before the first of tags.
    """

    registries: array[int]
    repositories: array[int]
    groups: array[int]
    tagged: bytes
    ends: array[int]

    @property
    def total(self) -> int:
        """All lines."""
        return self.ends[-1] if self.ends else 0

    @cached_property
    def untagged(self) -> int:
        """Lines without a tag."""
        return sum(self.lines(n) for n, tagged in enumerate(self.tagged) if not tagged)

    @property
    def nbytes(self) -> int:
        """What it weighs."""
        arrays = (self.registries, self.repositories, self.groups, self.ends)
        return len(self.tagged) + sum(len(one) * one.itemsize for one in arrays)

    def lines(self, number: int) -> int:
        """The lines of one place."""
        return self.ends[number] - (self.ends[number - 1] if number else 0)

    def group_at(self, offset: int) -> slice:
        """Which places are alike around a line."""
        return self._group(self.groups[bisect_right(self.ends, offset)])

    def groups_from(self, first: slice, end: int, fits: Callable[[slice], bool]) -> slice:
        """Which places are in a group and those after it, up to a line, while they fit."""
        stop = first.stop
        while stop < len(self.groups) and self.ends[stop - 1] < end:
            following = self._group(self.groups[stop])
            if not fits(following) or not fits(slice(first.start, following.stop)):
                break
            stop = following.stop
        return slice(first.start, stop)

    def _group(self, group: int) -> slice:
        return slice(bisect_left(self.groups, group), bisect_right(self.groups, group))

    def before(self, some: slice) -> int:
        """The lines before some places."""
        return self.ends[some.start - 1] if some.start else 0

    def only(self, some: slice) -> Places:
        """Some of the places by themselves."""
        before = self.before(some)
        return Places(
            self.registries[some], self.repositories[some], self.groups[some],
            self.tagged[some], array("q", [end - before for end in self.ends[some]]),
        )

    def parts(self, offset: int, limit: int) -> Iterator[Part]:
        """What lies between two lines."""
        number, end = bisect_right(self.ends, offset), min(offset + limit, self.total)
        while offset < end:
            lines = self.lines(number)
            start = offset - (self.ends[number] - lines)
            count = min(lines - start, end - offset)
            if count:
                yield Part(
                    self.registries[number], self.repositories[number], start, count, lines,
                    bool(self.tagged[number]),
                )
            offset += count
            number += 1


@dataclass(frozen=True)
class _Counts:
    """How many tags repositories have: as arrays, which are a fifth of a dictionary."""

    repositories: array[int]
    tags: array[int]

    @property
    def nbytes(self) -> int:
        """What it weighs."""
        return 2 * len(self.tags) * self.tags.itemsize


@dataclass(frozen=True)
class Chosen:
    """What filters choose: of registries and repositories, and of tags apart."""

    places: Condition
    tags: Condition

    @property
    def of_facts(self) -> bool:
        """Tell whether it takes what manifests say to know."""
        return "f." in self.tags.sql


def found(
    db: Database, seen: Source, sees: Condition, chosen: Chosen, order: str, alike: str
) -> Places:
    """The places, in an order of columns of registries and repositories.

    :param seen: the repositories that the caller sees.
    :param sees: the registries.
    :param alike: the columns it begins with that make groups; empty where nothing asks for them.
    """
    group = f"DENSE_RANK() OVER (ORDER BY {alike})" if alike else "0"
    sql = (
        f"{seen.head} SELECT g.id, r.id, {group} FROM docker_registries g"
        f" LEFT JOIN docker_repositories r ON r.registry_id = g.id AND ({seen.condition.sql})"
        f" WHERE ({sees.sql}) AND ({chosen.places.sql}) ORDER BY {order}"
    )
    values = (*seen.values, *seen.condition.values, *sees.values, *chosen.places.values)

    def read() -> Places:
        return _read(db, sql, values, chosen)

    if chosen.of_facts:
        return read()
    # Which registries are seen is asked each time: nothing is shown on memory's word.
    seeing = f"SELECT g.id, g.service FROM docker_registries g WHERE {sees.sql} ORDER BY g.id"
    registries = db.rows(seeing, *sees.values)
    asked = (sql, *values, registries, chosen.tags, state(db, f"{chosen.places.sql} {order}"))
    return totals.remembered(db, asked, read, seconds=totals.COUNTED_SECONDS)


def state(db: Database, text: str) -> tuple[int, ...]:
    """What changes when that does which SQL reads of registries and repositories."""
    words = {word.strip("(),+") for word in text.split()}
    if all(word in SETTLED for word in words if word[:2] in ("g.", "r.")):
        return ()
    tables = ("docker_registries", "docker_repositories")
    return tuple(changes.newest(db, table) for table in tables)


def _read(db: Database, sql: str, values: tuple[object, ...], chosen: Chosen) -> Places:
    counts = _counts(db, ALWAYS)
    some = counts if chosen.tags == ALWAYS else _counts(db, chosen.tags)
    untagged = 1 if chosen.tags == ALWAYS or _holds_of_none(db, chosen.tags) else 0
    rows = db.rows(sql, *values)
    repositories = array("q", [row[1] or 0 for row in rows])
    return Places(
        array("q", [row[0] for row in rows]),
        repositories,
        array("q", [row[2] for row in rows]),
        bytes(id_ in counts for id_ in repositories),
        array("q", accumulate(
            some.get(id_, 0) if id_ in counts else untagged for id_ in repositories
        )),
    )


def _counts(db: Database, condition: Condition) -> dict[int, int]:
    """How many tags there are, by repository."""
    facts = " LEFT JOIN registry_tags f ON f.tag_id = t.id" if "f." in condition.sql else ""
    where = "" if condition == ALWAYS else f" WHERE {condition.sql}"
    sql = f"SELECT t.repository_id, COUNT(*) FROM docker_tags t{facts}{where}"

    def count() -> _Counts:
        rows = db.rows(f"{sql} GROUP BY t.repository_id", *condition.values)
        return _Counts(array("q", [row[0] for row in rows]), array("q", [row[1] for row in rows]))

    asked, seconds = (sql, *condition.values), totals.COUNTED_SECONDS
    kept = count() if facts else totals.remembered(db, asked, count, seconds=seconds)
    return dict(zip(kept.repositories, kept.tags))


def _holds_of_none(db: Database, condition: Condition) -> bool:
    """Tell whether a condition on tags chooses what has none."""
    sql = (
        "SELECT COUNT(*) FROM (SELECT 1 AS one) x LEFT JOIN docker_tags t ON 1 = 0"
        f" LEFT JOIN registry_tags f ON 1 = 0 WHERE {condition.sql}"
    )
    return bool(db.rows(sql, *condition.values)[0][0])
