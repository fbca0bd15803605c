"""/init/log/...: the audit log, as a table."""

from applications.init.modules.registries.web2py import pages, serve


def log():
    """GET: the page of the table."""
    serve(pages.page("log"))


def log_load():
    """GET: the table for the collector's own pages."""
    serve(pages.fragment("table_log"))
