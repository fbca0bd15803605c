"""The OpenAPI document: valid, and of the same routes."""

from __future__ import annotations

import re

from openapi_spec_validator import validate

from applications.init.modules.registries.rest.table import ROUTER
from tests.web.conftest import Site
from tests.web.world import ADA


def test_it_is_valid(site: Site) -> None:
    """The document is valid OpenAPI 3.1, and has every route."""
    document = site.ask("/init/rest/api/openapi.json", login=ADA).json
    validate(document)
    assert document["openapi"].startswith("3.1")
    found = {
        (method.upper(), path) for path, item in document["paths"].items()
        for method in item if method in ("get", "post", "put", "delete")
    }
    for route in ROUTER.routes:
        path = re.sub(r"<(\w+)>", r"{\1}", route.path)
        assert any(m == route.method and p.endswith(path) for m, p in found), route.path


def test_no_secret_is_described(site: Site) -> None:
    """No answer is described with a member that must not be in it."""
    text = site.ask("/init/rest/api/openapi.json", login=ADA).body
    for name in (b'"reset_password_key"', b'"registration_key"', b'"uuid_hash"'):
        assert name not in text
