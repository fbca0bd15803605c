"""A registry of very many repositories, each with one tag of the same manifest; it only answers."""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from applications.init.modules.registries.remote.manifests import OCI_MANIFEST


def digest(body: bytes) -> str:
    """The SHA-256 digest of some content."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def manifest(seed: str) -> bytes:
    """An image's manifest with a config of its own and some layers."""
    config = {"digest": digest(seed.encode()), "size": 1470, "mediaType": "application/x-config"}
    layers = [
        {"digest": digest(b"%d" % n), "size": 27_000_000 + n, "mediaType": "application/x-layer"}
        for n in range(8)
    ]
    found = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": layers}
    return json.dumps(found).encode()


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def await_port(port: int) -> None:
    """Wait until something listens there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the registry did not start")


@contextmanager
def served(repositories: int) -> Iterator[str]:
    """The registry in a process of its own; gives its url."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(port, repositories))
    process.start()
    try:
        await_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.join(30)


def _serve(port: int, repositories: int) -> None:
    async def forever() -> None:
        loop = asyncio.get_running_loop()
        names = [f"r{number:07}" for number in range(repositories)]
        server = await loop.create_server(lambda: _Answers(names), "127.0.0.1", port)
        await server.serve_forever()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(forever())


class _Answers(asyncio.Protocol):
    """One connection; requests have no body, and each comes in one piece or a few."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._buffer = b""
        body = manifest("all")
        self._manifest = _answer(body, OCI_MANIFEST, f"Docker-Content-Digest: {digest(body)}\r\n")
        self._unchanged = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what is whole."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            assert isinstance(self._transport, asyncio.Transport)
            self._transport.write(self._reply(path, b"If-None-Match" in head))

    def _reply(self, path: str, conditional: bool) -> bytes:
        if "/manifests/" in path:
            return self._unchanged if conditional else self._manifest
        if path.endswith("/tags/list"):
            return _json({"name": path[4:-10], "tags": ["v1"]})
        return self._catalog(parse_qs(urlsplit(path).query))

    def _catalog(self, query: dict[str, list[str]]) -> bytes:
        start = int(query["last"][0][1:]) + 1 if "last" in query else 0
        page = self._names[start : start + 1000]
        more = start + 1000 < len(self._names)
        link = f'Link: </v2/_catalog?last={page[-1]}&n=1000>; rel="next"\r\n' if more else ""
        return _json({"repositories": page}, link)


def _json(value: object, more: str = "") -> bytes:
    return _answer(json.dumps(value).encode(), "application/json", more)


def _answer(body: bytes, kind: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
