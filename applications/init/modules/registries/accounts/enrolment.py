"""People of other back ends: their account here, made at the first login and kept up to date.

An account is found by the key that the back end knows somebody by, never by a
name: so nobody takes over an account of the same name, whoever's it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import audit, changes
from ..database import Database
from ..directory import Account, Directory
from ..errors import BadRequest, CollectorError, Conflict
from ..login.backends import Person
from ..login.machines import Refused
from ..settings import Mapped, Settings
from . import creation, following, origins, users
from .following import Plan

_MAIL = re.compile(r"[^@:\s]+@[^@:\s]+")
_MOST_MAIL, _MOST_NAME, _MOST_USERNAME, _MOST_KEY, _MOST_STAMP = 254, 128, 128, 255, 64
_FRESH_SECONDS = 30.0
"""How long it is not written again that somebody was found good."""


@dataclass(frozen=True)
class Enrolment:
    """Accounts of people whom back ends know.

    :param mappings: by back end, what its groups mean here.
    """

    db: Database
    directory: Directory
    settings: Settings
    mappings: Mapping[str, Mapped]

    def admit(self, backend: str, person: Person, now: float) -> Account | Refused:
        """The account of somebody who has just proved who they are, as the back end has them."""
        if not _is_sound(person):
            return Refused(f"{backend} tells a name or key that can't be used here")
        try:
            with self.db.transaction():
                account = self._find(backend, person.key)
                if account is not None and self._is_as_told(account, person, backend, now):
                    return account
            with self.db.transaction(write=True):
                return self._admit(backend, person, now)
        except (BadRequest, Conflict) as error:
            return self._again(backend, person, now, error)

    def refuse(self, account: Account, reason: str, now: float) -> None:
        """Remember that the back end says somebody may not log in (or is gone)."""
        with self.db.transaction(write=True):
            origins.found_bad(self.db, account.id, reason, now)
            users.sign_out(self.db, account.id)

    def is_machines(self, password: str) -> bool:
        """Whether it is a secret that no back end may see: the uuid of a node."""
        with self.db.transaction():
            return self.directory.is_uuid(password)

    def _again(
        self, backend: str, person: Person, now: float, error: CollectorError
    ) -> Account | Refused:
        """Two first logins of one person met, and the other was quicker; or it can't be stored."""
        try:
            with self.db.transaction(write=True):
                if self._find(backend, person.key) is not None:
                    return self._admit(backend, person, now)
        except (BadRequest, Conflict) as again:
            error = again
        sentence = f"{backend} knows you, but {error}: ask who manages the accounts here"
        return Refused(sentence, told=True)

    def _admit(self, backend: str, person: Person, now: float) -> Account | Refused:
        account = self._find(backend, person.key)
        if account is None:
            user_id = self._create(backend, person, now)
            changed = ["auth_user", "auth_group", "auth_membership"]
        else:
            user_id = account.id
            changed = self._rename(user_id, backend, person, now)
            origins.found_good(self.db, user_id, person.stamp[:_MOST_STAMP], now)
        changed += self._follow(user_id, backend, person, now)
        changes.touch(self.db, now, *changed)
        found = self.directory.account_by_id(user_id)
        return found or Refused("the account is gone")

    def _find(self, backend: str, key: str) -> Account | None:
        user_id = origins.holder(self.db, backend, key)
        return None if user_id is None else self.directory.account_by_id(user_id)

    def _create(self, backend: str, person: Person, now: float) -> int:
        fields = _fields(person)
        for text in (fields["username"], fields["email"]):
            if text:
                users.require_free_login(self.db, text)
        origins.forget_gone(self.db, backend, person.key)
        user_id = creation.create_user(self.db, self.settings, None, **fields)
        origins.record(self.db, user_id, backend, person.key, person.stamp[:_MOST_STAMP], now)
        self._record(
            audit.USER_CREATED, backend, person, "user %(login)s created at its first login", now
        )
        return user_id

    def _rename(self, user_id: int, backend: str, person: Person, now: float) -> list[str]:
        """Follow names and e-mail; return the tables that changed."""
        stored = users.properties(self.db, user_id)
        new = {
            name: value
            for name, value in _fields(person).items()
            if value and value != (stored.get(name) or "")
        }
        for name in ("username", "email"):
            if name in new and new[name].lower() != (stored.get(name) or "").lower():
                users.require_free_login(self.db, new[name], user_id)
        if not new:
            return []
        users.change(self.db, user_id, new)
        fmt = "user %(login)s changed as %(backend)s has it"
        self._record(audit.USER_CHANGED, backend, person, fmt, now, changed=sorted(new))
        return ["auth_user"]

    def _follow(self, user_id: int, backend: str, person: Person, now: float) -> list[str]:
        """Follow memberships; return the tables that changed."""
        made = self._plan(user_id, backend, person)
        if not made:
            return []
        done = following.carry_out(self.db, user_id, made, bool(self.mappings[backend]))
        for action, roles, change in (
            (audit.GROUP_JOINED, done.join, "joined"),
            (audit.GROUP_LEFT, [role for _, role in done.leave], "left"),
        ):
            for role in roles:
                fmt = f"user %(login)s {change} group %(group)s, as in %(backend)s"
                self._record(action, backend, person, fmt, now, group=role)
        return ["auth_membership", "auth_group"] if done else []

    def _plan(self, user_id: int, backend: str, person: Person) -> Plan:
        if person.groups is None:
            return Plan()
        mapping = self.mappings[backend]
        roles = following.wanted(person.groups, mapping)
        return following.plan(following.memberships(self.db, user_id), roles, mapping)

    def _is_as_told(self, account: Account, person: Person, backend: str, now: float) -> bool:
        """Whether nothing has to be written: most logins are like the one before."""
        origin = account.origin
        if origin is None or origin.state or origin.stamp != person.stamp[:_MOST_STAMP]:
            return False
        limit = min(_FRESH_SECONDS, self.settings.directory_seconds / 2)
        if now - origin.checked > limit:
            return False
        stored = users.properties(self.db, account.id)
        same = all(not v or v == (stored.get(n) or "") for n, v in _fields(person).items())
        return same and not self._plan(account.id, backend, person)

    def _record(
        self, action: str, backend: str, person: Person, fmt: str, now: float, **more: Any
    ) -> None:
        details = {"login": person.mail or person.username, "backend": backend, **more}
        audit.write(self.db, audit.Entry(action, backend, fmt, details), now)


def _is_sound(person: Person) -> bool:
    names = (person.username, person.first_name, person.last_name, person.key)
    return (
        0 < len(person.username) <= _MOST_USERNAME
        and 0 < len(person.key) <= _MOST_KEY
        and all(text.isprintable() for text in names)
        and not any(c.isspace() or c in ":/" for c in person.username)
    )


def _fields(person: Person) -> dict[str, str]:
    """Columns of the account; what a directory has that can't be one is left empty."""
    is_mail = person.mail.isascii() and person.mail.isprintable() and _MAIL.fullmatch(person.mail)
    mail = person.mail if is_mail and len(person.mail) <= _MOST_MAIL else ""
    name = person.username
    return {
        # Some databases fold the case of ASCII only, and would not find the name again.
        "username": name if name.isascii() else name.lower(),
        "email": mail,
        "first_name": person.first_name[:_MOST_NAME],
        "last_name": person.last_name[:_MOST_NAME],
    }
