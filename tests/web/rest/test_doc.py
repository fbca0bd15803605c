"""The page on the REST API."""

from __future__ import annotations

import base64
import hashlib
import re

from applications.init.modules.registries.rest.routes import Route
from applications.init.modules.registries.rest.table import ROUTER
from applications.init.modules.registries.web import doc
from tests.web.conftest import Site
from tests.web.world import ADA


def test_every_route_is_there(site: Site) -> None:
    """The page has all routes, and may use its own style and nothing else."""
    answer = site.ask("/init/rest/doc", login=ADA)
    text = answer.body.decode()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for route in ROUTER.routes:
        assert route.path.replace("<", "&lt;").replace(">", "&gt;") in text
    style = re.search("<style>(.*)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=\"(?!#)", text)


def test_markup_is_text() -> None:
    """What a description says is shown, not executed."""
    route = Route("GET", "/x/<id>", lambda call: {}, ("<script>alert(1)</script>",))
    assert "<script" not in doc.page([route])
