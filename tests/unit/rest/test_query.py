"""Smart queries: what they select, and that no value gets into the SQL."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.errors import BadRequest
from applications.init.modules.registries.rest import query
from applications.init.modules.registries.rest.columns import Column, Kind
from applications.init.modules.registries.rest.conditions import ALWAYS, Condition

from .rows import COLUMNS, NOW, ROWS, Row, Table, Test, folded, ids, is_like, is_literal
from .test_filters import INJECTIONS

TABLE = Table()


def _condition(text: str) -> Condition:
    return query.condition(text, COLUMNS, NOW)


def _values(column: str, text: str) -> list[Any]:
    return TABLE.values(column, _condition(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name = abc", ["abc", "ABC"]),
        ("NAME IS ABC", ["abc", "ABC"]),
        ("things.name=abc", ["abc", "ABC"]),
        ("Things.Name==abc", ["abc", "ABC"]),
        ("name equals abc", ["abc", "ABC"]),
        ("name is equal to abc", ["abc", "ABC"]),
        ("name = 'Abcd'", ["Abcd"]),
        ("name = 'abcd'", []),
        ('name = "ABC"', ["ABC"]),
        ("name = École", ["École"]),
        ("name = abc%", ["abc", "ABC", "Abcd"]),
        ("name = 'a%c'", ["a%c"]),
        ("name = a_c", ["a_c"]),
        ("name like a_c", ["abc", "ABC", "a_c", "a%c", "axc", "a!c", "a?c"]),
        ("name like '%\"HI\"'", ['say "hi"']),
        ("name = 'say \"hi\"'", ['say "hi"']),
        ("name = \"o'brien\"", ["o'brien"]),
        ("name contains BRIEN", ["o'brien"]),
        ("name contains '%'", ["a%c"]),
        ("name contains _", ["a_c"]),
        ("name contains !", ["!", "a!c"]),
        ("name starts with Ab", ["abc", "ABC", "Abcd"]),
        ("name starts with b", ["b", "back\\slash"]),
        ("name ends with Slash", ["back\\slash"]),
        ("name ends with b", ["b", "a&b", "a|b", "a,b"]),
        ("name startswith Ab", ["abc", "ABC", "Abcd"]),
        ("name ends with CD", ["Abcd"]),
        ("name endswith CD", ["Abcd"]),
        ("name in a,B", ["a", "b"]),
        ("name in 'a,B'", ["a"]),
        ("name is in a,b", ["a", "b"]),
        ("name = ''", [""]),
        ("name = and", []),
        ("name < a! and name > 3", [">3", "a"]),
        ("name <= abc and name >= ABC", ["abc", "ABC"]),
        ("name >= 'abc' and name < 'abd'", ["abc"]),
        ("stars = 5", [5]),
        ("stars = '5'", [5]),
        ("stars>5 and stars<2147483648", [10]),
        ("stars greater than 5 and stars less or equal than 10", [10]),
        ("stars is greater or equal 5 and stars is less than 10", [5]),
        ("stars equal or greater than 5 and stars =< 10", [5, 10]),
        ("stars in -1,5", [-1, 5]),
        ("flag = true", ["T"]),
        ("flag is NO", ["F"]),
        ("flag in t,f", ["T", "F"]),
        ("at = 2023-02-28", ["2023-02-28 12:00:00"]),
        ("at = '2024-05-01 08'", ["2024-05-01 08:30:15"]),
        ("at >= -2D and at <= 0s", ["2024-05-03 12:00:00", "2024-05-01 12:00:00",
                                    "2024-05-01 23:59:59", "2024-05-02 00:00:00"]),
        ("time < -20h and time >= '2024-05-02 15'",
         [row["time"] for row in ROWS if row["id"] == 21]),
        ("at in 2023,2024-12", ["2023-02-28 12:00:00", "2024-12-31 23:59:59"]),
    ],
)
def test_examples(text: str, found: list[Any]) -> None:
    """Every operator, in all its spellings, finds what it says."""
    field = text.split()[0].lower().replace("things.", "")
    column = next(name for name in COLUMNS if field.startswith(name))
    assert sorted(map(str, _values(column, text))) == sorted(map(str, found))


@pytest.mark.parametrize(
    ("negation", "text"),
    [
        ("name != abc", "name = abc"),
        ("name <> abc%", "name = abc%"),
        ("name not equal abc", "name = abc"),
        ("name is not equal to 'ABC'", "name = 'ABC'"),
        ("not name = abc", "name = abc"),
        ("~name = abc", "name = abc"),
        ("name not in a,b", "name in a,b"),
        ("not stars > 1", "stars > 1"),
        ("flag != t", "flag = t"),
        ("not name != abc", "name = abc or name = abc and id < 0 or not id > 0 or name = abc"),
    ],
)
def test_negation(negation: str, text: str) -> None:
    """A negation finds all that is not found otherwise, the empty ones too."""
    every = ids(lambda row: True)
    expected = TABLE.ids(_condition(text))
    if negation.startswith("not name !="):
        assert TABLE.ids(_condition(negation)) == expected
    else:
        assert TABLE.ids(_condition(negation)) == every - expected


def test_left_to_right() -> None:
    """And binds no tighter than or: conditions are joined as they come."""
    assert _values("name", "name = a or name = b and name = b") == ["b"]
    assert _values("name", "name = b and name = b or name = a") == ["a", "b"]
    assert _values("name", "name=a | name=b & name=b") == ["b"]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing(text: str) -> None:
    """A query of nothing selects everything."""
    assert _condition(text) == ALWAYS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("password = x", "there is no field 'password'"),
        ("auth_user.password = x", "there is no field"),
        ("'name' = x", "there is no field 'name'"),
        ("name", "an operator is missing"),
        ("name =", "a value is missing"),
        ("name = =", "a value is expected"),
        ("name is less than", "a value is missing"),
        ("name regexp a", "'regexp' is no operator"),
        ("name 'is' a", "'is' is no operator"),
        ("name = a and", "a field is missing"),
        ("name = a not", "and or or is expected"),
        ("name = a name = b", "and or or is expected"),
        ("name = a 'and' name = b", "and or or is expected"),
        ("and name = a", "there is no field 'and'"),
        ("not", "a field is missing"),
        ("name = 'a", "a quote is not closed"),
        ("name = o'brien", "a quote is not closed"),
        ("(name = a)", "there is no field"),
        ("stars = many", "stars is a number"),
        ("stars in 1,x", "stars is a number"),
        ("stars > 99999999999999999999", "stars is a number"),
        ("stars like 1%", "stars is no text"),
        ("flag contains t", "flag is no text"),
        ("flag = maybe", "flag is true or false"),
        ("flag > t", "neither is larger"),
        ("at = soon", "no date"),
        ("at > 999999999w", "no date"),
        ("name = a\0", "characters"),
        ("name = \ud800", "characters"),
        ("name = " + "a" * 2000, "longer"),
        ("name in " + ",".join("a" * 201), "more than 200"),
        (" or ".join(["id=1"] * 201), "more than 200"),
        (" and ".join(["id=1 or id=2"] * 40), "too often"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    """What is not understood is refused; the message has the query and the reason."""
    with pytest.raises(BadRequest) as caught:
        _condition(text)
    shown = "".join(c if c.isprintable() else "?" for c in text[:200])
    assert str(caught.value).startswith(f"smart query error for '{shown}': ")
    assert reason in str(caught.value)
    assert str(caught.value).isprintable()


def test_largest() -> None:
    """Queries of the largest size and depth run."""
    assert TABLE.ids(_condition(" or ".join(["id=1"] * 200))) == {1}
    assert TABLE.ids(_condition(" and ".join(["not id=1 or id=2"] * 15)))


def test_names_of_columns() -> None:
    """A name that two tables have means the column it is listed under; the full name finds each."""
    one = Column("name", "a.name", Kind.TEXT, "", table="a", lower=True)
    two = Column("name", "b.name", Kind.TEXT, "", table="b", lower=True)
    columns = {"name": one, "b.name": two, "Other": two}
    assert query.condition("name = x", columns, NOW).sql == "a.name = ?"
    assert query.condition("a.name = x", columns, NOW).sql == "a.name = ?"
    assert query.condition("B.NAME = x", columns, NOW).sql == "b.name = ?"
    assert query.condition("other = x", columns, NOW).sql == "b.name = ?"


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("name", COLUMNS)
def test_injections(name: str, text: str) -> None:
    """SQL in a value is a value: it is not in the statement."""
    quote = '"' if "'" in text else "'"
    given = f"{quote}{text}{quote}"
    for operator in ("=", "in", "like", "contains", "<", "starts with", "is not equal to"):
        for value in (given, text):
            try:
                condition = _condition(f"{name} {operator} {value}")
            except BadRequest:
                continue
            assert is_literal(condition)
            TABLE.ids(condition)
    if name == "name" and quote not in text:
        assert _condition(f"name = {given}") == Condition("t.name = ?", (text,))


_PIECES = st.sampled_from(
    [
        *COLUMNS, "things.name", "and", "or", "not", "~", "&", "|", "is", "in", "not in", "=", "<=",
        "!=", "like", "contains", "starts with", "less than", "'a b'", '"', "'", "a%", "5", "t",
        "2024", "-1d", ",", "1,2", "!", "?", "(", "é",
    ]
)
_ANYTHING = st.one_of(
    st.text(max_size=30),
    st.lists(_PIECES, max_size=12).map(" ".join),
    st.lists(_PIECES).map("".join),
)


@given(_ANYTHING)
def test_any_text(text: str) -> None:
    """Any text is a condition that the database runs, of constants and bound values, or refused."""
    try:
        condition = _condition(text)
    except BadRequest:
        return
    assert is_literal(condition)
    TABLE.ids(condition)


_WORDS = st.sampled_from(["abc", "A", "a_c", "b%", "École", "%x%", "1.4"])
Said = tuple[str, Test]


def _is(value: str | None, word: str) -> bool:
    if "%" in word:
        return is_like(value, word)
    return value is not None and folded(value) == folded(word)


@st.composite
def _conditions(draw: st.DrawFn) -> Said:
    word, number = draw(_WORDS), draw(st.integers(-2, 12))
    literal = is_like_literal(word)
    text, test = draw(
        st.sampled_from(
            [
                (f"name = {word}", lambda row: _is(row["name"], word)),
                (f"name != {word}", lambda row: not _is(row["name"], word)),
                (f"name is '{word}'", lambda row: row["name"] == word),
                (f"name like {word}", lambda row: is_like(row["name"], word)),
                (f"name contains {word}", lambda row: literal(row)),
                (f"stars > {number}", lambda row: more(row["stars"], number)),
                (f"stars not in {number},5", lambda row: row["stars"] not in (number, 5)),
                ("flag is yes", lambda row: row["flag"] == "T"),
            ]
        )
    )
    if draw(st.booleans()):
        return f"not {text}", lambda row: not test(row)
    return text, test


def more(value: int | None, number: int) -> bool:
    """Whether a number is there and larger."""
    return value is not None and value > number


def is_like_literal(word: str) -> Test:
    """Whether a text is part of a name, without regard for case."""

    def test(row: Row) -> bool:
        return row["name"] is not None and folded(word) in folded(row["name"])

    return test


@given(_conditions(), st.lists(st.tuples(st.booleans(), _conditions()), max_size=5))
def test_as_in_python(first: Said, others: list[tuple[bool, Said]]) -> None:
    """What SQL selects is what the query, followed from left to right in Python, selects."""
    text, test = first
    found = ids(test)
    for both, (more, other) in others:
        text += f" {'and' if both else 'or'} {more}"
        found = found & ids(other) if both else found | ids(other)
    assert TABLE.ids(_condition(text)) == found
