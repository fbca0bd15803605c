"""Commands on accounts of other back ends: ask one about somebody, hand accounts over."""

from __future__ import annotations

import argparse
import getpass
import sys

from .. import audit, container
from ..accounts import following, origins
from ..container import Container
from ..directory import Account
from ..errors import BadRequest, Conflict, Unavailable
from ..login.backends import Backend, Person, Rejected, Silent
from ..settings import Settings
from .accounts import find_user


def ask(settings: Settings, arguments: argparse.Namespace) -> int:
    """Ask a back end who somebody is, and what would follow here; nothing is changed.

    Return 1 where they could not log in.
    """
    built = container.build(settings)
    backend = _backend(settings, arguments.backend)
    password = ""
    if arguments.password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif arguments.password:
        password = getpass.getpass("password: ")
    told = _told(backend, arguments.login, password)
    if isinstance(told, Rejected):
        print(f"{backend.name}: {told.kind}: {told.reason}")
        return 1
    names = "" if told.groups is None else ", ".join(sorted(told.groups)) or "none"
    for label, value in (
        ("username", told.username), ("e-mail", told.mail),
        ("name", f"{told.first_name} {told.last_name}".strip()), ("key", told.key),
        ("groups", names),
    ):
        print(f"{label + ':':10} {value}")
    if told.groups is not None:
        mapping = getattr(settings, backend.name).group_mapping
        here = following.wanted(told.groups, mapping)
        print(f"{'here:':10} {', '.join(sorted(here)) or 'no group'}")
    with built.db.transaction():
        holder = origins.holder(built.db, backend.name, told.key)
    print(f"{'account:':10} {holder or 'none yet, made at the first login'}")
    return 0


def adopt(settings: Settings, arguments: argparse.Namespace) -> int:
    """Make accounts a back end's, which is asked about each by its name here.

    Return 1 where one of them could not be.
    """
    built = container.build(settings, lock_seconds=30)
    backend = _backend(settings, arguments.backend)
    if bool(arguments.login) == arguments.all:
        raise BadRequest("name some accounts, or say --all")
    left = 0
    for login in arguments.login or _without_password(built):
        try:
            print(f"{login}: {_adopt(built, backend, login, arguments.drop_password)}")
        except (BadRequest, Conflict) as error:
            print(f"{login}: {error}", file=sys.stderr)
            left += 1
    return 1 if left else 0


def release(settings: Settings, arguments: argparse.Namespace) -> int:
    """Make an account our own again: it has no password until one is set."""
    built = container.build(settings, lock_seconds=30)
    with built.db.transaction(write=True):
        user_id = find_user(built, arguments.login)
        if not origins.forget(built.db, user_id):
            raise BadRequest(f"{arguments.login} is no back end's")
        _record(built, arguments.login, "is no back end's any more", "")
    print(f"{arguments.login}: set a password with manage.py user passwd")
    return 0


def _adopt(built: Container, backend: Backend, login: str, drop_password: bool) -> str:
    with built.db.transaction():
        account = _adoptable(built, login, drop_password)
    told = _told(backend, account.username or account.email, "")
    if isinstance(told, Rejected):
        raise BadRequest(f"{backend.name} says: {told.reason}")
    with built.db.transaction(write=True):
        account = _adoptable(built, login, drop_password)
        if origins.holder(built.db, backend.name, told.key) is not None:
            raise Conflict(f"{told.username} of {backend.name} has another account here")
        built.db.run("UPDATE auth_user SET password = NULL WHERE id = ?", account.id)
        # Whoever comes next is asked about anew: nothing is known of today.
        origins.record(built.db, account.id, backend.name, told.key, told.stamp, 0)
        _record(built, account.login, "is %(backend)s's now", backend.name)
    return f"is {told.username} of {backend.name} now"


def _adoptable(built: Container, login: str, drop_password: bool) -> Account:
    account = built.directory.account(login)
    if account is None:
        raise BadRequest("there is no such account")
    if account.origin is not None:
        raise Conflict(f"it is {account.origin.backend}'s already")
    if account.password and not drop_password:
        raise Conflict("it has a password here: with --drop-password that is forgotten")
    return account


def _without_password(built: Container) -> list[str]:
    with built.db.transaction():
        rows = built.db.rows(
            "SELECT u.email, u.username FROM auth_user u"
            " LEFT JOIN registry_account_origins o ON o.user_id = u.id"
            " WHERE o.id IS NULL AND (u.password IS NULL OR u.password = '') ORDER BY u.id"
        )
    return [str(email or username) for email, username in rows if email or username]


def _backend(settings: Settings, name: str) -> Backend:
    for backend in container.backends(settings):
        if backend.name == name:
            return backend
    raise BadRequest(f"{name} is not in COLLECTOR_LOGIN_BACKENDS")


def _told(backend: Backend, login: str, password: str) -> Person | Rejected:
    try:
        return backend.check(login, password) if password else backend.find(login)
    except Silent as silence:
        raise Unavailable(f"{backend.name} does not answer: {silence}") from None


def _record(built: Container, login: str, what: str, backend: str) -> None:
    details = {"login": login, "backend": backend}
    entry = audit.Entry(audit.USER_CHANGED, "manage.py", f"user %(login)s {what}", details)
    audit.write(built.db, entry, built.clock())
