"""Accounts, groups and applications: created, changed, tied to each other, deleted.

``creation`` is what every account has from the start; ``users``, ``groups`` and
``apps`` are what people change later, ``members`` who is in which group,
``prefs`` what the screens keep of a user.  ``enrolment`` keeps the accounts of
people whom other back ends know: ``origins`` says whose they are, ``following``
which of their memberships came from there.
"""

from .creation import (
    MINIMUM_PASSWORD,
    complete_user,
    create_user,
    default_group,
    ensure_groups,
    group_id,
    group_of_kind,
    join,
    require_password_here,
    set_password,
)

__all__ = [
    "MINIMUM_PASSWORD",
    "complete_user",
    "create_user",
    "default_group",
    "ensure_groups",
    "group_id",
    "group_of_kind",
    "join",
    "require_password_here",
    "set_password",
]
