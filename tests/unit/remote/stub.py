"""A registry to test against: it behaves like distribution, until it is told to lie.

::

    with StubRegistry() as registry:
        digest = registry.content.push("users/31/x", "v1")    # see ``content``
        registry.lie("/v2/_catalog", lies.html)               # see ``lies``
        client = RegistryClient(Target(registry.url, insecure=False), tokens, AddressPolicy())
        ...
        assert registry.requests[0].path == "/v2/_catalog"

It is a real HTTP server on a free port of the loopback interface, with one thread
per connection, keep-alive, and TLS when it is given a server's ``ssl.SSLContext``.
It differs from distribution in that any Bearer token opens everything, and none is
needed either unless ``needs_token`` is set.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

from .content import Content

_MANIFEST = re.compile(r"/v2/(.+)/manifests/([^/]+)")
_TAGS = re.compile(r"/v2/(.+)/tags/list")
_STATUS = {"NAME_UNKNOWN": "repository name not known to registry"}


@dataclass(frozen=True)
class Seen:
    """A request that arrived; header names in lower case, ``path`` without the query."""

    method: str
    path: str
    query: str
    headers: dict[str, str]


class StubRegistry:
    """A context manager; see the module for how it is used.

    ``content`` is what it holds, ``requests`` all that arrived, ``connections`` how
    many were accepted.  ``page`` is the catalog's largest page (``n`` above it is
    refused), ``tags_page`` that of tag lists when the major version is 3 (0: all at
    once), ``deletes`` whether manifests can be deleted.
    """

    def __init__(self, major: int = 2, context: ssl.SSLContext | None = None) -> None:
        self.major = major
        self.content = Content()
        self.requests: list[Seen] = []
        self.connections = 0
        self.page = 1000
        self.tags_page = 0
        self.deletes = True
        self.needs_token = False
        self.stopped = threading.Event()
        self._lies: dict[str, tuple[Callable[[Exchange], None], int | None]] = {}
        self._server = _Server(self, context)
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(self._server.server_address[1])

    def lie(
        self, path: str, behaviour: Callable[[Exchange], None], times: int | None = None
    ) -> None:
        """Answer requests for a path (without query; ``*`` for all) by ``behaviour``.

        :param times: how often, then the truth again; for ever when None.
        """
        self._lies[path] = (behaviour, times)

    def be_honest(self) -> None:
        """End all lies."""
        self._lies.clear()

    def hang_up(self) -> None:
        """Close the connections that are open, as a registry does with idle ones."""
        self._server.hang_up()

    def take_lie(self, path: str) -> Callable[[Exchange], None] | None:
        """The behaviour for a path, used up by one."""
        key = path if path in self._lies else "*"
        behaviour, times = self._lies.get(key, (None, None))
        if times is not None:
            if times <= 1:
                del self._lies[key]
            elif behaviour is not None:
                self._lies[key] = (behaviour, times - 1)
        return behaviour

    def __enter__(self) -> StubRegistry:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()


class Exchange(BaseHTTPRequestHandler):
    """One connection with a client; a behaviour answers the request it is at.

    ``registry`` is the stub, ``command`` the method, ``url`` the request's target
    taken apart; ``stopped`` is set when the test is over, for what goes on for ever.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        """Count the connection."""
        super().setup()
        self.registry = self.server.registry
        self.stopped = self.registry.stopped
        self.registry.connections += 1

    def do_GET(self) -> None:
        """Answer, truthfully or not."""
        self.url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.registry.requests.append(
            Seen(self.command, self.url.path, self.url.query, headers)
        )
        behaviour = self.registry.take_lie(self.url.path) or tell_the_truth
        try:
            behaviour(self)
        except OSError:
            self.close_connection = True

    do_HEAD = do_DELETE = do_GET

    def send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        """Send an answer; its Content-Length is added unless it is given."""
        self.send_response_only(status)
        lengths = {} if "Content-Length" in headers else {"Content-Length": str(len(body))}
        for name, value in {**headers, **lengths}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def reply(self, value: Any, **headers: str) -> None:
        """Answer 200 with a JSON value."""
        body = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        self.send(200, {"Content-Type": "application/json; charset=utf-8", **headers}, body)

    def fail(self, status: int, *codes: str) -> None:
        """Send an error as distribution words it."""
        errors = [{"code": c, "message": _STATUS.get(c, c.lower()), "detail": {}} for c in codes]
        body = json.dumps({"errors": errors}).encode()
        self.send(status, {"Content-Type": "application/json; charset=utf-8"}, body)

    def raw(self, data: bytes) -> None:
        """Send bytes as they are; the connection ends with them."""
        self.close_connection = True
        self.wfile.write(data)

    def close(self) -> None:
        """End the connection after this answer."""
        self.close_connection = True

    def reset(self) -> None:
        """End the connection at once, with a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; what arrived is in ``requests``."""


