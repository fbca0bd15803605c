"""Members of a request's body, read and checked; what has no place in it is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import BadRequest
from .call import Call, as_flag


def only(body: Mapping[str, Any], *known: str) -> None:
    """Refuse members that are not these.

    :raises BadRequest: there is one.
    """
    for name in body:
        if name not in known:
            raise BadRequest(f"there is no writable column {name[:64]!r}")


def text(value: Any, name: str, most: int = 255) -> str:
    """A text, without blanks around it; numbers count by their digits.

    :raises BadRequest: it is none, or longer than ``most``.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise BadRequest(f"{name} is no text")
    # An integer of a JSON body may have more digits than Python makes a text of.
    if isinstance(value, int) and abs(value) >= 10**18:
        raise BadRequest(f"{name} is too large")
    found = str(value).strip()
    if len(found) > most:
        raise BadRequest(f"{name} has more than {most} characters")
    return found


def flag(value: Any, name: str) -> bool:
    """A boolean as clients write it (see ``as_flag``).

    :raises BadRequest: it is none at all.
    """
    if value is None or isinstance(value, (dict, list)):
        raise BadRequest(f"{name} is neither true nor false")
    return as_flag(value)


def integer(value: Any, name: str, least: int, most: int) -> int:
    """A number within bounds.

    :raises BadRequest: it is none.
    """
    digits = text(value, name)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise BadRequest(f"{name} is no number")
    if not least <= int(digits) <= most:
        raise BadRequest(f"{name} is from {least} to {most}")
    return int(digits)


def named(call: Call, name: str) -> str:
    """A member of the body that says which object is meant, else the URL's parameter.

    Some clients send no body with DELETE.

    :raises BadRequest: it is missing or no text.
    """
    value = call.body.get(name)
    found = text(value, name) if value is not None else call.one(name).strip()
    if not found:
        raise BadRequest(f"{name} is missing")
    return found
