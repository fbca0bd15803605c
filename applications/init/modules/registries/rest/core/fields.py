"""Members of bodies about people, groups and applications: read and checked one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...errors import BadRequest
from .. import given

Reader = Callable[[Any, str], Any]
"""Reads the value of the member with this name.

It raises BadRequest where the value can't be meant.
"""

LEVELS = ("debug", "info", "warning", "error", "critical")
MOST_QUOTA = 1_000_000
MOST_DESCRIPTION = 4000

_EMAIL = re.compile(r"[^@:\s]+@[^@:\s]+")
_USERNAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", re.ASCII)
_MOST_EMAIL = 254


def read(body: Mapping[str, Any], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The members of a body that have a reader, in the form in which they are stored."""
    return {name: reader(body[name], name) for name, reader in readers.items() if name in body}


def line(most: int) -> Reader:
    """Reads one line of text, maybe an empty one."""

    def reader(value: Any, name: str) -> str:
        found = given.text("" if value is None else value, name, most)
        if not found.isprintable():
            raise BadRequest(f"{name} has a character that is not printable")
        return found

    return reader


def named(most: int) -> Reader:
    """Reads a name that others point at: never empty, and never to be taken for an id."""

    def reader(value: Any, name: str) -> str:
        found: str = line(most)(value, name)
        if not found:
            raise BadRequest(f"{name} is missing")
        if found.isdigit():
            raise BadRequest(f"{name} reads as an id: it needs a character that is no digit")
        return found

    return reader


def description(value: Any, name: str) -> str:
    """Read some lines of text."""
    return given.text("" if value is None else value, name, MOST_DESCRIPTION)


def number(most: int) -> Reader:
    """Reads a number from 0 on."""
    return lambda value, name: given.integer(value, name, 0, most)


def quota(value: Any, name: str) -> int | None:
    """Read a quota; nothing is no limit."""
    return None if value in (None, "") else given.integer(value, name, 0, MOST_QUOTA)


def one_of(known: Iterable[str]) -> Reader:
    """Reads one of some words."""
    words = tuple(known)

    def reader(value: Any, name: str) -> str:
        found = given.text(value, name)
        if found not in words:
            raise BadRequest(f"{name} is one of {', '.join(words)}")
        return found

    return reader


def email(value: Any, name: str) -> str:
    """Read an e-mail address, of ASCII only so that no two look the same."""
    found = given.text(value, name, _MOST_EMAIL)
    if not (found.isascii() and found.isprintable() and _EMAIL.fullmatch(found)):
        raise BadRequest(f"{name} is no e-mail address")
    return found


def username(value: Any, name: str) -> str:
    """Read a name to log in with, or nothing; ``self`` and ids stand for somebody already."""
    found = given.text("" if value is None else value, name, 128)
    if not found:
        return ""
    if found.isdigit() or found.lower() == "self" or not _USERNAME.fullmatch(found):
        raise BadRequest(f"{name} has letters, digits and . _ + - only, and is no number")
    return found
