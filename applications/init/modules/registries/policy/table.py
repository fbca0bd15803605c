"""The policy as a table: (namespace, action, kind of principal) -> rules.

What has no row is denied.  Columns and rows are those of ``access-policy.md``
"Actions".
"""

from __future__ import annotations

from ..names import Namespace
from ..scopes import ALL, DELETE, PULL, PUSH, SEARCH
from .model import Kind
from .privileges import REGISTRIES_MANAGER, REGISTRIES_PULLER, REGISTRIES_PUSHER
from .rules import (
    Anything,
    Holds,
    IsMember,
    IsOwnApp,
    IsOwner,
    ListsCatalog,
    Never,
    OwnerFound,
    Published,
    PushBase,
    ReadsApp,
    Responsible,
    Rule,
    WritesApp,
)

Rules = tuple[Rule, ...]

REPOSITORY_ACTIONS = (PULL, PUSH, DELETE)
CATALOG_ACTIONS = (ALL, SEARCH)

_NO_SERVICE_PUSH: Rules = (Never("service_never_pushes", "a service never pushes or deletes"),)
_NO_SERVICE: Rules = (
    Never("service_never_here", "a service never uses users/ and groups/ repositories"),
)
_NO_NODE: Rules = (Never("node_no_access", "a node may log in, its tokens hold no access"),)

_PULL_BASE: Rules = (Holds(REGISTRIES_PULLER), Published())
_PUSH_BASE: Rules = (Holds(REGISTRIES_PUSHER), PushBase())
_DELETE_EXTRA: Rules = (Holds(REGISTRIES_MANAGER), Responsible())

_USER_PULL: dict[Namespace, Rules] = {
    Namespace.USERS: (OwnerFound(), IsOwner(), *_PULL_BASE),
    Namespace.GROUPS: (OwnerFound(), IsMember(), *_PULL_BASE),
    Namespace.APPS: (OwnerFound(), ReadsApp(), *_PULL_BASE),
    Namespace.OTHER: _PULL_BASE,
}
_USER_PUSH: dict[Namespace, Rules] = {
    Namespace.USERS: (OwnerFound(), IsOwner(), *_PUSH_BASE),
    Namespace.GROUPS: (OwnerFound(), IsMember(), *_PUSH_BASE),
    Namespace.APPS: (OwnerFound(), WritesApp(), *_PUSH_BASE),
    Namespace.OTHER: (Holds(REGISTRIES_PUSHER), Responsible()),
}
_SERVICE_PULL: dict[Namespace, Rules] = {
    Namespace.USERS: _NO_SERVICE,
    Namespace.GROUPS: _NO_SERVICE,
    Namespace.APPS: (OwnerFound(), IsOwnApp(), Published()),
    Namespace.OTHER: (Published(),),
}

REPOSITORIES: dict[tuple[Namespace, str, Kind], Rules] = {
    **{(space, PULL, Kind.USER): rules for space, rules in _USER_PULL.items()},
    **{(space, PUSH, Kind.USER): rules for space, rules in _USER_PUSH.items()},
    **{
        (space, DELETE, Kind.USER): (*rules, *_DELETE_EXTRA)
        for space, rules in _USER_PUSH.items()
    },
    **{(space, PULL, Kind.SERVICE): rules for space, rules in _SERVICE_PULL.items()},
    **{
        (space, action, Kind.SERVICE): _NO_SERVICE_PUSH
        for space in Namespace
        for action in (PUSH, DELETE)
    },
    **{
        (space, action, Kind.NODE): _NO_NODE
        for space in Namespace
        for action in REPOSITORY_ACTIONS
    },
    **{
        (space, action, Kind.COLLECTOR): (Anything(),)
        for space in Namespace
        for action in REPOSITORY_ACTIONS
    },
}

CATALOG: dict[tuple[str, Kind], Rules] = {
    (ALL, Kind.USER): (ListsCatalog(),),
    (SEARCH, Kind.USER): (Published(),),
    (SEARCH, Kind.SERVICE): (Published(),),
    (SEARCH, Kind.NODE): _NO_NODE,
    (ALL, Kind.NODE): _NO_NODE,
    (ALL, Kind.COLLECTOR): (Anything(),),
}
