"""Commands on repositories and tags."""

from __future__ import annotations

from typing import Any

import click

from . import output
from .client import Row
from .context import Context, paged, pass_context, properties, registry_id, repository_path, rows
from .failures import Refused

_REPOSITORY = ("id", "registry_id", "repository", "stars", "description")
_TAG = ("id", "repository_id", "name", "size", "digest", "pushed_by", "pushed_at")


@click.group()
def repositories() -> None:
    """Repositories of a registry."""


@click.group()
def tags() -> None:
    """Tags of a repository."""


@repositories.command("list")
@click.argument("registry", required=False)
@paged
@pass_context
def list_repositories(context: Context, registry: str | None, **page: Any) -> None:
    """List the repositories that you see, of one registry or of all."""
    client = context.client
    if registry:
        page["filters"] = (*page["filters"], f"registry_id {registry_id(client, registry)}")
    context.show(rows(client, "/docker/repositories", _REPOSITORY, page), _REPOSITORY)


@repositories.command("show")
@click.argument("registry")
@click.argument("repository")
@pass_context
def show_repository(context: Context, registry: str, repository: str) -> None:
    """Show a repository, and who may pull from it and push to it."""
    client = context.client
    row = client.one(repository_path(client, registry, repository), repository)
    for side in ("pullers", "pushers"):
        found = client.get(f"/docker/repositories/{row['id']}/{side}")
        row[side] = {kind: [_named(one) for one in ones] for kind, ones in found.items() if ones}
    context.show([row], tuple(row))


@repositories.command("set")
@click.argument("registry")
@click.argument("repository")
@click.option("--description")
@click.option("--official/--unofficial", default=None)
@click.option("--automated/--manual", default=None)
@pass_context
def set_repository(context: Context, registry: str, repository: str, **given: Any) -> None:
    """Describe a repository."""
    client = context.client
    path = repository_path(client, registry, repository)
    output.say(str(client.send("POST", path, properties(given)).get("info", "")))


@repositories.command("delete")
@click.argument("registry")
@click.argument("repository")
@click.confirmation_option(prompt="All its tags are deleted in the registry. Go on?")
@pass_context
def delete_repository(context: Context, registry: str, repository: str) -> None:
    """Delete a repository with all its tags, in its registry too."""
    client = context.client
    answer = client.send("DELETE", repository_path(client, registry, repository))
    output.say(str(answer.get("info", "")))


@tags.command("list")
@click.argument("registry")
@click.argument("repository")
@paged
@pass_context
def list_tags(context: Context, registry: str, repository: str, **page: Any) -> None:
    """List the tags of a repository."""
    client = context.client
    id_ = repository_path(client, registry, repository).rpartition("/")[2]
    page["filters"] = (*page["filters"], f"repository_id {id_}")
    context.show(rows(client, "/docker/tags", _TAG, page), _TAG)


@tags.command("delete")
@click.argument("registry")
@click.argument("repository")
@click.argument("tag")
@click.option("--force", is_flag=True, help="also other tags of the same image, if it must be")
@click.confirmation_option(prompt="The tag is deleted in the registry. Go on?")
@pass_context
def delete_tag(context: Context, registry: str, repository: str, tag: str, force: bool) -> None:
    """Delete a tag, in its registry too."""
    client = context.client
    id_ = repository_path(client, registry, repository).rpartition("/")[2]
    found = client.get(
        "/docker/tags", filters=[f"repository_id {id_}", f'name "{tag}"'], meta=0, limit=2
    )
    exact = [row for row in found if row["name"] == tag]
    if not exact:
        raise Refused(f"there is no {repository}:{tag}")
    answer = client.send("DELETE", f"/docker/tags/{exact[0]['id']}", {"force": force})
    output.say(str(answer.get("info", "")))


def _named(row: Row) -> str:
    name = row.get("role") or row.get("app") or row.get("svcname")
    return str(name or f"{row.get('first_name') or ''} {row.get('last_name') or ''}".strip()
               or row.get("id"))
