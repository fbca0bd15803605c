"""The WSGI application: ``gunicorn wsgi:application``, or any other WSGI server."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from applications.init.modules.registries import settings
from server import framework
from server.door import Door

_framework = framework.load(settings.load().home)

# After the framework, which may bring a database layer of its own.
from applications.init.modules.registries.web import pages  # noqa: E402
from applications.init.modules.registries.web.answer import answer  # noqa: E402
from applications.init.modules.registries.web.message import Request  # noqa: E402

# The one route that is asked thousands of times a second skips web2py; the controller
# function of the same name serves it where the application runs without this door.
application = Door(
    _framework, {"/init/registry/token": lambda env: answer(pages.token, Request(env))}
)
