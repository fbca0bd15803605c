"""The one door to web2py: the current request in, our reply out.

No other module imports gluon, and ``current`` is read inside functions only.
"""

from __future__ import annotations

from collections.abc import Callable

from gluon import HTTP, current

from . import container as containers
from . import logs
from .container import Container
from .errors import CollectorError, Internal, NotFound
from .web import pages
from .web.message import Reply, Request, error_reply

__all__ = ["pages", "serve"]

Endpoint = Callable[[Request, Container], Reply]


def serve(endpoint: Endpoint) -> None:
    """Answer the current request statelessly: no session, no cookie, no ticket.

    :raises HTTP: always; it is how web2py takes an answer with its status.
    """
    current.session.forget(current.response)
    request = current.request
    exact = f"/{request.application}/{request.controller}/{request.function}"
    if request.env.path_info.rstrip("/") != exact:
        # web2py takes any extension and arguments behind a function for the same route.
        reply = error_reply(NotFound("there is nothing at this address"))
    else:
        reply = _reply(endpoint, Request(request.env))
    headers = dict(reply.headers)
    headers["Content-Type"] = reply.content_type
    raise HTTP(reply.status, reply.body, **headers)


def _reply(endpoint: Endpoint, request: Request) -> Reply:
    try:
        return endpoint(request, containers.get())
    except CollectorError as error:
        return error_reply(error)
    except Exception as error:
        log_id = logs.unexpected(error, endpoint.__module__)
        return error_reply(Internal(f"something went wrong; it is in the log as {log_id}"))
