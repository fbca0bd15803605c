"""Indexes of host tables, where they are ours to make."""

from __future__ import annotations

from collections.abc import Collection

_UNIQUE = {
    "auth_membership": "user_id, group_id",
    "docker_registries_publications": "group_id, registry_id",
    "docker_registries_responsibles": "group_id, registry_id",
    "docker_repositories": "registry_id, repository",
    "docker_tags": "registry_id, repository_id, name",
    "svcmon": "node_id, svc_id, mon_vmname",
    "resinfo": "node_id, svc_id, rid, res_key",
}
_PLAIN = {
    "auth_membership": ("group_id",),
    "auth_node": ("nodename", "node_id"),
    "apps_publications": ("app_id", "group_id"),
    "apps_responsibles": ("app_id", "group_id"),
    "services": ("svcname", "svc_id", "svc_app", "cluster_id"),
    "nodes": ("nodename", "node_id", "cluster_id"),
    "svcmon": ("svc_id", "mon_vmname"),
    "node_ip": ("node_id",),
    "docker_registries_publications": ("registry_id",),
    "docker_registries_responsibles": ("registry_id",),
    "docker_repositories": ("registry_id, repository, stars", "updated", "repository"),
    # In the order of a column, whose tags are passed over is known without reading them.
    "docker_tags": (
        "repository_id, name",
        *(
            f"{column}, id, repository_id"
            for column in ("updated", "name", "created", "config_size", "config_digest")
        ),
    ),
    "log": ("log_date", "log_action, log_date, log_level"),
    "links": ("link_md5",),
    "resinfo": ("svc_id", "res_key, res_value"),
}
# SQLite finds what LIKE means by its beginning in an index without regard for case.
_SQLITE = {"docker_tags": ("name COLLATE NOCASE, repository_id",)}
_FOLDED = {"auth_user": ("email", "username"), "auth_group": ("role",), "apps": ("app",)}


def statements(engine: str, made: Collection[str]) -> list[str]:
    """SQL that creates the indexes of host tables; safe to run again.

    :param made: tables that were created just now.  A collector that was there before has
        keys of its own, and is never altered.
    """
    is_mysql = engine.startswith("mysql")
    found = [(table, "UNIQUE ", "uk", columns, columns) for table, columns in _UNIQUE.items()]
    for table, several in _PLAIN.items():
        found += [(table, "", "ix", columns, columns) for columns in several]
    for table, folded in _FOLDED.items():
        # MySQL compares without regard for case by itself, and MariaDB indexes no expression.
        found += [
            (table, "", "ix", one if is_mysql else f"lower_{one}", one if is_mysql else _lower(one))
            for one in folded
        ]
    if engine.startswith("sqlite"):
        for table, several in _SQLITE.items():
            found += [(table, "", "ix", "like_" + one.split()[0], one) for one in several]
    again = "" if is_mysql else "IF NOT EXISTS "
    return [
        f"CREATE {unique}INDEX {again}{_name(kind, table, name)} ON {table}"
        f" ({_short(columns) if is_mysql else columns})"
        for table, unique, kind, name, columns in found
        if table in made or not is_mysql
    ]


def _short(columns: str) -> str:
    """Its keys hold 3,072 bytes: of the longest text the beginning."""
    return columns.replace("res_value", "res_value(255)")


def _lower(column: str) -> str:
    return f"lower({column})"


def _name(kind: str, table: str, columns: str) -> str:
    return f"uk_{table}" if kind == "uk" else f"ix_{table}_{columns.replace(', ', '_')}"
