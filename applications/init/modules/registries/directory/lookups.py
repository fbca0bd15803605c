"""Who is who: accounts, groups, applications, nodes and services out of the database.

All SQL is bound.  Comparisons that must be exact are made again in Python,
because some databases ignore case, accents and trailing blanks.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from ..database import Database
from ..names import Namespace, OwnerRef
from ..policy import AmbiguousOwner, Owner, OwnerFacts, UnknownOwner
from .model import Account, App, Memberships, Node, Origin, Service

EVERYBODY = "Everybody"
_AT_ONCE = 500


class Directory:
    """Look-ups for logins and decisions; the caller holds the transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def account(self, login: str) -> Account | None:
        """Find a user by e-mail, else by username; a name that two share finds nobody."""
        name = login.lower()
        for column in ("email", "username"):
            found = self._accounts(column, name)
            if found:
                return found[0] if len(found) == 1 else None
        return None

    def account_by_id(self, user_id: int) -> Account | None:
        """Find a user by id."""
        rows = self._db.rows(f"{_ACCOUNT} WHERE u.id = ?", user_id)
        return _account(rows[0]) if rows else None

    def store_password(self, user_id: int, old: str, new: str) -> None:
        """Replace a stored form by another of the same password."""
        self._db.run(
            "UPDATE auth_user SET password = ? WHERE id = ? AND password = ?", new, user_id, old
        )

    def memberships(self, user_id: int) -> Memberships:
        """The groups of a user; a privilege counts only where its group is marked as one."""
        rows = self._db.rows(
            "SELECT g.id, g.role, g.privilege FROM auth_membership m"
            " JOIN auth_group g ON g.id = m.group_id WHERE m.user_id = ?",
            user_id,
        )
        return Memberships(
            frozenset(row[0] for row in rows if not is_true(row[2])),
            frozenset(row[1] for row in rows if is_true(row[2])),
        )

    def node(self, nodename: str, uuid: str) -> Node | None:
        """Find the one node with this name and uuid; the uuid is compared exactly."""
        rows = self._db.rows(
            "SELECT a.nodename, a.uuid, a.node_id, n.cluster_id, n.app FROM auth_node a"
            " JOIN nodes n ON n.node_id = a.node_id WHERE a.nodename = ?",
            nodename,
        )
        found = [row for row in rows if row[0] == nodename and _same(row[1], uuid)]
        if len(found) != 1:
            return None
        name, _, node_id, cluster_id, app = found[0]
        return Node(name, node_id, cluster_id or "", app or "")

    def is_node(self, nodename: str) -> bool:
        """Tell whether there is a node of this name, whatever its case."""
        sql = f"SELECT 1 FROM auth_node WHERE {self._db.folded('nodename')} = ?"
        return bool(self._db.rows(sql, nodename.lower()))

    def is_uuid(self, text: str) -> bool:
        """Tell whether a text is the uuid of some node."""
        return bool(self._db.rows("SELECT 1 FROM auth_node WHERE uuid = ?", text))

    def node_uuid(self, node_id: str) -> str:
        """The uuid of a node, or an empty text."""
        rows = self._db.rows("SELECT uuid FROM auth_node WHERE node_id = ?", node_id)
        return str(rows[0][0]) if len(rows) == 1 else ""

    def services(self, svcname: str, node: Node) -> list[Service]:
        """Candidates for a service login from a node, best kind first, never mixed.

        Order of ``agent-contract.md`` 2.4: in the node's cluster and zone;
        encapsulated in the node; with an instance in the cluster; in no cluster
        but in the zone.  The zone is the groups responsible for the node's app.
        """
        zone = self._zone(node.app)
        if node.cluster_id:
            in_cluster = self._services("s.cluster_id = ?", svcname, node.cluster_id)
            found = self._in_zone(in_cluster, zone)
            if len(found) > 1:
                found = self._with_instance(found, node) or found
            if found:
                return found
        found = self._in_zone(self._services(_ENCAPSULATED, svcname, node.nodename), zone)
        if found:
            return found
        found = self._with_instance(self._services("1 = 1", svcname), node)
        if found:
            return found
        alone = self._services("(s.cluster_id = '' OR s.cluster_id IS NULL)", svcname)
        return self._in_zone(alone, zone)

    def app(self, name: str) -> App | None:
        """Find an application by its exact code."""
        rows = self._db.rows("SELECT id, app FROM apps WHERE app = ?", name)
        found = [row[0] for row in rows if row[1] == name]
        return self._app(found[0]) if len(found) == 1 else None

    def everybody(self) -> frozenset[int]:
        """The group of all users, which services belong to as well; empty where missing."""
        rows = self._db.rows("SELECT id, privilege FROM auth_group WHERE role = ?", EVERYBODY)
        return frozenset(row[0] for row in rows if not is_true(row[1]))

    def owner(self, namespace: Namespace, ref: OwnerRef) -> OwnerFacts:
        """Tell whom a reserved repository name belongs to."""
        column, table, extra = _OWNERS[namespace]
        if ref.name is None:
            rows = self._db.rows(f"SELECT id, {column} FROM {table} WHERE id = ?{extra}", ref.id)
        else:
            folded = self._db.folded(column)
            sql = f"SELECT id, {column} FROM {table} WHERE {folded} = ?{extra}"
            rows = self._db.rows(sql, ref.name)
            rows = [row for row in rows if str(row[1]).lower() == ref.name]
        if len(rows) != 1:
            return AmbiguousOwner() if rows else UnknownOwner()
        if namespace is not Namespace.APPS:
            return Owner(rows[0][0])
        app = self._app(rows[0][0])
        return Owner(app.id, app.publications, app.responsibles)

    def owners(self, namespace: Namespace, ids: Collection[int]) -> dict[int, str]:
        """Those of some users, groups or applications that exist, with the name that finds them.

        It is the name for which ``owner`` answers this id and no other; empty
        where there is none.
        """
        column, table, extra = _OWNERS[namespace]
        select = f"SELECT id, {column} FROM {table} WHERE"
        rows = self._many(f"{select} id IN ({{}}){extra}", ids)
        names = {row[0]: str(row[1] or "").lower() for row in rows}
        found: dict[str, list[int]] = {}
        folded = f"{select} {self._db.folded(column)} IN ({{}}){extra}"
        for id_, name in self._many(folded, set(names.values())):
            found.setdefault(str(name).lower(), []).append(id_)
        return {id_: name if found.get(name) == [id_] else "" for id_, name in names.items()}

    def apps_of(self, groups: Collection[int]) -> set[int]:
        """Applications that are published to some of these groups, or that these answer for."""
        return {row[0] for row in self._many(_APPS_OF, groups)}

    def apps(self, ids: Collection[int]) -> list[App]:
        """These applications with their groups, whether they exist or not."""
        groups: dict[tuple[int, int], set[int]] = {(i, k): set() for i in ids for k in (0, 1)}
        for app_id, responsible, group_id in self._many(_APP_GROUPS, ids):
            groups[app_id, responsible].add(group_id)
        return [App(i, frozenset(groups[i, 0]), frozenset(groups[i, 1])) for i in ids]

    def service(self, svc_id: str) -> Service | None:
        """Find a service by its id."""
        rows = self._db.rows(
            "SELECT svc_id, svcname, svc_app FROM services WHERE svc_id = ?", svc_id
        )
        return Service(rows[0][0], rows[0][1], rows[0][2] or "") if len(rows) == 1 else None

    def _many(self, sql: str, values: Collection[object]) -> Iterator[tuple[Any, ...]]:
        """Run a query with ``IN ({})`` for many values, some at a time."""
        left = iter(values)
        while some := tuple(islice(left, _AT_ONCE)):
            marks = ",".join("?" * len(some))
            yield from self._db.rows(sql.replace("{}", marks), *some * sql.count("{}"))

    def _accounts(self, column: str, name: str) -> list[Account]:
        rows = self._db.rows(f"{_ACCOUNT} WHERE {self._db.folded(f'u.{column}')} = ?", name)
        accounts = [_account(row) for row in rows]
        return [a for a in accounts if getattr(a, column).lower() == name]

    def _app(self, app_id: int) -> App:
        return self.apps([app_id])[0]

    def _services(self, condition: str, svcname: str, *values: str) -> list[Service]:
        select = "SELECT s.svc_id, s.svcname, s.svc_app FROM services s"
        rows = self._db.rows(f"{select} WHERE s.svcname = ? AND {condition}", svcname, *values)
        return [Service(row[0], row[1], row[2] or "") for row in rows if row[1] == svcname]

    def _zone(self, app_name: str) -> frozenset[int]:
        app = self.app(app_name)
        return app.responsibles if app else frozenset()

    def _in_zone(self, services: list[Service], zone: frozenset[int]) -> list[Service]:
        return [s for s in services if self._zone(s.app) & zone] if zone else []

    def _with_instance(self, services: list[Service], node: Node) -> list[Service]:
        condition, value = "n.cluster_id = ?", node.cluster_id
        if not value:
            condition, value = "n.node_id = ?", node.node_id
        return [
            service
            for service in services
            if self._db.rows(
                "SELECT 1 FROM svcmon m JOIN nodes n ON n.node_id = m.node_id"
                f" WHERE m.svc_id = ? AND {condition}",
                service.svc_id,
                value,
            )
        ]


