"""Passwords that are stored here."""

from __future__ import annotations

from dataclasses import dataclass

from .. import passwords
from ..database import Database
from ..directory import Account, Directory
from . import caller
from .caller import Caller
from .credentials import Password
from .identity import IdentityTokens
from .machines import Refused
from .remember import Remembered


@dataclass(frozen=True)
class Options:
    """What of the settings matters here; ``internal`` is whether these passwords count."""

    hmac_key: str
    upgrade_passwords: bool
    internal: bool = True


@dataclass(frozen=True)
class Internal:
    """The back end that our own table is.

    A wrong password costs the work of one strong hash, however it is stored.
    """

    db: Database
    directory: Directory
    identities: IdentityTokens
    remembered: Remembered
    options: Options

    def check(self, account: Account, given: Password) -> Caller | Refused:
        """Check the password of an account that has one."""
        if not self.options.internal:
            passwords.waste(given.password)
            return Refused("passwords that are stored here are switched off")
        checks: list[passwords.Checked] = []

        def verify() -> bool:
            checks.append(passwords.check(account.password, given.password, self.options.hmac_key))
            return checks[0].matches

        right = self.remembered.verify(account.password, given.password, verify)
        if not right:
            if checks and not checks[0].strong_work:
                passwords.waste(given.password)
            return Refused("wrong password")
        if account.registration_key.strip():
            return Refused(f"account is {account.registration_key[:20]}")
        if checks and checks[0].weak and self.options.upgrade_passwords:
            account = self._upgrade(account, given.password)
        return caller.user(account)

    def _upgrade(self, account: Account, password: str) -> Account:
        new = passwords.hash_new(password)
        with self.db.transaction(write=True):
            self.directory.store_password(account.id, account.password, new)
            self.identities.rebind(account.id, account.password, new)
            fresh = self.directory.account_by_id(account.id)
        return fresh or account
