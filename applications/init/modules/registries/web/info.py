"""What a registry, a load balancer or a person may know without logging in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import CollectorError, MethodNotAllowed
from .message import Reply, Request, json_reply

if TYPE_CHECKING:
    from ..container import Container

_PEM = "application/x-pem-file"
_MAY_CACHE = (("Cache-Control", "public, max-age=300"),)


def health(request: Request, container: Container) -> Reply:
    """200 once tokens can be served; 503 with the reason otherwise."""
    _only_get(request)
    try:
        with container.db.transaction():
            container.db.rows("SELECT id FROM docker_registries WHERE id = 0")
        container.keystore.signer(container.algorithm)
    except CollectorError as error:
        return json_reply({"status": "error", "reason": str(error)}, 503)
    return json_reply({"status": "ok"})


def jwks(request: Request, container: Container) -> Reply:
    """The public keys of our tokens, as a JSON Web Key Set (RFC 7517)."""
    _only_get(request)
    return json_reply(container.keystore.jwks())


def certs(request: Request, container: Container) -> Reply:
    """The certificate bundle for a registry's ``rootcertbundle``; ``major=3`` for 3.x."""
    _only_get(request)
    major = 3 if request.query().one("major") == "3" else 2
    bundle = container.keystore.bundle(major)
    return Reply(200, bundle.encode(), _PEM, _MAY_CACHE)


def _only_get(request: Request) -> None:
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed("only GET is known here")
