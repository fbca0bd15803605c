"""What of the docker objects a caller sees (``access-policy.md`` "Search, listing, tables").

A registry: published to one of the caller's groups, or one is responsible for
it.  A repository: pull or push on it would be granted, in a registry one sees.  A
Manager sees everything here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import chain

from ... import catalog
from ...policy import Registry
from ...scopes import PULL, PUSH
from ...visibility import Range, ranges
from ..call import Call
from ..conditions import ALWAYS, NEVER, Condition, all_of, any_of, one_of
from ..listing import Source
from . import totals

FEW = 2000
"""Repositories of which all tags can be looked at for one page."""

_REPOSITORIES, _TAGS = "docker_repositories r", "docker_tags t"
_FACTS = (("rf", " LEFT JOIN registry_repositories rf ON rf.repository_id = r.id"),)
_TAG_FACTS = (("f", " LEFT JOIN registry_tags f ON f.tag_id = t.id"),)


def registries(call: Call, condition: Condition = ALWAYS) -> Source:
    """The registries that the caller sees; they are ``g``."""
    return Source("docker_registries g", all_of([_sees(call), condition]))


def repositories(call: Call) -> Source:
    """The repositories that the caller sees; they are ``r``, what we know of them ``rf``."""
    if call.is_manager:
        return all_repositories()
    seen = replace(_within(call), joins=_FACTS)
    if not _is_sorted_apart(call):
        return seen
    # The database goes through the index of the order, asking of each whether it is seen.
    within = f"+r.id IN (SELECT r.id FROM {seen.sql} WHERE {seen.condition.sql})"
    condition = Condition(within, seen.condition.values)

    def total() -> int:
        sql = f"{seen.head} SELECT COUNT(*) FROM {seen.sql} WHERE {seen.condition.sql}"
        return int(call.db.rows(sql, *seen.values, *seen.condition.values)[0][0])

    return Source(_REPOSITORIES, condition, seen.head, seen.values, _FACTS, total=total)


def _is_sorted_apart(call: Call) -> bool:
    """Tell whether the order that is asked for is not the one in which names are found."""
    first = call.one("orderby").partition(",")[0].strip().lstrip("~").rpartition(".")[2]
    return first not in ("", "id", "repository")


def all_repositories(condition: Condition = ALWAYS) -> Source:
    """Repositories whether they are seen or not; ``condition`` holds the caller to what is."""
    return Source(_REPOSITORIES, condition, joins=_FACTS)


def tags(call: Call) -> Source:
    """The tags of those repositories; they are ``t``, what we know of them ``f``."""
    if call.is_manager:
        return all_tags()
    seen = _within(call)
    repositories = f"SELECT r.id FROM {seen.sql} WHERE {seen.condition.sql}"
    # Few repositories lead to their tags; of many, tags are asked whether theirs is among them,
    # in the order wanted, until the page is full.  The plus keeps the database from the other.
    within = Condition(f"t.repository_id IN ({repositories})", seen.condition.values)
    few = _are_few(call, seen, repositories)
    sought = within if few else Condition(f"+{within.sql}", within.values)

    def total() -> int:
        sql = f"{seen.head} SELECT COUNT(*) FROM {_TAGS} WHERE {within.sql}"
        values = (*seen.values, *within.values)
        return totals.remembered(call.db, values, lambda: int(call.db.rows(sql, *values)[0][0]))

    return Source(_TAGS, sought, seen.head, seen.values, _TAG_FACTS, within, total)


def all_tags(condition: Condition = ALWAYS) -> Source:
    """As ``all_repositories``."""
    return Source(_TAGS, condition, joins=_TAG_FACTS)


def _are_few(call: Call, seen: Source, repositories: str) -> bool:
    sql = f"{seen.head} {repositories} LIMIT {FEW}"
    return len(call.db.rows(sql, *seen.values, *seen.condition.values)) < FEW


def registry(call: Call, text: str) -> Registry | None:
    """A registry that the caller sees, by its id or service; None for all others alike."""
    declared = (
        catalog.by_id(call.db, int(text))
        if text.isascii() and text.isdigit() and len(text) < 10
        else catalog.by_service(call.db, text)
    )
    if declared is None:
        return None
    found, groups = declared.registry, call.principal.groups
    seen = call.is_manager or groups & (found.publications | found.responsibles)
    return found if seen else None


def _sees(call: Call) -> Condition:
    if call.is_manager:
        return ALWAYS
    mine = one_of("group_id", sorted(call.principal.groups))
    return any_of(
        Condition(f"g.id IN (SELECT registry_id FROM {table} WHERE {mine.sql})", mine.values)
        for table in ("docker_registries_publications", "docker_registries_responsibles")
    )


@dataclass(frozen=True)
class _Grade:
    """All that matters of a registry for who sees which names in it."""

    published: bool
    responsible: bool
    restricted: bool


def _within(call: Call) -> Source:
    """A source that goes through the ranges of names, registry by registry.

    Registries that differ in nothing that matters share their ranges.
    """
    grades: dict[_Grade, list[Registry]] = {}
    for one in catalog.policies(call.db):
        grades.setdefault(_grade(call, one), []).append(one)
    sight, mine = [], []
    for number, members in enumerate(grades.values()):
        found = _ranges(call, members[0])
        if found:
            sight += [(one.id, number) for one in members]
            mine += [(number, one.low, one.high) for one in found]
    if not sight:
        return Source(_REPOSITORIES, NEVER)
    head, values = _with(call, sight, mine)
    within = Condition(
        "m.grade = s.grade AND r.registry_id = s.registry_id"
        " AND r.repository >= m.low AND r.repository < m.high"
    )
    return Source(f"sight s CROSS JOIN mine m CROSS JOIN {_REPOSITORIES}", within, head, values)


def _grade(call: Call, one: Registry) -> _Grade:
    groups = call.principal.groups
    return _Grade(
        bool(one.publications & groups), bool(one.responsibles & groups), one.restricted
    )


def _ranges(call: Call, one: Registry) -> list[Range]:
    grade = _grade(call, one)
    if not (grade.published or grade.responsible):
        return []
    directory, principal = call.container.directory, call.principal
    return union(
        ranges(directory, principal, one, PULL), ranges(directory, principal, one, PUSH)
    )


def union(*several: tuple[Range, ...]) -> list[Range]:
    """Ranges that together hold the same names, sorted and disjoint."""
    joined: list[Range] = []
    for one in sorted(chain(*several)):
        if joined and one.low <= joined[-1].high:
            joined[-1] = Range(joined[-1].low, max(joined[-1].high, one.high))
        else:
            joined.append(one)
    return joined


def _with(
    call: Call, sight: list[tuple[int, int]], mine: list[tuple[int, str, str]]
) -> tuple[str, tuple[object, ...]]:
    """Both tables as a WITH; SQLite takes them as one document each, however long they are."""
    if call.db.is_sqlite:
        return _WITH_DOCUMENTS, (json.dumps(sight), json.dumps(mine))
    marks = [", ".join([one] * len(rows)) for one, rows in (("(?, ?)", sight), ("(?, ?, ?)", mine))]
    head = (
        f"WITH sight(registry_id, grade) AS (VALUES {marks[0]}),"
        f" mine(grade, low, high) AS (VALUES {marks[1]})"
    )
    return head, tuple(chain(*sight, *mine))


_WITH_DOCUMENTS = (
    "WITH sight(registry_id, grade) AS (SELECT json_extract(value, '$[0]'),"
    " json_extract(value, '$[1]') FROM json_each(?)),"
    " mine(grade, low, high) AS (SELECT json_extract(value, '$[0]'),"
    " json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?))"
)
