"""One call of the API as a handler sees it, and what a handler gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..errors import BadRequest, Denied
from ..login.caller import Caller
from ..policy import MANAGER, Kind, Principal

if TYPE_CHECKING:
    from ..container import Container
    from ..database import Database

MAX_ID = 2**31 - 1

Answer = dict[str, Any]
"""The members of the answer: ``data``, ``info``, ``meta``, ``error``.

``headers`` is none of them: pairs that go into the head of the reply.
"""

NOBODY = Caller(Kind.NODE, "", "", "")
"""Who calls a route that is open to all and says no name: no groups, no privileges."""


@dataclass(frozen=True)
class Arrival:
    """How a call came: from which address, with which cookie of a session, by a token or not."""

    address: str = ""
    session: str = ""
    by_token: bool = False


@dataclass(frozen=True)
class Call:
    """Who calls with what; ``args`` are the path's, ``query`` the URL's, ``body`` the body's.

    Unless its route says otherwise, a handler runs inside one transaction: what it
    changes is there whole, or not at all.
    """

    container: Container
    caller: Caller
    principal: Principal
    now: float
    args: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, list[str]] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    came: Arrival = Arrival()

    @property
    def db(self) -> Database:
        """The database; the transaction is open."""
        return self.container.db

    @property
    def is_manager(self) -> bool:
        """Tell whether the caller is a Manager, who sees everything here."""
        return MANAGER in self.principal.privileges

    def require(self, *privileges: str) -> None:
        """Go on only with one of these privileges; a Manager has them all.

        :raises Denied: the caller has none of them.
        """
        if not any(self.principal.holds(privilege) for privilege in privileges):
            raise Denied(f"the privilege {' or '.join(privileges)} is missing")

    def id(self, name: str = "id") -> int:
        """A path argument that is a number.

        :raises BadRequest: it is none.
        """
        return as_id(self.args[name], name)

    def given(self, name: str) -> str:
        """A member of the body as text, or an empty text."""
        value = self.body.get(name)
        if value is None or isinstance(value, (dict, list)):
            return ""
        return str(value)

    def one(self, name: str) -> str:
        """A parameter of the URL, or an empty text."""
        values = self.query.get(name, [])
        return values[-1] if values else ""

    def with_args(self, **args: str) -> Call:
        """The same call for another path."""
        return replace(self, args={**self.args, **args})

    def with_body(self, body: Mapping[str, Any]) -> Call:
        """The same call with another body."""
        return replace(self, body=body)


Handler = Callable[[Call], Answer]


def as_id(value: Any, name: str = "id") -> int:
    """A number that can be an id.

    :raises BadRequest: it is none, or larger than ids are.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 11):
        raise BadRequest(f"{name} is no number")
    number = int(text)
    if number > MAX_ID:
        raise BadRequest(f"{name} is larger than any id")
    return number


def as_flag(value: Any) -> bool:
    """A boolean as clients write it: empty, 0 and F are false, everything else is true."""
    if isinstance(value, bool):
        return value
    text = str(value if value is not None else "").strip()
    return bool(text) and text[0] not in "0Ff"
