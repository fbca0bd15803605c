"""The WSGI application: ``gunicorn wsgi:application``, or any other WSGI server."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from applications.init.modules.registries import settings
from server import framework
from server.door import Direct, Door

_framework = framework.load(settings.load().home)

# After the framework, which may bring a database layer of its own.
from applications.init.modules.registries.web import pages  # noqa: E402
from applications.init.modules.registries.web.answer import Endpoint, answer  # noqa: E402
from applications.init.modules.registries.web.message import Request  # noqa: E402

# What clients wait for, or send in numbers, skips web2py; the controller function of the
# same name serves it where the application runs without this door.
_DIRECT = {
    "/init/registry/token": pages.token,
    "/init/registry/changes": pages.changes,
    "/init/registry/live": pages.live,
    "/init/registry/metrics": pages.metrics,
    "/init/registry/health": pages.health,
    "/init/rest/doc": pages.doc,
    **dict.fromkeys(("/", "/init", "/init/"), pages.home),
    **{f"/init/registry/call{path}": endpoint for path, endpoint in pages.CALLS.items()},
}


def _direct(endpoint: Endpoint) -> Direct:
    return lambda env: answer(endpoint, Request(env))


application = Door(
    _framework,
    {path: _direct(endpoint) for path, endpoint in _DIRECT.items()},
    {
        pages.ROOT: _direct(pages.rest_api),
        **{root: _direct(pages.table(root)) for root in pages.TABLES},
        **{f"{root}_col_values": _direct(pages.table(root)) for root in pages.TABLES},
    },
)
