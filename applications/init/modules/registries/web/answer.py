"""One request to one endpoint: whatever happens, the outcome is a reply."""

from __future__ import annotations

from collections.abc import Callable

from .. import container as containers
from .. import logs
from ..container import Container
from ..errors import CollectorError, Internal
from .message import Reply, Request, error_reply

Endpoint = Callable[[Request, Container], Reply]


def answer(endpoint: Endpoint, request: Request) -> Reply:
    """Call an endpoint; its errors, expected or not, become JSON."""
    try:
        return endpoint(request, containers.get())
    except CollectorError as error:
        return error_reply(error)
    except Exception as error:
        log_id = logs.unexpected(error, endpoint.__module__)
        return error_reply(Internal(f"something went wrong; it is in the log as {log_id}"))
