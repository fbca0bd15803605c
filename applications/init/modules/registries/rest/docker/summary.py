"""What a caller wants to know at a glance: what is there, what happens, what is refused, what ails.

An answer of some seconds' age may be given again: it costs a look at very many rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ... import dates
from ...errors import BadRequest
from ..call import Answer, Call
from ..conditions import ALWAYS, Condition, one_of
from ..listing import Source
from ..routes import Param, Route
from . import activity, sight, totals

MOST_DAYS, DAYS = 90, 14
BIGGEST = 10
LATE_SECONDS = 900
"""How long after its time a crawl that has not begun is late."""

_CANDIDATES = 50
_TAGS = "SELECT f.repository_id, f.size FROM registry_tags f WHERE f.size > 0 AND "
_ONCE = " GROUP BY f.repository_id, f.digest, f.size"


def summary(call: Call) -> Answer:
    """All of it, of what the caller sees.

    :raises BadRequest: ``days`` is no number from 1 to 90.
    """
    days = _days(call.one("days"))
    who = (call.caller, sorted(call.principal.groups), sorted(call.principal.privileges))
    log = totals.remembered(call.db, ("activity", who, days), lambda: _activity(call, days))
    stock = totals.remembered(call.db, ("stock", who), lambda: _stock(call))
    return {"data": [{"days": days, **log, **stock, "health": _health(call)}]}


def _activity(call: Call, days: int) -> dict[str, Any]:
    found, complete = activity.refusals(call, days)
    return {"per_day": activity.per_day(call, days), "denied": found, "complete": complete}


def _stock(call: Call) -> dict[str, Any]:
    return {"biggest": _biggest(call), "totals": _totals(call)}


def _days(text: str) -> int:
    if not text:
        return DAYS
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_DAYS):
        raise BadRequest(f"days is a number from 1 to {MOST_DAYS}")
    return int(text)


def _biggest(call: Call) -> list[dict[str, Any]]:
    """The repositories whose manifests are the largest together.

    Tags of the same manifest take its place once.  Adding up all tags is much faster, and
    never too little: it tells which repositories may be among them.
    """
    seen = _seen(call)
    gross = _sizes(call, seen, _CANDIDATES, seen.tags)
    among = _Seen(one_of("f.repository_id", [id_ for id_, _ in gross]))
    found = _sizes(call, among, BIGGEST, among.manifests)
    if len(gross) == _CANDIDATES and found[-1][1] < gross[-1][1]:
        found = _sizes(call, seen, BIGGEST, seen.manifests)
    return [{**_named(call, id_), "bytes": size} for id_, size in found]


def _sizes(call: Call, seen: _Seen, most: int, table: str) -> list[tuple[int, int]]:
    """The largest sums of sizes, by repository."""
    rows = call.db.rows(
        f"{seen.head} SELECT d.repository_id, SUM(d.size) FROM ({table}) d"
        " GROUP BY d.repository_id ORDER BY 2 DESC, d.repository_id LIMIT ?",
        *seen.values, *seen.condition.values, most,
    )
    return [(int(id_), int(size)) for id_, size in rows]


def _named(call: Call, repository: int) -> dict[str, Any]:
    rows = call.db.rows(
        "SELECT r.id, r.repository, g.service,"
        " (SELECT COUNT(*) FROM docker_tags t WHERE t.repository_id = r.id)"
        " FROM docker_repositories r JOIN docker_registries g ON g.id = r.registry_id"
        " WHERE r.id = ?",
        repository,
    )
    return dict(zip(("id", "repository", "registry", "tags"), rows[0]))


@dataclass(frozen=True)
class _Seen:
    """Which repositories are meant by a ``repository_id``; ``values`` are those of the head."""

    condition: Condition = ALWAYS
    head: str = ""
    values: tuple[Any, ...] = ()

    @property
    def tags(self) -> str:
        """A SELECT of their tags' sizes, with the values of the head and the condition."""
        return _TAGS + self.condition.sql

    @property
    def manifests(self) -> str:
        """As ``tags``, each manifest once."""
        return self.tags + _ONCE


