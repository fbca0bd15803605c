"""Which registry is meant by the ``Host`` of a forwarded request."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ..database import Database
from .registries import Declared, by_id, by_service

_PORTS = {"http": 80, "https": 443}


def by_host(db: Database, host: str) -> Declared | None:
    """Find the registry that answers to a host, written ``name`` or ``name:port``.

    It is its service, with the port as typed, then without; else the host of its
    url, where one registry alone has it (nginx takes the port away).
    """
    name, port = _split(f"//{host}")
    if not name:
        return None
    found = by_service(db, host) or by_service(db, re.sub(r":[0-9]*$", "", host))
    if found is not None:
        return found
    fitting = [id_ for id_, url in _urls(db) if _fits(url, name, port)]
    return by_id(db, fitting[0]) if len(fitting) == 1 else None


def _urls(db: Database) -> list[tuple[int, str]]:
    rows = db.rows("SELECT id, url FROM docker_registries")
    return [(int(id_), str(url)) for id_, url in rows]


def _fits(url: str, name: str, port: int | None) -> bool:
    known, known_port = _split(url)
    if known != name:
        return False
    return port is None or port == (known_port or _PORTS.get(url.partition(":")[0].lower()))


def _split(url: str) -> tuple[str, int | None]:
    """The host in lower case and the port; an empty host for what is no address."""
    if len(url) > 300 or not url.isprintable():
        return "", None
    try:
        parts = urlsplit(url)
        odd = parts.username or parts.path.strip("/") or parts.query or parts.fragment
        return ("", None) if odd else (parts.hostname or "", parts.port)
    except ValueError:
        return "", None
