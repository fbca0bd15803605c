"""Columns of users, groups, memberships and applications.

Secrets (passwords, keys) have no column here, so no parameter reaches them.
"""

from __future__ import annotations

from ..columns import Column, Kind
from ..listing import Resource


def _user(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return Column(name, f"u.{name}", kind, description, "auth_user", **more)


def _group(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return Column(name, f"a.{name}", kind, description, "auth_group", **more)


def _app(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return Column(name, f"p.{name}", kind, description, "apps", **more)


def _membership(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return Column(name, f"m.{name}", kind, description, "auth_membership", **more)


_ACTIVE = "CASE WHEN TRIM(COALESCE(u.registration_key, '')) = '' THEN 'T' ELSE 'F' END"

USER = Resource(
    "auth_user",
    (
        _user("id", Kind.ID, "The unique id of the user.", unique=True),
        _user("first_name", Kind.TEXT, "The first name.", writable=True),
        _user("last_name", Kind.TEXT, "The last name.", writable=True),
        _user("email", Kind.TEXT, "The e-mail, and a name to log in with.", writable=True,
              unique=True),
        _user("username", Kind.TEXT, "Another name to log in with; it owns users/<username>.",
              writable=True, unique=True),
        _user("phone_work", Kind.TEXT, "The phone number at work.", writable=True),
        _user("quota_app", Kind.INTEGER, "How many applications it may be responsible for.",
              writable=True),
        _user("quota_org_group", Kind.INTEGER, "How many groups it may be in to create one.",
              writable=True),
        _user("quota_docker_registries", Kind.INTEGER,
              "How many docker registries it may be responsible for.", writable=True),
        _user("lock_filter", Kind.BOOLEAN, "If true, the user can't change its filterset.",
              writable=True),
        _user("email_notifications", Kind.BOOLEAN, "If true, alerts come by e-mail.",
              writable=True),
        _user("email_log_level", Kind.TEXT, "The least level of alerts by e-mail.",
              writable=True),
        _user("email_notifications_delay", Kind.INTEGER, "Minutes before an e-mail is sent.",
              writable=True),
        _user("im_notifications", Kind.BOOLEAN, "If true, alerts come by instant message.",
              writable=True),
        _user("im_log_level", Kind.TEXT, "The least level of alerts by instant message.",
              writable=True),
        _user("im_notifications_delay", Kind.INTEGER, "Minutes before a message is sent.",
              writable=True),
        _user("im_type", Kind.TEXT, "The kind of instant messenger.", writable=True),
        _user("im_username", Kind.TEXT, "The name there.", writable=True),
        Column("active", _ACTIVE, Kind.BOOLEAN, "If false, it can't log in: blocked or pending.",
               "auth_user", extra=True),
    ),
)
GROUP = Resource(
    "auth_group",
    (
        _group("id", Kind.ID, "The unique id of the group.", unique=True),
        _group("role", Kind.TEXT, "The name of the group.", writable=True, unique=True),
        _group("description", Kind.TEXT, "What it is for.", writable=True),
        _group("privilege", Kind.BOOLEAN, "If true, it is a privilege and owns nothing.",
               writable=True),
    ),
)
MEMBERSHIP = Resource(
    "auth_membership",
    (
        _membership("id", Kind.ID, "The unique id of the row.", unique=True),
        _membership("user_id", Kind.INTEGER, "The id of the user."),
        _membership("group_id", Kind.INTEGER, "The id of the group."),
        _membership("primary_group", Kind.BOOLEAN, "If true, the group owns what it declares."),
        _user("email", Kind.TEXT, "The e-mail of the user."),
        _group("role", Kind.TEXT, "The name of the group."),
    ),
)
APP = Resource(
    "apps",
    (
        _app("id", Kind.ID, "The unique id of the application.", unique=True),
        _app("app", Kind.TEXT, "The code of the application; it owns apps/<code>.",
             writable=True, unique=True),
        _app("updated", Kind.DATE, "When its properties were last changed."),
        _app("app_domain", Kind.TEXT, "The domain it belongs to.", writable=True),
        _app("app_team_ops", Kind.TEXT, "The team that operates it.", writable=True),
        _app("description", Kind.TEXT, "What it is for.", writable=True),
    ),
)
