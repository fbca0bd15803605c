"""``/init/registry/metrics`` for Prometheus: counters, and the state of registries now."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from .. import metrics as counters
from ..errors import Denied, MethodNotAllowed, Unauthorized
from ..login import caller as callers
from ..policy import MANAGER
from .message import Reply, Request
from .rest import authenticate

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

    from ..container import Container


def metrics(request: Request, container: Container) -> Reply:
    """Everything that is counted, for who has the token of the settings, or a Manager."""
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed("only GET is known here")
    if not _has_token(request, container):
        _require_manager(request, container)
    return Reply(200, counters.exposition(_now(container)), counters.CONTENT_TYPE)


def _has_token(request: Request, container: Container) -> bool:
    known = container.settings.metrics_token
    scheme, _, given = request.header("Authorization").partition(" ")
    if not known or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(known.encode(), given.strip().encode("utf-8", "replace"))


def _require_manager(request: Request, container: Container) -> None:
    if not request.header("Authorization") and not request.header("Cookie"):
        raise Unauthorized
    who = authenticate(request, container)
    with container.db.transaction():
        principal = callers.principal(who, container.directory)
    if not principal.holds(MANAGER):
        raise Denied(f"metrics are for members of {MANAGER}, and for the token of the settings")


def _now(container: Container) -> list[GaugeMetricFamily]:
    """What the database says."""
    with container.db.transaction():
        return [*_registries(container), *_inbox(container), _locked(container)]


def _registries(container: Container) -> list[GaugeMetricFamily]:
    db, labels = container.db, ("service",)
    services = dict(db.rows("SELECT id, service FROM docker_registries"))
    found = []
    for name, help, sql in (
        ("repositories", "Repositories that are known.",
         "SELECT registry_id, COUNT(*) FROM docker_repositories GROUP BY registry_id"),
        ("tags", "Tags that are known.",
         "SELECT registry_id, COUNT(*) FROM docker_tags GROUP BY registry_id"),
        ("discovery_success_timestamp_seconds", "When discovery last came to its end.",
         "SELECT registry_id, succeeded FROM registry_crawls WHERE succeeded IS NOT NULL"),
        ("discovery_failures", "How often in a row discovery has failed.",
         "SELECT registry_id, failures FROM registry_crawls"),
        ("notification_timestamp_seconds", "When the registry last notified.",
         "SELECT registry_id, event_at FROM registry_crawls WHERE event_at IS NOT NULL"),
    ):
        one = counters.gauge(f"registry_{name}", help, labels)
        for registry_id, value in db.rows(sql):
            if registry_id in services:
                one.add_metric([str(services[registry_id])], float(value))
        found.append(one)
    return found


def _inbox(container: Container) -> list[GaugeMetricFamily]:
    db = container.db
    events = counters.gauge("notifications", "Notifications in the inbox.", ("state",))
    found = dict(db.rows("SELECT state, COUNT(*) FROM registry_events GROUP BY state"))
    for state in ("new", "done", "quarantined"):
        events.add_metric([state], float(found.get(state, 0)))
    questions = counters.gauge("questions", "Tags that a registry is to be asked about.")
    questions.add_metric([], float(db.rows("SELECT COUNT(*) FROM registry_questions")[0][0]))
    return [events, questions]


def _locked(container: Container) -> GaugeMetricFamily:
    sql = "SELECT COUNT(*) FROM registry_login_failures WHERE locked_until > ?"
    locked = counters.gauge("login_locks", "Locks of logins and addresses that hold now.")
    locked.add_metric([], float(container.db.rows(sql, container.clock())[0][0]))
    return locked
