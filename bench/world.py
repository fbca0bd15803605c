"""A collector of some size: users, groups, memberships, written straight into the tables."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass

from applications.init.modules.registries import container, passwords, setup
from applications.init.modules.registries.settings import Settings

SERVICE = "registry.bench"
PASSWORD = "bench-password"
USERS, GROUPS, MEMBERSHIPS, ACTIVE = 10_000, 1_000, 10, 50


@dataclass(frozen=True)
class Client:
    """One user's request: its query string and Authorization header."""

    query: str
    authorization: str


def make(settings: Settings) -> list[Client]:
    """Set up a home, fill it, and return requests of ``ACTIVE`` of its users."""
    setup.first_start(settings)
    db = container.build(settings, lock_seconds=30).db
    stored, chance = passwords.hash_new(PASSWORD), random.Random(1)
    with db.transaction(write=True):
        puller, pusher = (
            db.rows("SELECT id FROM auth_group WHERE role = ?", f"DockerRegistries{name}")[0][0]
            for name in ("Puller", "Pusher")
        )
        for group in range(10_000, 10_000 + GROUPS):
            db.run(
                "INSERT INTO auth_group (id, role, privilege) VALUES (?, ?, 'F')",
                group,
                f"group-{group}",
            )
        for user in range(1_000, 1_000 + USERS):
            db.run(
                "INSERT INTO auth_user (id, email, username, password, registration_key)"
                " VALUES (?, ?, ?, ?, '')",
                user,
                f"user-{user}@example.org",
                f"user-{user}",
                stored,
            )
            groups = chance.sample(range(10_001, 10_000 + GROUPS), MEMBERSHIPS)
            for group in (puller, pusher, 10_000, *groups):
                db.run(
                    "INSERT INTO auth_membership (user_id, group_id, primary_group)"
                    " VALUES (?, ?, 'F')",
                    user,
                    group,
                )
        registry = db.dal.docker_registries.insert(
            service=SERVICE, url="http://127.0.0.1:1", restricted=False
        )
        db.dal.docker_registries_publications.insert(registry_id=registry, group_id=10_000)
    db.close()
    return [_client(user) for user in range(1_000, 1_000 + ACTIVE)]


def _client(user: int) -> Client:
    credentials = f"user-{user}@example.org:{PASSWORD}".encode()
    return Client(
        f"account=user-{user}&scope=repository:users/{user}/app:pull,push&service={SERVICE}",
        "Basic " + base64.b64encode(credentials).decode(),
    )