def tell_the_truth(exchange: Exchange) -> None:
    """Answer as distribution does."""
    registry, path = exchange.registry, exchange.url.path
    tags, manifest = _TAGS.fullmatch(path), _MANIFEST.fullmatch(path)
    if registry.needs_token and "Authorization" not in exchange.headers:
        exchange.fail(401, "UNAUTHORIZED")
    elif path == "/v2/":
        exchange.reply({})
    elif path == "/v2/_catalog":
        _catalog(exchange)
    elif tags:
        _tags(exchange, tags.group(1))
    elif manifest and exchange.command == "DELETE":
        _delete(exchange, *manifest.groups())
    elif manifest:
        _manifest(exchange, *manifest.groups())
    else:
        exchange.send(404, {"Content-Type": "text/plain"}, b"404 page not found\n")


def _catalog(exchange: Exchange) -> None:
    fields = parse_qs(exchange.url.query)
    n, last = int(fields.get("n", ["100"])[0]), fields.get("last", [""])[0]
    if n > exchange.registry.page:
        return exchange.fail(400, "PAGINATION_NUMBER_INVALID")
    everything = sorted(exchange.registry.content.repositories)
    return _page(exchange, "/v2/_catalog", "repositories", everything, n, last)


def _tags(exchange: Exchange, name: str) -> None:
    found = exchange.registry.content.repositories.get(name)
    if found is None:
        return exchange.fail(404, "NAME_UNKNOWN")
    n, last = exchange.registry.tags_page, parse_qs(exchange.url.query).get("last", [""])[0]
    if exchange.registry.major < 3 or not n:
        return exchange.reply({"name": name, "tags": list(found.tags) or None})
    return _page(exchange, exchange.url.path, "tags", sorted(found.tags), n, last, name=name)


def _page(
    exchange: Exchange, path: str, member: str, everything: list[str], n: int, last: str,
    **more: str,
) -> None:
    rest = [name for name in everything if name > last]
    page, headers = rest[:n], {}
    if len(rest) > n:
        headers["Link"] = f'<{path}?last={quote_plus(page[-1])}&n={n}>; rel="next"'
    exchange.reply({**more, member: page}, **headers)


def _manifest(exchange: Exchange, name: str, reference: str) -> None:
    found = exchange.registry.content.find(name, reference)
    if found is None:
        return exchange.fail(404, "MANIFEST_UNKNOWN")
    digest, stored = found
    headers = {
        "Content-Type": stored.media_type,
        "Docker-Content-Digest": digest,
        "Docker-Distribution-Api-Version": "registry/2.0",
        "Etag": f'"{digest}"',
    }
    if exchange.headers.get("If-None-Match") == f'"{digest}"':
        return exchange.send(304, {**headers, "Content-Length": "0"})
    if stored.media_type not in (exchange.headers.get("Accept") or ""):
        return exchange.fail(404, "MANIFEST_UNKNOWN")
    length = {"Content-Length": str(len(stored.body))}
    return exchange.send(200, {**headers, **length}, stored.body)


def _delete(exchange: Exchange, name: str, reference: str) -> None:
    content = exchange.registry.content
    found = content.find(name, reference)
    if not exchange.registry.deletes:
        return exchange.fail(405, "UNSUPPORTED")
    if found is None:
        return exchange.fail(404, "MANIFEST_UNKNOWN")
    if not reference.startswith("sha256:"):
        if exchange.registry.major < 3:
            return exchange.fail(400, "DIGEST_INVALID")
        content.untag(name, reference)
    else:
        content.delete(name, found[0])
    return exchange.send(202, {})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, registry: StubRegistry, context: ssl.SSLContext | None) -> None:
        self.registry = registry
        self._open: set[socket.socket] = set()
        self._context = context
        super().__init__(("127.0.0.1", 0), Exchange)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Talk TLS in the connection's own thread."""
        if self._context is not None:
            request.settimeout(5)
            try:
                request = self._context.wrap_socket(request, server_side=True)
            except OSError:
                return
            request.settimeout(None)
        self._open.add(request)
        try:
            super().finish_request(request, client_address)
        finally:
            self._open.discard(request)
            with suppress(OSError):
                request.close()

    def hang_up(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing; clients go away in tests."""
