"""Lines in an order that mixes repositories by their tags: stars first, then names of tags.

Repositories that are alike in what comes before the tags are a group.  Small groups are read
together and sorted out here; of a big one the database reads a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ..rest.conditions import ALWAYS, Condition, all_of, one_of
from .keys import FEW, Keys, Order, before_tags, texts_of
from .places import Places

SMALL = 2_000
"""Lines that are read at once, also for a page of a few of them."""

Key = tuple[int, int, int]


def keys_of(keys: Keys, offset: int, limit: int) -> Iterator[Key]:
    """The keys of a page."""
    prefix, places = before_tags(keys.order), keys.places
    inner = keys.order[len(prefix) :]
    if not prefix:
        yield from keys.by_tag(places, offset, limit, inner, ALWAYS)
        return
    end = min(offset + limit, places.total)
    while offset < end:
        some = places.group_at(offset)
        small = _is_small(places, some)
        if small:
            some = places.groups_from(some, end, lambda more: _is_small(places, more))
        start, part = offset - places.before(some), places.only(some)
        count = min(end - offset, part.total - start)
        if small:
            yield from islice(_sorted(keys, part, inner), start, start + count)
        else:
            yield from keys.by_tag(part, start, count, inner, _alike(keys, part, prefix))
        offset += count


def _is_small(places: Places, some: slice) -> bool:
    lines = places.ends[some.stop - 1] - places.before(some)
    return len(range(some.start, some.stop)) <= FEW and lines <= SMALL


def _sorted(keys: Keys, places: Places, order: Order) -> Iterator[Key]:
    """All lines of whole groups; what has no tag comes first, downwards last."""
    tags: dict[int, list[Key]] = {group: [] for group in places.groups}
    bare: dict[int, list[Key]] = {group: [] for group in places.groups}
    numbers = {}
    for number, repository in enumerate(places.repositories):
        if places.tagged[number]:
            numbers[repository] = number
        elif places.lines(number):
            key = (places.registries[number], repository, 0)
            bare[places.groups[number]].append(key)
    for repository, id_ in keys.tags_of(list(numbers), texts_of(order)):
        number = numbers[repository]
        tags[places.groups[number]].append((places.registries[number], repository, id_))
    down = order[0][1]
    for group in tags:
        yield from (*tags[group], *bare[group]) if down else (*bare[group], *tags[group])


def _alike(keys: Keys, group: Places, prefix: Order) -> Condition:
    """True of the tags of a group."""
    if len(group.repositories) <= FEW:
        return one_of("t.repository_id", sorted({id_ for id_ in group.repositories if id_}))
    columns = [column.sql for column, _ in prefix]
    sql = (
        f"SELECT {', '.join(columns)} FROM docker_registries g"
        " LEFT JOIN docker_repositories r ON r.id = ? WHERE g.id = ?"
    )
    values = keys.call.db.rows(sql, group.repositories[0], group.registries[0])[0]
    return all_of(
        Condition(f"{sql} IS NULL") if value is None else Condition(f"{sql} = ?", (value,))
        for sql, value in zip(columns, values)
    )
