"""JSON of strangers: a value or BadAnswer, and never much memory or time."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.remote import BadAnswer, safe_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(VALUES)
def test_honest_documents(value: Any) -> None:
    """What is JSON comes out as it is."""
    assert safe_json.loads(json.dumps(value).encode()) == value


@given(st.binary() | st.text("[]{}\",:0123456789.eE+-\\ntrufalsI NaN").map(str.encode))
def test_anything(body: bytes) -> None:
    """Any bytes are a value or BadAnswer, never another error."""
    with contextlib.suppress(BadAnswer):
        safe_json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 2}',
        b'[{"b": {"a": 1, "a": 1}}]',
        b"9" * 20,
        b"-" + b"9" * 20,
        b"9" * 100_000,
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        '"é"'.encode("utf-16"),
        b"",
        b"{",
        b"{} {}",
        b"[1,]",
        b'"a\nb"',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_bad_documents(body: bytes) -> None:
    """Members given twice, huge integers, NaN, other encodings and garbage are BadAnswer."""
    with pytest.raises(BadAnswer):
        safe_json.loads(body)


def test_integers() -> None:
    """19 digits are an integer as any other."""
    assert safe_json.loads(b"-9999999999999999999") == -9999999999999999999


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_depth(opening: bytes, closing: bytes) -> None:
    """64 levels are read, 65 and 100,000 are not."""
    inner = b"0" if opening != b"[" else b""
    safe_json.loads(opening * 64 + inner + closing * 64)
    for depth in (65, 900, 100_000):
        with pytest.raises(BadAnswer, match="deeper"):
            safe_json.loads(opening * depth + inner + closing * depth)


def test_brackets_in_texts() -> None:
    """Brackets inside of texts are no depth."""
    assert safe_json.loads(json.dumps(["[" * 1000]).encode()) == ["[" * 1000]


def test_many_values() -> None:
    """4 MiB that would be a hundred times that in memory are refused at once."""
    started = time.perf_counter()
    for body in (b"[" + b"{}," * 1_398_000 + b"{}]", b"[" + b"[]," * 1_398_000 + b"[]]"):
        with pytest.raises(BadAnswer, match="values"):
            safe_json.loads(body)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("value", ["a", {"a": "b"}, ["a", 1], ["a", None], [["a"]], 1, True])
def test_no_list_of_texts(value: Any) -> None:
    """A list of texts is one, or null; everything else is BadAnswer."""
    with pytest.raises(BadAnswer):
        safe_json.texts(value, "tags", 9)


def test_lists_of_texts() -> None:
    """Null is an empty list; more entries than the limit are BadAnswer."""
    assert safe_json.texts(None, "tags", 9) == []
    assert safe_json.texts(["a"] * 9, "tags", 9) == ["a"] * 9
    with pytest.raises(BadAnswer, match="more than 9"):
        safe_json.texts(["a"] * 10, "tags", 9)
