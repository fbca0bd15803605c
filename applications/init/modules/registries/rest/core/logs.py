"""The log: what was decided and done, for those whom it concerns (E33).

A Manager reads all of it.  A user reads its own entries, and what is told of
docker registries that one of its groups is responsible for; a node or service
what it did itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...catalog import journal
from ...policy import Kind as Who
from .. import listing
from ..asked import LINE_PARAMS, LIST_PARAMS
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import ALWAYS, NEVER, Condition, all_of, any_of, like_text, one_of
from ..listing import Resource, Source
from ..routes import Route

_NEWEST_FIRST = "~log_date"
_PLACE = re.compile(r"%(?:%|\(([^()]{0,64})\)[-#0 +]{0,5}[0-9]{0,4}(?:\.[0-9]{0,4})?[A-Za-z])")
_MOST = 4000
"""Characters of one entry's text."""


@dataclass(frozen=True)
class _Event(Column):
    """The text of an entry: its format and what goes into it, read as one JSON array."""

    def show(self, value: Any) -> Any:
        """The rendered text."""
        try:
            fmt, details = json.loads(value)
        except (TypeError, ValueError):
            return ""
        return rendered(fmt, details)


def _column(name: str, kind: Kind, description: str) -> Column:
    return Column(name, f"l.{name}", kind, description, "log")


LOG = Resource(
    "log",
    (
        _column("id", Kind.ID, "The unique id of the entry."),
        _column("log_date", Kind.DATE, "When it was written."),
        _column("log_action", Kind.TEXT, "What was done, such as docker.token."),
        _column("log_user", Kind.TEXT, "Who did it; agent for nodes and services."),
        _column("log_level", Kind.TEXT, "Info, warning, error or critical."),
        _column("log_fmt", Kind.TEXT, "The format of the text."),
        _column("log_dict", Kind.JSON, "What goes into the format."),
        _column("svc_id", Kind.TEXT, "The service that it is about."),
        _column("node_id", Kind.TEXT, "The node that it is about."),
        _column("log_entry_id", Kind.TEXT, "The id that its source gave it."),
        _Event("log_event", "json_array(l.log_fmt, l.log_dict)", Kind.TEXT,
               "The text of the entry.", "log"),
    ),
)


def list_logs(call: Call) -> Answer:
    """The entries that the caller may read, newest first where nothing else is asked."""
    query = call.query
    if not any(query.get(name) for name in ("orderby", "orderby[]", "groupby", "groupby[]")):
        call = replace(call, query={**query, "orderby": [_NEWEST_FIRST]})
    return listing.listing(call, LOG, readable(call))


def one_log(call: Call) -> Answer:
    """One entry, or nothing."""
    return listing.line(call, LOG, readable(call, Condition("l.id = ?", (call.id(),))))


def rendered(fmt: Any, details: Any) -> str:
    """The text of a format with its values; what fits nothing stays as it is.

    :param details: a JSON text, or None.
    """
    try:
        values = json.loads(details or "{}")
    except (TypeError, ValueError):
        values = {}
    if not isinstance(values, dict):
        values = {}

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "%"
        return _text(values[name]) if name in values else found[0]

    return _PLACE.sub(value, str(fmt or ""))[:_MOST]


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)


def readable(call: Call, condition: Condition = ALWAYS) -> Source:
    """The entries that the caller may read; they are ``l``."""
    return Source("log l", all_of([_readable(call), condition]))


def _readable(call: Call) -> Condition:
    if call.is_manager:
        return ALWAYS
    if call.caller.kind is Who.NODE:
        return Condition("l.node_id = ? AND l.node_id <> ''", (call.caller.node_id,))
    if call.caller.kind is Who.SERVICE:
        return Condition("l.svc_id = ? AND l.svc_id <> ''", (call.caller.svc_id,))
    return any_of([_own(call), _of_registries(call)])


def _own(call: Call) -> Condition:
    account = call.container.directory.account_by_id(call.principal.id or 0)
    return one_of("l.log_user", journal.names(call.db, account) if account else ())


def _of_registries(call: Call) -> Condition:
    mine = one_of("o.group_id", sorted(call.principal.groups))
    if mine == NEVER:
        return NEVER
    rows = call.db.rows(
        "SELECT DISTINCT g.service FROM docker_registries g JOIN"
        f" docker_registries_responsibles o ON o.registry_id = g.id WHERE {mine.sql}",
        *mine.values,
    )
    named = [_names(str(row[0])) for row in rows]
    return all_of([Condition("l.log_action LIKE 'docker.%'"), _one_of_many(named)])


def _names(service: str) -> Condition:
    """True where an entry names a registry; a text inside of another has its quotes escaped."""
    member = like_text(f'"service": {json.dumps(service)}')
    return Condition("l.log_dict LIKE ? ESCAPE '!'", (f"%{member}%",))


def _one_of_many(conditions: Sequence[Condition]) -> Condition:
    """As ``any_of``, in the form of a balanced tree: databases limit the depth."""
    if len(conditions) <= 2:
        return any_of(conditions)
    middle = len(conditions) // 2
    return any_of([_one_of_many(conditions[:middle]), _one_of_many(conditions[middle:])])


ROUTES = (
    Route(
        "GET", "/logs", list_logs,
        ("List the log, newest first: your own entries, and those about docker registries that"
         " one of your groups is responsible for; a Manager reads all.",
         "log_event is the text of an entry; filters on it look at its format and its values."),
        LIST_PARAMS, shape=LOG.columns, many=True,
        examples=(
            "# curl -u %(email)s 'https://%(collector)s/init/rest/api/logs"
            "?filters=log_action+docker.%%25&props=log_date,log_user,log_event'",
        ),
    ),
    Route(
        "GET", "/logs/<id>", one_log, ("Show an entry of the log.",),
        LINE_PARAMS, shape=LOG.columns,
    ),
)
