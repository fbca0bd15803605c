"""``/init/registry/call/json/events``: what registries tell, answered well inside 500 ms.

Registries repeat, in order and for ever, what is not answered with 2xx or 3xx,
and lose what they hold when they stop.  So a proven sender gets 200 for whatever it
sends once it is stored; only what could not be stored is a 5xx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import MethodNotAllowed, TooLarge
from .message import Reply, Request, json_reply

if TYPE_CHECKING:
    from ..container import Container

MAX_BODY = 4_194_304
"""Bytes that a proven sender may send at once."""

MAX_HINT = 262_144
"""Bytes that anybody may send at once."""


def events(request: Request, container: Container) -> Reply:
    """Take a notification envelope; a sender without a secret only gives hints."""
    if request.method != "POST":
        raise MethodNotAllowed("notifications are sent with POST")
    receiver = container.receiver
    registry_id = receiver.sender(request.header("Authorization"))
    if registry_id is None:
        receiver.hinted(request.body(MAX_HINT))
        return json_reply({"status": "noted"})
    try:
        receiver.verified(registry_id, request.body(MAX_BODY))
    except TooLarge as error:
        receiver.put_aside(registry_id, b"", str(error))
    return json_reply({"status": "stored"})
