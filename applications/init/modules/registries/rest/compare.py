"""Conditions on one column: what the filters of tables and the smart query are made of.

Operators come from an enumeration and patterns are bound, so nothing that
clients write gets into the text of a statement.  Case is folded by the
database on both sides, which agree then; columns that are lower case anyway
are compared as they are, so that an index serves them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence

from ..errors import BadRequest
from .columns import Column
from .conditions import NEVER, Condition, like_text, one_of

MAX_LENGTH = 2000
"""Characters of an expression or a query."""

MAX_WORDS = 200
"""Values of an expression or a query, those in lists included."""

_MAX_NUMBER = 2**63 - 1
_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
# NUL and lone surrogates raise in the database drivers.
_UNUSABLE = re.compile("[\0\ud800-\udfff]")
_SHOWN = 200


class Comparison(enum.Enum):
    """How a column is compared with a value; the value of a member is its SQL."""

    EQUAL = "="
    LESS = "<"
    GREATER = ">"
    AT_MOST = "<="
    AT_LEAST = ">="


def checked(text: str) -> str:
    """``text`` as it is.

    :raises BadRequest: it is too long, or has characters that no database takes.
    """
    if len(text) > MAX_LENGTH:
        raise BadRequest(f"longer than {MAX_LENGTH} characters")
    if _UNUSABLE.search(text):
        raise BadRequest("there are characters in it that the database can't hold")
    return text


def printable(text: str) -> str:
    """The beginning of what a client wrote, as it may stand in a message."""
    return "".join(c if c.isprintable() else "?" for c in text[:_SHOWN])


def compared_text(column: Column, comparison: Comparison, text: str) -> Condition:
    """Compare a text without regard for case."""
    if column.lower:
        return Condition(f"{column.sql} {comparison.value} ?", (text.lower(),))
    return Condition(f"lower({column.sql}) {comparison.value} lower(?)", (text,))


def exact_text(column: Column, comparison: Comparison, text: str) -> Condition:
    """Compare a text as it is written."""
    return Condition(f"{column.sql} {comparison.value} ?", (text,))


def one_of_texts(column: Column, texts: Sequence[str]) -> Condition:
    """True for one of some texts, without regard for case."""
    if column.lower:
        return one_of(column.sql, [text.lower() for text in texts])
    if not texts:
        return NEVER
    marks = ", ".join(["lower(?)"] * len(texts))
    return Condition(f"lower({column.sql}) IN ({marks})", tuple(texts))


def like(column: Column, pattern: str) -> Condition:
    """Match a LIKE pattern without regard for case, as LIKE does; its escape character is ``!``."""
    text = pattern.lower() if column.lower else pattern
    return Condition(f"{column.sql} LIKE ? ESCAPE '!'", (text,))


def matching_text(column: Column, text: str) -> Condition:
    """A pattern where there is a ``%`` in the text (``_`` is any character then), else equal."""
    if "%" in text:
        return like(column, pattern(text))
    return compared_text(column, Comparison.EQUAL, text)


def pattern(text: str) -> str:
    """The LIKE pattern of a text in which ``%`` and ``_`` are wildcards, and nothing else is."""
    return text.replace("!", "!!")


def containing(column: Column, before: str, text: str, after: str) -> Condition:
    """Match a text that means itself, between two patterns."""
    return like(column, f"{before}{like_text(text)}{after}")


def number(text: str) -> int | None:
    """The number that a text is, where the database can hold it."""
    if not _NUMBER.fullmatch(text):
        return None
    value = int(text)
    return value if abs(value) <= _MAX_NUMBER else None


def compared_number(column: Column, comparison: Comparison, value: int) -> Condition:
    """Compare a number."""
    return Condition(f"{column.sql} {comparison.value} ?", (value,))


def flag(column: Column, value: bool) -> Condition:
    """True where a yes/no column, stored as T or F, is so."""
    return Condition(f"{column.sql} = ?", ("T" if value else "F",))


def null(column: Column) -> Condition:
    """True where there is no value."""
    return Condition(f"{column.sql} IS NULL")


def null_or_blank(column: Column) -> Condition:
    """True where there is no text, or one of no characters."""
    return Condition(f"({column.sql} IS NULL OR {column.sql} = '')")
