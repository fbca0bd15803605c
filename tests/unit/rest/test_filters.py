"""Column filters: what they select, and that no value gets into the SQL."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from applications.init.modules.registries.errors import BadRequest
from applications.init.modules.registries.rest import filters
from applications.init.modules.registries.rest.columns import Kind
from applications.init.modules.registries.rest.conditions import ALWAYS, Condition

from .expressions import ORDER, Said, expressions, number_chunks, text_chunks
from .rows import COLUMNS, NOW, ROWS, Row, Table, ids, is_literal

TABLE = Table()
INJECTIONS = [
    "' or '1'='1", "a' or 1=1 --", "x'; drop table t; --", "$.a=x' or '1'='1", "a%' or '%'='",
    "' union select password from auth_user --", "/* */", "\\' or 1=1", "?", "a?b%", "%s %d", "{0}",
    "1 or 1=1", "(1) or (1=1)", "(a') or ('a'='a)", '"\' or 1=1"', ">1 or 1=1", ">'", "!'", "@x",
    "2024-05-01' or '1", "(select 1)", ":x", "a\n--\nb", "(?,?)",
]


def _condition(name: str, expression: str) -> Condition:
    return filters.condition(COLUMNS[name], expression, NOW)


def _values(name: str, expression: str) -> list[Any]:
    """What a filter leaves of the values of its column."""
    return TABLE.values(name, _condition(name, expression))


@pytest.mark.parametrize("expression", ["", "%", "!", " ", "|", "|%", " ! "])
@pytest.mark.parametrize("name", COLUMNS)
def test_no_filter(name: str, expression: str) -> None:
    """Nothing, % and ! alone select everything, whatever the column."""
    assert _condition(name, expression) == ALWAYS


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("abc", ["abc", "ABC"]),
        ("  abc ", ["abc", "ABC"]),
        ("École", ["École"]),
        ("a_c", ["a_c"]),
        ("1.4", ["1.4"]),
        ("back\\slash", ["back\\slash"]),
        ("o'brien", ["o'brien"]),
        ("~abc", ["abc", "ABC"]),
        ("abc%", ["abc", "ABC", "Abcd"]),
        ("%brien", ["o'brien"]),
        ("b%\\%h", ["back\\slash"]),
        ("a_c%", ["abc", "ABC", "Abcd", "a_c", "a%c", "axc", "a!c", "a?c"]),
        ("a!c%", ["a!c"]),
        ("%!%", ["!", "a!c"]),
        ('"a%c"', ["a%c"]),
        ('"A&B"', ["a&b"]),
        ('"a|b"|"a&b"', ["a&b", "a|b"]),
        ('"say ""hi"""', ['say "hi"']),
        ('say "hi"', ['say "hi"']),
        ('"!"', ["!"]),
        ('"empty"', ["empty"]),
        ('"~x"', ["~x"]),
        ('" a "', [" a "]),
        ('""', [""]),
        ('"(a,b)"', ["(a,b)"]),
        ("empty", [None, ""]),
        ("=empty", [None, ""]),
        ("(a,B)", ["a", "b"]),
        ("( a , b )", ["a", "b"]),
        ('(a,"a,b","a&b")', ["a", "a&b", "a,b"]),
        ("(abc,empty)", [None, "", "abc", "ABC"]),
        ('("empty",a)', ["empty", "a"]),
        ("()", []),
        ("(,)", []),
        ("=abc", ["abc", "ABC"]),
        ("=a%c", ["a%c"]),
        ('=">3"', [">3"]),
        (">=o|=b", ["b", 'say "hi"', "École", "école", "o'brien", "~x"]),
        (">a&<a?", ["a!c", "a&b", "a%c", "a,b"]),
        (">=a&<=a!c", ["a", "a!c"]),
        ("|abc", ["abc", "ABC"]),
        ("a|b", ["a", "b"]),
        ("a%&!a_c%", ["a", "a&b", "a|b", "a,b"]),
        ("b|a%&%x%", ["axc", "b"]),
        ("%x%&a%|b", ["axc", "b"]),
        ("!!abc", ["abc", "ABC"]),
        ("! ! abc", ["abc", "ABC"]),
        ("!%a%&!%e%&!%o%&!empty", ["b", "!", "1.4", "124", "~x", ">3", "--"]),
    ],
)
def test_text(expression: str, found: list[Any]) -> None:
    """Texts: equality and LIKE without case, lists, comparisons, quotes, and before or."""
    assert sorted(map(str, _values("name", expression))) == sorted(map(str, found))


