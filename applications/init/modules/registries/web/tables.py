"""``/init/.../ajax_<table>/...``: the tables of the screens (``collector-contract.md`` B.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import logs, tables
from ..errors import CollectorError, Internal, MethodNotAllowed, NotFound
from ..login import caller as callers
from ..rest.call import Call
from ..tables.model import Table
from . import rest
from .answer import Endpoint
from .bodies import require_text
from .message import Reply, Request, json_reply

if TYPE_CHECKING:
    from ..container import Container

ROOTS = {
    "/init/registry/ajax_registries": "registries",
    "/init/resinfo/ajax_resinfo": "resinfo",
    "/init/log/ajax_log": "log",
}
"""Where tables are, without ``/data`` or ``_col_values`` behind it."""

_CSV = "text/csv; charset=utf-8"


def table(root: str) -> Endpoint:
    """The endpoint of all below an address, by what follows it."""
    return lambda request, container: _guarded(request, container, root)


def _guarded(request: Request, container: Container, root: str) -> Reply:
    try:
        return _answer(request, container, root)
    except CollectorError as error:
        return rest.refused(error, request)
    except Exception as error:
        log_id = logs.unexpected(error, "tables")
        message = f"something went wrong; it is in the log as {log_id}"
        return rest.refused(Internal(message), request)


def _answer(request: Request, container: Container, root: str) -> Reply:
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed("only GET is known here")
    caller = rest.authenticate(request, container)
    query, below = request.lists(), request.path[len(root) :]
    require_text(query)
    now = container.clock()
    with container.db.transaction():
        principal = callers.principal(caller, container.directory)
        call = Call(container, caller, principal, now, {}, query)
        return _shown(call, tables.TABLES[ROOTS[root]], below.strip("/"))


def _shown(call: Call, wanted: Table, below: str) -> Reply:
    what, _, column = below.partition("/")
    if what == "_col_values" and column:
        return json_reply(tables.values(call, wanted, column))
    if below == "data":
        return json_reply(tables.data(call, wanted))
    if below == "commonality":
        return json_reply(tables.commonality(call, wanted))
    if below == "csv":
        name, text = tables.csv(call, wanted)
        headers = (
            ("Cache-Control", "no-store"), ("Content-Disposition", f'attachment; filename="{name}"')
        )
        return Reply(200, text.encode("utf-8", "replace"), _CSV, headers)
    raise NotFound("a table has /data, /csv and /commonality, and _col_values/<column>")
