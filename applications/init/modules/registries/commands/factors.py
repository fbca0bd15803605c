"""Commands on personal tokens and second factors."""

from __future__ import annotations

import argparse
import sys
import time

from .. import audit, container
from ..container import Container
from ..errors import BadRequest
from ..login.personal import Personal
from ..login.switch import Switch
from ..settings import Settings

_BY = "manage.py"


def list_personal(settings: Settings, arguments: argparse.Namespace) -> int:
    """List personal tokens; the tokens themselves are not stored."""
    built = container.build(settings)
    with built.db.transaction():
        found = _chosen(built, arguments.login)
        logins = {one.user_id: _login(built, one.user_id) for one in found}
    now = built.clock()
    print(f"{'id':>6}  {'created':16}  {'last used':16}  {'ends':16}  {'state':8}  login")
    for one in found:
        state = "dead" if one.revoked is not None or one.expires <= now else "live"
        times = "  ".join(map(_date, (one.created, one.last_used, one.expires)))
        kind = " for reading" if one.limits.read_only else ""
        if one.limits.registries is not None:
            kind += " on registries " + ", ".join(map(str, sorted(one.limits.registries)))
        name = f"({one.limits.name}{kind})"
        print(f"{one.id:>6}  {times}  {state:8}  {logins[one.user_id]} {name}")
    return 0


def revoke_personal(settings: Settings, arguments: argparse.Namespace) -> int:
    """Revoke one personal token."""
    built = container.build(settings)
    with built.db.transaction(write=True):
        now = built.clock()
        live = [one for one in built.factors.personal.everybody() if one.id == arguments.id
                and one.revoked is None and one.expires > now]
        built.factors.personal.revoke(live, now)
        for one in live:
            details = {"id": one.id, "name": one.limits.name, "login": _login(built, one.user_id)}
            fmt = "personal token %(id)s (%(name)s) of %(login)s revoked"
            audit.write(built.db, audit.Entry(audit.PERSONAL_REVOKED, _BY, fmt, details), now)
    if not live:
        print(f"there is no live personal token {arguments.id}", file=sys.stderr)
    return 0 if live else 1


def totp_off(settings: Settings, arguments: argparse.Namespace) -> int:
    """Turn off the second factor of who lost it; its sessions and identity tokens end."""
    built = container.build(settings, lock_seconds=30)
    switch = Switch(built.directory, built.factors.second, built.sessions, built.identities)
    with built.db.transaction(write=True):
        now, account = built.clock(), built.directory.account(arguments.login)
        if account is None:
            raise BadRequest(f"there is no account {arguments.login!r}")
        was_on = switch.reset(account.id, now)
        if was_on:
            fmt, details = "second factor of %(login)s reset", {"login": account.login}
            audit.write(built.db, audit.Entry(audit.SECOND_OFF, _BY, fmt, details), now)
    if not was_on:
        print(f"the second factor of {arguments.login} is not on", file=sys.stderr)
    return 0 if was_on else 1


def _chosen(built: Container, login: str | None) -> list[Personal]:
    if login is None:
        return built.factors.personal.everybody()
    account = built.directory.account(login)
    return built.factors.personal.of_user(account.id) if account else []


def _login(built: Container, user_id: int) -> str:
    account = built.directory.account_by_id(user_id)
    return account.login if account else f"user {user_id}"


def _date(seconds: int | None) -> str:
    if seconds is None:
        return f"{'never':16}"
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
