"""Commands on one's personal tokens, which machines log in with in place of the password."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import click

from . import account, output, person
from .client import Client, Row
from .context import Context, pass_context
from .failures import Refused

_PATH = "/users/self/personal_tokens"
_COLUMNS = (
    "id", "name", "created", "expires", "last_used", "last_address", "read_only", "registries"
)


@click.group()
def token() -> None:
    """Personal tokens: for docker login and scripts, in place of the password."""


@token.command()
@click.argument("name")
@click.option("--days", type=click.IntRange(1), default=90, show_default=True,
              help="how long it lives")
@click.option("--read-only", is_flag=True, help="it pulls and reads, and changes nothing")
@click.option("--registry", "registries", multiple=True,
              help="it is for docker on this registry only, by service or id; repeatable")
@click.option("--password-stdin", is_flag=True,
              help="read the password, and on a second line the code, from standard input")
@pass_context
def create(context: Context, name: str, password_stdin: bool, **given: Any) -> None:
    """Create a token, and print it: it is not shown again.

    A token makes no tokens, so it asks for the password, and for the code of the second
    factor where that is on.
    """
    body = {"name": name, "days": given["days"], "read_only": given["read_only"]}
    if given["registries"]:
        body["registries"] = list(given["registries"])
    known = account.load(context.url)
    with _signed_in(context, known, password_stdin) as client:
        answer = client.send("POST", _PATH, body)
    click.echo(answer["data"]["token"])
    click.echo(output.plain(answer["info"]), err=True)


@token.command("ls")
@click.option("--all", "everything", is_flag=True, help="dead ones too")
@pass_context
def list_tokens(context: Context, everything: bool) -> None:
    """List your tokens; the tokens themselves are not stored."""
    rows = _rows(context.client) if everything else _live(context.client)
    columns = (*_COLUMNS, "revoked") if everything else _COLUMNS
    context.show([{name: row[name] for name in columns} for row in rows], columns)


@token.command("rm")
@click.argument("name")
@click.option("--password-stdin", is_flag=True,
              help="read the password, where it is needed, from standard input")
@click.confirmation_option(prompt="What uses it has to log in with another. Go on?")
@pass_context
def remove(context: Context, name: str, password_stdin: bool) -> None:
    """Revoke a token, by its name or id."""
    known = account.load(context.url)
    # What login keeps revokes tokens; a personal token that was given in its place does not.
    client: AbstractContextManager[Client] = nullcontext(Client(known, context.verify))
    if known.token.startswith(person.PERSONAL):
        client = _signed_in(context, known, password_stdin)
    with client as asking:
        found = [row for row in _live(asking) if name in (row["name"], str(row["id"]))]
        if len(found) != 1:
            raise Refused(f"you have no live token {name}" if not found else
                          f"{name} is the name of one token and the id of another")
        answer = asking.send("DELETE", f"{_PATH}/{found[0]['id']}")
    output.say(str(answer.get("info", "")))


def _signed_in(
    context: Context, known: account.Account, from_stdin: bool
) -> AbstractContextManager[Client]:
    login = known.login or click.prompt("login", err=True)
    secret = person.password(from_stdin)
    return person.signed_in(known.url, context.verify, login, secret, from_stdin)


def _rows(client: Client) -> list[Row]:
    return list(client.all(_PATH, orderby="id"))


def _live(client: Client) -> list[Row]:
    """Those that are neither revoked nor at their end, by the collector's clock."""
    return list(client.all(_PATH, orderby="id", filters=["revoked empty", "expires >0s"]))
