"""What somebody sees, as a condition on names: the way of databases that are servers.

They don't look a range of a joined table up in an index, but they decide quickly about the
name of a row that they have, among thousands of owners.
"""

from __future__ import annotations

from ...database import Database
from ..call import Call
from ..conditions import Condition, any_of, one_of
from ..listing import Source
from . import totals
from .grades import graded

_REPOSITORIES, _TAGS = "docker_repositories r", "docker_tags t"


def repositories(call: Call) -> Source:
    """The repositories that the caller sees; they are ``r``."""
    seen = _condition(call)
    sql = f"SELECT COUNT(*) FROM {_REPOSITORIES} WHERE {seen.sql}"

    def total() -> int:
        remember = totals.memory(call.db)
        return remember((sql, *seen.values), lambda: int(call.db.rows(sql, *seen.values)[0][0]))

    return Source(_REPOSITORIES, seen, total=total)


def tags(call: Call, few: int) -> Source:
    """Their tags; they are ``t``.

    Few repositories lead to their tags; of many, tags are asked for their repository, in the
    order wanted, until the page is full.
    """
    seen = _condition(call)
    ids = _first(call.db, seen, few)
    if len(ids) < few:
        return Source(_TAGS, one_of("t.repository_id", ids))
    # As a value, databases take no other way to it than row by row.
    sql = (
        f"(SELECT CASE WHEN {seen.sql} THEN 1 ELSE 0 END FROM {_REPOSITORIES}"
        " WHERE r.id = t.repository_id) = 1"
    )
    return Source(_TAGS, Condition(sql, seen.values))


def _first(db: Database, seen: Condition, most: int) -> tuple[int, ...]:
    """The ids of the repositories that are seen, up to a number."""
    sql = f"SELECT r.id FROM {_REPOSITORIES} WHERE {seen.sql} LIMIT ?"
    return totals.remembered(
        db, (sql, *seen.values, most),
        lambda: tuple(int(row[0]) for row in db.rows(sql, *seen.values, most)),
    )


def _condition(call: Call) -> Condition:
    parts = []
    for registries, names in graded(call):
        within = one_of("r.registry_id", registries)
        sql, values = names.condition("r.repository", call.db.first_two("r.repository"))
        parts.append(Condition(f"{within.sql} AND {sql}", (*within.values, *values)))
    return any_of(parts)
