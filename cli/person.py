"""What only the person does, not a token: signing in with the password, and the code with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from .account import Account
from .client import Client
from .failures import SecondFactor

PERSONAL = "osvcpat_"
"""How a personal token begins, which may be given in place of the password."""


def password(from_stdin: bool) -> str:
    """The password: the next line of standard input, or asked for."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    answer: str = click.prompt("password", hide_input=True, err=True)
    return answer


@contextmanager
def signed_in(
    url: str, verify: bool | str, login: str, secret: str, from_stdin: bool = False
) -> Iterator[Client]:
    """A client that is signed in for a moment.

    Where the account has a second factor its code is asked for; it is the second
    line where the password came from standard input.
    """
    client = Client(Account(url), verify)
    body = {"login": login, "password": secret}
    try:
        client.send("POST", "/session", body)
    except SecondFactor:
        client.send("POST", "/session", {**body, "code": _code(from_stdin)})
    try:
        yield client
    finally:
        client.send("DELETE", "/session")


def _code(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().strip()
    answer: str = click.prompt("code of the second factor", err=True)
    return answer
