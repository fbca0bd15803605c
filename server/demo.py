"""A demonstration: people, registries, images and two weeks of a log, to look around in.

usage: python -m server.demo HOME URL   (then serve that home)

Nothing of it is real: no registry has to run, and each password is the username
with ``-secret``.  It is for a state directory of its own, never for a collector in use.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from applications.init.modules.registries import audit, container, dates, setup, world
from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.database import Database
from applications.init.modules.registries.errors import StartupError
from applications.init.modules.registries.world import document

DAY = 86_400
DAYS = 14
PUSHER, PULLER = "DockerRegistriesPusher", "DockerRegistriesPuller"
_PEOPLE = (
    ("ada", "Ada", "Byron", "webdev", [PUSHER, PULLER]),
    ("linus", "Linus", "Larsen", "Platform-Team", [PUSHER, PULLER, "DockerRegistriesManager"]),
    ("grace", "Grace", "Hall", "audit", [PULLER]),
    ("root", "Rosa", "Ott", "Platform-Team", ["Manager"]),
)
_REGISTRIES = (
    ("registry.example.org", False),
    ("mirror.example.org", False),
    ("releases.example.org", True),
)
_NAMES = {
    1: (
        "base/alpine", "base/debian", "base/python", "apps/Store/web", "apps/Store/api",
        "apps/Store/worker", "apps/billing/ledger", "users/ada/sandbox", "users/31/notes",
        "groups/webdev/toolbox", "tools/linter", "tools/builder",
    ),
    2: ("library/nginx", "library/postgres", "library/redis", "library/busybox"),
    3: ("apps/Store/web", "apps/billing/ledger", "groups/Platform-Team/agent"),
}
_DESCRIPTIONS = (
    "Small and hardened, rebuilt each night.",
    "The shop's pages. Ask the web team before you change it.",
    "",
    "<img src=x onerror=alert(1)> & \"quotes\" are only text",
)
_REFUSALS = (
    ("privilege_missing", "the privilege DockerRegistriesPusher is missing"),
    ("not_owner", "only the user it is named after uses this repository"),
    ("not_responsible", "no group of yours is responsible for the registry"),
)


def main(home: str, url: str) -> int:
    """Fill an empty state directory."""
    if Path(home).is_dir() and any(Path(home).iterdir()):
        print(f"{home} is not empty; nothing was done")
        return 0
    os.environ.update(COLLECTOR_HOME=home, COLLECTOR_URL=url)
    settings = settings_module.load()
    setup.first_start(settings)
    built = container.build(settings, time.time)
    fill(built.db, settings, time.time())
    built.db.close()
    print(f"demonstration in {home}; sign in as linus with linus-secret, or root with root-secret")
    return 0


def fill(db: Database, settings: settings_module.Settings, now: float) -> None:
    """Load the world, then what only time and registries bring."""
    world.load(db, settings, document.check(described()), now)
    chance = random.Random(7)  # noqa: S311 - the same demonstration each time
    with db.transaction(write=True):
        _facts(db, chance, now)
        _log(db, chance, now)
        _resources(db, now)


def described() -> dict[str, list[dict[str, Any]]]:
    """The world, in the format of ``manage.py load``."""
    names = [(number, name) for number, found in _NAMES.items() for name in found]
    return {
        "groups": [{"id": 20, "role": "webdev"}, {"id": 21, "role": "Platform-Team"},
                   {"id": 22, "role": "audit"}],
        "users": [
            {"id": 31 + number, "username": name, "email": f"{name}@example.org",
             "first_name": first, "last_name": last, "password": f"{name}-secret",
             "primary_group": group, "groups": [group], "privileges": privileges}
            for number, (name, first, last, group, privileges) in enumerate(_PEOPLE)
        ],
        "apps": [
            {"id": 41, "app": "Store", "responsibles": ["webdev"],
             "publications": ["webdev", "audit"]},
            {"id": 42, "app": "billing", "responsibles": ["Platform-Team"],
             "publications": ["audit"]},
        ],
        "nodes": [_node(number) for number in (1, 2, 3)],
        "services": [
            {"svc_id": _uuid("svc", number), "svcname": name, "app": app,
             "cluster_id": _uuid("cluster", 1), "nodes": [f"n{number}.example.org"]}
            for number, (name, app) in enumerate(
                (("store/web", "Store"), ("store/api", "Store"), ("billing/ledger", "billing")), 1
            )
        ],
        "registries": [
            {"id": number, "service": service, "url": f"https://{service}",
             "restricted": restricted, "publications": ["webdev", "Platform-Team", "audit"],
             "responsibles": ["Platform-Team"]}
            for number, (service, restricted) in enumerate(_REGISTRIES, 1)
        ] + [{"id": 4, "service": "empty.example.org", "url": "https://empty.example.org",
              "publications": ["Platform-Team"], "responsibles": ["Platform-Team"]}],
        "repositories": [
            {"id": id_, "registry": number, "repository": name.lower(), "stars": id_ * 7 % 90,
             "official": name.startswith("base/"), "automated": id_ % 3 == 0,
             "description": _DESCRIPTIONS[id_ % len(_DESCRIPTIONS)]}
            for id_, (number, name) in enumerate(names, 101)
        ],
        "tags": [
            {"id": id_ * 100 + number, "repository": id_, "name": tag,
             "config_digest": _digest(id_, tag), "config_size": 1400 + id_ * 31 % 900}
            for id_ in range(101, 101 + len(names))
            for number, tag in enumerate(_tags(id_))
        ],
    }


def _tags(id_: int) -> list[str]:
    versions = [f"1.{minor}.{patch}" for minor in range(id_ % 5 + 1) for patch in range(4)]
    return [] if id_ % 12 == 0 else ["latest", *versions]


def _node(number: int) -> dict[str, Any]:
    return {"node_id": _uuid("node", number), "nodename": f"n{number}.example.org", "app": "Store",
            "cluster_id": _uuid("cluster", 1), "uuid": _uuid("secret", number)}


def _uuid(kind: str, number: int) -> str:
    digits = hashlib.sha256(f"{kind} {number}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def _digest(id_: int, tag: str) -> str:
    return f"sha256:{hashlib.sha256(f'{id_} {tag}'.encode()).hexdigest()}"


def _facts(db: Database, chance: random.Random, now: float) -> None:
    """What manifests and notifications told; in place of what the loader may have written."""
    db.run("DELETE FROM registry_tags")
    for id_, repository, registry, name in db.rows(
        "SELECT id, repository_id, registry_id, name FROM docker_tags"
    ):
        platforms = json.dumps(_platforms(repository, name)) if id_ % 3 == 0 else None
        pushed = now - chance.random() * DAYS * DAY
        db.insert(
            "registry_tags", tag_id=id_, repository_id=repository, registry_id=registry,
            digest=_digest(repository, f"{name} manifest"), platforms=platforms, checked=now,
            media_type="application/vnd.oci.image.manifest.v1+json",
            size=chance.randrange(2_000_000, 900_000_000), pushed_at=pushed,
            pushed_by=chance.choice(("ada", "linus")), pulls=chance.randrange(200),
            pulled_at=pushed + 60, pulled_by="store/web@n1.example.org", changed=pushed,
        )
    _repository_facts(db)


def _repository_facts(db: Database) -> None:
    """What is known of a repository: the newest of its tags, and all their pulls."""
    db.run("DELETE FROM registry_repositories")
    sql = (
        "SELECT repository_id, registry_id, MAX(pushed_at), MAX(pulled_at), SUM(pulls)"
        " FROM registry_tags GROUP BY repository_id, registry_id"
    )
    for repository, registry, pushed, pulled, pulls in db.rows(sql):
        db.insert(
            "registry_repositories", repository_id=repository, registry_id=registry, pulls=pulls,
            pushed_at=pushed, pushed_by="linus", pulled_at=pulled, changed=pulled,
            pulled_by="store/web@n1.example.org",
        )


def _platforms(repository: int, tag: str) -> list[dict[str, Any]]:
    return [
        {"os": "linux", "architecture": architecture, "variant": variant, "config_size": 1500,
         "digest": _digest(repository, f"{tag} {architecture}"),
         "config_digest": _digest(repository, f"{tag} {architecture} image"), "size": 31_000_000}
        for architecture, variant in (("amd64", ""), ("arm64", "v8"))
    ]


def _log(db: Database, chance: random.Random, now: float) -> None:
    """Pushes, pulls and refusals, more of them on working days."""
    names = [row[0] for row in db.rows("SELECT repository FROM docker_repositories")]
    for moment in sorted(chance.random() * DAYS * DAY for _ in range(900)):
        at, repository = now - DAYS * DAY + moment, chance.choice(names)
        if time.localtime(at).tm_wday > 4 and chance.random() < 0.7:
            continue
        who = chance.choice(("ada", "linus", "grace", "store/web@n1.example.org"))
        details = {"repo": repository, "tag": "latest", "service": _REGISTRIES[0][0], "actor": who,
                   "address": "192.0.2.7", "digest": _digest(101, "latest")}
        kind = chance.random()
        if kind < 0.6:
            fmt = "%(actor)s pulled %(repo)s:%(tag)s of %(service)s"
            audit.write(db, audit.Entry(audit.PULLED, who, fmt, details), at)
        elif kind < 0.85:
            fmt = "%(actor)s pushed %(repo)s:%(tag)s to %(service)s"
            audit.write(db, audit.Entry(audit.PUSHED, who, fmt, details), at)
        else:
            audit.write(db, _refused(chance, who, details), at)


def _refused(chance: random.Random, who: str, details: dict[str, Any]) -> audit.Entry:
    reason, sentence = chance.choice(_REFUSALS)
    scope = f"repository:{details['repo']}:push"
    more = {
        "login": who, "kind": "user", "service": details["service"], "client": "docker/27.3",
        "address": details["address"], "asked": [scope], "granted": [], "why": sentence,
        "refused": [{"scope": scope, "action": "push", "reason": reason, "why": sentence}],
    }
    fmt = "%(login)s at %(service)s asked %(asked)s, granted %(granted)s: %(why)s"
    return audit.Entry(audit.TOKEN, who, fmt, more, "warning")


def _resources(db: Database, now: float) -> None:
    """What agents report of containers."""
    rows = db.rows("SELECT config_digest FROM docker_tags WHERE name = ? ORDER BY id", "latest")
    for number, (digest,) in enumerate(rows[:3], 1):
        for key, value in (("image_id", digest[7:]), ("image", "apps/store/web:latest"),
                           ("docker_version", "27.3.1"), ("instance_id", digest[20:32])):
            db.insert("resinfo", rid="container#1", res_key=key, res_value=value,
                      updated=dates.local(now), topology="failover",
                      node_id=_uuid("node", number), svc_id=_uuid("svc", number))


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:3]))
    except (StartupError, TypeError, json.JSONDecodeError) as error:
        sys.exit(str(error))
