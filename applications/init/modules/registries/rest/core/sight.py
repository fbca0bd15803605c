"""Which users, groups and applications a caller sees, and finding one by what a client writes.

* Users: oneself, and who is in a group of one's own, other than Everybody.  A
  UserManager sees all; services and nodes see none.
* Groups: those one is in, privileges too.
* Applications: those that are published to one's groups, or that these are
  responsible for.  Services and nodes see the one they are in.

A Manager sees all.  What a caller doesn't see does not exist for it: 404.
"""

from __future__ import annotations

from ...accounts import apps as applications
from ...accounts.apps import App
from ...directory import Account
from ...errors import Denied, NotFound
from ...login import lookup
from ...login.lookup import Group
from ...policy import USER_MANAGER
from ...policy import Kind as Who
from ..call import Call
from ..conditions import ALWAYS, NEVER, Condition, all_of, any_of, one_of
from ..listing import Source

SELF = "self"
"""What stands for the caller's own id."""


def users(call: Call, condition: Condition = ALWAYS) -> Source:
    """The users that the caller sees; they are ``u``."""
    return Source("auth_user u", all_of([sees_users(call), condition]))


def groups(call: Call, condition: Condition = ALWAYS) -> Source:
    """The groups that the caller sees; they are ``a``."""
    return Source("auth_group a", all_of([sees_groups(call), condition]))


def apps(call: Call, condition: Condition = ALWAYS) -> Source:
    """The applications that the caller sees; they are ``p``."""
    return Source("apps p", all_of([sees_apps(call), condition]))


def sees_users(call: Call) -> Condition:
    """True of the rows ``u`` that the caller sees."""
    who = call.principal
    if who.holds(USER_MANAGER):
        return ALWAYS
    if who.id is None:
        return NEVER
    shared = one_of("group_id", sorted(who.groups - call.container.directory.everybody()))
    return any_of([
        Condition("u.id = ?", (who.id,)),
        Condition(
            f"u.id IN (SELECT user_id FROM auth_membership WHERE {shared.sql})", shared.values
        ),
    ])


def sees_groups(call: Call) -> Condition:
    """True of the rows ``a`` that the caller sees."""
    if call.is_manager:
        return ALWAYS
    if call.principal.id is None:
        return one_of("a.id", sorted(call.principal.groups))
    mine = "SELECT group_id FROM auth_membership WHERE user_id = ?"
    return Condition(f"a.id IN ({mine})", (call.principal.id,))


def sees_apps(call: Call) -> Condition:
    """True of the rows ``p`` that the caller sees."""
    who = call.principal
    if call.is_manager:
        return ALWAYS
    if who.kind is Who.SERVICE:
        return Condition("p.id = ?", (who.app_id,)) if who.app_id is not None else NEVER
    if who.kind is Who.NODE:
        code = "SELECT n.app FROM nodes n WHERE n.node_id = ?"
        return Condition(f"p.app IN ({code})", (call.caller.node_id,))
    mine = one_of("group_id", sorted(who.groups))
    return any_of(
        Condition(f"p.id IN (SELECT app_id FROM {link.table} WHERE {mine.sql})", mine.values)
        for link in (applications.PUBLICATIONS, applications.RESPONSIBLES)
    )


def myself(call: Call) -> int:
    """The id of the user who calls.

    :raises Denied: it is a service or a node.
    """
    if call.principal.id is None:
        raise Denied("only people have an account: this is a service or a node")
    return call.principal.id


def user(call: Call, text: str) -> Account | None:
    """A user that the caller sees, by id, e-mail or username, or ``self``."""
    found = find_user(call, text)
    seen = found is not None and has(call, users(call, Condition("u.id = ?", (found.id,))))
    return found if seen else None


def find_user(call: Call, text: str) -> Account | None:
    """A user, whether the caller sees it or not."""
    directory = call.container.directory
    if text == SELF:
        return directory.account_by_id(myself(call))
    return lookup.user(directory, text)


def group(call: Call, text: str) -> Group | None:
    """A group that the caller sees, by id or exact name."""
    found = lookup.group(call.db, text)
    seen = found is not None and has(call, groups(call, Condition("a.id = ?", (found.id,))))
    return found if seen else None


def app(call: Call, text: str) -> App | None:
    """An application that the caller sees, by id or exact code."""
    found = applications.find(call.db, text)
    seen = found is not None and has(call, apps(call, Condition("p.id = ?", (found.id,))))
    return found if seen else None


def required_user(call: Call, text: str) -> Account:
    """As ``user``.

    :raises NotFound: there is none, or none that the caller sees.
    """
    found = user(call, text)
    if found is None:
        raise NotFound(f"there is no user {text[:64]!r}")
    return found


def required_group(call: Call, text: str) -> Group:
    """As ``group``.

    :raises NotFound: there is none, or none that the caller sees.
    """
    found = group(call, text)
    if found is None:
        raise NotFound(f"there is no group {text[:64]!r}")
    return found


def required_app(call: Call, text: str) -> App:
    """As ``app``.

    :raises NotFound: there is none, or none that the caller sees.
    """
    found = app(call, text)
    if found is None:
        raise NotFound(f"there is no application {text[:64]!r}")
    return found


def has(call: Call, source: Source) -> bool:
    """Tell whether a source has a row."""
    condition = source.condition
    sql = f"SELECT 1 FROM {source.sql} WHERE {condition.sql} LIMIT 1"
    return bool(call.db.rows(sql, *condition.values))
