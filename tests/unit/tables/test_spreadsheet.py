"""CSV that a spreadsheet opens as what it is."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from applications.init.modules.registries.tables import spreadsheet

_texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30)
_cells = st.one_of(st.none(), st.booleans(), st.integers(), _texts)
FORMULAS = "=+-@\t\r"


@given(st.lists(st.lists(_cells, min_size=2, max_size=2), max_size=8))
@example([["=1+1", "a;b"], ['quo"te', "line\nbreak"], ["  =x", "@SUM(A1)"], [None, True]])
def test_round_trip(lines: list[list[Any]]) -> None:
    """Every cell comes back as it was, but for a quote before what could be a formula."""
    text = spreadsheet.text(["one", "two"], lines)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert rows[0] == ["one", "two"]
    assert len(rows) == len(lines) + 1
    for row, line in zip(rows[1:], lines):
        for cell, value in zip(row, line):
            wanted = "" if value is None else str(value).replace("\0", "")
            assert cell.lstrip("'") == wanted.lstrip("'")


@given(_texts)
@example("=cmd|' /C calc'!A0")
@example(" \t=x")
@example("\n=x")
def test_no_text_is_a_formula(value: str) -> None:
    """No text begins as a formula does, behind blanks either."""
    text = spreadsheet.text(["x"], [[value]])
    [_, *rows] = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    cell = rows[0][0] if rows and rows[0] else ""
    assert not cell.lstrip(" ").startswith(tuple(FORMULAS))


def test_numbers_stay_numbers() -> None:
    """A negative number is no formula."""
    assert spreadsheet.text(["x"], [[-5]]) == "x\r\n-5\r\n"


def test_names_are_utf_8() -> None:
    """Letters of all alphabets stay what they are (E71)."""
    assert "Zoë;日本" in spreadsheet.text(["a", "b"], [["Zoë", "日本"]])