_ACCOUNT = (
    "SELECT u.id, u.email, u.username, u.first_name, u.last_name, u.password,"
    " u.registration_key, o.backend, o.origin_key, o.stamp, o.state, o.checked, (SELECT t.id"
    " FROM registry_totp t WHERE t.user_id = u.id AND t.confirmed IS NOT NULL)"
    " FROM auth_user u LEFT JOIN registry_account_origins o ON o.user_id = u.id"
)
_APPS_OF = (
    "SELECT app_id FROM apps_publications WHERE group_id IN ({})"
    " UNION SELECT app_id FROM apps_responsibles WHERE group_id IN ({})"
)
_APP_GROUPS = (
    "SELECT app_id, 0, group_id FROM apps_publications WHERE app_id IN ({})"
    " UNION ALL SELECT app_id, 1, group_id FROM apps_responsibles WHERE app_id IN ({})"
)
_ENCAPSULATED = "s.svc_id IN (SELECT svc_id FROM svcmon WHERE mon_vmname = ?)"
_OWNERS = {
    Namespace.USERS: ("username", "auth_user", ""),
    Namespace.GROUPS: ("role", "auth_group", " AND privilege = 'F'"),
    Namespace.APPS: ("app", "apps", ""),
}


def _account(row: tuple[object, ...]) -> Account:
    texts = ["" if value is None else str(value) for value in row[1:7]]
    email, username, first, last, password, registration_key = texts
    name = f"{first} {last}".strip() or email or username
    origin = None
    if row[7] is not None:
        backend, key, stamp, state = (str(value) for value in row[7:11])
        origin = Origin(backend, key, stamp, state, float(str(row[11])))
    id_, second = int(str(row[0])), int(str(row[12] or 0))
    return Account(id_, email, username, name, password, registration_key, origin, second)


def is_true(value: object) -> bool:
    """Read a boolean column: the collector stores T and F."""
    return str(value)[:1] in ("t", "T", "1")


def _same(stored: object, given: str) -> bool:
    known = str(stored or "").encode()
    return bool(known) and hmac.compare_digest(known, given.encode("utf-8", "replace"))
