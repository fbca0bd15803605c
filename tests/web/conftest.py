"""The whole application in this process: the WSGI door, web2py, our code, a database."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from applications.init.modules.registries import container, passwords
from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.rest.docker import totals
from tests.databases.stock import Stock
from tests.home import Clock, Home
from tests.web.world import WORLD


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


class Site:
    """Requests to the application, as a WSGI server makes them."""

    def __init__(self, application: Any, home: Home) -> None:
        self.application = application
        self.home = home

    def ask(
        self,
        path: str,
        query: str = "",
        method: str = "GET",
        body: bytes = b"",
        login: tuple[str, str] | None = None,
        address: str = "192.0.2.1",
        **headers: str,
    ) -> Answer:
        """Make one request; header names as keyword arguments with underscores."""
        headers.setdefault("x_request_id", "of-the-tests")  # so that answers can be compared
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "collector",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": address,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        if body and "transfer_encoding" not in headers:
            environ["CONTENT_LENGTH"] = str(len(body))
        if "content_type" in headers:
            environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
        if login:
            encoded = base64.b64encode(":".join(login).encode()).decode()
            environ["HTTP_AUTHORIZATION"] = f"Basic {encoded}"
        started: list[tuple[str, list[tuple[str, str]]]] = []
        pieces = self.application(environ, lambda s, h, e=None: started.append((s, h)))
        status, raw = started[0]
        assert len({name.lower() for name, _ in raw}) == len(raw), "a header came twice"
        return Answer(int(status[:3]), {k.lower(): v for k, v in raw}, b"".join(pieces))

    def token(self, query: str, login: tuple[str, str] | None = None, **more: Any) -> Answer:
        """Ask for a token by GET."""
        return self.ask("/init/registry/token", query, login=login, **more)

    def form(self, text: str | bytes, **more: Any) -> Answer:
        """Ask for a token by POST."""
        body = text.encode() if isinstance(text, str) else text
        more.setdefault("content_type", "application/x-www-form-urlencoded")
        return self.ask("/init/registry/token", method="POST", body=body, **more)

    def tickets(self) -> list[str]:
        """Files that web2py left for errors or sessions."""
        app = self.home.settings.home / "web2py" / "applications" / "init"
        return [p.name for folder in ("errors", "sessions") for p in (app / folder).iterdir()]


@pytest.fixture(scope="session")
def application(
    tmp_path_factory: pytest.TempPathFactory, stock: Stock | None
) -> Iterator[tuple[Any, Home]]:
    """The application, loaded once; web2py knows one directory per process."""
    patch = pytest.MonkeyPatch()
    patch.setattr(passwords, "ITERATIONS", 1000)
    patch.setattr(passwords, "_STRONG", "pbkdf2(1000,32,sha512)")
    folder = tmp_path_factory.mktemp("site")
    patch.setenv("COLLECTOR_HOME", str(folder / "home"))
    patch.setenv("COLLECTOR_ADMIN_PASSWORD", "admin-secret")
    if stock is not None:
        patch.setenv("COLLECTOR_DB_URI", stock.new())
    home = Home(settings_module.load(os.environ), Clock())
    home.load(**WORLD)
    from wsgi import application as loaded

    yield loaded, home
    home.close()
    patch.undo()


@pytest.fixture
def site(application: tuple[Any, Home]) -> Iterator[Site]:
    """The application with its world, every test with a clean slate of failures and tokens."""
    loaded, home = application
    clock = Clock()
    home.clock = clock
    totals._known.clear()
    built = container.build(home.settings, clock, db=home.db)
    container._Process.container, container._Process.pid = built, os.getpid()
    home.container = built
    with home.db.transaction(write=True):
        for table in ("registry_login_failures", "registry_login_addresses",
                      "registry_identity_tokens", "registry_personal_tokens", "registry_totp",
                      "registry_totp_codes", "log"):
            home.db.run(f"DELETE FROM {table}")
    yield Site(loaded, home)
    built.db.close()


@pytest.fixture
def checkout() -> Path:
    """Where the code is."""
    return Path(__file__).resolve().parents[2]
