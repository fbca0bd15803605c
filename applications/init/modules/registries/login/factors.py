"""What there is beside passwords: tokens that take their place, codes that go with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..database import Database
from ..directory import Directory
from .lockout import Guard
from .personal import PersonalTokens
from .second import Second


@dataclass(frozen=True)
class Factors:
    """Both, for whoever checks passwords."""

    personal: PersonalTokens
    second: Second

    @classmethod
    def of(
        cls, db: Database, directory: Directory, guard: Guard, key: bytes,
        clock: Callable[[], float],
    ) -> Factors:
        """Both, over this database."""
        return cls(PersonalTokens(db, directory), Second(db, key, guard, clock))
