"""Loading web2py so that its files stay out of the checkout, and its tickets away.

web2py looks for ``VERSION`` and ``applications/`` in one directory and writes
beside them.  That directory is ``$COLLECTOR_HOME/web2py``: links to the code of
this checkout, and real directories for what web2py writes.
"""

from __future__ import annotations

import fcntl
import importlib
import locale
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from applications.init.modules.registries import logs
from applications.init.modules.registries.errors import StartupError

from . import lines

CHECKOUT = Path(__file__).resolve().parent.parent
APPLICATION = "init"
_LINKED = ("controllers", "models", "modules", "views", "static", "languages", "__init__.py")
_WRITTEN = ("sessions", "errors", "cache", "databases", "private", "uploads", "cron")
_VERSION = "Version 2.26.1-stable+timestamp.2023.10.29.00.00.00\n"

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


def load(home: Path) -> Wsgi:
    """Import web2py for this state directory and return its WSGI application.

    With ``WEB2PY_HOME`` in the environment, the checkout of web2py that it names
    takes the place of the installed package; it brings a database layer of its
    own, so nothing may have imported ``pydal`` before.

    :raises StartupError: ``WEB2PY_HOME`` names something else.
    """
    source = upstream()
    os.environ["web2py_path"] = str(prepare(home))
    if source:
        sys.path.insert(0, str(source))
    # Ours first: the framework's package brings an ``applications`` folder too.
    _first_in_path(CHECKOUT)
    importlib.import_module(f"applications.{APPLICATION}")
    # The framework adds a plain text handler where there is none.
    lines.install(logging.getLogger())
    ctype = locale.setlocale(locale.LC_CTYPE)
    try:
        settings = importlib.import_module("gluon.settings").global_settings
        settings.web2py_runtime_handler = True
        main = importlib.import_module("gluon.main")
    finally:
        # 3.x sets "C", which makes ASCII the encoding of every text file opened.
        locale.setlocale(locale.LC_CTYPE, ctype)
        _first_in_path(CHECKOUT)
    importlib.import_module("gluon.restricted").RestrictedError.log = _log_without_values
    application: Wsgi = main.wsgibase
    return application


def upstream(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The checkout of web2py to use in place of the installed package, if one is named.

    :raises StartupError: there is no web2py in that folder.
    """
    named = environ.get("WEB2PY_HOME", "")
    if not named:
        return None
    folder = Path(named).expanduser().resolve()
    if not (folder / "gluon" / "main.py").is_file():
        raise StartupError(f"WEB2PY_HOME {named}: there is no web2py in it (gluon/main.py)")
    return folder


def prepare(home: Path) -> Path:
    """Make the directory that web2py takes for its own; safe to run at once and again.

    :raises StartupError: it can't be made, or something else is in its place.
    """
    folder = home / "web2py"
    app = folder / "applications" / APPLICATION
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        app.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(folder / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _write_version(folder / "VERSION")
            for name in _WRITTEN:
                (app / name).mkdir(mode=0o700, exist_ok=True)
            for name in _LINKED:
                _link(app / name, CHECKOUT / "applications" / APPLICATION / name)
    except OSError as error:
        raise StartupError(f"{error.filename or folder}: {error.strerror}") from None
    return folder


def _write_version(path: Path) -> None:
    """2.26.1 refuses to be imported without; 3.x has its version in a module."""
    if not path.exists():
        path.write_text(_VERSION)


def _link(link: Path, target: Path) -> None:
    wanted = target.exists()
    if link.is_symlink():
        if wanted and os.readlink(link) == str(target):
            return
        link.unlink()
    if not wanted:
        return
    if link.is_dir():
        link.rmdir()  # web2py makes the folders that it misses
    link.symlink_to(target)


def _first_in_path(folder: Path) -> None:
    sys.path[:] = [str(folder), *(p for p in sys.path if p != str(folder))]


def _log_without_values(ticket: Any, request: Any) -> str:
    """Stand in for web2py's tickets: files with the request in them, passwords included.

    Return the id of the log line; web2py hands it on in a header.
    """
    error: BaseException = sys.exc_info()[1] or ticket
    if error is ticket:
        error = ticket.__context__ or ticket
    return logs.unexpected(error, "framework")