@pytest.mark.parametrize(
    ("expression", "left_out"),
    [("!abc", {"abc", "ABC"}), ("!empty", {None, ""}), ("!(a,b)", {"a", "b"}), ("!>=a", None)],
)
def test_negation(expression: str, left_out: set[Any] | None) -> None:
    """A negation selects exactly what the rest does not, the empty ones too."""
    all_ids = {row["id"] for row in ROWS}
    assert TABLE.ids(_condition("name", expression)) == all_ids - TABLE.ids(
        _condition("name", expression[1:])
    )
    assert left_out is None or not left_out & set(_values("name", expression))


def test_lower_case_columns_use_their_index() -> None:
    """A column that is lower case is compared as it is, with a lower-case value."""
    assert _condition("code", "ABC") == Condition("t.code = ?", ("abc",))
    assert _values("code", "AB%") == ["abc", "abcd"]
    assert _values("code", "(A,B)") == ["a", "b"]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("5", [5]),
        ("-1", [-1]),
        ("+5", [5]),
        ("005", [5]),
        ('"5"', [5]),
        ("=5", [5]),
        ("(1, 5,x)", [1, 5]),
        ("(x)", []),
        ("(5,empty)", [None, 5]),
        ("empty", [None]),
        (">5", [10, 2**31, 2**63 - 1]),
        (">=5&<=10", [5, 10]),
        ("<0", [-1]),
        (">1&<10|empty", [None, 5]),
        ("!>1", [None, 0, 1, -1]),
        (str(2**63 - 1), [2**63 - 1]),
        (str(2**63), []),
        ("9" * 400, []),
        (">" + "9" * 20, []),
        ("abc", []),
        (">abc", []),
        ("1%", []),
        ("5.0", []),
        ("٥", []),
        ("0x5", []),
        ("1e1", []),
    ],
)
def test_numbers(expression: str, found: list[Any]) -> None:
    """Numbers compare as numbers; what is none, or too large, equals nothing."""
    assert set(_values("stars", expression)) == set(found)


@pytest.mark.parametrize("text", ["T", "t", "true", "True", "yes", "Yes", "YES", "Y", "y", "1"])
def test_true(text: str) -> None:
    """All spellings of true find what is true, and negated what is not."""
    assert _values("flag", text) == _values("flag", f"={text}") == ["T"]
    assert set(_values("flag", f"!{text}")) == {"F", None}


@pytest.mark.parametrize("text", ["F", "false", "no", "0", "TRUE", "2", "x", "T%", '"%"'])
def test_false(text: str) -> None:
    """Everything else means false."""
    assert _values("flag", text) == ["F"]


def test_yes_no() -> None:
    """Of yes and no there are empty ones and lists, but none is larger."""
    assert _values("flag", "empty") == [None]
    assert set(_values("flag", "(T,F)")) == {"T", "F"}
    assert set(_values("flag", "(T,empty)")) == {"T", None}
    with pytest.raises(BadRequest, match="flag"):
        _condition("flag", ">T")


MAY_1 = ["2024-05-01 00:00:00", "2024-05-01 08:30:15", "2024-05-01 12:00:00", "2024-05-01 23:59:59"]
ZERO = [None, "", "0000-00-00 00:00:00"]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("2024-05-01", MAY_1),
        ('"2024-05-01"', MAY_1),
        ("=2024-05-01", MAY_1),
        ("2024-05-01 08", [MAY_1[1]]),
        ("2024-05-01T08:30", [MAY_1[1]]),
        ("2024-05-01 08:30:15", [MAY_1[1]]),
        ("2024-05-01 08:30:16", []),
        ("2024-12", ["2024-12-31 23:59:59"]),
        ("2023", ["2023-02-28 12:00:00"]),
        ("2023-02-28|2024-12-31", ["2023-02-28 12:00:00", "2024-12-31 23:59:59"]),
        ("(2023-02-28,2024-12-31)", ["2023-02-28 12:00:00", "2024-12-31 23:59:59"]),
        ("2024-05-01 %:59:%", [MAY_1[3]]),
        ("2024-05-0_ 12%", ["2024-05-01 12:00:00", "2024-05-03 12:00:00"]),
        ("empty", ZERO),
        ("(empty,2023)", [*ZERO, "2023-02-28 12:00:00"]),
        (">2024-05-03&<9999", ["2024-05-03 12:00:00", "2024-12-31 23:59:59"]),
        (">=2024-05-01&<=2024-05-01 08:30:15", MAY_1[:2]),
        ("<2024-05-01&!empty", ["2023-02-28 12:00:00"]),
        (">-36h1s&<=0s", ["2024-05-02 00:00:00", "2024-05-03 12:00:00"]),
        (">=-2d&<-1d12h", ["2024-05-01 12:00:00", "2024-05-01 23:59:59"]),
        ("=-2d", ["2024-05-01 12:00:00"]),
        ("-1d12h", ["2024-05-02 00:00:00"]),
        ("-0w1d11h59m60s", ["2024-05-02 00:00:00"]),
        (">30w&<+40w", ["2024-12-31 23:59:59"]),
        (">9999-12-31", ["9999-12-31 23:59:59"]),
        ("!<9999", [None, "9999-12-31 23:59:59"]),
    ],
)
def test_dates(expression: str, found: list[Any]) -> None:
    """Dates: periods, patterns, comparisons with dates and with distances from now."""
    assert set(_values("at", expression)) == set(found)


