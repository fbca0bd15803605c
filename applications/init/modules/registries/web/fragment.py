"""Fragments that the collector's own GUI loads into its pages: a table of its JavaScript.

Source: ``collector-contract.md`` B.5.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ..errors import MethodNotAllowed
from .answer import Endpoint
from .gui import HTML_TYPE
from .message import Reply, Request
from .rest import authenticate

if TYPE_CHECKING:
    from ..container import Container

_FILTER = re.compile(r"[A-Za-z0-9_]{1,64}_f_[A-Za-z0-9_]{1,64}")


def table(name: str) -> Endpoint:
    """The endpoint of a fragment that opens a table.

    :param name: of the JavaScript function, ``table_registries``.
    """
    return lambda request, container: _fragment(request, container, name)


def _fragment(request: Request, container: Container, name: str) -> Reply:
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed("only GET is known here")
    authenticate(request, container)
    asked = request.lists()
    options: dict[str, object] = {
        "request_vars": {key: values[-1] for key, values in asked.items() if _FILTER.fullmatch(key)}
    }
    if "volatile_filters" in asked:
        options["volatile_filters"] = asked["volatile_filters"][-1]
    body = f'<div id="layout"></div><script>{name}("layout", {script_json(options)})</script>'
    return Reply(200, body.encode(), HTML_TYPE)


def script_json(value: object) -> str:
    """JSON that stays a value wherever a script stands, whatever texts are in it."""
    text = json.dumps(value)  # ASCII only
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
