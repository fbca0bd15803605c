"""How far the discovery of a registry is, and having it run now; what the registry told us."""

from __future__ import annotations

from typing import Any

from ... import audit, dates
from ...catalog import crawls, questions, wake
from ...catalog.crawls import DONE, State
from .. import given, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import Condition
from ..listing import Resource, Source
from ..routes import Route
from .registries import RIGHT, changeable, require_responsible, required

_TABLE = "registry_events"
_TIMES = ("started", "finished", "succeeded", "next_run", "notified", "hinted")


def _event(name: str, kind: Kind, description: str) -> Column:
    return Column(name, f"e.{name}", kind, description, _TABLE)


EVENT = Resource(
    _TABLE,
    (
        _event("id", Kind.ID, "The unique id of the row."),
        _event("event_id", Kind.TEXT, "The id that the registry gave it."),
        _event("action", Kind.TEXT, "What happened: push, pull, mount or delete."),
        _event("repository", Kind.TEXT, "The name of the repository."),
        _event("tag", Kind.TEXT, "The name of the tag, if there was one."),
        _event("digest", Kind.TEXT, "The digest of the manifest or layer."),
        _event("media_type", Kind.TEXT, "Its media type."),
        _event("method", Kind.TEXT, "The method of the request."),
        _event("actor", Kind.TEXT, "Who did it."),
        _event("address", Kind.TEXT, "The address it was done from."),
        _event("happened", Kind.TIME, "When, by the registry's clock."),
        _event("received", Kind.TIME, "When the collector was told."),
        _event("state", Kind.TEXT, "new, done or quarantined."),
        _event("reason", Kind.TEXT, "Why it was put aside."),
        _event("body", Kind.TEXT, "What was sent, where that could not be read."),
    ),
)


def state(call: Call) -> Answer:
    """The state of a registry's discovery."""
    return {"data": [_state(call, required(call).id)]}


def run(call: Call) -> Answer:
    """Have a registry crawled now, not here."""
    given.only(call.body)
    registry = changeable(call, call.args["id"])
    wake.wake(call.db, registry.id, call.now)
    details = {"s": registry.service, "by": call.caller.log_user}
    fmt = "discovery of %(s)s asked for by %(by)s"
    audit.write(
        call.db, audit.Entry(audit.DISCOVERY, call.caller.log_user, fmt, details), call.now
    )
    found = _state(call, registry.id)
    word = "is running already" if found["running"] else "begins in a moment"
    return {"info": f"discovery of registry {registry.service} {word}", "data": [found]}


def events(call: Call) -> Answer:
    """What a registry told the collector lately."""
    registry = required(call)
    require_responsible(call, registry)
    condition = Condition("e.registry_id = ?", (registry.id,))
    return listing.listing(call, EVENT, Source(f"{_TABLE} e", condition))


def _state(call: Call, registry_id: int) -> dict[str, Any]:
    known = crawls.known(call.db, registry_id)
    shown = _shown(known, call.now) if known else {**_NEVER, "next_run": dates.local(call.now)}
    return {
        "registry_id": registry_id, **shown, "questions": questions.waiting(call.db, registry_id)
    }


def _shown(found: State, now: float) -> dict[str, Any]:
    return {
        "running": found.leased_until > now,
        "phase": found.phase,
        "started": _date(found.mark),
        "finished": _date(found.finished),
        "succeeded": _date(found.succeeded),
        "duration": found.duration,
        "repositories": found.repositories,
        "tags": found.tags,
        "requests": found.requests,
        "error": found.error or "",
        "failures": found.failures,
        "next_run": dates.local(max(found.next_run, now)),
        "notified": _date(found.event_at),
        "hinted": _date(found.hint_at),
    }


_NEVER: dict[str, Any] = {
    "running": False, "phase": DONE, **dict.fromkeys(_TIMES), "duration": None,
    "repositories": 0, "tags": 0, "requests": 0, "error": "", "failures": 0,
}
"""A registry that nobody has looked at yet: it is next."""


def _date(seconds: float | None) -> str | None:
    return dates.local(seconds) if seconds else None


ROUTES = (
    Route(
        "GET", "/docker/registries/<id>/discovery", state,
        (
            "Show how far the discovery of a docker registry is: the run that is on, or was"
            " last, what it found, its error, and when the next one is.",
            "notified and hinted are when the registry last told of a change, with its secret"
            " and without; questions is how many tags are about to be looked at again.",
        ),
    ),
    Route(
        "POST", "/docker/registries/<id>/discovery", run,
        ("Have a docker registry discovered now, and not only when it is due.", RIGHT),
    ),
    Route(
        "GET", "/docker/registries/<id>/events", events,
        ("List what a docker registry told the collector in the last days.",
         "A group of yours has to be responsible for the registry; a Manager may always."),
        LIST_PARAMS, shape=EVENT.columns, many=True,
    ),
)
