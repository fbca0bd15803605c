"""The commands on accounts and registries; each is one or two requests to the REST API."""

from __future__ import annotations

import platform
from dataclasses import replace
from typing import Any

import click

from . import account, output, person
from .account import Account
from .client import Client, segment
from .contents import repositories, tags
from .context import Context, paged, pass_context, properties, rows
from .tokens import token

_REGISTRY = ("id", "service", "url", "insecure", "restricted")
_GROUP = ("id", "role")
_ACCESS = ("action", "granted", "reason", "sentence")
_EVENT = ("received", "action", "repository", "tag", "actor", "state", "reason")
_LOG = ("log_date", "log_action", "log_user", "log_event")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--url", default="", envvar="REGISTRIES_URL", help="the collector, if another")
@click.option(
    "--output", "-o", "form", type=click.Choice(output.FORMATS), default="table",
    help="how rows are printed",
)
@click.option("--ca-file", type=click.Path(exists=True), help="certificate authority of the url")
@click.pass_context
def main(context: click.Context, url: str, form: str, ca_file: str | None) -> None:
    """Docker registries of an OpenSVC collector.

    \b
    registries login https://collector.example.org
    registries list
    registries tags list registry.local users/ada/hello
    registries access registry.local users/ada/hello --user bob
    registries tags delete registry.local users/ada/hello 1.0

    Shell completion: eval "$(_REGISTRIES_COMPLETE=bash_source registries)"
    """
    context.obj = Context(url, form, ca_file or True)


@main.command()
@click.argument("url")
@click.option("--login", "-u", prompt=True, help="e-mail address or username")
@click.option("--password-stdin", is_flag=True,
              help="read the password, and on a second line the code, from standard input")
@pass_context
def login(context: Context, url: str, login: str, password_stdin: bool) -> None:
    """Log in, and keep a token in place of the password.

    Where the account has a second factor, its code is asked for.  A personal token
    given in place of the password is kept itself.
    """
    url, secret = url.rstrip("/"), person.password(password_stdin)
    if secret.startswith(person.PERSONAL):
        known = Account(url, login, secret)
        told = Client(known, context.verify).get("/session")
        account.keep(replace(known, login=told["login"]))
        return output.say(f"logged in as {told['login']}")
    name = f"registries on {platform.node() or 'a machine'}"[:100]
    with person.signed_in(url, context.verify, login, secret, password_stdin) as client:
        row = client.send("POST", "/users/self/tokens", {"name": name})["data"]
    account.keep(Account(url, login, row["token"], int(row["id"])))
    return output.say(f"logged in as {login}")


@main.command()
@pass_context
def logout(context: Context) -> None:
    """Revoke the token, and forget it."""
    known = account.load(context.url)
    try:
        if known.token_id:
            Client(known, context.verify).send("DELETE", f"/users/self/tokens/{known.token_id}")
    finally:
        account.forget(known)


@main.command("list")
@paged
@pass_context
def list_registries(context: Context, **page: Any) -> None:
    """List the registries that you see."""
    context.show(rows(context.client, "/docker/registries", _REGISTRY, page), _REGISTRY)


@main.command()
@click.argument("registry")
@pass_context
def show(context: Context, registry: str) -> None:
    """Show a registry, by its service or id."""
    row = context.client.one(f"/docker/registries/{segment(registry)}", f"registry {registry}")
    context.show([row], tuple(row))


@main.command()
@click.argument("service")
@click.option("--address", help="where the collector reaches it (default: https://SERVICE)")
@click.option("--insecure/--secure", default=None, help="its certificate is not checked")
@click.option("--restricted/--unrestricted", default=None, help="only responsibles push to it")
@click.option("--placement/--no-placement", default=None, help="services have to be in their place")
@pass_context
def add(context: Context, service: str, **given: Any) -> None:
    """Declare a registry."""
    body = {"service": service, **properties(given)}
    context.show(context.client.send("POST", "/docker/registries", body)["data"], _REGISTRY)


@main.command("set")
@click.argument("registry")
@click.option("--address", help="where the collector reaches it")
@click.option("--insecure/--secure", default=None, help="its certificate is not checked")
@click.option("--restricted/--unrestricted", default=None, help="only responsibles push to it")
@click.option("--placement/--no-placement", default=None, help="services have to be in their place")
@pass_context
def set_registry(context: Context, registry: str, **given: Any) -> None:
    """Change the properties of a registry."""
    answer = context.client.send(
        "POST", f"/docker/registries/{segment(registry)}", properties(given)
    )
    output.say(str(answer.get("info", "")))