def _seen(call: Call, table: str = "f") -> _Seen:
    if call.is_manager:
        return _Seen()
    source = sight.among(call)
    ids = f"SELECT r.id FROM {source.sql} WHERE {source.condition.sql}"
    among = Condition(f"{table}.repository_id IN ({ids})", source.condition.values)
    return _Seen(among, source.head, source.values)


def _totals(call: Call) -> dict[str, int]:
    return {
        "registries": _count(call, sight.registries(call)),
        "repositories": _count(call, sight.among(call)),
        "tags": _tags(call),
        "bytes": _bytes(call),
    }


def _tags(call: Call) -> int:
    if call.is_manager:
        return _count(call, sight.tags(call))
    seen = _seen(call, "t")
    sql = f"{seen.head} SELECT COUNT(*) FROM docker_tags t WHERE {seen.condition.sql}"
    return int(call.db.rows(sql, *seen.values, *seen.condition.values)[0][0])


def _bytes(call: Call) -> int:
    if call.is_manager or call.db.joins_ranges:
        seen = _seen(call)
        sql = f"SELECT SUM(d.size) FROM ({seen.manifests}) d"
    else:
        # Servers are faster at adding up all by an index, and choosing of the sums.
        seen = _seen(call, "s")
        sql = (
            "SELECT SUM(s.size) FROM (SELECT d.repository_id, SUM(d.size) AS size"
            f" FROM ({_Seen().manifests}) d GROUP BY d.repository_id) s WHERE {seen.condition.sql}"
        )
    rows = call.db.rows(f"{seen.head} {sql}", *seen.values, *seen.condition.values)
    return int(rows[0][0] or 0)


def _count(call: Call, source: Source) -> int:
    if source.total:
        return source.total()
    condition = source.counted or source.condition
    sql = f"{source.head} SELECT COUNT(*) FROM {source.reading(condition)}"
    return int(call.db.rows(sql, *source.values, *condition.values)[0][0])


def _health(call: Call) -> list[dict[str, Any]]:
    source = sight.registries(call)
    rows = call.db.rows(
        "SELECT g.id, g.service, g.url, c.succeeded, c.error, c.failures, c.event_at, c.hint_at,"
        f" c.next_run, c.leased_until FROM {source.sql}"
        " LEFT JOIN registry_crawls c ON c.registry_id = g.id"
        f" WHERE {source.condition.sql} ORDER BY g.service",
        *source.condition.values,
    )
    return [_state(row, call.now) for row in rows]


def _state(row: tuple[Any, ...], now: float) -> dict[str, Any]:
    id_, service, url, succeeded, error, failures, event_at, hint_at, next_run, leased_until = row
    running = (leased_until or 0) > now
    overdue = bool(next_run) and next_run < now - LATE_SECONDS and not running
    return {
        "id": id_,
        "service": service,
        "url": url,
        "state": _word(bool(succeeded), bool(failures or error), overdue),
        "discovered_at": _date(succeeded),
        "discovery_error": error or "",
        "failures": failures or 0,
        "last_event": _date(event_at),
        "last_hint": _date(hint_at),
        "next_run": dates.local(next_run or now),
    }


def _word(succeeded: bool, failed: bool, overdue: bool) -> str:
    if failed:
        return "failing"
    if not succeeded:
        return "never"
    return "late" if overdue else "ok"


def _date(seconds: float | None) -> str | None:
    return dates.local(seconds) if seconds else None


ROUTES = (
    Route(
        "GET", "/docker/summary", summary,
        (
            "Show what there is of docker objects, pulls, pushes and refusals by day, the reasons"
            " of the latest refusals, the biggest repositories and the health of registries; all"
            " of what you see.  It may be some seconds old.",
            "complete is false where there were more refusals than the 20,000 that are read.",
            "The state of a registry is ok, late (its next discovery is overdue), failing or"
            " never (it was not seen yet).",
        ),
        (Param("days", "how many days, today among them; 14 if not given, at most 90",
               kind="integer"),),
    ),
)
