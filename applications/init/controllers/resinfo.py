"""/init/resinfo/...: what services report of their resources, as a table."""

from applications.init.modules.registries.web2py import pages, serve, serve_all_below


def resinfo():
    """GET: the page of the table."""
    serve(pages.page("resinfo"))


def resinfo_load():
    """GET: the table for the collector's own pages."""
    serve(pages.fragment("table_resinfo"))


def ajax_resinfo():
    """Below /data, /csv and /commonality: lines of the table."""
    serve_all_below(pages.table("/init/resinfo/ajax_resinfo"))


def ajax_resinfo_col_values():
    """Below: the values of a column of the table."""
    serve_all_below(pages.table("/init/resinfo/ajax_resinfo"))
