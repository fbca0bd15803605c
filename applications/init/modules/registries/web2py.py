"""The one door to web2py: the current request in, our reply out.

No other module imports gluon, and ``current`` is read inside functions only.
"""

from __future__ import annotations

from gluon import HTTP, current

from .errors import NotFound
from .web import pages
from .web.answer import Endpoint, answer
from .web.message import Request, error_reply

__all__ = ["pages", "serve"]


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
        reply = answer(endpoint, Request(request.env))
    headers = dict(reply.headers)
    headers["Content-Type"] = reply.content_type
    raise HTTP(reply.status, reply.body, **headers)

