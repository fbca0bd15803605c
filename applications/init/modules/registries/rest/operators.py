"""Operators of smart queries: their spellings, and what they mean on each kind of column."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..errors import BadRequest
from . import compare, moments
from .chunks import Word
from .columns import Column, Kind
from .compare import Comparison
from .conditions import Condition, any_of, one_of

_TEXTS = (Kind.TEXT, Kind.JSON)
_FLAGS = {
    "t": True, "true": True, "yes": True, "y": True, "1": True,
    "f": False, "false": False, "no": False, "n": False, "0": False,
}


@dataclass(frozen=True)
class Operator:
    """What an operator makes of a column and a value.

    ``meaning`` raises BadRequest where the value is of the wrong kind.
    """

    meaning: Callable[[Column, Word, datetime.datetime], Condition]
    negated: bool = False


def _equal(column: Column, word: Word, now: datetime.datetime) -> Condition:
    if column.kind in _TEXTS and not word.quoted:
        return compare.matching_text(column, word.text)
    return _compared(Comparison.EQUAL, column, word, now)


def _compared(
    comparison: Comparison, column: Column, word: Word, now: datetime.datetime
) -> Condition:
    if column.kind in _TEXTS:
        how = compare.exact_text if word.quoted else compare.compared_text
        return how(column, comparison, word.text)
    if column.kind in (Kind.DATE, Kind.TIME):
        return moments.compared(column, comparison, word.text.lower(), now)
    if column.kind is not Kind.BOOLEAN:
        return compare.compared_number(column, comparison, _number(column, word.text))
    if comparison is not Comparison.EQUAL:
        raise BadRequest(f"{column.name} is yes or no, neither is larger")
    return compare.flag(column, _flag(column, word.text))


def _in(column: Column, word: Word, now: datetime.datetime) -> Condition:
    texts = word.text.split(",")
    if column.kind in _TEXTS:
        if word.quoted:
            return one_of(column.sql, texts)
        return compare.one_of_texts(column, texts)
    if column.kind in (Kind.ID, Kind.INTEGER):
        return one_of(column.sql, [_number(column, text) for text in texts])
    return any_of(_equal(column, Word(text), now) for text in texts)


def _containing(
    before: str, after: str, column: Column, word: Word, now: datetime.datetime
) -> Condition:
    _check_text(column)
    return compare.containing(column, before, word.text, after)


def _like(column: Column, word: Word, now: datetime.datetime) -> Condition:
    _check_text(column)
    return compare.like(column, compare.pattern(word.text))


def _check_text(column: Column) -> None:
    if column.kind not in _TEXTS:
        raise BadRequest(f"{column.name} is no text, and this operator is for texts")


def _number(column: Column, text: str) -> int:
    number = compare.number(text.strip())
    if number is None:
        raise BadRequest(f"{column.name} is a number, '{compare.printable(text)}' is not")
    return number


def _flag(column: Column, text: str) -> bool:
    value = _FLAGS.get(text.strip().lower())
    if value is None:
        raise BadRequest(f"{column.name} is true or false, not '{compare.printable(text)}'")
    return value


_EQUAL = Operator(_equal)
_DIFFERENT = Operator(_equal, negated=True)
_LESS, _GREATER, _AT_MOST, _AT_LEAST = (
    Operator(partial(_compared, comparison))
    for comparison in (
        Comparison.LESS, Comparison.GREATER, Comparison.AT_MOST, Comparison.AT_LEAST,
    )
)
_CONTAINS = Operator(partial(_containing, "%", "%"))
_STARTS = Operator(partial(_containing, "", "%"))
_ENDS = Operator(partial(_containing, "%", ""))

_SYMBOLS = {
    "=": _EQUAL, "==": _EQUAL, "is": _EQUAL, "!=": _DIFFERENT, "<>": _DIFFERENT,
    "<": _LESS, ">": _GREATER, "<=": _AT_MOST, "=<": _AT_MOST, ">=": _AT_LEAST, "=>": _AT_LEAST,
}
_ENGLISH = {
    "equal": _EQUAL, "equals": _EQUAL, "equal to": _EQUAL,
    "not equal": _DIFFERENT, "not equal to": _DIFFERENT,
    "less than": _LESS, "greater than": _GREATER,
    "less or equal": _AT_MOST, "less or equal than": _AT_MOST,
    "equal or less": _AT_MOST, "equal or less than": _AT_MOST,
    "greater or equal": _AT_LEAST, "greater or equal than": _AT_LEAST,
    "equal or greater": _AT_LEAST, "equal or greater than": _AT_LEAST,
    "in": Operator(_in), "not in": Operator(_in, negated=True),
    "contains": _CONTAINS, "starts with": _STARTS, "startswith": _STARTS,
    "ends with": _ENDS, "endswith": _ENDS, "like": Operator(_like),
}

OPERATORS = {**_SYMBOLS, **_ENGLISH, **{f"is {name}": op for name, op in _ENGLISH.items()}}
"""Operators by their lower-case spelling, with one blank between words."""

LONGEST = max(len(name.split()) for name in OPERATORS)
"""Words of the longest operator."""
