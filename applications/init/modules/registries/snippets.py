"""Ready-to-paste configuration: a registry that trusts and tells this collector, its nginx.

JSON is YAML: values are quoted as JSON strings, so that none breaks out of its place.
"""

from __future__ import annotations

import json
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import catalog
from .catalog import Declared

if TYPE_CHECKING:
    from .container import Container

EVENTS_PATH = "/init/registry/call/json/events"
SEARCH_PATH = "/init/registry/call/json/search"

_REGISTRY = string.Template("""\
version: 0.1
storage:
  filesystem:
    rootdirectory: $folder
  delete:
    enabled: true
http:
  addr: $address
auth:
  token:
    realm: $realm
    service: $service
    issuer: $issuer
    rootcertbundle: $bundle
""")

_NOTIFICATIONS = string.Template("""\
notifications:
  endpoints:
    - name: opensvc
      url: $events
      headers:
        Authorization: [$authorization]
      timeout: 500ms
      threshold: 5
      backoff: 1s
""")

_NGINX = string.Template("""\
server {
    # This is all that turns TLS on: nginx from 1.25.1 on refuses the directive "ssl on".
    listen 443 ssl;
    server_name $name;

    ssl_certificate /etc/nginx/ssl/server.crt;
    ssl_certificate_key /etc/nginx/ssl/server.key;

    client_max_body_size 0;
    chunked_transfer_encoding on;
    add_header Docker-Distribution-Api-Version registry/2.0 always;

    # With the port, where it is not 443: the registry makes the urls of uploads from it.
    proxy_set_header Host $$http_host;
    proxy_set_header X-Forwarded-For $$proxy_add_x_forwarded_for;
    proxy_set_header X-Real-IP $$remote_addr;
    proxy_set_header X-Forwarded-Proto $$scheme;
    proxy_set_header X-Original-URI $$request_uri;
    proxy_read_timeout 900;
    proxy_connect_timeout 900;

    location / {
        proxy_pass $registry;
    }
    # Exact locations: as prefixes they would swallow repositories whose names begin with search.
    location = /v1/search {
        proxy_pass $search;
    }
    location = /v2/search {
        proxy_pass $search;
    }
}
""")


@dataclass(frozen=True)
class Facts:
    """What the texts are made of; ``url`` is the collector's, ``bundle`` a path."""

    url: str
    service: str
    registry_url: str
    issuer: str
    bundle: str
    secret: str


def facts(container: Container, declared: Declared) -> Facts:
    """What is known of a registry; the caller holds a write transaction, for its secret."""
    settings, found = container.settings, declared.registry
    remote = catalog.remote(container.db, found.id)
    bundle = "collector-v3.crt" if declared.major >= 3 else "collector.crt"
    return Facts(
        url=settings.url,
        service=found.service,
        registry_url=remote.url if remote else "",
        issuer=settings.issuer,
        bundle=str(settings.jwt_crt or settings.home / "jwt" / bundle),
        secret=container.secrets.current(found.id),
    )


def registry(facts: Facts, folder: str, listen: str | None = None) -> str:
    """``config.yml`` of a registry with token login, deletion and notifications.

    :param folder: where it keeps its images.
    :param listen: host:port; those of the declared url when not given.
    """
    base = _REGISTRY.substitute(
        folder=json.dumps(folder),
        address=json.dumps(listen or urlsplit(facts.registry_url).netloc),
        realm=json.dumps(f"{facts.url}/init/registry/token"),
        service=json.dumps(facts.service),
        issuer=json.dumps(facts.issuer),
        bundle=json.dumps(facts.bundle),
    )
    return base + notifications(facts)


def notifications(facts: Facts) -> str:
    """The part of ``config.yml`` that has a registry tell this collector, with its secret."""
    return _NOTIFICATIONS.substitute(
        events=json.dumps(facts.url + EVENTS_PATH),
        authorization=json.dumps(f"Bearer {facts.secret}"),
    )


def nginx(facts: Facts, upstream: str) -> str:
    """The server of an nginx before a registry, with docker search led to this collector.

    :param upstream: where nginx reaches the registry, ``http://host:port``.
    """
    return _NGINX.substitute(
        name=urlsplit(facts.registry_url).hostname or facts.service,
        registry=upstream,
        search=facts.url + SEARCH_PATH,
    )