@pytest.mark.parametrize(
    "expression",
    [
        "abc", ">abc", "2024-5-1", "2024-02-30", "2024-05-01 24", "0000", "0000-00-00 00:00:00",
        "9999", "9999-12-31", "2d1w", ">-", ">+", "-", "w", "1", "1d2", "-1000000000d",
        "999999999w", "-999999999d", ">3000000d", "2024-05-01 08:30:15.5", "1d 2h", "--1d",
        "٢٠٢٤", "(2024,x)",
    ],
)
def test_no_dates(expression: str) -> None:
    """What is no date, no distance, or outside the calendar is refused with a sentence."""
    with pytest.raises(BadRequest, match=r"^filter of at: .*(no date|is not closed)"):
        _condition("at", expression)


@pytest.mark.parametrize(
    ("expression", "low", "high"),
    [
        ("2024-05-03", 12, 0), ("2024-05-03 10", 2, 1), (">=-3h&<-1h", 3, 1), ("<-5h", 999, 5),
        ("(2024-05-03 10,2024-05-03 09)", 3, 1),
    ],
)
def test_times(expression: str, low: int, high: int) -> None:
    """Columns of seconds know the same dates, in the collector's own zone."""
    start, end = (NOW.timestamp() - hours * 3600 for hours in (low, high))
    found = ids(lambda row: row["time"] is not None and start <= row["time"] < end)
    assert TABLE.ids(_condition("time", expression)) == found


def test_times_have_no_text() -> None:
    """Columns of seconds can be empty, but no pattern fits, nor years without seconds."""
    assert _values("time", "empty") == [None]
    for expression in ("2024%", "soon", ">9999999d"):
        with pytest.raises(BadRequest, match=r"^filter of time: "):
            _condition("time", expression)


def test_now_may_have_a_fraction_and_a_zone() -> None:
    """A distance is stored as dates are: to the second, without a zone."""
    now = datetime.datetime(2024, 5, 3, 12, 0, 0, 123456, datetime.timezone.utc)
    condition = filters.condition(COLUMNS["at"], ">-1h", now)
    assert condition == Condition("t.at > ?", ("2024-05-03 11:00:00",))


def test_json_paths_are_refused() -> None:
    """An expression that begins with $ is a path on documents, and a text elsewhere."""
    with pytest.raises(BadRequest, match="JSON paths are not supported here"):
        _condition("extra", "$.a=x' or '1'='1")
    assert TABLE.ids(_condition("extra", '"$.a"')) == set()
    assert TABLE.ids(_condition("extra", "abc%")) == TABLE.ids(_condition("name", "abc%"))
    assert TABLE.ids(_condition("name", "$.a=x")) == set()


@pytest.mark.parametrize(
    "expression",
    [
        "a&", "&a", "a||b", "a&&b", "||a", "a|", "a&!", "!|a", "!!", ">", "a|=", "(a", "(a|b)",
        "(a)b", "(a,b", '"a', '"a"b', '"a""', '("a"b)', '("a)', '!"', "~", "a\0", "\ud800",
        "x" * 2001, "|".join("a" * 201), f"({',' * 201})",
    ],
)
@pytest.mark.parametrize("name", ["name", "id", "flag"])
def test_refused(name: str, expression: str) -> None:
    """What is missing something, not closed or too much is refused, never guessed at."""
    with pytest.raises(BadRequest, match=f"^filter of {name}: "):
        _condition(name, expression)


