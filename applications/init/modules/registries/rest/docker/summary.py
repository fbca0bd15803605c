"""What a caller wants to know at a glance: what is there, what happens, what is refused, what ails.

Answers of some seconds' age may be given again: they cost a look at much of the log.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from ... import audit, dates
from ...catalog import crawls
from ...catalog.crawls import State
from ...errors import BadRequest
from ..call import Answer, Call
from ..conditions import Condition, all_of, one_of
from ..core import logs
from ..routes import Param, Route
from . import sight, totals

DAY = 86_400
MOST_DAYS, DAYS = 90, 14
READ = 5_000
"""Refusals whose reasons are read, the newest."""

BIGGEST, _CANDIDATES = 10, 50
LATE_SECONDS = 900
_KINDS = {audit.PULLED: "pulls", audit.PUSHED: "pushes", audit.TOKEN: "denied"}
_WARNING = Condition("(l.log_action <> ? OR l.log_level = ?)", (audit.TOKEN, "warning"))


def summary(call: Call) -> Answer:
    """All of it, of what the caller sees.

    :raises BadRequest: ``days`` is no number from 1 to 90.
    """
    days = _days(call.one("days"))
    who = (call.caller.kind.value, call.caller.login, sorted(call.principal.groups))
    asked = ("summary", who, sorted(call.principal.privileges), days)
    return {"data": [totals.remembered(call.db, asked, lambda: _summary(call, days))]}


def _summary(call: Call, days: int) -> dict[str, Any]:
    found, complete = _refusals(call, days)
    return {
        "days": days,
        "per_day": _per_day(call, days),
        "denied": found,
        "complete": complete,
        "biggest": _biggest(call),
        "totals": _totals(call),
        "health": _health(call),
    }


def _days(text: str) -> int:
    if not text:
        return DAYS
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_DAYS):
        raise BadRequest(f"days is a number from 1 to {MOST_DAYS}")
    return int(text)


def _lately(call: Call, days: int) -> Condition:
    start = dates.local(call.now - (days - 1) * DAY)[:10]
    return Condition("l.log_date >= ?", (f"{start} 00:00:00",))


def _per_day(call: Call, days: int) -> list[dict[str, Any]]:
    kinds = one_of("l.log_action", sorted(_KINDS))
    source = logs.readable(call, all_of([_lately(call, days), kinds, _WARNING]))
    day = "SUBSTR(l.log_date, 1, 10)" if call.db.is_sqlite else "CAST(l.log_date AS DATE)"
    rows = call.db.rows(
        f"SELECT {day}, l.log_action, COUNT(*) FROM {source.sql} WHERE {source.condition.sql}"
        f" GROUP BY {day}, l.log_action",
        *source.condition.values,
    )
    counts = {(str(day)[:10], _KINDS[action]): int(count) for day, action, count in rows}
    wanted = [dates.local(call.now - ago * DAY)[:10] for ago in range(days - 1, -1, -1)]
    return [
        {"day": day, **{kind: counts.get((day, kind), 0) for kind in _KINDS.values()}}
        for day in dict.fromkeys(wanted)
    ]


def _refusals(call: Call, days: int) -> tuple[list[dict[str, Any]], bool]:
    """Reasons of refused tokens, most frequent first; and whether all of them were read."""
    refused = Condition("l.log_action = ? AND l.log_level = ?", (audit.TOKEN, "warning"))
    source = logs.readable(call, all_of([_lately(call, days), refused]))
    rows = call.db.rows(
        f"SELECT l.log_dict FROM {source.sql} WHERE {source.condition.sql}"
        " ORDER BY l.log_date DESC LIMIT ?",
        *source.condition.values,
        READ + 1,
    )
    counts: Counter[str] = Counter()
    sentences: dict[str, str] = {}
    for (text,) in rows[:READ]:
        for reason, sentence in _reasons(text):
            counts[reason] += 1
            sentences.setdefault(reason, sentence)
    found = [
        {"reason": reason, "sentence": sentences[reason], "count": count}
        for reason, count in counts.most_common()
    ]
    return found, len(rows) <= READ


def _reasons(text: Any) -> set[tuple[str, str]]:
    try:
        refused = json.loads(text)["refused"]
        return {(str(one["reason"]), str(one["why"])) for one in refused}
    except (TypeError, ValueError, KeyError):
        return set()


def _biggest(call: Call) -> list[dict[str, Any]]:
    seen = sight.among(call)
    within = f"f.repository_id IN (SELECT r.id FROM {seen.sql} WHERE {seen.condition.sql})"
    where = "" if call.is_manager else f" WHERE {within}"
    values = () if call.is_manager else (*seen.values, *seen.condition.values)
    candidates = call.db.rows(
        f"{seen.head} SELECT f.repository_id, SUM(f.size) AS bytes, COUNT(*) FROM registry_tags f"
        f"{where} GROUP BY f.repository_id ORDER BY 2 DESC LIMIT ?",
        *values,
        _CANDIDATES,
    )
    tags = {int(id_): int(count) for id_, gross, count in candidates if gross}
    ids = one_of("d.repository_id", sorted(tags))
    # Tags of the same manifest take its place once.
    rows = call.db.rows(
        "SELECT r.id, r.repository, g.service, SUM(d.size) AS bytes FROM (SELECT DISTINCT"
        f" d.repository_id, d.digest, d.size FROM registry_tags d WHERE {ids.sql}) d"
        " JOIN docker_repositories r ON r.id = d.repository_id"
        " JOIN docker_registries g ON g.id = r.registry_id"
        " GROUP BY r.id, r.repository, g.service ORDER BY 4 DESC, r.id LIMIT ?",
        *ids.values,
        BIGGEST,
    )
    return [
        {"id": id_, "repository": name, "registry": service, "bytes": int(size), "tags": tags[id_]}
        for id_, name, service, size in rows
    ]


def _totals(call: Call) -> dict[str, int]:
    found = {}
    for name, see in _SEEN.items():
        source = see(call)
        condition = source.counted or source.condition
        sql = f"{source.head} SELECT COUNT(*) FROM {source.sql} WHERE {condition.sql}"
        found[name] = int(call.db.rows(sql, *source.values, *condition.values)[0][0])
    return found


_SEEN = {"registries": sight.registries, "repositories": sight.among, "tags": sight.tags}


def _health(call: Call) -> list[dict[str, Any]]:
    source = sight.registries(call)
    rows = call.db.rows(
        f"SELECT g.id, g.service, g.url FROM {source.sql} WHERE {source.condition.sql}"
        " ORDER BY g.service",
        *source.condition.values,
    )
    return [
        {"id": id_, "service": service, "url": url, **_state(crawls.known(call.db, id_), call.now)}
        for id_, service, url in rows
    ]


def _state(found: State | None, now: float) -> dict[str, Any]:
    if found is None:
        found = State(0, crawls.DONE, 0, 0, 0, 0, 0, None, None, None, "", 0, now, 0, 0, None, None)
    return {
        "state": _word(found, now),
        "discovered": _date(found.succeeded),
        "error": found.error or "",
        "failures": found.failures,
        "next_run": dates.local(max(found.next_run, now)),
        "notified": _date(found.event_at),
    }


def _word(found: State, now: float) -> str:
    if found.failures or found.error:
        return "failing"
    if not found.succeeded:
        return "never"
    running = found.leased_until > now
    return "late" if found.next_run < now - LATE_SECONDS and not running else "ok"


def _date(seconds: float | None) -> str | None:
    return dates.local(seconds) if seconds else None


ROUTES = (
    Route(
        "GET", "/docker/summary", summary,
        (
            "Show what there is of docker objects, pulls, pushes and refusals by day, the reasons"
            " of the latest refusals, the biggest repositories and the health of registries; all"
            " of what you see. It may be some seconds old.",
            "complete is false where there were more refusals than were read.",
        ),
        (Param("days", "how many days, today among them; 14 if not given, at most 90",
               kind="integer"),),
    ),
)
