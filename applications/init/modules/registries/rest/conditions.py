"""SQL conditions with their bound values; the text is of constants, never of what clients send."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """A condition with ``?`` marks, and a value for each."""

    sql: str
    values: tuple[Any, ...] = ()


ALWAYS = Condition("1 = 1")
NEVER = Condition("1 = 0")


def all_of(conditions: Iterable[Condition]) -> Condition:
    """True where all are; always true of none."""
    return _joined(" AND ", [c for c in conditions if c != ALWAYS], ALWAYS)


def any_of(conditions: Iterable[Condition]) -> Condition:
    """True where one is; never true of none."""
    return _joined(" OR ", [c for c in conditions if c != NEVER], NEVER)


def negated(condition: Condition) -> Condition:
    """True where the condition is not, unknown included: what is empty is not ``abc``."""
    return Condition(f"(({condition.sql}) IS NOT TRUE)", condition.values)


def one_of(sql: str, values: Iterable[Any]) -> Condition:
    """True where an expression has one of some values."""
    given = tuple(values)
    if not given:
        return NEVER
    return Condition(f"{sql} IN ({', '.join('?' * len(given))})", given)


def like_text(text: str) -> str:
    """``text`` as a LIKE pattern that means itself, with ``!`` as escape character."""
    for special in "!%_":
        text = text.replace(special, "!" + special)
    return text


def _joined(word: str, conditions: list[Condition], empty: Condition) -> Condition:
    if not conditions:
        return empty
    if len(conditions) == 1:
        return conditions[0]
    sql = word.join(f"({condition.sql})" for condition in conditions)
    return Condition(sql, tuple(v for condition in conditions for v in condition.values))
