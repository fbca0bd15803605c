"""Commands on accounts and identity tokens."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
import time

from .. import accounts, audit, container
from ..container import Container
from ..errors import BadRequest
from ..settings import Settings


def add_user(settings: Settings, arguments: argparse.Namespace) -> int:
    """Create an account; without a password on stdin one is generated and shown."""
    built = container.build(settings, lock_seconds=30)
    given = _password() if arguments.password_stdin else None
    password = given or secrets.token_urlsafe(12)
    with built.db.transaction(write=True):
        fields = {"email": arguments.email, "username": arguments.username}
        user_id = accounts.create_user(built.db, settings, password, **fields)
        for role in arguments.group:
            accounts.join(built.db, user_id, _organisational(built, role))
        for role in arguments.privilege:
            accounts.join(built.db, user_id, accounts.group_of_kind(built.db, role, privilege=True))
    print(f"user {user_id} {arguments.email}")
    if given is None:
        print(f"password: {password}")
    return 0


def passwd(settings: Settings, arguments: argparse.Namespace) -> int:
    """Set a password."""
    built = container.build(settings, lock_seconds=30)
    password = _password() if arguments.password_stdin else getpass.getpass("new password: ")
    with built.db.transaction(write=True):
        accounts.set_password(built.db, find_user(built, arguments.email), password)
    return 0


def list_tokens(settings: Settings, arguments: argparse.Namespace) -> int:
    """List identity tokens; the tokens themselves are not stored."""
    built = container.build(settings)
    with built.db.transaction():
        issued = built.identities.list(arguments.login)
    print(f"{'id':>6}  {'created':16}  {'last used':16}  {'state':8}  login")
    for token in issued:
        dead = token.revoked is not None or token.expires < built.clock()
        state = "dead" if dead else "live"
        row = f"{token.id:>6}  {_date(token.created)}  {_date(token.last_used)}  {state:8}"
        print(f"{row}  {token.login} ({token.client})")
    return 0


def revoke_token(settings: Settings, arguments: argparse.Namespace) -> int:
    """Revoke one identity token."""
    built = container.build(settings)
    with built.db.transaction(write=True):
        now = built.clock()
        revoked = built.identities.revoke(arguments.id, now)
        if revoked:
            details = {"id": arguments.id}
            fmt = "identity token %(id)s revoked"
            entry = audit.Entry(audit.IDENTITY_REVOKED, "manage.py", fmt, details)
            audit.write(built.db, entry, now)
    if not revoked:
        print(f"there is no live identity token {arguments.id}", file=sys.stderr)
    return 0 if revoked else 1


def find_user(built: Container, email: str) -> int:
    """The id of an account.

    :raises BadRequest: there is none.
    """
    account = built.directory.account(email)
    if account is None:
        raise BadRequest(f"there is no account {email!r}")
    return account.id


def _password() -> str:
    password = sys.stdin.readline().rstrip("\n")
    if not password:
        raise BadRequest("no password on stdin")
    return password


def _organisational(built: Container, role: str) -> int:
    groups = built.db.dal.auth_group
    if built.db.dal(groups.role == role).isempty():
        groups.insert(role=role, privilege=False)
    return accounts.group_of_kind(built.db, role, privilege=False)


def _date(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
