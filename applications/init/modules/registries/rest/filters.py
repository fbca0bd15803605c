"""Column filters: the language of table headers and of the REST parameter ``filters``.

Grammar: ``chunks``; dates: ``moments``.  What a chunk means:

============== ==================== ==================== ========== =====================
chunk          text                 number               yes/no     date
============== ==================== ==================== ========== =====================
``abc``        equal, any case      equal                T or F     in that period
``a%c``        LIKE, any case       nothing              F          LIKE on its text*
``"a%c"``      equal, any case      equal                T or F     in that period
``empty``      NULL or ``''``       NULL                 NULL       NULL or zero date
``(a,b)``      one of them          one of them          one of     in one of them
``>v >= < <=`` compared, any case   compared             refused    compared
``=v``         equal, any case      equal                T or F     in that period
============== ==================== ==================== ========== =====================

(*) Refused on columns that hold seconds since the epoch.

* ``_`` is any character in a text with ``%``; ``.`` and a backslash mean themselves.
* ``!`` negates a chunk; what is empty is not ``abc``, so ``!abc`` finds it.
* ``=empty`` is ``empty``, and so is ``empty`` in a list.
* Nothing, ``%`` or ``!`` alone, select everything.
* What is no number, or larger than 64 bits, equals nothing and compares with nothing.
* True is one of ``T t true True yes Yes YES Y y 1``; all else is false.

Source: ``collector-contract.md`` A.5 and "Column filter grammar".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import BadRequest
from . import chunks, compare, moments
from .chunks import Chunk, Compared, Listed, Word
from .columns import Column, Kind
from .compare import Comparison
from .conditions import ALWAYS, NEVER, Condition, all_of, any_of, negated, one_of

EVERYTHING = ("", "%", "!")
_EMPTY = Word("empty")
_TRUE = frozenset(("T", "t", "true", "True", "yes", "Yes", "YES", "Y", "y", "1"))
_ENTRY = re.compile(r"\s*([A-Za-z0-9_.]+)\s*")


def condition(column: Column, expression: str, now: datetime.datetime) -> Condition:
    """The condition that an expression puts on a column.

    :param now: local time, which distances such as ``-2d`` count from.
    :raises BadRequest: the expression can't be understood; the message says why.
    """
    try:
        text = compare.checked(expression).strip()
        text = text[text.startswith("|") :].strip()
        if text in EVERYTHING:
            return ALWAYS
        return any_of(
            all_of(_chunk(column, chunk, now) for chunk in alternative)
            for alternative in chunks.parse(text)
        )
    except BadRequest as error:
        raise BadRequest(f"filter of {column.name}: {error}") from None


def split(entry: str) -> tuple[str, str]:
    """Cut an entry of ``filters``, as ``name a%`` or ``name=abc``, in column and expression.

    :raises BadRequest: there is no column in it.
    """
    found = _ENTRY.match(entry)
    if not found:
        raise BadRequest(f"a filter is 'column expression', not '{compare.printable(entry)}'")
    return found[1], entry[found.end() :]


@dataclass(frozen=True)
class _Language:
    """What the parts of a chunk mean on a kind of column.

    ``plain`` takes a text that is not quoted, ``one_of`` texts that mean themselves.
    """

    empty: Callable[[Column], Condition]
    plain: Callable[[Column, str, datetime.datetime], Condition]
    one_of: Callable[[Column, Sequence[str], datetime.datetime], Condition]
    compared: Callable[[Column, Comparison, str, datetime.datetime], Condition]


def _chunk(column: Column, chunk: Chunk, now: datetime.datetime) -> Condition:
    meaning = _body(column, chunk.body, now)
    return negated(meaning) if chunk.negated else meaning


def _body(column: Column, body: Word | Compared | Listed, now: datetime.datetime) -> Condition:
    language = _LANGUAGES[column.kind]
    if isinstance(body, Listed):
        return _listed(column, language, body.words, now)
    if isinstance(body, Compared):
        if body.comparison is Comparison.EQUAL and body.word == _EMPTY:
            return language.empty(column)
        return language.compared(column, body.comparison, body.word.text, now)
    if body.quoted:
        return language.one_of(column, [body.text], now)
    if body == _EMPTY:
        return language.empty(column)
    return ALWAYS if body.text == "%" else language.plain(column, body.text, now)


def _listed(
    column: Column, language: _Language, words: Sequence[Word], now: datetime.datetime
) -> Condition:
    texts = [word.text for word in words if word != _EMPTY]
    empty = language.empty(column) if _EMPTY in words else NEVER
    return any_of((language.one_of(column, texts, now) if texts else NEVER, empty))


def _text_plain(column: Column, text: str, now: datetime.datetime) -> Condition:
    return compare.matching_text(column, text)


def _text_one_of(column: Column, texts: Sequence[str], now: datetime.datetime) -> Condition:
    return compare.one_of_texts(column, texts)


def _text_compared(
    column: Column, comparison: Comparison, text: str, now: datetime.datetime
) -> Condition:
    return compare.compared_text(column, comparison, text)


def _json_plain(column: Column, text: str, now: datetime.datetime) -> Condition:
    if text.startswith("$"):
        raise BadRequest("JSON paths are not supported here")
    return compare.matching_text(column, text)


def _number_plain(column: Column, text: str, now: datetime.datetime) -> Condition:
    return _number_compared(column, Comparison.EQUAL, text, now)


def _number_one_of(column: Column, texts: Sequence[str], now: datetime.datetime) -> Condition:
    numbers = [compare.number(text.strip()) for text in texts]
    return one_of(column.sql, (number for number in numbers if number is not None))


def _number_compared(
    column: Column, comparison: Comparison, text: str, now: datetime.datetime
) -> Condition:
    number = compare.number(text)
    return NEVER if number is None else compare.compared_number(column, comparison, number)


def _flag_plain(column: Column, text: str, now: datetime.datetime) -> Condition:
    return compare.flag(column, text in _TRUE)


def _flag_one_of(column: Column, texts: Sequence[str], now: datetime.datetime) -> Condition:
    return any_of(_flag_plain(column, text, now) for text in texts)


def _flag_compared(
    column: Column, comparison: Comparison, text: str, now: datetime.datetime
) -> Condition:
    if comparison is not Comparison.EQUAL:
        raise BadRequest("yes and no are only equal or not, neither is larger")
    return _flag_plain(column, text, now)


def _date_plain(column: Column, text: str, now: datetime.datetime) -> Condition:
    if "%" in text:
        return moments.like(column, compare.pattern(text))
    return moments.during(column, text, now)


def _date_one_of(column: Column, texts: Sequence[str], now: datetime.datetime) -> Condition:
    return any_of(moments.during(column, text, now) for text in texts)


_NUMBER = _Language(compare.null, _number_plain, _number_one_of, _number_compared)
_DATE = _Language(moments.empty, _date_plain, _date_one_of, moments.compared)
_LANGUAGES = {
    Kind.ID: _NUMBER,
    Kind.INTEGER: _NUMBER,
    Kind.TEXT: _Language(compare.null_or_blank, _text_plain, _text_one_of, _text_compared),
    Kind.JSON: _Language(compare.null_or_blank, _json_plain, _text_one_of, _text_compared),
    Kind.BOOLEAN: _Language(compare.null, _flag_plain, _flag_one_of, _flag_compared),
    Kind.DATE: _DATE,
    Kind.TIME: _DATE,
}
