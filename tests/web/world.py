"""A world in which every row of the policy's tables has its people."""

from __future__ import annotations

from typing import Any

from tests.databases import CHOSEN
from tests.home import user

PULLER, PUSHER, MANAGER = (f"DockerRegistries{n}" for n in ("Puller", "Pusher", "Manager"))
UUID, OTHER_UUID = "2b0c8d0e-6f0e-4a57-9f0b-0d7a6f0c0001", "2b0c8d0e-6f0e-4a57-9f0b-0d7a6f0c0002"
CLUSTER = "7d0c8d0e-6f0e-4a57-9f0b-0d7a6f0c0001"

OPEN, RESTRICTED, HIDDEN = "registry.open", "registry.restricted", "registry.hidden"

ADA = ("ada@example.org", "ada-secret")
BOB = ("bob", "bob-secret")
PULL = ("pull", "pull-secret")
PUSH = ("push", "push-secret")
LINUS = ("linus@example.org", "linus-secret")
EVE = ("eve", "eve-secret")
BLOCKED = ("blocked", "blocked-secret")
ROOT = ("admin@localhost", "admin-secret")
SERVICE = ("store/web@n1.lab", UUID)
OTHER_SERVICE = ("other/web@n2.lab", OTHER_UUID)
NODE = ("n1.lab", UUID)

# On MariaDB no two groups differ by case alone.
_ANOTHER_TWIN = "Another twin" if CHOSEN == "mariadb" else "Twin"

WORLD: dict[str, list[dict[str, Any]]] = {
    "groups": [
        {"id": 20, "role": "webdev"},
        {"id": 21, "role": "Platform-Team"},
        {"id": 22, "role": "audit"},
        {"id": 24, "role": "twin"},
        {"id": 25, "role": _ANOTHER_TWIN},
        {"id": 26, "role": "31"},
    ],
    "users": [
        user("ada", 31, groups=["webdev", "31"], primary_group="webdev",
             privileges=[PULLER, PUSHER]),
        user("bob", 32, groups=["webdev", "twin"], privileges=[PULLER, PUSHER, MANAGER]),
        user("pull", 33, groups=["webdev", "audit"], privileges=[PULLER]),
        user("push", 34, groups=["webdev"], privileges=[PUSHER]),
        user("linus", 35, groups=["Platform-Team", "webdev"],
             privileges=[PULLER, PUSHER, MANAGER]),
        user("eve", 36, groups=["audit"], privileges=[PULLER, PUSHER, MANAGER]),
        user("blocked", 37, groups=["webdev"], privileges=[PULLER], registration_key="blocked"),
    ],
    "apps": [
        {"id": 41, "app": "Store", "responsibles": ["webdev"], "publications": ["audit"]},
        {"id": 42, "app": "Other", "responsibles": ["audit"], "publications": ["webdev"]},
    ],
    "nodes": [
        {"node_id": "n1", "nodename": "n1.lab", "app": "Store", "cluster_id": CLUSTER,
         "uuid": UUID},
        {"node_id": "n2", "nodename": "n2.lab", "app": "Other", "cluster_id": "c2",
         "uuid": OTHER_UUID},
    ],
    "services": [
        {"svc_id": "s1", "svcname": "store/web", "app": "Store", "cluster_id": CLUSTER,
         "nodes": ["n1.lab"]},
        {"svc_id": "s2", "svcname": "other/web", "app": "Other", "cluster_id": "c2",
         "nodes": ["n2.lab"]},
    ],
    "registries": [
        {"id": 51, "service": OPEN, "url": "http://127.0.0.1:1", "restricted": False,
         "publications": ["webdev", "Platform-Team"], "responsibles": ["Platform-Team"]},
        {"id": 52, "service": RESTRICTED, "url": "http://127.0.0.1:2", "restricted": True,
         "publications": ["webdev", "Platform-Team"], "responsibles": ["Platform-Team"]},
        {"id": 53, "service": HIDDEN, "url": "http://127.0.0.1:3", "restricted": False,
         "publications": [], "responsibles": []},
    ],
}
"""eve is in no group that a registry is published to; linus is responsible for both."""

Login = tuple[str, str]

