"""Writing a checked world: what is there is updated, what isn't is created.

A list that the file gives (groups, privileges, publications ...) replaces the
stored one; a list that it leaves out is left alone.  Nothing is deleted else.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable
from typing import Any

from .. import accounts, audit, catalog, names, passwords
from ..accounts import members
from ..catalog import inventory, wake
from ..database import Database
from ..directory import EVERYBODY
from ..errors import CollectorError
from ..settings import ALGORITHMS, Settings
from .document import Row, WorldError

_USER_COLUMNS = (
    "username", "email", "first_name", "last_name", "registration_key", "quota_docker_registries",
)


def load(
    db: Database,
    settings: Settings,
    world: dict[str, list[Row]],
    now: float,
    progress: Callable[[str], None] = lambda text: None,
) -> dict[str, int]:
    """Load a world (see ``document.check``) in one transaction; return counts by section.

    :raises WorldError: it contradicts itself or what is stored; nothing was written.
    """
    loader = _Loader(db, settings, now)
    counts = {}
    with db.transaction(write=True):
        for section, one in loader.sections():
            for number, row in enumerate(world[section]):
                _place(f"{section}[{number}]", one, row)
            counts[section] = len(world[section])
            progress(f"{section}: {counts[section]}")
        entry = audit.Entry(audit.WORLD_LOADED, "manage.py", "a world was loaded", dict(counts))
        audit.write(db, entry, now)
        wake.declared(db, now)
    return counts


def _place(where: str, one: Callable[[Row], None], row: Row) -> None:
    try:
        one(row)
    except CollectorError as error:
        raise WorldError(f"{where}: {error}") from None


class _Loader:
    def __init__(self, db: Database, settings: Settings, now: float) -> None:
        self._db = db
        self._now = now
        self._dal = db.dal
        self._settings = settings

    def sections(self) -> tuple[tuple[str, Callable[[Row], None]], ...]:
        return (
            ("groups", self._group),
            ("users", self._user),
            ("apps", self._app),
            ("nodes", self._node),
            ("services", self._service),
            ("registries", self._registry),
            ("repositories", self._repository),
            ("tags", self._tag),
        )

    def _group(self, row: Row) -> None:
        self._upsert("auth_group", ("role",), _columns(row, "role", "privilege", "description"),
                     row.get("id"))

    def _user(self, row: Row) -> None:
        values = _columns(row, *_USER_COLUMNS)
        if values.get("registration_key", "") is None:
            values["registration_key"] = ""
        known = self._find("auth_user", ("email",), values, row.get("id"))
        password = row.get("password")
        if known is None:
            if not password:
                raise WorldError("a new user needs a password")
            extra = {"id": row["id"]} if row.get("id") else {}
            user_id = accounts.create_user(self._db, self._settings, password, **extra, **values)
        else:
            user_id = known.id
            known.update_record(**values)
            accounts.complete_user(self._db, user_id)
            if password and not self._is_password(known.password, password):
                accounts.set_password(self._db, user_id, password)
        self._memberships(user_id, row)

    def _is_password(self, stored: str | None, password: str) -> bool:
        return passwords.check(stored or "", password, self._settings.hmac_key).matches

    def _memberships(self, user_id: int, row: Row) -> None:
        if row.get("groups") is not None:
            keep = {EVERYBODY, f"user_{user_id}"}
            self._replace_memberships(user_id, row["groups"], False, keep)
        if row.get("privileges") is not None:
            self._replace_memberships(user_id, row["privileges"], True, set())
        if row.get("primary_group"):
            group = self._group_ids([row["primary_group"]], privilege=False)[0]
            accounts.join(self._db, user_id, group, primary=True)

    def _replace_memberships(
        self, user_id: int, roles: list[str], privilege: bool, keep: set[str]
    ) -> None:
        wanted = self._group_ids(roles, privilege)
        for group_id, role in self._db.rows(
            "SELECT g.id, g.role FROM auth_membership m JOIN auth_group g ON g.id = m.group_id"
            " WHERE m.user_id = ? AND g.privilege = ?",
            user_id,
            "T" if privilege else "F",
        ):
            if group_id not in wanted and role not in keep:
                members.leave(self._db, user_id, group_id)
        for group_id in wanted:
            accounts.join(self._db, user_id, group_id)

    def _app(self, row: Row) -> None:
        app_id = self._upsert("apps", ("app",), _columns(row, "app", "description"), row.get("id"))
        self._links("apps", "app_id", app_id, row)

    def _node(self, row: Row) -> None:
        columns = _columns(row, "nodename", "app", "cluster_id")
        self._upsert("nodes", ("node_id",), {"node_id": row["node_id"], **columns})
        if row.get("uuid"):
            login = {"node_id": row["node_id"], "nodename": row["nodename"], "uuid": row["uuid"]}
            self._upsert("auth_node", ("node_id",), login)
        if row.get("addresses") is not None:
            inventory.set_addresses(self._db, row["node_id"], row["addresses"], self._now)

    def _service(self, row: Row) -> None:
        values = _columns(row, "svcname", "cluster_id")
        values["svc_app"] = row.get("app")
        self._upsert("services", ("svc_id",), {"svc_id": row["svc_id"], **values})
        for nodename in row.get("nodes") or ():
            nodes = self._db.rows("SELECT node_id FROM nodes WHERE nodename = ?", nodename)
            if not nodes:
                raise WorldError(f"there is no node {nodename!r}")
            instance = {"svc_id": row["svc_id"], "node_id": nodes[0][0], "mon_vmname": ""}
            self._upsert("svcmon", ("svc_id", "node_id", "mon_vmname"), instance)

    def _registry(self, row: Row) -> None:
        values = _columns(row, "insecure", "restricted")
        values["service"] = catalog.valid_service(row["service"])
        values["url"] = catalog.valid_url(row["url"])
        registries = self._dal.docker_registries
        taken = (registries.url == values["url"]) & (registries.service != values["service"])
        if not self._dal(taken).isempty():
            raise WorldError(f"the url {values['url']} is another registry's")
        registry_id = self._upsert("docker_registries", ("service",), values, row.get("id"))
        self._links("docker_registries", "registry_id", registry_id, row)
        options = _columns(row, "major", "algorithm", "pull_seconds", "push_seconds", "placement")
        if options.get("algorithm") not in (None, *ALGORITHMS):
            raise WorldError(f"algorithm is not one of {', '.join(ALGORITHMS)}")
        if options.get("major", 2) not in (2, 3):
            raise WorldError("major is 2 or 3")
        if options:
            catalog.set_options(self._db, registry_id, options)

    def _repository(self, row: Row) -> None:
        if not names.is_valid(row["repository"]):
            raise WorldError(f"{row['repository']!r} is no valid repository name")
        self._require("docker_registries", row["registry"])
        values = _columns(row, "repository", "stars", "official", "automated", "description")
        values["registry_id"] = row["registry"]
        self._upsert("docker_repositories", ("registry_id", "repository"), values, row.get("id"))

    def _tag(self, row: Row) -> None:
        repository = self._require("docker_repositories", row["repository"])
        values = _columns(row, "name", "config_digest", "config_size")
        values.update(repository_id=repository.id, registry_id=repository.registry_id)
        self._upsert("docker_tags", ("repository_id", "name"), values, row.get("id"))

    def _links(self, table: str, column: str, id_: int, row: Row) -> None:
        """Replace the publications and responsibles of an app or registry."""
        for side in ("publications", "responsibles"):
            if row.get(side) is None:
                continue
            links = f"{table}_{side}"
            wanted = set(self._group_ids(row[side], privilege=False))
            rows = self._db.rows(f"SELECT group_id FROM {links} WHERE {column} = ?", id_)
            linked = {group for (group,) in rows}
            for group in linked - wanted:
                self._db.run(
                    f"DELETE FROM {links} WHERE {column} = ? AND group_id = ?", id_, group
                )
            for group in sorted(wanted - linked):
                self._dal[links].insert(group_id=group, **{column: id_})

    def _group_ids(self, roles: Iterable[str], privilege: bool) -> list[int]:
        return [accounts.group_of_kind(self._db, role, privilege) for role in roles]

    def _require(self, table: str, id_: int) -> Any:
        record = self._dal[table][id_]
        if record is None:
            raise WorldError(f"{table} {id_} does not exist")
        return record

    def _find(
        self, table: str, key: tuple[str, ...], values: dict[str, Any], id_: int | None
    ) -> Any:
        """The stored row that a world's row means; an id and a name must mean the same."""
        rows = self._dal[table]
        conditions = (rows[column] == values[column] for column in key)
        by_key = self._dal(functools.reduce(operator.and_, conditions)).select().first()
        if not id_:
            return by_key
        by_id = rows[id_]
        if by_key is not None and by_key.id != id_:
            raise WorldError(f"{values[key[-1]]!r} has the id {by_key.id}, not {id_}")
        return by_id

    def _upsert(
        self, table: str, key: tuple[str, ...], values: dict[str, Any], id_: int | None = None
    ) -> int:
        record = self._find(table, key, values, id_)
        if record is None:
            extra = {"id": id_} if id_ else {}
            return int(self._dal[table].insert(**extra, **values))
        record.update_record(**values)
        return int(record[self._dal[table]._id.name])


def _columns(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names if name in row}
