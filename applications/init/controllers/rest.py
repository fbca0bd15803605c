"""/init/rest/...: the REST API."""

from applications.init.modules.registries.web2py import pages, serve_all_below


def api():
    """Everything below /init/rest/api, by the routes that the API declares."""
    serve_all_below(pages.rest_api)
