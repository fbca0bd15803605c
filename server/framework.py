"""Loading web2py so that its files stay out of the checkout, and its tickets away.

web2py looks for ``VERSION`` and ``applications/`` in one directory and writes
beside them.  That directory is ``$COLLECTOR_HOME/web2py``: links to the code of
this checkout, and real directories for what web2py writes.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
APPLICATION = "init"
_LINKED = ("controllers", "models", "modules", "views", "static", "languages", "__init__.py")
_WRITTEN = ("sessions", "errors", "cache", "databases", "private", "uploads", "cron")
_FALLBACK_VERSION = "Version 2.26.1-stable+timestamp.2023.10.29.00.00.00\n"

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


def load(home: Path) -> Wsgi:
    """Import web2py for this state directory and return its WSGI application.

    ``WEB2PY_HOME`` in the environment names an upstream checkout to use in
    place of the installed package.
    """
    folder = prepare(home)
    os.environ["web2py_path"] = str(folder)
    upstream = os.environ.get("WEB2PY_HOME", "")
    if upstream:
        sys.path.insert(0, str(Path(upstream).resolve()))
    # Ours first: the framework's package brings an ``applications`` folder too.
    _first_in_path(CHECKOUT)
    importlib.import_module(f"applications.{APPLICATION}")
    settings = importlib.import_module("gluon.settings").global_settings
    settings.web2py_runtime_handler = True
    main = importlib.import_module("gluon.main")
    _first_in_path(CHECKOUT)
    _no_tickets()
    application: Wsgi = main.wsgibase
    return application


def prepare(home: Path) -> Path:
    """Make the directory that web2py takes for its own; safe to run at once and again."""
    folder = home / "web2py"
    app = folder / "applications" / APPLICATION
    app.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write_version(folder / "VERSION")
        for name in _WRITTEN:
            (app / name).mkdir(mode=0o700, exist_ok=True)
        for name in _LINKED:
            _link(app / name, CHECKOUT / "applications" / APPLICATION / name)
    return folder


def _write_version(path: Path) -> None:
    upstream = os.environ.get("WEB2PY_HOME", "")
    source = Path(upstream, "VERSION") if upstream else None
    text = source.read_text() if source and source.exists() else _FALLBACK_VERSION
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def _link(link: Path, target: Path) -> None:
    if not target.exists():
        return
    if link.is_symlink() and os.readlink(link) != str(target):
        link.unlink()
    if not link.is_symlink():
        link.symlink_to(target)


def _first_in_path(folder: Path) -> None:
    sys.path[:] = [str(folder), *(p for p in sys.path if p != str(folder))]


def _no_tickets() -> None:
    """A ticket is a file with the request's headers in it, passwords included."""
    restricted = importlib.import_module("gluon.restricted")
    restricted.RestrictedError.log = lambda self, request: "none"
