"""What ``docker search`` finds: repositories of one registry that the asker may pull.

A ``Manager`` has no more rights here than others have (``access-policy.md``
"Search, listing, tables").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from . import visibility
from .database import Database
from .directory import Directory, is_true
from .names import MAX_LENGTH, is_valid
from .policy import Principal, Registry
from .scopes import PULL
from .visibility import VISIBLE, Names

_SPARE = 400
"""Rows read beyond the page: with fewer matches than that, nothing is counted apart."""

MOST = 1_000
"""Matches that are counted, and paged through; more are as many."""

# What a name can hold: a term with anything else is in none of them.
_TERM = re.compile(rf"[a-z0-9._/:-]{{0,{MAX_LENGTH}}}")
# LIKE would fold case and treat _ as a wildcard.
_HAS = " AND INSTR(d.repository, ?) > 0"


@dataclass(frozen=True)
class Result:
    """One repository, as docker shows it."""

    name: str
    description: str
    stars: int
    official: bool
    automated: bool


@dataclass(frozen=True)
class Found:
    """One page of results, best first, and how many (up to ``MOST``) there are on all pages."""

    results: list[Result]
    total: int


@dataclass(frozen=True)
class _Match:
    """A repository that matches; as a tuple of its first three members it sorts."""

    rank: int
    stars: int
    name: str
    id: int

    @property
    def order(self) -> tuple[int, int, str]:
        return self.rank, -self.stars, self.name


@dataclass(frozen=True)
class _Place:
    """SQL before SELECT, SQL after FROM, and the values of both."""

    head: str
    where: str
    values: tuple[object, ...]


class Search:
    """Finds repositories; the caller holds the transaction."""

    def __init__(self, db: Database, directory: Directory) -> None:
        self._db = db
        self._directory = directory

    def find(
        self, principal: Principal, registry: Registry, term: str, limit: int, page: int
    ) -> Found:
        """The repositories with the term in their name that the principal may pull.

        Best first: the very name, names that begin so, others; then by stars,
        then by name.

        :param limit: results on a page, at least 1.
        :param page: counted from 1.
        """
        term = term.lower()
        if not _TERM.fullmatch(term):
            return Found([], 0)
        names = visibility.granted(self._directory, principal, registry, PULL)
        places, visible = list(self._places(registry, names)), names.ranges()
        first, last = (page - 1) * limit, page * limit
        matches, total = self._matches(places, term, first, last)
        # Compared again: some databases take other spellings for the same.
        wanted = [
            match
            for match in matches[first:last]
            if is_valid(match.name) and visibility.contains(visible, match.name)
        ]
        return Found(self._results(wanted), total)

    def _places(self, registry: Registry, names: Names) -> Iterator[_Place]:
        """Where the visible repositories of a registry are, ``d``, in parts without any twice."""
        if not self._db.joins_ranges:
            # Servers don't look a range of a joined table up in an index.
            column = "d.repository"
            sql, values = names.condition(column, self._db.first_two(column))
            where = f"docker_repositories d WHERE d.registry_id = ? AND {sql}"
            yield _Place("", where, (registry.id, *values))
            return
        for some in visibility.chunks(names.ranges()):
            table, texts = visibility.mine(some)
            yield _Place(table, VISIBLE, (*texts, registry.id))

    def _matches(
        self, places: Sequence[_Place], term: str, first: int, last: int
    ) -> tuple[list[_Match], int]:
        """The best matches up to ``last`` at least, and how many there are."""
        if first:
            total = self._count(places, term)
            # A page may be any number: what is behind the last one is not read.
            wanted = min(last, total) if first < total else 0
            return self._best(places, term, wanted) if wanted else [], total
        matches = self._best(places, term, last + _SPARE)
        if len(matches) < last + _SPARE:
            return matches, len(matches)
        return matches, self._count(places, term)

    def _count(self, places: Sequence[_Place], term: str) -> int:
        condition, values = _condition(term)
        total = 0
        for place in places:
            sql = (
                f"{place.head}SELECT COUNT(*) FROM"
                f" (SELECT 1 AS one FROM {place.where}{condition} LIMIT ?) counted"
            )
            total += self._db.rows(sql, *place.values, *values, MOST)[0][0]
        return min(total, MOST)

    def _best(self, places: Sequence[_Place], term: str, limit: int) -> list[_Match]:
        condition, values = _condition(term)
        rank, texts = _rank(term)
        found: list[_Match] = []
        for place in places:
            sql = (
                f"{place.head}SELECT {rank}, COALESCE(d.stars, 0), d.repository, d.id"
                f" FROM {place.where}{condition} ORDER BY 1, 2 DESC, 3 LIMIT ?"
            )
            # The marks of the head come before those of the rank, the rest after.
            before = place.values[: place.head.count("?")]
            after = place.values[len(before) :]
            rows = self._db.rows(sql, *before, *texts, *after, *values, limit)
            found += [_Match(*row) for row in rows]
        return sorted(found, key=lambda match: match.order)[:limit]

    def _results(self, matches: list[_Match]) -> list[Result]:
        if not matches:
            return []
        marks = ",".join("?" * len(matches))
        rows = self._db.rows(
            "SELECT id, description, official, automated FROM docker_repositories"
            f" WHERE id IN ({marks})",
            *(match.id for match in matches),
        )
        more = {row[0]: row[1:] for row in rows}
        return [_result(match, *more[match.id]) for match in matches if match.id in more]


def _condition(term: str) -> tuple[str, tuple[str, ...]]:
    return (_HAS, (term,)) if term else ("", ())


def _rank(term: str) -> tuple[str, tuple[str, ...]]:
    """SQL for how well a name matches, and its values; 0 is best."""
    if not term:
        return "1", ()
    return (
        "CASE WHEN d.repository = ? THEN 0"
        " WHEN d.repository >= ? AND d.repository < ? THEN 1 ELSE 2 END",
        (term, term, f"{term}~"),
    )


def _result(match: _Match, description: object, official: object, automated: object) -> Result:
    return Result(
        match.name, str(description or ""), match.stars, is_true(official), is_true(automated)
    )
