"""How a filter expression is cut in pieces, whatever the column.

``&`` binds tighter than ``|``.  A chunk is any number of ``!``, a ``~`` that
means nothing, a comparison, and a text; or a list of texts in parentheses.
A text in double quotes means itself, with ``""`` for a quote.  Blanks around
texts that are not quoted don't count.

What can't be meant is refused rather than guessed at: a filter that selects
more than its writer thought of is dangerous where rows are deleted by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import BadRequest
from .compare import MAX_WORDS, Comparison, printable

# These match anywhere, if only nothing: none fails, so none tries anything twice.
_HEAD = re.compile(r"([\s!]*)~?\s*(>=|<=|>|<|=)?\s*")
_PLAIN = re.compile(r"[^&|]*")
_ENTRY = re.compile(r"[^,)&|]*")
_BLANKS = re.compile(r"\s*")


@dataclass(frozen=True)
class Word:
    """A text; one in quotes means itself."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Chunk:
    """One condition: a word to equal or to match, to compare with, or a list of words."""

    body: Word | Compared | Listed
    negated: bool


@dataclass(frozen=True)
class Compared:
    """A comparison with a word."""

    comparison: Comparison
    word: Word


@dataclass(frozen=True)
class Listed:
    """A list of words, maybe of none."""

    words: tuple[Word, ...]


def parse(expression: str) -> list[list[Chunk]]:
    """The alternatives of an expression, each a list of chunks that must all hold.

    :raises BadRequest: something is missing, not closed, or too much.
    """
    reader = _Reader(expression)
    alternatives = [[reader.chunk()]]
    while reader.more():
        if reader.take() == "|":
            alternatives.append([])
        alternatives[-1].append(reader.chunk())
    return alternatives


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._words = 0

    def more(self) -> bool:
        return self._at < len(self._text)

    def take(self) -> str:
        """The next character, which is behind us then; empty at the end."""
        character = self._text[self._at : self._at + 1]
        self._at += 1
        return character

    def chunk(self) -> Chunk:
        """Read a chunk up to the next ``&`` or ``|``."""
        marks, operator = self._match(_HEAD).groups()
        body = self._body(operator)
        self._match(_BLANKS)
        if self._next() not in ("", "&", "|"):
            raise BadRequest(f"& or | expected before '{printable(self._text[self._at :])}'")
        # Twice not is as good as nothing, and thousands would be too deep for a database.
        return Chunk(body, marks.count("!") % 2 == 1)

    def _body(self, operator: str | None) -> Word | Compared | Listed:
        if operator:
            return Compared(Comparison(operator), self._word(_PLAIN))
        if self._next() == "(":
            return Listed(self._list())
        return self._word(_PLAIN)

    def _list(self) -> tuple[Word, ...]:
        words = []
        end = self.take()
        while end != ")":
            self._match(_BLANKS)
            words.append(self._entry())
            self._match(_BLANKS)
            end = self.take()
            if end not in (",", ")"):
                raise BadRequest("a list (a,b) is not closed; quote texts with special characters")
        return tuple(word for word in words if word.text or word.quoted)

    def _entry(self) -> Word:
        if self._next() == '"':
            return self._word(_ENTRY)
        self._count()
        return Word(self._match(_ENTRY).group().strip())

    def _word(self, plain: re.Pattern[str]) -> Word:
        self._count()
        if self._next() == '"':
            return Word(self._quoted(), quoted=True)
        text = self._match(plain).group().strip()
        if not text:
            raise BadRequest("a value is missing before or after & | ! or a comparison")
        return Word(text)

    def _quoted(self) -> str:
        start = self._at + 1
        end = self._text.find('"', start)
        while end >= 0 and self._text.startswith('""', end):
            end = self._text.find('"', end + 2)
        if end < 0:
            raise BadRequest("a double quote is not closed")
        self._at = end + 1
        return self._text[start:end].replace('""', '"')

    def _count(self) -> None:
        self._words += 1
        if self._words > MAX_WORDS:
            raise BadRequest(f"more than {MAX_WORDS} values")

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _match(self, what: re.Pattern[str]) -> re.Match[str]:
        found = next(what.finditer(self._text, self._at))
        self._at = found.end()
        return found
