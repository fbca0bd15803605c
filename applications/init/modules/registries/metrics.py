"""What is counted for Prometheus, of all processes of this machine together.

Labels come from fixed lists, never from what clients send.  Whoever starts the
processes sets ``PROMETHEUS_MULTIPROC_DIR`` before this is imported; without it
each process counts for itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY as _OWN
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_FAST = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

_requests = Counter(
    "collector_requests", "Requests that were answered.", ("route", "method", "status")
)
_seconds = Histogram(
    "collector_request_seconds", "How long answers took.", ("route",), buckets=_FAST
)
_logins = Counter(
    "collector_logins", "Logins by password or token, by who checked them.", ("backend", "outcome")
)
_asked = Histogram(
    "collector_login_backend_seconds",
    "How long other login back ends took.",
    ("backend", "outcome"),
    buckets=_FAST,
)
_tokens = Counter("collector_tokens", "Registry tokens that were given.", ("outcome",))


def request(route: str, method: str, status: int, seconds: float) -> None:
    """Count an answer; ``route`` is one of ours, not the path that came."""
    _requests.labels(route, method, str(status)).inc()
    _seconds.labels(route).observe(seconds)


def login(backend: str, outcome: str) -> None:
    """Count a login: ``ok``, ``refused`` or ``silent``."""
    _logins.labels(backend or "none", outcome).inc()


def token(refused: bool, empty: bool) -> None:
    """Count a token: with all that was asked for, a part, or nothing."""
    outcome = "whole" if not refused else "nothing" if empty else "part"
    _tokens.labels(outcome).inc()


@contextmanager
def asking(backend: str) -> Iterator[None]:
    """Time a question to another back end."""
    begin, outcome = time.monotonic(), "silent"
    try:
        yield
        outcome = "answered"
    finally:
        _asked.labels(backend, outcome).observe(time.monotonic() - begin)


def exposition(gauges: list[GaugeMetricFamily]) -> bytes:
    """All of it as text for Prometheus, with what was just measured."""
    registry = _OWN
    if os.environ.get(DIRECTORY):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry) + generate_latest(_Now(gauges))


def gauge(name: str, help: str, labels: tuple[str, ...] = ()) -> GaugeMetricFamily:
    """A value as it is now; ``add_metric`` gives it one for each set of labels."""
    return GaugeMetricFamily(f"collector_{name}", help, labels=labels)


class _Now(CollectorRegistry):
    """A registry of values that were measured for one answer."""

    def __init__(self, gauges: list[GaugeMetricFamily]) -> None:
        super().__init__()
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The values."""
        return iter(self._gauges)
