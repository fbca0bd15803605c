"""What of the docker objects a caller sees (``access-policy.md`` "Search, listing, tables").

A registry: published to one of the caller's groups, or one is responsible for
it.  A repository: pull or push on it would be granted, in a registry one sees.  A
Manager sees everything here.
"""

from __future__ import annotations

from dataclasses import replace

from ... import catalog
from ...policy import Registry
from ..call import Call
from ..conditions import ALWAYS, Condition, all_of, any_of, one_of
from ..listing import Source
from . import named, totals, within

FEW = 2000
"""Repositories of which all tags can be looked at for one page."""

_REPOSITORIES, _TAGS = "docker_repositories r", "docker_tags t"
_FACTS = (("rf", " LEFT JOIN registry_repositories rf ON rf.repository_id = r.id"),)
_OPTIONS = (("go", " LEFT JOIN registry_options go ON go.registry_id = g.id"),)
_TAG_FACTS = (("f", " LEFT JOIN registry_tags f ON f.tag_id = t.id"),)


def registries(call: Call, condition: Condition = ALWAYS) -> Source:
    """The registries that the caller sees; they are ``g``."""
    return Source("docker_registries g", all_of([sees(call), condition]), joins=_OPTIONS)


def repositories(call: Call) -> Source:
    """The repositories that the caller sees; they are ``r``, what we know of them ``rf``."""
    in_order = call.db.joins_ranges and not call.is_manager and not _is_sorted_apart(call)
    source = within.source(call) if in_order else among(call)
    # Unlike a tag's, a repository's own columns change: its stars, its description.
    remember = totals.memory(call.db, "docker_repositories")
    return replace(source, joins=_FACTS, remember=remember)


def among(call: Call) -> Source:
    """As ``repositories``, in no order of its own: what decides about each stands by itself."""
    if call.is_manager:
        return Source(_REPOSITORIES)
    if not call.db.joins_ranges:
        return named.repositories(call)
    # The database goes through the index of the order, asking of each whether it is seen.
    seen = within.source(call)
    condition = f"+r.id IN (SELECT r.id FROM {seen.sql} WHERE {seen.condition.sql})"

    def total() -> int:
        sql = f"{seen.head} SELECT COUNT(*) FROM {seen.sql} WHERE {seen.condition.sql}"
        return int(call.db.rows(sql, *seen.values, *seen.condition.values)[0][0])

    return Source(
        _REPOSITORIES, Condition(condition, seen.condition.values), seen.head, seen.values,
        total=total,
    )


def _is_sorted_apart(call: Call) -> bool:
    """Tell whether the order that is asked for is not the one in which names are found."""
    first = call.one("orderby").partition(",")[0].strip().lstrip("~").rpartition(".")[2]
    return first not in ("", "id", "repository")


def all_repositories(condition: Condition = ALWAYS) -> Source:
    """Repositories whether they are seen or not; ``condition`` holds the caller to what is."""
    return Source(_REPOSITORIES, condition, joins=_FACTS)


def tags(call: Call) -> Source:
    """The tags of those repositories; they are ``t``, what we know of them ``f``."""
    remember = totals.memory(call.db)
    if call.is_manager:
        return replace(all_tags(), remember=remember)
    if not call.db.joins_ranges:
        return replace(named.tags(call, FEW), joins=_TAG_FACTS, remember=remember)
    seen = within.source(call)
    repositories = f"SELECT r.id FROM {seen.sql} WHERE {seen.condition.sql}"
    # Few repositories lead to their tags; of many, tags are asked whether theirs is among them,
    # in the order wanted, until the page is full.  The plus keeps the database from the other.
    among = Condition(f"t.repository_id IN ({repositories})", seen.condition.values)
    few = remember((FEW, *seen.values), lambda: _are_few(call, seen, repositories))
    sought = among if few else Condition(f"+{among.sql}", among.values)
    return Source(
        _TAGS, sought, seen.head, seen.values, _TAG_FACTS, counted=among, remember=remember
    )


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


def sees(call: Call) -> Condition:
    """True of a registry ``g`` that the caller sees."""
    if call.is_manager:
        return ALWAYS
    mine = one_of("group_id", sorted(call.principal.groups))
    return any_of(
        Condition(f"g.id IN (SELECT registry_id FROM {table} WHERE {mine.sql})", mine.values)
        for table in ("docker_registries_publications", "docker_registries_responsibles")
    )
