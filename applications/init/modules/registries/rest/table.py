"""All routes of the API, in the order in which they are tried and described."""

from __future__ import annotations

from . import openapi
from .core import (
    app_links,
    apps,
    groups,
    logs,
    me,
    memberships,
    node_addresses,
    nodes,
    personal_tokens,
    register,
    resinfo,
    search,
    services,
    session,
    sessions,
    tokens,
    totp,
    user_changes,
    users,
)
from .core import links as screen_links
from .docker import (
    access,
    configuration,
    discovery,
    links,
    parties,
    registries,
    registry_changes,
    removal,
    repositories,
    summary,
    tags,
)
from .routes import Route, Router

ROUTES: tuple[Route, ...] = (
    openapi.route(lambda: ROUTES),
    *registries.ROUTES,
    *registry_changes.ROUTES,
    *links.ROUTES,
    *access.ROUTES,
    *discovery.ROUTES,
    *configuration.ROUTES,
    *repositories.ROUTES,
    *parties.ROUTES,
    *tags.ROUTES,
    *summary.ROUTES,
    *removal.ROUTES,
    *session.ROUTES,
    *sessions.ROUTES,
    *tokens.ROUTES,
    *personal_tokens.ROUTES,
    *totp.ROUTES,
    *nodes.ROUTES,
    *node_addresses.ROUTES,
    *register.ROUTES,
    *services.ROUTES,
    *resinfo.ROUTES,
    *search.ROUTES,
    *logs.ROUTES,
    *screen_links.ROUTES,
    *me.ROUTES,
    *users.ROUTES,
    *user_changes.ROUTES,
    *memberships.ROUTES,
    *groups.ROUTES,
    *apps.ROUTES,
    *app_links.ROUTES,
)
ROUTER = Router(ROUTES)
