"""All endpoints, by the name of their controller function."""

from collections.abc import Mapping

from .answer import Endpoint
from .doc import doc
from .events import events
from .info import certs, health, jwks
from .rest import ROOT, rest_api
from .search import search
from .token import token

CALLS: Mapping[str, Endpoint] = {"/json/search": search, "/json/events": events}
"""The endpoints of the function ``call``, by what follows it in the path."""

__all__ = [
    "CALLS", "ROOT", "certs", "doc", "events", "health", "jwks", "rest_api", "search", "token"
]
