"""Every route of the API x every kind of identity, decided on purpose.

The table is compared with the API's own routes: a route without a row fails, and
so does a row without a route.  Nobody, a wrong password and a blocked account get
a 401 everywhere; the door itself, ``POST /session``, has tests of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from applications.init.modules.registries import container
from applications.init.modules.registries.rest.table import ROUTER
from tests.web.conftest import Answer, Site
from tests.web.rest.shelf import stocked
from tests.web.world import ADA, BLOCKED, EVE, LINUS, NODE, ROOT, SERVICE, Login

API = "/init/rest/api"
UNKNOWN: dict[str, Login | None] = {
    "nobody": None, "wrong password": ("ada", "wrong"), "blocked": BLOCKED
}
KNOWN: dict[str, Login] = {
    "user": ADA, "user elsewhere": EVE, "registries manager": LINUS, "Manager": ROOT,
    "service": SERVICE, "node": NODE,
}
"""The columns of the table, in this order."""

IDS = {
    "/docker/registries/": "51", "/docker/repositories/": "61", "/docker/tags/": "71",
    "/users/self/tokens/": "999", "/users/self/sessions/": "999",
    "/users/self/personal_tokens/": "999", "/users/": "32",
    "/groups/": "21", "/apps/": "41",
    "/nodes/": "n1", "/services/": "s1", "/logs/": "999999", "/links/": "0" * 32,
}
"""What stands for ``<id>``, by the beginning of the path; ``<group>`` is group 22."""

_REGISTRY_LINK = {"registry_id": 51, "group_id": 21}
_APP_LINK = {"app_id": 41, "group_id": 22}
_MEMBER = {"user_id": 32, "group_id": 22}
BODIES: dict[str, dict[str, object]] = {
    "POST /docker/registries": {"service": "new.lab"},
    "POST /docker/registries/<id>": {"restricted": True},
    "PUT /docker/registries/<id>": {"restricted": True},
    "DELETE /docker/registries": {"id": 51},
    "POST /docker/registries_publications": _REGISTRY_LINK,
    "DELETE /docker/registries_publications": _REGISTRY_LINK,
    "POST /docker/registries_responsibles": _REGISTRY_LINK,
    "DELETE /docker/registries_responsibles": _REGISTRY_LINK,
    "POST /docker/repositories/<id>": {"description": "x"},
    "PUT /docker/repositories/<id>": {"description": "x"},
    "DELETE /docker/repositories": {"id": 61},
    "DELETE /docker/tags": {"id": 71},
    "POST /session": {"login": "ada", "password": "ada-secret"},
    "POST /users/self/tokens": {"name": "x"},
    "POST /users/self/personal_tokens": {"name": "x"},
    "POST /users/self/totp/confirm": {"code": "123456"},
    "DELETE /users/self/totp": {"code": "123456"},
    "POST /nodes": {"nodename": "n9.lab", "app": "Store"},
    "POST /nodes/<id>": {"node_env": "PRD"},
    "PUT /nodes/<id>": {"node_env": "PRD"},
    "POST /nodes/<id>/ips": {"addr": "192.0.2.9"},
    "DELETE /nodes/<id>/ips": {"addr": "192.0.2.8"},
    "POST /register": {"nodename": "n9.lab", "app": "Store"},
    "POST /services": {"svcname": "x", "svc_app": "Store"},
    "POST /links": {"fn": "table_registries"},
    "POST /users/self/prefs": {"data": {"tables": {}}},
    "POST /users": {"email": "new@example.org"},
    "POST /users/<id>": {"first_name": "x"},
    "PUT /users/<id>": {"first_name": "x"},
    "DELETE /users": {"id": 32},
    "POST /users_groups": _MEMBER,
    "DELETE /users_groups": _MEMBER,
    "POST /groups": {"role": "newgroup"},
    "POST /groups/<id>": {"description": "x"},
    "PUT /groups/<id>": {"description": "x"},
    "DELETE /groups": {"id": 21},
    "POST /apps": {"app": "New"},
    "POST /apps/<id>": {"description": "x"},
    "PUT /apps/<id>": {"description": "x"},
    "DELETE /apps": {"id": 41},
    "POST /apps_publications": _APP_LINK,
    "DELETE /apps_publications": _APP_LINK,
    "POST /apps_responsibles": _APP_LINK,
    "DELETE /apps_responsibles": _APP_LINK,
}
"""What is sent to routes that take something."""

TABLE: dict[str, str] = {
    "GET /openapi.json": "200 200 200 200 200 200",
    "GET /docker/registries": "200 200 200 200 200 200",
    "GET /docker/registries/<id>": "200 200 200 200 200 200",
    "GET /docker/registries/<id>/publications": "200 404 200 200 200 404",
    "GET /docker/registries/<id>/responsibles": "200 404 200 200 200 404",
    "GET /docker/registries/<id>/am_i_responsible": "200 404 200 200 200 404",
    "POST /docker/registries": "403 200 200 200 403 403",
    "POST /docker/registries/<id>": "403 404 200 200 403 403",
    "PUT /docker/registries/<id>": "403 404 200 200 403 403",
    "DELETE /docker/registries": "403 404 200 200 403 403",
    "DELETE /docker/registries/<id>": "403 404 200 200 403 403",
    "GET /docker/registries_publications": "200 200 200 200 200 200",
    "POST /docker/registries/<id>/publications/<group>": "403 404 404 200 403 403",
    "POST /docker/registries_publications": "403 404 200 200 403 403",
    "DELETE /docker/registries/<id>/publications/<group>": "403 404 404 200 403 403",
    "DELETE /docker/registries_publications": "403 404 200 200 403 403",
    "GET /docker/registries_responsibles": "200 200 200 200 200 200",
    "POST /docker/registries/<id>/responsibles/<group>": "403 404 404 200 403 403",
    "POST /docker/registries_responsibles": "403 404 200 200 403 403",
    "DELETE /docker/registries/<id>/responsibles/<group>": "403 404 404 200 403 403",
    "DELETE /docker/registries_responsibles": "403 404 409 409 403 403",
    "GET /docker/registries/<id>/access": "200 404 200 200 200 404",
    "GET /docker/registries/<id>/parties": "403 404 200 200 403 403",
    "GET /docker/registries/<id>/discovery": "200 404 200 200 200 404",
    "GET /docker/summary": "200 200 200 200 200 200",
    "POST /docker/registries/<id>/discovery": "403 404 200 200 403 403",
    "GET /docker/registries/<id>/events": "403 404 200 200 403 404",
    "GET /docker/registries/<id>/secret": "403 404 200 200 403 403",
    "POST /docker/registries/<id>/secret": "403 404 200 200 403 403",
    "GET /docker/registries/<id>/config": "403 404 200 200 403 403",
    "GET /docker/repositories": "200 200 200 200 200 200",
    "GET /docker/repositories/<id>": "200 200 200 200 200 200",
    "POST /docker/repositories/<id>": "403 404 200 200 403 404",
    "PUT /docker/repositories/<id>": "403 404 200 200 403 404",
    "GET /docker/repositories/<id>/pullers": "200 404 200 200 200 404",
    "GET /docker/repositories/<id>/pullers/apps": "200 404 200 200 200 404",
    "GET /docker/repositories/<id>/pullers/services": "200 404 200 200 200 404",
    "GET /docker/repositories/<id>/pullers/groups": "200 404 200 200 200 404",
    "GET /docker/repositories/<id>/pullers/users": "200 404 200 200 200 404",
    "GET /docker/repositories/<id>/pushers": "200 404 200 200 200 404",
    "GET /docker/repositories/<id>/pushers/apps": "200 404 200 200 200 404",
    "GET /docker/repositories/<id>/pushers/groups": "200 404 200 200 200 404",
    "GET /docker/repositories/<id>/pushers/users": "200 404 200 200 200 404",
    "GET /docker/tags": "200 200 200 200 200 200",
    "GET /docker/tags/<id>": "200 200 200 200 200 200",
    "DELETE /docker/repositories": "403 404 502 502 403 403",
    "DELETE /docker/repositories/<id>": "403 404 502 502 403 403",
    "DELETE /docker/tags": "403 404 502 502 403 403",
    "DELETE /docker/tags/<id>": "403 404 502 502 403 403",
    "POST /session": "200 200 200 200 403 403",
    "GET /session": "200 200 200 200 200 200",
    "DELETE /session": "200 200 200 200 200 200",
    "GET /users/self/sessions": "200 200 200 200 403 403",
    "DELETE /users/self/sessions": "200 200 200 200 403 403",
    "DELETE /users/self/sessions/<id>": "404 404 404 404 403 403",
    "GET /users/self/tokens": "200 200 200 200 403 403",
    "POST /users/self/tokens": "200 200 200 200 403 403",
    "DELETE /users/self/tokens/<id>": "404 404 404 404 403 403",
    "GET /users/self/personal_tokens": "200 200 200 200 403 403",
    "POST /users/self/personal_tokens": "200 200 200 200 403 403",
    "DELETE /users/self/personal_tokens": "200 200 200 200 403 403",
    "DELETE /users/self/personal_tokens/<id>": "404 404 404 404 403 403",
    "GET /users/<id>/personal_tokens": "403 403 403 200 403 403",
    "DELETE /users/<id>/personal_tokens": "403 403 403 200 403 403",
    "DELETE /users/<id>/personal_tokens/<token>": "403 403 403 404 403 403",
    "GET /users/self/totp": "200 200 200 200 403 403",
    "POST /users/self/totp": "200 200 200 200 403 403",
    "POST /users/self/totp/confirm": "400 400 400 400 403 403",
    "DELETE /users/self/totp": "404 404 404 404 403 403",
    "GET /users/<id>/totp": "403 403 403 200 403 403",
    "DELETE /users/<id>/totp": "403 403 403 404 403 403",
    "GET /nodes": "200 200 200 200 200 200",
    "GET /nodes/<id>": "200 200 200 200 200 200",
    "GET /nodes/<id>/services": "200 200 200 200 200 200",
    "GET /nodes/<id>/ips": "200 200 200 200 200 200",
    "POST /nodes/<id>/ips": "403 403 403 200 403 403",
    "DELETE /nodes/<id>/ips": "403 403 403 404 403 403",
    "POST /nodes": "403 403 403 200 403 403",
    "POST /nodes/<id>": "403 403 403 200 403 403",
    "PUT /nodes/<id>": "403 403 403 200 403 403",
    "DELETE /nodes/<id>": "403 403 403 200 403 403",
    "POST /register": "403 403 403 200 403 403",
    "GET /services": "200 200 200 200 200 200",
    "GET /services/<id>": "200 200 200 200 200 200",
    "GET /services/<id>/nodes": "200 200 200 200 200 200",
    "GET /services_instances": "200 200 200 200 200 200",
    "POST /services": "403 403 403 200 403 403",
    "DELETE /services/<id>": "403 403 403 200 403 403",
    "GET /resources_info": "200 200 200 200 200 200",
    "GET /services/<id>/resinfo": "200 200 200 200 200 200",
    "GET /docker/tags/<id>/resources": "200 404 200 200 200 404",
    "GET /search": "200 200 200 200 200 200",
    "GET /logs": "200 200 200 200 200 200",
    "GET /logs/<id>": "200 200 200 200 200 200",
    "POST /links": "200 200 200 200 403 403",
    "GET /links/<id>": "200 200 200 200 200 200",
    "GET /users/self/dump": "200 200 200 200 403 403",
    "GET /users/self/prefs": "200 200 200 200 403 403",
    "POST /users/self/prefs": "200 200 200 200 403 403",
    "GET /users": "200 200 200 200 200 200",
    "GET /users/<id>": "200 200 200 200 200 200",
    "GET /users/<id>/groups": "200 404 200 200 404 404",
    "GET /users/<id>/primary_group": "200 404 200 200 404 404",
    "POST /users": "403 403 403 200 403 403",
    "POST /users/<id>": "403 404 403 200 404 404",
    "PUT /users/<id>": "403 404 403 200 404 404",
    "DELETE /users": "403 403 403 200 403 403",
    "DELETE /users/<id>": "403 403 403 200 403 403",
    "POST /users/<id>/block": "403 403 403 200 403 403",
    "POST /users/<id>/unblock": "403 403 403 200 403 403",
    "GET /users_groups": "200 200 200 200 200 200",
    "POST /users/<id>/groups/<group>": "403 403 403 200 403 403",
    "POST /users_groups": "403 403 403 200 403 403",
    "DELETE /users/<id>/groups/<group>": "403 403 403 200 403 403",
    "DELETE /users_groups": "403 403 403 200 403 403",
    "POST /users/<id>/primary_group/<group>": "403 404 403 404 404 404",
    "DELETE /users/<id>/primary_group": "403 404 403 200 404 404",
    "GET /groups": "200 200 200 200 200 200",
    "GET /groups/<id>": "200 200 200 200 200 200",
    "GET /groups/<id>/users": "404 404 200 200 404 404",
    "GET /groups/<id>/apps": "404 404 200 200 404 404",
    "POST /groups": "403 403 403 200 403 403",
    "POST /groups/<id>": "403 403 403 200 403 403",
    "PUT /groups/<id>": "403 403 403 200 403 403",
    "DELETE /groups": "403 403 403 409 403 403",
    "DELETE /groups/<id>": "403 403 403 409 403 403",
    "GET /apps": "200 200 200 200 200 200",
    "GET /apps/<id>": "200 200 200 200 200 200",
    "GET /apps/<id>/am_i_responsible": "200 200 200 200 200 200",
    "POST /apps": "403 403 403 200 403 403",
    "POST /apps/<id>": "403 403 403 200 403 403",
    "PUT /apps/<id>": "403 403 403 200 403 403",
    "DELETE /apps": "403 403 403 409 403 403",
    "DELETE /apps/<id>": "403 403 403 409 403 403",
    "GET /apps/<id>/publications": "200 200 200 200 200 200",
    "GET /apps_publications": "200 200 200 200 200 200",
    "POST /apps/<id>/publications/<group>": "403 403 403 200 403 403",
    "POST /apps_publications": "403 403 403 200 403 403",
    "DELETE /apps/<id>/publications/<group>": "403 403 403 200 403 403",
    "DELETE /apps_publications": "403 403 403 200 403 403",
    "GET /apps/<id>/responsibles": "200 200 200 200 200 200",
    "GET /apps_responsibles": "200 200 200 200 200 200",
    "POST /apps/<id>/responsibles/<group>": "403 403 403 200 403 403",
    "POST /apps_responsibles": "403 403 403 200 403 403",
    "DELETE /apps/<id>/responsibles/<group>": "403 403 403 200 403 403",
    "DELETE /apps_responsibles": "403 403 403 200 403 403",
}
"""Statuses by method and route, for the identities of ``KNOWN`` in their order."""


@pytest.fixture
def stage(site: Site) -> Iterator[Site]:
    """Some repositories, in registries that nobody waits for; what a call changes is put back."""
    parts = site.home.container
    at_once = replace(parts.connector, sleep=lambda seconds: None)
    container._Process.container = replace(parts, connector=at_once)
    assert container._Process.pid == os.getpid()
    with stocked(site):
        yield site


def _path(route: str) -> str:
    start = next((start for start in IDS if route.startswith(start)), "")
    return route.replace("<id>", IDS.get(start, "1")).replace("<group>", "22").replace(
        "<token>", "999"
    )


def _ask(site: Site, route: str, login: Login | None) -> Answer:
    method, _, path = route.partition(" ")
    if method == "GET":
        query = "repository=base/alpine&substring=a&limit=2"
        return site.ask(API + _path(path), query, login=login)
    body = json.dumps(BODIES.get(route, {})).encode()
    return site.ask(API + _path(path), "", method, body, login, content_type="application/json")


def _undone(site: Site, route: str, login: Login | None) -> Answer:
    """Make a call, and put back what it changed."""
    if route.startswith("GET"):
        return _ask(site, route, login)
    with suppress(_Undo), site.home.db.transaction(write=True):
        answer = _ask(site, route, login)
        raise _Undo
    return answer


class _Undo(Exception):
    """What the call did in its transactions is not to stay."""


def test_every_route_has_a_row() -> None:
    """The table and the API name the same routes."""
    assert {f"{route.method} {route.path}" for route in ROUTER.routes} == set(TABLE)


@pytest.mark.parametrize("route", TABLE)
def test_known(stage: Site, route: str) -> None:
    """The status is the table's for each identity, and an answer is JSON without secrets."""
    for (name, login), wanted in zip(KNOWN.items(), TABLE[route].split()):
        answer = _undone(stage, route, login)
        assert answer.status == int(wanted), f"{name}: {answer.body[:200]!r}"
        assert answer.headers["content-type"].startswith("application/json")
        assert "location" not in answer.headers
        assert b"pbkdf2" not in answer.body
        assert answer.status == 200 or answer.json["error"]


@pytest.mark.parametrize("route", [route for route in TABLE if route != "POST /session"])
def test_unknown(stage: Site, route: str) -> None:
    """Who is not known gets nothing, and is told nothing."""
    for name, login in UNKNOWN.items():
        answer = _ask(stage, route, login)
        assert answer.status == 401, name
        assert set(answer.json) == {"ret", "error"}
    assert stage.tickets() == []
