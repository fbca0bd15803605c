"""JSON of somebody we don't trust; its size was limited before."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from .failures import BadAnswer

MAX_DEPTH = 64
MAX_VALUES = 250_000
_MAX_DIGITS = 19


def loads(body: bytes) -> Any:
    """Decode a document (RFC 8259).

    :raises BadAnswer: no JSON, not UTF-8, nested deeper than 64, a member given twice,
        more than 250,000 values, an integer of more than 19 digits, NaN or Infinity.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadAnswer("its JSON is not UTF-8") from None
    # Most documents have so few brackets that they can't be that deep.
    brackets = text.count("[") + text.count("{")
    if brackets + text.count(",") > MAX_VALUES:
        raise BadAnswer(f"its JSON has more than {MAX_VALUES} values")
    try:
        value = _DECODER.decode(text)
    except ValueError:
        raise BadAnswer("its JSON can't be read, it may be cut off") from None
    except RecursionError:
        raise BadAnswer(f"its JSON is nested deeper than {MAX_DEPTH}") from None
    if brackets > MAX_DEPTH:
        _check_depth(value)
    return value


def members(value: Any, what: str) -> dict[str, Any]:
    """``value``, which has to be an object.

    :raises BadAnswer: it is something else.
    """
    if not isinstance(value, dict):
        raise BadAnswer(f"{what} is no JSON object")
    return value


def texts(value: Any, what: str, limit: int) -> list[str]:
    """``value``, which has to be a list of texts, or null for none.

    :raises BadAnswer: it is something else, or longer than ``limit``.
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(type(item) is str for item in value):
        raise BadAnswer(f"{what} is no list of texts")
    if len(value) > limit:
        raise BadAnswer(f"{what} has more than {limit} entries")
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item)]
        if not level:
            return
    if any(isinstance(item, (dict, list)) for item in level):
        raise BadAnswer(f"its JSON is nested deeper than {MAX_DEPTH}")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadAnswer("its JSON gives a member twice")
    return found


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > _MAX_DIGITS:
        raise BadAnswer("its JSON has an integer that is too large")
    return int(text)


def _no_constant(_: str) -> NoReturn:
    raise BadAnswer("its JSON has a number that is none")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_constant=_no_constant
)
