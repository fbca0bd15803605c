"""Tables that the collector owns, as far as we read or write them.

There are no foreign keys, as in the collector: integrity is by code, and rows
of nodes and services are joined on their uuids.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from pydal import Field

Fields = Callable[[], tuple[Field, ...]]


def now() -> datetime.datetime:
    """Server local time to the second, as all dates of the collector."""
    return datetime.datetime.now().replace(microsecond=0)


def _uuid(name: str) -> Field:
    return Field(name, length=36, default="")


def _link(*names: str) -> Fields:
    return lambda: tuple(Field(name, "integer", notnull=True) for name in names)


def _auth_user() -> tuple[Field, ...]:
    return (
        Field("first_name", length=128),
        Field("last_name", length=128),
        Field("email", length=512),
        Field("password", length=512),
        Field("registration_key", length=512, default=""),
        Field("reset_password_key", length=512, default=""),
        Field("email_notifications", "boolean", default=True),
        Field("im_notifications", "boolean", default=True),
        Field("im_type", length=16),
        Field("im_username", length=100),
        Field("email_log_level", length=16, default="warning"),
        Field("im_log_level", length=16, default="warning"),
        Field("lock_filter", "boolean", default=False),
        Field("phone_work", length=16),
        Field("registration_id", length=512, default=""),
        Field("quota_app", "integer"),
        Field("quota_org_group", "integer"),
        Field("username", length=128),
        Field("quota_docker_registries", "integer"),
        Field("im_notifications_delay", "integer", default=0),
        Field("email_notifications_delay", "integer", default=0),
    )


def _auth_group() -> tuple[Field, ...]:
    return (
        Field("role", length=255, unique=True),
        Field("description", "text"),
        Field("privilege", "boolean", default=False),
    )


def _auth_membership() -> tuple[Field, ...]:
    return (
        Field("user_id", "integer"),
        Field("group_id", "integer"),
        Field("primary_group", "boolean", default=False),
    )


def _auth_node() -> tuple[Field, ...]:
    return (
        Field("nodename", length=256),
        Field("uuid", length=36, notnull=True),
        Field("updated", "datetime", default=now),
        _uuid("node_id"),
    )


def _auth_permission() -> tuple[Field, ...]:
    return (
        Field("group_id", "integer"),
        Field("name", length=512),
        Field("table_name", length=512),
        Field("record_id", "integer"),
    )


def _auth_event() -> tuple[Field, ...]:
    return (
        Field("time_stamp", "datetime"),
        Field("client_ip", length=512),
        Field("user_id", "integer"),
        Field("origin", length=512),
        Field("description", "text"),
    )


def _apps() -> tuple[Field, ...]:
    return (
        Field("app", length=64, unique=True),
        Field("updated", "datetime", default=now),
        Field("app_domain", length=64),
        Field("app_team_ops", length=64),
        Field("description", "text", default="", notnull=True),
    )


def _services() -> tuple[Field, ...]:
    return (
        Field("svcname", length=256),
        Field("svc_app", length=256),
        Field("svc_env", length=256),
        Field("svc_topology", length=256),
        Field("svc_nodes", length=1000),
        Field("svc_status", length=10, default="undef"),
        Field("svc_availstatus", length=10, default="undef"),
        Field("svc_created", "datetime", default=now),
        Field("updated", "datetime"),
        _uuid("svc_id"),
        _uuid("cluster_id"),
    )


def _nodes() -> tuple[Field, ...]:
    return (
        Field("nodename", length=256),
        Field("app", length=256),
        Field("node_env", length=256, default="TST"),
        Field("os_name", length=256),
        Field("team_responsible", length=256),
        Field("fqdn", length=256),
        Field("version", length=256),
        Field("connect_to", length=256),
        Field("updated", "datetime"),
        Field("last_comm", "datetime"),
        _uuid("node_id"),
        _uuid("cluster_id"),
    )


def _svcmon() -> tuple[Field, ...]:
    return (
        Field("mon_vmname", length=50, default=""),
        Field("mon_availstatus", length=10, default="undef"),
        Field("mon_overallstatus", length=16, default="undef"),
        Field("mon_updated", "datetime"),
        _uuid("node_id"),
        _uuid("svc_id"),
    )


def _node_ip() -> tuple[Field, ...]:
    return (
        _uuid("node_id"),
        Field("mac", length=17),
        Field("intf", length=60),
        Field("type", length=5),
        Field("addr", length=60),
        Field("mask", length=60),
        Field("updated", "datetime"),
    )


def _clusters() -> tuple[Field, ...]:
    return (
        _uuid("cluster_id"),
        Field("cluster_name", length=128, notnull=True),
        Field("cluster_data", "text"),
    )


def _docker_registries() -> tuple[Field, ...]:
    return (
        Field("service", length=128, notnull=True, unique=True),
        Field("url", length=255, notnull=True, unique=True),
        Field("insecure", "boolean", notnull=True, default=False),
        Field("restricted", "boolean", notnull=True, default=True),
        Field("created", "datetime", notnull=True, default=now),
        Field("updated", "datetime", notnull=True, default=now),
    )


def _docker_repositories() -> tuple[Field, ...]:
    return (
        Field("registry_id", "integer", notnull=True),
        Field("repository", length=255, notnull=True),
        Field("created", "datetime", notnull=True, default=now),
        Field("updated", "datetime", notnull=True, default=now),
        Field("description", length=255, default=""),
        Field("stars", "integer", default=0),
        Field("automated", "boolean", default=False),
        Field("official", "boolean", default=False),
    )


def _docker_tags() -> tuple[Field, ...]:
    return (
        Field("registry_id", "integer", notnull=True),
        Field("repository_id", "integer", notnull=True),
        Field("name", length=255, notnull=True),
        Field("created", "datetime", notnull=True, default=now),
        Field("updated", "datetime", notnull=True, default=now),
        Field("config_digest", length=72, default=""),
        Field("config_size", "integer"),
    )


def _log() -> tuple[Field, ...]:
    return (
        Field("log_action", length=100, notnull=True),
        Field("log_user", length=100, notnull=True),
        Field("log_fmt", length=200),
        Field("log_dict", "text"),
        Field("log_date", "datetime", notnull=True, default=now),
        _uuid("svc_id"),
        Field("log_gtalk_sent", "integer", default=0),
        Field("log_email_sent", "integer", default=0),
        Field("log_entry_id", length=32),
        Field("log_level", length=16, default="info"),
        _uuid("node_id"),
    )


def _table_modified() -> tuple[Field, ...]:
    return (
        Field("table_name", length=192, notnull=True, unique=True),
        Field("table_modified", "datetime"),
    )


def _user_prefs() -> tuple[Field, ...]:
    return (
        Field("user_id", "integer", notnull=True, unique=True),
        Field("prefs", "text", notnull=True),
    )


def _links() -> tuple[Field, ...]:
    return (
        Field("link_function", length=255),
        Field("link_parameters", "text"),
        Field("link_creation_user_id", "integer"),
        Field("link_creation_date", "datetime", notnull=True, default=now),
        Field("link_last_consultation_date", "datetime", notnull=True, default=now),
        Field("link_md5", length=32),
        Field("link_access_counter", "integer", default=0),
        Field("link_title", length=255),
        Field("link_title_args", "text"),
    )


def _resinfo() -> tuple[Field, ...]:
    return (
        Field("rid", length=255),
        Field("res_key", length=255, default=""),
        Field("res_value", length=1023),
        Field("updated", "datetime", notnull=True, default=now),
        Field("topology", length=20, default="failover"),
        _uuid("node_id"),
        _uuid("svc_id"),
    )


TABLES: dict[str, Fields] = {
    "auth_user": _auth_user,
    "auth_group": _auth_group,
    "auth_membership": _auth_membership,
    "auth_node": _auth_node,
    "auth_permission": _auth_permission,
    "auth_event": _auth_event,
    "apps": _apps,
    "apps_publications": _link("group_id", "app_id"),
    "apps_responsibles": _link("group_id", "app_id"),
    "services": _services,
    "nodes": _nodes,
    "svcmon": _svcmon,
    "node_ip": _node_ip,
    "clusters": _clusters,
    "docker_registries": _docker_registries,
    "docker_registries_publications": _link("group_id", "registry_id"),
    "docker_registries_responsibles": _link("group_id", "registry_id"),
    "docker_repositories": _docker_repositories,
    "docker_tags": _docker_tags,
    "log": _log,
    "table_modified": _table_modified,
    "user_prefs": _user_prefs,
    "links": _links,
    "resinfo": _resinfo,
}
