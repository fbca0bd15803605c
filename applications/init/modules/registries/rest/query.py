"""Smart queries: the language of the REST parameter ``query``.

``name contains web and not stars < 3``: conditions ``field operator value``
joined by ``and``, ``or``, ``&``, ``|``, strictly from left to right, without
parentheses.  ``not`` or ``~`` before a condition negates it; what is empty is
not ``abc``, so the negation finds it.

* Fields: names of columns, or ``table.column``, in any case.
* ``=``, ``==``, ``is``, ``equal``, ``!=``, ``<>``, ``not equal``, ``<``, ``>``, ``<=``,
  ``>=``, ``less than``, ``greater or equal than`` and so on; ``in`` and ``not in``
  with values between commas; for texts ``contains``, ``starts with``, ``ends with``
  and ``like``.  English ones may follow ``is``.
* A value is one word, or anything in quotes of either kind.  Texts in quotes
  keep their case; others are compared without regard for it.  After ``=``, a text
  without quotes is a pattern if it has a ``%``, and ``_`` is any character then.  After
  ``like``, both are wildcards always.
* Dates and distances from now: ``moments``.  Yes/no: ``true`` and ``false``, ``t`` and
  ``f``, ``yes`` and ``no``, ``y`` and ``n``, ``1`` and ``0``.
* A value of the wrong kind is an error.  Nothing at all selects everything.

Source: ``collector-contract.md`` A.6.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping

from ..errors import BadRequest
from . import operators
from .chunks import Word
from .columns import Column
from .compare import MAX_WORDS, checked, printable
from .conditions import ALWAYS, Condition, all_of, any_of, negated

_TOKEN = re.compile(
    r"""(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<symbol>[<>=!]=|=[<>]|<>|[<>=&|~])"""
    r"""|(?P<word>(?:[^\s<>=!&|~'"]|!(?!=))+))\s*"""
)
_Join = Callable[[Iterable[Condition]], Condition]
_JOINS: dict[str, _Join] = {"and": all_of, "&": all_of, "or": any_of, "|": any_of}
_NOT = ("not", "~")
# Each change from "and" to "or" or back is a level in the SQL; databases bear some dozens.
_MAX_CHANGES = 30


def condition(text: str, columns: Mapping[str, Column], now: datetime.datetime) -> Condition:
    """The condition that a query stands for.

    :param columns: those that may be asked for, by name.
    :param now: local time, which distances such as ``-2d`` count from.
    :raises BadRequest: ``smart query error for '<query>': <reason>``.
    """
    try:
        tokens = _tokens(checked(text))
        return _Reader(tokens, _by_name(columns), now).query() if tokens else ALWAYS
    except BadRequest as error:
        raise BadRequest(f"smart query error for '{printable(text)}': {error}") from None


def _by_name(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Columns by all names they may be called; the one that comes first has a name."""
    names = {name.lower(): column for name, column in columns.items()}
    for column in columns.values():
        names.setdefault(column.full_name.lower(), column)
        names.setdefault(column.name.lower(), column)
    return names


def _tokens(text: str) -> list[Word]:
    tokens: list[Word] = []
    text = text.strip()
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise BadRequest(f"a quote is not closed: {printable(text[at:])}")
        quoted = found.lastgroup in ("single", "double")
        tokens.append(Word(found[found.lastgroup or 0], quoted))
        at = found.end()
    return tokens


class _Reader:
    """Reads a query from left to right."""

    def __init__(
        self, tokens: list[Word], columns: Mapping[str, Column], now: datetime.datetime
    ) -> None:
        self._tokens = tokens
        self._columns = columns
        self._now = now
        self._at = 0
        self._values = 0

    def query(self) -> Condition:
        """Read all of it."""
        joined: _Join = all_of
        run = [self._condition()]
        changes = 0
        while self._at < len(self._tokens):
            join = self._join()
            if join is not joined and len(run) > 1:
                run = [joined(run)]
                changes += 1
            if changes > _MAX_CHANGES:
                raise BadRequest("it changes too often between and and or")
            joined = join
            run.append(self._condition())
        return joined(run)

    def _join(self) -> _Join:
        word = self._take("and, or or the end")
        join = None if word.quoted else _JOINS.get(word.text.lower())
        if join is None:
            raise BadRequest(f"and or or is expected, not '{printable(word.text)}'")
        return join

    def _condition(self) -> Condition:
        nots = 0
        while self._keyword() in _NOT:
            self._at += 1
            nots += 1
        column = self._field()
        operator = self._operator()
        value = self._value()
        self._values += value.text.count(",") + 1
        if self._values > MAX_WORDS:
            raise BadRequest(f"more than {MAX_WORDS} values")
        meaning = operator.meaning(column, value, self._now)
        return negated(meaning) if (nots + operator.negated) % 2 else meaning

    def _field(self) -> Column:
        word = self._take("a field")
        column = None if word.quoted else self._columns.get(word.text.lower())
        if column is None:
            raise BadRequest(f"there is no field '{printable(word.text)}'")
        return column

    def _operator(self) -> operators.Operator:
        """The longest operator that begins here."""
        for count in range(operators.LONGEST, 0, -1):
            words = self._tokens[self._at : self._at + count]
            phrase = " ".join("'" if word.quoted else word.text.lower() for word in words)
            if len(words) == count and phrase in operators.OPERATORS:
                self._at += count
                return operators.OPERATORS[phrase]
        word = self._take("an operator")
        raise BadRequest(f"'{printable(word.text)}' is no operator")

    def _value(self) -> Word:
        word = self._take("a value")
        if not word.quoted and word.text[0] in "<>=&|~":
            raise BadRequest(f"a value is expected, not '{printable(word.text)}'")
        return word

    def _keyword(self) -> str:
        word = self._tokens[self._at] if self._at < len(self._tokens) else Word("")
        return "" if word.quoted else word.text.lower()

    def _take(self, expected: str) -> Word:
        if self._at == len(self._tokens):
            raise BadRequest(f"{expected} is missing at the end")
        self._at += 1
        return self._tokens[self._at - 1]
