"""Commands on declared registries."""

from __future__ import annotations

import argparse

from .. import accounts, audit, catalog, container, snippets
from ..catalog import wake
from ..container import Container
from ..errors import BadRequest
from ..policy import MANAGER
from ..settings import Settings
from .accounts import find_user


def add_registry(settings: Settings, arguments: argparse.Namespace) -> int:
    """Declare a registry for its owner's group."""
    built = container.build(settings, lock_seconds=30)
    with built.db.transaction(write=True):
        owner = find_user(built, arguments.owner) if arguments.owner else _manager(built)
        registry_id = catalog.declare(
            built.db,
            arguments.service,
            arguments.url,
            accounts.default_group(built.db, owner),
            insecure=arguments.insecure,
            restricted=not arguments.unrestricted,
        )
        if arguments.placement:
            catalog.set_options(built.db, registry_id, {"placement": True})
        wake.declared(built.db, built.clock())
    print(f"registry {registry_id} {arguments.service}")
    return 0


def list_registries(settings: Settings, arguments: argparse.Namespace) -> int:
    """List the declared registries."""
    built = container.build(settings)
    with built.db.transaction():
        remotes = catalog.remotes(built.db)
    for remote in remotes:
        print(f"{remote.service}  {remote.url}{'  insecure' if remote.insecure else ''}")
    return 0


def set_registry(settings: Settings, arguments: argparse.Namespace) -> int:
    """Set how tokens for a registry are made, and whether services have to be in their place."""
    built = container.build(settings, lock_seconds=30)
    given = {
        name: getattr(arguments, name)
        for name in ("major", "algorithm", "pull_seconds", "push_seconds")
        if getattr(arguments, name) is not None
    }
    if arguments.placement is not None:
        given["placement"] = arguments.placement == "on"
    with built.db.transaction(write=True):
        declared = _declared(built, arguments.service)
        major = given.get("major", declared.major)
        if given.get("algorithm", declared.algorithm) == "EdDSA" and major < 3:
            raise BadRequest("EdDSA is for registries of distribution 3: add --major 3")
        catalog.set_options(built.db, declared.registry.id, given)
    return 0


def show_config(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print a configuration with which a registry trusts and tells this collector."""
    facts = _facts(settings, arguments.service)
    print(snippets.registry(facts, arguments.folder, arguments.listen), end="")
    return 0


def show_nginx(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print the configuration of an nginx before a registry."""
    print(snippets.nginx(_facts(settings, arguments.service), arguments.upstream), end="")
    return 0


def secret(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print the secret of a registry's notifications, or make a new one."""
    built = container.build(settings, lock_seconds=30)
    with built.db.transaction(write=True):
        registry = _declared(built, arguments.service).registry
        if arguments.rotate:
            overlap = arguments.overlap_hours * 3600
            found = built.secrets.rotate(registry.id, overlap)
            fmt = "new notification secret for %(s)s"
            entry = audit.Entry(audit.SECRET_ROTATED, "manage.py", fmt, {"s": registry.service})
            audit.write(built.db, entry, built.clock())
        else:
            found = built.secrets.current(registry.id)
    print(found)
    return 0


def _facts(settings: Settings, service: str) -> snippets.Facts:
    built = container.build(settings, lock_seconds=30)
    with built.db.transaction(write=True):
        return snippets.facts(built, _declared(built, service))


def _declared(built: Container, service: str) -> catalog.Declared:
    declared = catalog.by_service(built.db, service)
    if declared is None:
        raise BadRequest(f"registry {service!r} is not declared")
    return declared


def _manager(built: Container) -> int:
    rows = built.db.rows(
        "SELECT MIN(m.user_id) FROM auth_membership m JOIN auth_group g ON g.id = m.group_id"
        " WHERE g.role = ?",
        MANAGER,
    )
    if rows[0][0] is None:
        raise BadRequest("there is no Manager; name an --owner")
    return int(rows[0][0])