TABLE: list[tuple[str, Login, str, str, str]] = [
    ("owner by id", ADA, OPEN, "users/31/x", "pull,push"),
    ("owner by name", ADA, OPEN, "users/ada/x", "pull,push"),
    ("owner on a restricted registry", ADA, RESTRICTED, "users/31/x", "pull"),
    ("responsible owner on a restricted registry", LINUS, RESTRICTED, "users/35/x",
     "pull,push,delete"),
    ("owner on a hidden registry", ADA, HIDDEN, "users/31/x", ""),
    ("another user's space", BOB, OPEN, "users/31/x", ""),
    ("another user's space by name", BOB, OPEN, "users/ada/x", ""),
    ("Manager in another's space", ROOT, OPEN, "users/31/x", ""),
    ("prefix of an id", ADA, OPEN, "users/310/x", ""),
    ("puller only", PULL, OPEN, "users/33/x", "pull"),
    ("pusher only", PUSH, OPEN, "users/34/x", "push"),
    ("unknown user", LINUS, OPEN, "users/nobody/x", ""),
    ("id beyond the database", LINUS, OPEN, "users/99999999999999999999999/x", ""),
    ("e-mail is no owner name", ADA, OPEN, "users/ada-example.org/x", ""),
    ("member by id", ADA, OPEN, "groups/20/x", "pull,push"),
    ("member by name", ADA, OPEN, "groups/webdev/x", "pull,push"),
    ("member by name with capitals", LINUS, OPEN, "groups/platform-team/x", "pull,push,delete"),
    ("no member", ADA, OPEN, "groups/21/x", ""),
    ("ambiguous group", BOB, OPEN, "groups/twin/x", "pull,push" if CHOSEN == "mariadb" else ""),
    ("ambiguous group by id", BOB, OPEN, "groups/24/x", "pull,push"),
    ("group named like a number is not that id", ADA, OPEN, "groups/31/x", ""),
    ("group named like a number by its id", ADA, OPEN, "groups/26/x", "pull,push"),
    ("a privilege group owns nothing", LINUS, OPEN, "groups/279/x", ""),
    ("a privilege group by name", LINUS, OPEN, "groups/dockerregistriesmanager/x", ""),
    ("app of one's own", ADA, OPEN, "apps/41/x", "pull,push"),
    ("app by name", ADA, OPEN, "apps/store/x", "pull,push"),
    ("app published", ADA, OPEN, "apps/42/x", "pull"),
    ("app published through one group, registry through another", PULL, OPEN, "apps/store/x",
     "pull"),
    ("app, restricted", ADA, RESTRICTED, "apps/41/x", "pull"),
    ("unknown app", ADA, OPEN, "apps/none/x", ""),
    ("other", ADA, OPEN, "base/alpine", "pull"),
    ("other, one component", ADA, OPEN, "alpine", "pull"),
    ("other, responsible", LINUS, OPEN, "base/alpine", "pull,push,delete"),
    ("other, responsible, restricted", LINUS, RESTRICTED, "base/alpine", "pull,push,delete"),
    ("other, not published", EVE, OPEN, "base/alpine", ""),
    ("other, manager but not responsible", BOB, OPEN, "base/alpine", "pull"),
    ("other, Manager without groups", ROOT, OPEN, "base/alpine", ""),
    ("reserved word alone", LINUS, OPEN, "users", "pull,push,delete"),
    ("service, own app", SERVICE, OPEN, "apps/41/x", "pull"),
    ("service, own app by name", SERVICE, OPEN, "apps/store/x", "pull"),
    ("service, other app", SERVICE, OPEN, "apps/42/x", ""),
    ("service, users/", SERVICE, OPEN, "users/31/x", ""),
    ("service, groups/", SERVICE, OPEN, "groups/20/x", ""),
    ("service, other names", SERVICE, OPEN, "base/alpine", "pull"),
    ("service, hidden registry", SERVICE, HIDDEN, "base/alpine", ""),
    ("service by publication of its app", OTHER_SERVICE, OPEN, "apps/other/x", "pull"),
    ("node", NODE, OPEN, "base/alpine", ""),
    ("node, app of its own", NODE, OPEN, "apps/41/x", ""),
    ("path trick", ADA, OPEN, "users/31/../32/x", ""),
    ("upper case", ADA, OPEN, "users/ADA/x", ""),
    ("host and port", ADA, OPEN, "localhost:5000/x", "pull"),
]
"""What is granted of pull, push and delete: (case, login, registry, repository, granted)."""
