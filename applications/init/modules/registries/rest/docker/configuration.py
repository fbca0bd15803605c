"""What a registry has to be configured with: its notification secret, and whole texts."""

from __future__ import annotations

from ... import audit, catalog, snippets
from ...errors import NotFound
from ...login import limits
from .. import given
from ..call import Answer, Call
from ..routes import Member, Route
from .registries import RIGHT, changeable

_FOLDER, _UPSTREAM = "registry-data", "http://localhost:5000"
_DAYS = 7
_MOST_HOURS = 24 * 90


def secret(call: Call) -> Answer:
    """The secret of a registry's notifications, made at first need."""
    _require_trusted(call)
    with call.db.transaction(write=True):
        registry = changeable(call, call.args["id"])
        return _secret(call.container.secrets.current(registry.id))


def rotate(call: Call) -> Answer:
    """Make a new secret; the old one goes on working for a while."""
    given.only(call.body, "overlap_hours")
    registry = changeable(call, call.args["id"])
    wanted = call.body.get("overlap_hours", _DAYS * 24)
    hours = given.integer(wanted, "overlap_hours", 0, _MOST_HOURS)
    found = call.container.secrets.rotate(registry.id, hours * 3600)
    fmt = "new notification secret for %(s)s"
    entry = audit.Entry(
        audit.SECRET_ROTATED, call.caller.log_user, fmt, {"s": registry.service}
    )
    audit.write(call.db, entry, call.now)
    info = f"registry {registry.service} has a new secret; the old one works {hours} hours more"
    return {**_secret(found), "info": info}


def config(call: Call) -> Answer:
    """Configurations with which a registry trusts and tells this collector."""
    _require_trusted(call)
    with call.db.transaction(write=True):
        registry = changeable(call, call.args["id"])
        declared = catalog.by_id(call.db, registry.id)
        if declared is None:
            raise NotFound(f"there is no registry {registry.service!r}")
        facts = snippets.facts(call.container, declared)
    return {"data": [{
        "registry": snippets.registry(facts, _FOLDER),
        "notifications": snippets.notifications(facts),
        "nginx": snippets.nginx(facts, _UPSTREAM),
    }]}


def _require_trusted(call: Call) -> None:
    """Keep the secret, with which one may tell of pushes, from tokens for reading."""
    limits.require_api(call.caller.limits, writes=True)


def _secret(text: str) -> Answer:
    return {"data": [{"secret": text, "authorization": f"Bearer {text}"}]}


ROUTES = (
    Route(
        "GET", "/docker/registries/<id>/secret", secret,
        ("Show the secret that a docker registry sends with its notifications.", RIGHT),
        alone=True,
    ),
    Route(
        "POST", "/docker/registries/<id>/secret", rotate,
        ("Make a new secret for the notifications of a docker registry.",
         "The registry has to be restarted with it; the old one works for some time more.",
         RIGHT),
        members=(Member("overlap_hours", "How long the old secret works; 168 if not given.",
                        "integer"),),
    ),
    Route(
        "GET", "/docker/registries/<id>/config", config,
        ("Show what to configure a docker registry and the nginx before it with.",
         "The texts hold the secret of the registry's notifications.", RIGHT),
        alone=True,
    ),
)
