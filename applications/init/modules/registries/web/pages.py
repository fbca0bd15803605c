"""All endpoints, by the name of their controller function."""

from collections.abc import Mapping

from .answer import Endpoint
from .doc import doc
from .events import events
from .fragment import table as fragment
from .gui import add_registry, home, page, sign_in, tabs
from .info import certs, health, jwks
from .live import changes, live
from .metrics import metrics
from .rest import ROOT, rest_api
from .search import search
from .tables import ROOTS as TABLES
from .tables import table
from .token import token

CALLS: Mapping[str, Endpoint] = {"/json/search": search, "/json/events": events}
"""The endpoints of the function ``call``, by what follows it in the path."""

__all__ = [
    "CALLS",
    "ROOT",
    "TABLES",
    "add_registry",
    "certs",
    "changes",
    "doc",
    "events",
    "fragment",
    "health",
    "home",
    "jwks",
    "live",
    "metrics",
    "page",
    "rest_api",
    "search",
    "sign_in",
    "table",
    "tabs",
    "token",
]
