"""/init/log/...: the audit log, as a table."""

from applications.init.modules.registries.web2py import pages, serve, serve_all_below


def log():
    """GET: the page of the table."""
    serve(pages.page("log"))


def log_load():
    """GET: the table for the collector's own pages."""
    serve(pages.fragment("table_log"))


def ajax_log():
    """Below /data, /csv and /commonality: lines of the table."""
    serve_all_below(pages.table("/init/log/ajax_log"))


def ajax_log_col_values():
    """Below: the values of a column of the table."""
    serve_all_below(pages.table("/init/log/ajax_log"))