@main.command()
@click.argument("registry")
@click.confirmation_option(prompt="Its repositories and tags leave the collector. Go on?")
@pass_context
def delete(context: Context, registry: str) -> None:
    """Delete a registry from the collector; its images stay where they are."""
    answer = context.client.send("DELETE", f"/docker/registries/{segment(registry)}")
    output.say(str(answer.get("info", "")))


@main.command()
@click.argument("registry")
@click.argument("repository")
@click.option("--user", help="somebody else: e-mail address, username or id")
@click.option("--service", help="a service: its name or svc_id")
@click.option("--node", help="the node that the service logs in from: its name or node_id")
@click.option("--address", help="the address that it comes from")
@pass_context
def access(context: Context, registry: str, repository: str, **who: str | None) -> None:
    """Tell who may do what with a repository, and why not."""
    asked = {"repository": repository, **who}
    query = {name: value for name, value in asked.items() if value}
    path = f"/docker/registries/{segment(registry)}/access"
    context.show(context.client.get(path, **query), _ACCESS)


@main.command()
@click.argument("registry")
@click.option("--run", is_flag=True, help="have it discovered now")
@pass_context
def discovery(context: Context, registry: str, run: bool) -> None:
    """Tell how the discovery of a registry goes."""
    path, client = f"/docker/registries/{segment(registry)}/discovery", context.client
    if run:
        output.say(str(client.send("POST", path).get("info", "")))
    found = client.get(path)
    states = found if isinstance(found, list) else [found]
    context.show(states, tuple(states[0]))


@main.command()
@click.argument("registry")
@paged
@pass_context
def events(context: Context, registry: str, **page: Any) -> None:
    """List what a registry told in the last days."""
    path = f"/docker/registries/{segment(registry)}/events"
    context.show(rows(context.client, path, _EVENT, page), _EVENT)


@main.command()
@click.argument("registry")
@click.option("--part", type=click.Choice(["registry", "notifications", "nginx"]),
              default="registry", show_default=True)
@pass_context
def config(context: Context, registry: str, part: str) -> None:
    """Print what to configure a registry, or the nginx before it, with."""
    row = context.client.get(f"/docker/registries/{segment(registry)}/config")[0]
    click.echo(row[part], nl=False)


@main.command()
@click.argument("registry")
@click.option("--rotate", is_flag=True, help="make a new one")
@pass_context
def secret(context: Context, registry: str, rotate: bool) -> None:
    """Print the secret of a registry's notifications."""
    path = f"/docker/registries/{segment(registry)}/secret"
    found = context.client.ask("POST" if rotate else "GET", path, body={} if rotate else None)
    row = found["data"][0] if isinstance(found["data"], list) else found["data"]
    click.echo(row["secret"])


@main.command()
@paged
@pass_context
def logs(context: Context, **page: Any) -> None:
    """List the log, newest first, as far as you may see it."""
    context.show(rows(context.client, "/logs", _LOG, page), _LOG)


def _links(side: str) -> click.Group:
    """The commands for the groups a registry is published to, or that are responsible for it."""
    group = click.Group(side, help=f"Groups: {side} of a registry.")

    @group.command("list")
    @click.argument("registry")
    @pass_context
    def listed(context: Context, registry: str) -> None:
        """List the groups."""
        found = context.client.all(f"/docker/registries/{segment(registry)}/{side}")
        context.show(list(found), _GROUP)

    def change(method: str, name: str, help: str) -> None:
        @group.command(name, help=help)
        @click.argument("registry")
        @click.argument("role")
        @pass_context
        def changed(context: Context, registry: str, role: str) -> None:
            path = f"/docker/registries/{segment(registry)}/{side}/{segment(role)}"
            output.say(str(context.client.send(method, path).get("info", "")))

    change("POST", "add", "Add a group, by name or id.")
    change("DELETE", "remove", "Remove a group, by name or id.")
    return group


main.add_command(repositories)
main.add_command(tags)
main.add_command(token)
main.add_command(_links("publications"))
main.add_command(_links("responsibles"))
