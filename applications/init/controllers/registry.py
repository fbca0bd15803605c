"""/init/registry/...: the token service and what registries ask for."""

from applications.init.modules.registries.web2py import pages, serve, serve_all_below, serve_below


def token():
    """GET and POST: a token for a registry."""
    serve(pages.token)


def health():
    """GET: is it up."""
    serve(pages.health)


def jwks():
    """GET: public keys."""
    serve(pages.jwks)


def metrics():
    """GET: counters for Prometheus."""
    serve(pages.metrics)


def certs():
    """GET: certificate bundle for registries."""
    serve(pages.certs)


def call():
    """Below /json: docker search, as registries' nginx forwards it, and their notifications."""
    serve_below(pages.CALLS)


def registries():
    """GET: the page of the table of registries, repositories and tags."""
    serve(pages.page("registries"))


def registries_load():
    """GET: the table for the collector's own pages."""
    serve(pages.fragment("table_registries"))


def ajax_registries():
    """Below /data, /csv and /commonality: lines of the table."""
    serve_all_below(pages.table("/init/registry/ajax_registries"))


def ajax_registries_col_values():
    """Below: the values of a column of the table."""
    serve_all_below(pages.table("/init/registry/ajax_registries"))


def changes():
    """GET: what changed since."""
    serve(pages.changes)


def live():
    """GET: what changes, as it does."""
    serve(pages.live)
