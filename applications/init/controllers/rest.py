"""/init/rest/...: the REST API."""

from applications.init.modules.registries.web2py import pages, serve, serve_all_below


def api():
    """Everything below /init/rest/api, by the routes that the API declares."""
    serve_all_below(pages.rest_api)


def doc():
    """GET: the REST API as a page."""
    serve(pages.doc)
