"""The one door to web2py: the current request in, our reply out.

No other module imports gluon, and ``current`` is read inside functions only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gluon import HTTP, current

from .errors import NotFound
from .web import pages
from .web.answer import Endpoint, answer
from .web.gui import View
from .web.message import Reply, Request, error_reply

__all__ = ["pages", "serve", "serve_all_below", "serve_below"]


def serve(endpoint: Endpoint) -> None:
    """Answer the current request statelessly: no session, no cookie, no ticket.

    :raises HTTP: always; it is how web2py takes an answer with its status.
    """
    serve_below({"": endpoint})


def serve_below(endpoints: Mapping[str, Endpoint]) -> None:
    """As ``serve``, for a function with several addresses.

    :param endpoints: by what follows the function in the path.
    :raises HTTP: always.
    """
    _answer(lambda below: endpoints.get(below.rstrip("/")))


def serve_all_below(endpoint: Endpoint) -> None:
    """As ``serve``, for a function with all the addresses below it.

    :raises HTTP: always.
    """
    _answer(lambda below: endpoint if below[:1] in ("", "/") else None)


def _answer(find: Callable[[str], Endpoint | None]) -> None:
    current.session.forget(current.response)
    request = current.request
    function = f"/{request.application}/{request.controller}/{request.function}"
    path = request.env.path_info
    # web2py takes any extension and arguments behind a function for the same route.
    endpoint = find(path[len(function) :]) if path.startswith(function) else None
    if endpoint is None:
        reply = error_reply(NotFound("there is nothing at this address"))
    else:
        reply = answer(endpoint, Request(request.env))
    if isinstance(reply, View):
        body = current.response.render(reply.name, dict(reply.values)).encode()
        reply = Reply(reply.status, body, reply.content_type, reply.headers)
    headers = dict(reply.headers)
    headers["Content-Type"] = reply.content_type
    raise HTTP(reply.status, reply.body, **headers)
