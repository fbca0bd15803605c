"""/init/registry/...: the token service and what registries ask for."""

from applications.init.modules.registries.web import info
from applications.init.modules.registries.web import token as token_page
from applications.init.modules.registries.web2py import serve


def token():
    """GET and POST: a token for a registry."""
    serve(token_page.endpoint)


def health():
    """GET: is it up."""
    serve(info.health)


def jwks():
    """GET: public keys."""
    serve(info.jwks)


def certs():
    """GET: certificate bundle for registries."""
    serve(info.certs)
