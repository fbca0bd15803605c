"""Filter expressions that mean something, each with what it means in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from .rows import ROWS, Test, folded, is_like

_TEXTS = st.one_of(
    st.sampled_from([row["name"] for row in ROWS if row["name"]]),
    st.text("abC%_!\"&|é", max_size=4),
)
_NUMBERS = st.one_of(st.sampled_from([0, 1, 5, 10, 2**31]), st.integers(-(2**63), 2**63))
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
Said = tuple[str, Test]


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text_is(text: str) -> Test:
    return lambda row: row["name"] is not None and folded(row["name"]) == folded(text)


@st.composite
def text_chunks(draw: st.DrawFn) -> Said:
    """One condition on the text ``name``."""
    text = draw(_TEXTS)
    kind = draw(st.sampled_from(["quoted", "pattern", "list", "compared", "empty"]))
    if kind == "empty":
        return "empty", lambda row: row["name"] in (None, "")
    if kind == "quoted":
        return _quote(text), _text_is(text)
    if kind == "pattern":
        bare = "".join(c for c in text if c not in '&|"').lstrip("!~<>=( ") + "%"
        always = bare == "%"
        return bare, lambda row: always or is_like(row["name"], bare.strip())
    if kind == "list":
        texts = draw(st.lists(_TEXTS, max_size=3))
        tests = [_text_is(text) for text in texts]
        return f"({','.join(map(_quote, texts))})", lambda row: any(test(row) for test in tests)
    operator = draw(st.sampled_from(sorted(ORDER)))
    compare = ORDER[operator]
    return operator + _quote(text), lambda row: (
        row["name"] is not None and compare(folded(row["name"]).encode(), folded(text).encode())
    )


@st.composite
def number_chunks(draw: st.DrawFn) -> Said:
    """One condition on the number ``stars``."""
    number = draw(_NUMBERS)
    operator = draw(st.sampled_from(["", *sorted(ORDER), "in", "empty"]))
    too_large = abs(number) > 2**63 - 1
    if operator == "empty":
        return "=empty", lambda row: row["stars"] is None
    if operator == "in":
        return f"(0,{number},x)", lambda row: row["stars"] in (0, number)
    compare = ORDER[operator or "="]
    return f"{operator}{number}", lambda row: (
        row["stars"] is not None and not too_large and compare(row["stars"], number)
    )


def expressions(chunks: st.SearchStrategy[Said]) -> st.SearchStrategy[Said]:
    """Conditions joined by & and |, some of them negated."""
    signed = st.tuples(chunks, st.integers(0, 3)).map(
        lambda given: (
            "!" * given[1] + given[0][0],
            (lambda row: not given[0][1](row)) if given[1] % 2 else given[0][1],
        )
    )
    return st.lists(st.lists(signed, min_size=1, max_size=3), min_size=1, max_size=3).map(
        lambda groups: (
            "|".join("&".join(text for text, _ in group) for group in groups),
            lambda row: any(all(test(row) for _, test in group) for group in groups),
        )
    )
