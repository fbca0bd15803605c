"""/init/show/...: deep links to objects."""

from applications.init.modules.registries.web2py import pages, serve_all_below


def tabs():
    """GET: the panel of an object, by its type and id."""
    serve_all_below(pages.tabs)
