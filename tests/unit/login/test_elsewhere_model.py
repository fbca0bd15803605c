"""Whatever happens to somebody, here and in their directory, in whatever order: who gets in."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applications.init.modules.registries.errors import TooManyRequests, Unauthorized
from applications.init.modules.registries.login.elsewhere import NoAnswer
from tests.home import Home
from tests.unit.login.people import Rig, rig

_SECONDS = 300
_NUMBERS = itertools.count()
_STEPS = ("right", "wrong", "before", "change", "quiet change", "remove", "back", "disable",
          "enable", "silence", "speak", "block", "unblock", "minute", "later")


class Life:
    """Somebody, and what they may expect."""

    def __init__(self, found: Rig) -> None:
        self.rig = found
        self.name = f"p{next(_NUMBERS)}"
        self.versions = 0
        self.blocked = self.removed = False
        self.right = self.before = "never"
        self.accepted: dict[str, float] = {}
        self.failed: dict[str, float] = {}
        self.user_id: int | None = None
        self.step("change")

    def step(self, step: str) -> None:
        """Let something happen, and check what comes of it."""
        {
            "right": lambda: self._login(self.right), "wrong": lambda: self._login("wrong"),
            "before": lambda: self._login(self.before),
            "change": lambda: self._change(True), "quiet change": lambda: self._change(False),
            "remove": lambda: self._remove(True), "back": lambda: self._remove(False),
            "disable": lambda: self.rig.ldap.disabled.add(self.name),
            "enable": lambda: self.rig.ldap.disabled.discard(self.name),
            "silence": lambda: self._silence("no route"), "speak": lambda: self._silence(""),
            "block": lambda: self._block("blocked"), "unblock": lambda: self._block(""),
            "minute": lambda: self.rig.home.clock.advance(61),
            "later": lambda: self.rig.home.clock.advance(_SECONDS + 1),
        }[step]()

    def _change(self, tells: bool) -> None:
        self.versions += tells
        self.before, self.right = self.right, f"secret-{next(_NUMBERS)}"
        self._remove(self.removed)

    def _remove(self, removed: bool) -> None:
        self.removed = removed
        self.rig.ldap.people.pop(self.name, None)
        if not removed:
            self.rig.ldap.add(self.name, stamp=f"stamp-{self.versions}")
        self.rig.ldap.passwords[self.name] = self.right

    def _silence(self, reason: str) -> None:
        self.rig.ldap.silent = reason
        self.rig.home.clock.advance(1)

    def _block(self, key: str) -> None:
        if self.user_id is not None:
            self.blocked = bool(key)
            self.rig.run("UPDATE auth_user SET registration_key = ? WHERE id = ?", key,
                         self.user_id)

    def _login(self, password: str) -> None:
        now, asked = self.rig.home.clock(), len(self.rig.ldap.asked)
        there = self.name in self.rig.ldap.people and self.name not in self.rig.ldap.disabled
        good = there and password == self.right and not self.rig.ldap.silent
        believed = now - self.accepted.get(password, -1e9) < _SECONDS
        try:
            who = self.rig.login(self.name, password)
        except TooManyRequests:
            assert self.failed, "locked without a failure"
        except NoAnswer:
            assert self.rig.ldap.silent
            assert not self.blocked
        except Unauthorized:
            again = now - self.failed.get(password, -1e9) < 60
            assert self.blocked or not good or again, "refused, though all is well"
            if len(self.rig.ldap.asked) > asked or password not in self.failed:
                self.failed[password] = now
            if self.blocked:
                assert len(self.rig.ldap.asked) == asked, "asked about somebody who is blocked"
        else:
            assert not self.blocked
            assert good or believed, "let in without a right"
            assert self.user_id in (None, who.user_id), "a second account"
            self.user_id = who.user_id
            if len(self.rig.ldap.asked) > asked:
                assert good
                self.accepted[password] = now


@settings(max_examples=150, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(_STEPS), min_size=5, max_size=30))
def test_who_gets_in(home: Home, steps: list[str]) -> None:
    """Property: nobody gets in whom the directory would refuse, and did not know a while ago, or
    who is blocked here; who is well known there gets in; nobody has two accounts.
    """
    life = Life(rig(home))
    with home.db.transaction(write=True):
        for table in ("registry_login_failures", "registry_login_addresses"):
            home.db.run(f"DELETE FROM {table}")
    for step in steps:
        life.step(step)