def test_limits_are_the_limits() -> None:
    """The largest expression is taken, and a database runs it."""
    largest = "!" * 1801 + "|".join("a" * 100)
    assert TABLE.ids(_condition("name", largest)) == {row["id"] for row in ROWS}
    assert set(_values("name", "|".join(["!a&!b"] * 100))) == {
        row["name"] for row in ROWS if row["name"] not in ("a", "b")
    }


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("name", COLUMNS)
def test_injections(name: str, text: str) -> None:
    """SQL in a value is a value: it is not in the statement, and selects nothing by itself."""
    for expression in (text, f"!{text}", f"={text}", f"({text})", f'"{text}"', f"{text}%"):
        try:
            condition = _condition(name, expression)
        except BadRequest:
            continue
        assert is_literal(condition)
        TABLE.ids(condition)
    if name == "name":
        quoted = text.replace('"', '""')
        assert _condition("name", f'"{quoted}"').values == (text,)
        assert TABLE.ids(_condition("name", f'"{quoted}"')) == set()


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("name a%", ("name", "a%")),
        ("docker_tags.name   a b ", ("docker_tags.name", "a b ")),
        ("tpl_name=docker.registry", ("tpl_name", "=docker.registry")),
        ("  id >5", ("id", ">5")),
        ("id>5", ("id", ">5")),
        ("id!5", ("id", "!5")),
        ("id(1,2)", ("id", "(1,2)")),
        ("name", ("name", "")),
        ("name\na", ("name", "a")),
    ],
)
def test_split(entry: str, found: tuple[str, str]) -> None:
    """An entry is a column and an expression, with blanks between or not."""
    assert filters.split(entry) == found


@pytest.mark.parametrize("entry", ["", " ", "=a", "'name' a", "é a", "!name"])
def test_entries_without_column(entry: str) -> None:
    """An entry without a column is refused."""
    with pytest.raises(BadRequest):
        filters.split(entry)


_SPECIAL = st.sampled_from(list("&|!~<>=()\",%_$. -empty0123456789whdsT\\'?\0\n"))
_ANYTHING = st.one_of(
    st.text(st.one_of(_SPECIAL, st.characters(codec="utf-8")), max_size=30), st.text(max_size=30)
)


@given(st.sampled_from(sorted(COLUMNS)), _ANYTHING)
@example("name", "!" * 1999 + "a")
@example("at", "-999999999w999999999d")
@example("id", "-9223372036854775808")
def test_any_text(name: str, expression: str) -> None:
    """Any text is a condition that the database runs, of constants and bound values, or refused."""
    try:
        condition = _condition(name, expression)
    except BadRequest:
        return
    assert is_literal(condition)
    TABLE.ids(condition)


@given(_ANYTHING)
def test_any_entry(entry: str) -> None:
    """Any entry is cut so that nothing is lost, or refused."""
    try:
        column, expression = filters.split(entry)
    except BadRequest:
        return
    assert entry.split(column, 1)[1].lstrip() == expression
    assert entry.strip().startswith(column)


@given(expressions(text_chunks()))
def test_texts_as_in_python(said: Said) -> None:
    """What SQL selects by a filter of texts is what its meaning, said in Python, selects."""
    expression, test = said
    assert TABLE.ids(_condition("name", expression)) == ids(test)


@given(expressions(number_chunks()))
def test_numbers_as_in_python(said: Said) -> None:
    """What SQL selects by a filter of numbers is what its meaning, said in Python, selects."""
    expression, test = said
    assert TABLE.ids(_condition("stars", expression)) == ids(test)


@given(
    st.integers(-20_000, 20_000), st.sampled_from(["<", ">", "<=", ">="]), st.booleans()
)
def test_distances_as_in_python(minutes: int, operator: str, split: bool) -> None:
    """A distance is that far from now, however it is spelt."""
    hours, rest = divmod(abs(minutes), 60)
    amount = f"{hours}h{rest}m" if split else f"{abs(minutes)}m"
    moment = str(NOW + datetime.timedelta(minutes=minutes))

    def test(row: Row) -> bool:
        return row["at"] is not None and ORDER[operator](row["at"], moment)

    expression = f"{operator}{'-' if minutes < 0 else ''}{amount}"
    assert TABLE.ids(_condition("at", expression)) == ids(test)


def test_every_kind_has_a_meaning() -> None:
    """There is a column of every kind in these tests."""
    assert {column.kind for column in COLUMNS.values()} == set(Kind)
