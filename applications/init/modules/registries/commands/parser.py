"""The command line: one sub-command is one function."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .. import settings as settings_module
from ..errors import CollectorError
from ..settings import ALGORITHMS
from . import accounts, backends, contents, factors, keys, registries, state

Run = Callable[..., int]


def main(arguments: Sequence[str]) -> int:
    """Run one command; return the exit status: 0 done, 1 refused or unfit, 2 bad usage."""
    parsed = build_parser().parse_args(arguments)
    run: Run = parsed.run
    try:
        return run(settings_module.load(), parsed)
    except CollectorError as error:
        print(f"manage.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, for use and for the documentation's test."""
    parser = argparse.ArgumentParser(
        prog="manage.py", description="Operator commands of the collector's docker registries."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _state_commands(commands)
    _account_commands(_group(commands, "user", "accounts of people"))
    _registry_commands(_group(commands, "registry", "declared registries"))
    _token_commands(_group(commands, "tokens", "identity tokens and personal tokens"))
    _key_commands(_group(commands, "keys", "signing keys of the tokens"))
    return parser


def _group(commands: Any, name: str, help: str) -> Any:
    return commands.add_parser(name, help=help).add_subparsers(metavar="COMMAND", required=True)


def _add(commands: Any, name: str, run: Run, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    parser.set_defaults(run=run)
    return parser


def _state_commands(commands: Any) -> None:
    _add(commands, "setup", state.setup, "create or update the state directory and the tables")
    load = _add(commands, "load", state.load, "import a world of groups, users, registries ...")
    load.add_argument("file", type=Path, help="JSON file")
    _add(commands, "check", state.check, "look at configuration, database, keys and registries")
    _add(commands, "prune", state.prune, "delete old audit entries and dead tokens now")
    discover = _add(commands, "discover", contents.discover, "crawl registries now")
    discover.add_argument("service", nargs="?", help="default: all registries")
    discover.add_argument("--full", action="store_true", help="ask again about every tag")
    delete = _add(commands, "delete", contents.delete, "delete a tag or repository")
    delete.add_argument("service")
    delete.add_argument("name", help="repository:tag, or repository with all its tags")
    delete.add_argument(
        "--force", action="store_true", help="also other tags of the same image, if it must be"
    )
    unlock = _add(commands, "unlock", state.unlock, "forget the failed logins of an account")
    unlock.add_argument("login", help="e-mail, username, or path@nodename")


def _account_commands(commands: Any) -> None:
    add = _add(commands, "add", accounts.add_user, "create an account")
    add.add_argument("email")
    add.add_argument("--username", help="short name, owner of users/<username>/")
    add.add_argument("--group", action="append", default=[], help="group to join, made if missing")
    add.add_argument("--privilege", action="append", default=[], help="privilege to give")
    add.add_argument("--password-stdin", action="store_true", help="read the password from stdin")
    passwd = _add(commands, "passwd", accounts.passwd, "set the password of an account")
    passwd.add_argument("email")
    passwd.add_argument("--password-stdin", action="store_true", help="read it from stdin")
    off = _add(commands, "totp-off", factors.totp_off, "turn off a second factor that was lost")
    off.add_argument("login", help="e-mail or username")
    _backend_commands(commands)


def _backend_commands(commands: Any) -> None:
    ask = _add(commands, "ask", backends.ask, "ask a login back end who somebody is")
    ask.add_argument("backend", choices=("ldap", "radius"))
    ask.add_argument("login", help="as it is typed at a login")
    ask.add_argument("--password", action="store_true", help="ask for the password, and check it")
    ask.add_argument("--password-stdin", action="store_true", help="the same, from stdin")
    adopt = _add(commands, "adopt", backends.adopt, "make accounts a back end's")
    adopt.add_argument("backend", choices=("ldap", "radius"))
    adopt.add_argument("login", nargs="*", help="e-mail or username")
    adopt.add_argument("--all", action="store_true", help="all accounts without a password")
    adopt.add_argument(
        "--drop-password", action="store_true", help="also accounts with a password, forgotten then"
    )
    release = _add(commands, "release", backends.release, "make a back end's account our own")
    release.add_argument("login", help="e-mail or username")


_PLACEMENT = "services log in only from a node with an instance of them, and from its addresses"


def _registry_commands(commands: Any) -> None:
    add = _add(commands, "add", registries.add_registry, "declare a registry")
    add.add_argument("service", help="its auth.token.service")
    add.add_argument("url", help="where the collector reaches it")
    add.add_argument("--owner", help="e-mail of the responsible user (default: the first Manager)")
    add.add_argument("--insecure", action="store_true", help="do not check its certificate")
    add.add_argument(
        "--unrestricted", action="store_true", help="not only responsibles push to their own spaces"
    )
    add.add_argument("--placement", action="store_true", help=_PLACEMENT)
    _add(commands, "list", registries.list_registries, "list the declared registries")
    change = _add(commands, "set", registries.set_registry, "set how and for whom tokens are made")
    change.add_argument("service")
    change.add_argument("--major", type=int, choices=(2, 3), help="of distribution")
    change.add_argument("--algorithm", choices=ALGORITHMS, help="of its tokens' signature")
    change.add_argument("--pull-seconds", type=int, help="life of a token for pulling")
    change.add_argument("--push-seconds", type=int, help="life of a token for pushing")
    change.add_argument("--placement", choices=("on", "off"), help=_PLACEMENT)
    config = _add(commands, "config", registries.show_config, "print a configuration for it")
    config.add_argument("service")
    config.add_argument("--listen", help="host:port of the registry (default: its url's)")
    config.add_argument("--folder", default="registry-data", help="where it keeps its images")
    nginx = _add(commands, "nginx", registries.show_nginx, "print the nginx to put before it")
    nginx.add_argument("service")
    nginx.add_argument(
        "--upstream", default="http://localhost:5000", help="where nginx reaches the registry"
    )
    secret = _add(commands, "secret", registries.secret, "print the secret of its notifications")
    secret.add_argument("service")
    secret.add_argument("--rotate", action="store_true", help="make a new one")
    secret.add_argument(
        "--overlap-hours", type=float, default=168.0, help="hours that the old one stays good"
    )
    known = _add(commands, "state", contents.state, "tell how discovery and notifications go")
    known.add_argument("service", nargs="?", help="default: all registries")


def _token_commands(commands: Any) -> None:
    list_ = _add(commands, "list", accounts.list_tokens, "list identity tokens")
    list_.add_argument("--login", help="only those of this login")
    revoke = _add(commands, "revoke", accounts.revoke_token, "revoke an identity token")
    revoke.add_argument("id", type=int)
    personal = _add(commands, "personal", factors.list_personal, "list personal tokens")
    personal.add_argument("--login", help="only those of this login")
    revoke = _add(
        commands, "revoke-personal", factors.revoke_personal, "revoke a personal token"
    )
    revoke.add_argument("id", type=int)


def _key_commands(commands: Any) -> None:
    _add(commands, "list", keys.list_keys, "list the signing keys and what becomes of them")
    rotate = _add(commands, "rotate", keys.rotate, "make a new signing key")
    rotate.add_argument("--algorithm", choices=ALGORITHMS, help="default: the one in use")
    rotate.add_argument(
        "--overlap-hours",
        type=float,
        default=24.0,
        help="hours until it signs, for giving registries the new bundle first; 0: at once",
    )
    _add(commands, "prune", keys.prune, "forget keys whose tokens have all expired")
    bundle = _add(commands, "bundle", keys.bundle, "print the certificates a registry must trust")
    bundle.add_argument("--major", type=int, choices=(2, 3), default=2, help="of distribution")
