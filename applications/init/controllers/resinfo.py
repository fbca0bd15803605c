"""/init/resinfo/...: what services report of their resources, as a table."""

from applications.init.modules.registries.web2py import pages, serve


def resinfo():
    """GET: the page of the table."""
    serve(pages.page("resinfo"))


def resinfo_load():
    """GET: the table for the collector's own pages."""
    serve(pages.fragment("table_resinfo"))
