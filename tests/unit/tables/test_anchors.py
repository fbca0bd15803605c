"""The nearest line that was seen, from which a deep page is read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.tables import anchors
from applications.init.modules.registries.tables.anchors import Anchors, Line

TOTAL = 300


def _read(known: Anchors, offset: int, limit: int) -> list[Line]:
    """What a database would answer, and how the page is remembered."""
    lines = [Line(f"{number // 3:03}", number) for number in range(TOTAL)]
    start = known.nearest(offset, limit, TOTAL)
    order = lines[::-1] if start.backwards else lines
    begin = order.index(start.line) if start.line else 0
    page = order[begin + start.passed :][:limit]
    found = page[::-1] if start.backwards else page
    known.keep(offset, found)
    assert found == lines[offset : offset + limit]
    return found


@given(st.lists(st.tuples(st.integers(0, TOTAL - 20), st.integers(1, 20)), max_size=60))
def test_the_page_itself(pages: list[tuple[int, int]]) -> None:
    """Whatever was seen before, a page is the page."""
    known = Anchors()
    for offset, limit in pages:
        _read(known, offset, limit)
        assert len(known.known) <= anchors.MOST


def test_the_next_page_is_near() -> None:
    """From a page to the next one, and to the one before, no further than a page is passed over."""
    known = Anchors()
    _read(known, 150, 10)
    for offset in (160, 140):
        start = known.nearest(offset, 10, TOTAL)
        assert start.line is not None
        assert start.passed <= 10
