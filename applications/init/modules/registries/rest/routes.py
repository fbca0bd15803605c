"""Routes: a method, a path, what may be given, and the handler.

They are the one place from which requests are routed and checked, and from which
the API describes itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..errors import NotFound
from .call import Answer, Call, Handler
from .columns import Column

METHODS = ("GET", "POST", "DELETE", "PUT")
MAX_PATH = 2000
_SEGMENT = r"[A-Za-z0-9_$#:=% ><@.\-(){},*]+"
"""What stands for a parameter in a path; no slash, since clients cut patterns at slashes."""

_NO_TOKEN = "No personal token does this: sign in, or use the password."
_PARAMETER = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Param:
    """A parameter of the URL; ``many`` marks one that may be given several times."""

    name: str
    description: str
    many: bool = False
    kind: str = "string"


@dataclass(frozen=True)
class Member:
    """A member of a request's body that is no column of the resource.

    ``extra`` marks one that only this collector takes: its own form of the description,
    which other clients read, does not have it.
    """

    name: str
    description: str
    kind: str = "string"
    required: bool = False
    extra: bool = False


@dataclass(frozen=True)
class Route:
    """One handler of the API.

    ``each`` is the handler for one row, where a list handler takes ``filters`` or
    ``query`` to change or delete all rows that ``rows`` lists.  ``alone`` marks
    handlers that hold transactions of their own, since they ask a registry.
    ``shape`` names the members of an answer's rows for the documentation.  ``open``
    marks the one that signs in: it is called without credentials.  ``person`` marks
    what no personal token does, whatever its limits.
    """

    method: str
    path: str
    handler: Handler
    description: tuple[str, ...]
    params: tuple[Param, ...] = ()
    columns: tuple[Column, ...] = ()
    members: tuple[Member, ...] = ()
    shape: tuple[Column, ...] = ()
    many: bool = False
    rows: Callable[[Call], Iterable[int]] | None = None
    each: Handler | None = None
    alone: bool = False
    open: bool = False
    person: bool = False
    examples: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The description, with what is so of all routes of its kind."""
        return (*self.description, _NO_TOKEN) if self.person else self.description

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The parameters of the path, in order."""
        return tuple(_PARAMETER.findall(self.path))

    @cached_property
    def pattern(self) -> str:
        """The path as a regular expression, for clients too."""
        parts = _PARAMETER.split(self.path)
        return "^" + "".join(
            _SEGMENT if number % 2 else re.escape(part) for number, part in enumerate(parts)
        ) + "$"

    @cached_property
    def _matcher(self) -> re.Pattern[str]:
        parts = _PARAMETER.split(self.path)
        return re.compile(
            "".join(f"({_SEGMENT})" if n % 2 else re.escape(part) for n, part in enumerate(parts)),
            re.ASCII,
        )

    def match(self, path: str) -> Mapping[str, str] | None:
        """The path's arguments, decoded; None where it is another's."""
        found = self._matcher.fullmatch(path)
        if found is None:
            return None
        return dict(zip(self.names, (_unquote(text) for text in found.groups())))


@dataclass(frozen=True)
class Router:
    """Finds the route of a request; the first that matches wins."""

    routes: Sequence[Route]
    _families: dict[tuple[str, str], list[Route]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for route in self.routes:
            self._families.setdefault((route.method, _family(route.path)), []).append(route)

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """The route for a path below the API's root, and the path's arguments.

        :raises NotFound: there is none.
        """
        trimmed = path[:-1] if path.endswith("/") and len(path) > 1 else path
        if len(trimmed) <= MAX_PATH:
            for route in self._families.get((method, _family(trimmed)), []):
                args = route.match(trimmed)
                if args is not None:
                    return route, args
        raise NotFound(f"Unsupported api url: {method} {_printable(path)}")

    def is_open(self, method: str, path: str) -> bool:
        """Tell whether a request needs no credentials."""
        try:
            return self.find(method, path)[0].open
        except NotFound:
            return False

    def allowed(self, path: str) -> tuple[str, ...]:
        """The methods that a path has."""
        return tuple(m for m in METHODS if self._has(m, path))

    def _has(self, method: str, path: str) -> bool:
        try:
            self.find(method, path)
        except NotFound:
            return False
        return True


def many_of(answers: Iterable[Answer]) -> Answer:
    """Answers to the items of a list, as one."""
    joined: Answer = {"info": [], "error": [], "data": []}
    for answer in answers:
        for name in joined:
            value = answer.get(name)
            if isinstance(value, list):
                joined[name] += value
            elif value not in (None, ""):
                joined[name].append(value)
    return joined


def _family(path: str) -> str:
    return path.lstrip("/").partition("/")[0]


def _unquote(text: str) -> str:
    return text.replace("(slash)", "/").replace("(percent)", "%")


def _printable(text: str) -> str:
    cut = text[:200]
    return "".join(c if c.isprintable() else "?" for c in cut)
