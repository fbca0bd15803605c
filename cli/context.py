"""What the commands share: the collector they speak with, paging, printing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import click

from . import account, output
from .client import Client, Row, segment
from .failures import Refused

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Context:
    """What all commands share."""

    url: str
    form: str
    verify: bool | str

    @property
    def client(self) -> Client:
        """A client for the account that logged in."""
        return Client(account.load(self.url), self.verify)

    def show(self, rows: list[Row], columns: tuple[str, ...]) -> None:
        """Print rows in the form that was asked for."""
        output.show(rows, columns, self.form)


_pass = click.make_pass_decorator(Context)


def pass_context(command: F) -> F:
    """Give a command the context."""
    return cast(F, _pass(cast(Any, command)))


def paged(command: F) -> F:
    """Give a list command its paging and its filters."""
    for option in (
        click.option("--filter", "filters", multiple=True, help="such as 'stars >3'; repeatable"),
        click.option("--sort", default="", help="columns, separated by commas; ~ downwards"),
        click.option("--all", "everything", is_flag=True, help="all rows, not a page of them"),
        click.option("--offset", type=click.IntRange(0), default=0, help="rows to skip"),
        click.option("--limit", type=click.IntRange(1), default=20, show_default=True),
    ):
        command = option(command)
    return command


def rows(client: Client, path: str, columns: tuple[str, ...], page: dict[str, Any]) -> list[Row]:
    """The rows of a list that the options of ``paged`` ask for."""
    query: dict[str, Any] = {"props": ",".join(columns), "filters": list(page["filters"])}
    if page["sort"]:
        query["orderby"] = page["sort"]
    if page["everything"]:
        return list(client.all(path, **query))
    query.update(limit=page["limit"], offset=page["offset"], meta=0)
    found: list[Row] = client.get(path, **query)
    return found


def properties(given: dict[str, Any]) -> Row:
    """The body that changes what was given, and nothing else."""
    named = {"address": "url"}
    return {named.get(name, name): value for name, value in given.items() if value is not None}


def registry_id(client: Client, registry: str) -> int:
    """The id of a registry, by its service or id."""
    row = client.one(f"/docker/registries/{segment(registry)}", f"registry {registry}")
    return int(row["id"])


def repository_path(client: Client, registry: str, repository: str) -> str:
    """The path of a repository of a registry, by name."""
    found = client.get(
        "/docker/repositories",
        filters=[f"registry_id {registry_id(client, registry)}", f'repository "{repository}"'],
        props="id,repository", meta=0, limit=2,
    )
    if len(found) != 1:
        raise Refused(f"there is no {repository} in {registry}, or none that you see")
    return f"/docker/repositories/{found[0]['id']}"
