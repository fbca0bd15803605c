"""/init/default/...: the first page, the account, signing in."""

from applications.init.modules.registries.web2py import pages, serve, serve_below


def index():
    """GET: the overview."""
    serve(pages.page("dashboard"))


def account():
    """GET: one's own account."""
    serve(pages.page("account"))


def user():
    """Below /login: the page that asks who you are."""
    serve_below({"/login": pages.sign_in})
