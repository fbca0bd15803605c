"""What the log tells of docker objects at a glance: pulls, pushes and refusals by day, and why."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from typing import Any

from ... import audit, dates
from ..call import Call
from ..conditions import Condition, all_of, one_of
from ..core import logs

READ = 20_000
"""Refusals whose reasons are read, the newest."""

_KINDS = {audit.PULLED: "pulls", audit.PUSHED: "pushes", audit.TOKEN: "denied"}
_REFUSED_TOKENS = Condition("(l.log_action <> ? OR l.log_level = ?)", (audit.TOKEN, "warning"))


def per_day(call: Call, days: int) -> list[dict[str, Any]]:
    """How often each happened on each of the last days, today last; of what the caller may read."""
    wanted = last_days(call.now, days)
    kinds = one_of("l.log_action", sorted(_KINDS))
    source = logs.readable(call, all_of([_since(wanted[0]), kinds, _REFUSED_TOKENS]))
    day = "SUBSTR(l.log_date, 1, 10)" if call.db.is_sqlite else "CAST(l.log_date AS DATE)"
    rows = call.db.rows(
        f"SELECT {day}, l.log_action, COUNT(*) FROM {source.sql} WHERE {source.condition.sql}"
        f" GROUP BY {day}, l.log_action",
        *source.condition.values,
    )
    counts = {(str(day)[:10], _KINDS[action]): int(count) for day, action, count in rows}
    return [
        {"day": day, **{kind: counts.get((day, kind), 0) for kind in _KINDS.values()}}
        for day in wanted
    ]


def refusals(call: Call, days: int) -> tuple[list[dict[str, Any]], bool]:
    """Why tokens were refused in these days, most frequent first; and whether all were read.

    A token counts once for each of its reasons, under the sentence that was said most often.
    """
    since = _since(last_days(call.now, days)[0])
    refused = Condition("l.log_action = ? AND l.log_level = ?", (audit.TOKEN, "warning"))
    source = logs.readable(call, all_of([since, refused]))
    rows = call.db.rows(
        f"SELECT l.log_dict FROM {source.sql} WHERE {source.condition.sql}"
        " ORDER BY l.log_date DESC LIMIT ?",
        *source.condition.values,
        READ + 1,
    )
    counts: Counter[str] = Counter()
    sentences: dict[str, Counter[str]] = {}
    for (text,) in rows[:READ]:
        told = _reasons(text)
        counts.update(told.keys())
        for reason, sentence in told.items():
            sentences.setdefault(reason, Counter())[sentence] += 1
    found = [
        {"reason": reason, "sentence": sentences[reason].most_common(1)[0][0], "count": count}
        for reason, count in counts.most_common()
    ]
    return found, len(rows) <= READ


def last_days(now: float, days: int) -> list[str]:
    """The last days by the server's clock, as dates; today is the last."""
    today = datetime.date.fromisoformat(dates.local(now)[:10])
    return [str(today - datetime.timedelta(ago)) for ago in range(days - 1, -1, -1)]


def _since(day: str) -> Condition:
    return Condition("l.log_date >= ?", (f"{day} 00:00:00",))


def _reasons(text: Any) -> dict[str, str]:
    """The reasons of one refused token, with what was said; none where it can't be read."""
    try:
        return {str(one["reason"]): str(one["why"]) for one in json.loads(text)["refused"]}
    except (TypeError, ValueError, KeyError, RecursionError):
        return {}
