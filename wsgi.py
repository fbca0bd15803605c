"""The WSGI application: ``gunicorn wsgi:application``, or any other WSGI server."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from applications.init.modules.registries import settings
from server import framework
from server.door import Door

application = Door(framework.load(settings.load().home))
