"""Indexes of host tables, where they are ours to make."""

from __future__ import annotations

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
    "docker_registries_publications": ("registry_id",),
    "docker_registries_responsibles": ("registry_id",),
    "docker_repositories": ("registry_id, repository, stars", "updated"),
    "docker_tags": ("repository_id, name", "updated", "name"),
    "log": ("log_date",),
    "links": ("link_md5",),
    "resinfo": ("svc_id", "res_key, res_value"),
}
_FOLDED = {"auth_user": ("email", "username"), "auth_group": ("role",), "apps": ("app",)}


def statements(engine: str) -> list[str]:
    """SQL that creates the indexes of new host tables; safe to run again."""
    if engine.startswith("mysql"):
        return []  # a MySQL collector brings its own tables and keys
    create = "CREATE {0}INDEX IF NOT EXISTS {1} ON {2} ({3})"
    statements = [
        create.format("UNIQUE ", f"uk_{table}", table, columns)
        for table, columns in _UNIQUE.items()
    ]
    for table, columns_of in _PLAIN.items():
        statements += [
            create.format("", f"ix_{table}_{column.replace(', ', '_')}", table, column)
            for column in columns_of
        ]
    for table, columns_of in _FOLDED.items():
        statements += [
            create.format("", f"ix_{table}_lower_{column}", table, f"lower({column})")
            for column in columns_of
        ]
    return statements
