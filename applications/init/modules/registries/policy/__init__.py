"""The access policy: principal + registry + scope -> decision with reasons.

Pure: no database, no web, no clock.  Order of evaluation:

1. The scope's type picks the table: repositories, or the catalogue of a registry.
2. A name outside the grammar, an unknown type or action: refused.
3. The row for (namespace, action, kind of principal) lists the rules; there is
   no row for what nobody may do.
4. All rules of the row must allow; the first that denies gives the reason.

``placement`` comes after that, and only takes away.

To change who may do what, change ``table``; to change what a condition means,
change ``rules``.  Source: ``access-policy.md``.
"""

from .decide import Decision, Refusal, decide, decide_action
from .model import (
    Allow,
    AmbiguousOwner,
    Deny,
    Kind,
    Owner,
    OwnerFacts,
    Principal,
    Question,
    Registry,
    UnknownOwner,
    Verdict,
)
from .privileges import (
    ADMINISTRATION,
    ALL_PRIVILEGES,
    APP_MANAGER,
    GROUP_MANAGER,
    MANAGER,
    NODE_MANAGER,
    QUOTA_MANAGER,
    REGISTRIES_MANAGER,
    REGISTRIES_PULLER,
    REGISTRIES_PUSHER,
    SELF_MANAGER,
    USER_MANAGER,
)

__all__ = [
    "ADMINISTRATION",
    "ALL_PRIVILEGES",
    "APP_MANAGER",
    "GROUP_MANAGER",
    "MANAGER",
    "NODE_MANAGER",
    "QUOTA_MANAGER",
    "REGISTRIES_MANAGER",
    "REGISTRIES_PULLER",
    "REGISTRIES_PUSHER",
    "SELF_MANAGER",
    "USER_MANAGER",
    "Allow",
    "AmbiguousOwner",
    "Decision",
    "Deny",
    "Kind",
    "Owner",
    "OwnerFacts",
    "Principal",
    "Question",
    "Refusal",
    "Registry",
    "UnknownOwner",
    "Verdict",
    "decide",
    "decide_action",
]
