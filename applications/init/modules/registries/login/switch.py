"""Turning second factors on and off, and what that does to what was logged in before.

The caller of all of it holds the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..directory import Directory
from .caller import credential
from .identity import IdentityTokens
from .second import Second
from .sessions import Sessions


@dataclass(frozen=True)
class Switch:
    """The parts that take part."""

    directory: Directory
    second: Second
    sessions: Sessions
    identities: IdentityTokens

    def on(self, user_id: int, code: str, session: str, now: float) -> list[str]:
        """Turn it on with the first code; return recovery codes.

        Identity tokens and sessions came of the password alone, so they end; the one
        that this is done in stays.

        :raises Conflict: it is on already.
        :raises BadRequest: it is not the code.
        """
        before = self._credential(user_id)
        codes = self.second.confirm(user_id, code, now)
        self.sessions.close_others(user_id, session)
        self.identities.revoke_all(user_id, now)
        self.sessions.keep(user_id, before, self._credential(user_id))
        return codes

    def off(self, user_id: int) -> bool:
        """Turn it off; what was proven with it lives on.  Tell whether it was on."""
        before = self._credential(user_id)
        was_on = self.second.end(user_id)
        after = self._credential(user_id)
        self.sessions.keep(user_id, before, after)
        self.identities.keep(user_id, before, after)
        return was_on

    def reset(self, user_id: int, now: float) -> bool:
        """Turn it off in somebody's place, who may have lost it to another: all ends."""
        was_on = self.second.end(user_id)
        if was_on:
            self.sessions.close_others(user_id, "")
            self.identities.revoke_all(user_id, now)
        return was_on

    def _credential(self, user_id: int) -> str:
        account = self.directory.account_by_id(user_id)
        return credential(account) if account else ""
