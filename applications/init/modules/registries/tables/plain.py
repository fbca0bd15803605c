"""Tables of moderate size: what services tell of their resources, and the log."""

from __future__ import annotations

from ..rest.call import Call
from ..rest.core import logs, resinfo
from ..rest.filters import split
from .asked import Wish
from .model import Lines, Plain, Table


def _resources(call: Call, wish: Wish) -> Lines:
    return Plain(call, resinfo.RESINFO, resinfo.visible(call), wish)


def _entries(call: Call, wish: Wish) -> Lines:
    return Plain(call, logs.LOG, logs.readable(call), wish)


def _alike(name: str, expression: str) -> str:
    return split(resinfo.alike(f"{name} {expression}"))[1]


RESINFO = Table(
    "resinfo",
    resinfo.RESINFO,
    (("svcname", False), ("nodename", False), ("rid", False), ("res_key", False)),
    _resources,
    _alike,
)
LOGS = Table("log", logs.LOG, (("log_date", True),), _entries)
