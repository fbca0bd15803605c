"""Ways to lie: behaviours for ``StubRegistry.lie``.

A behaviour is a function of the ``Exchange`` with the client; functions here
that take parameters return one.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

from applications.init.modules.registries.remote import manifests

from .stub import Exchange

Behaviour = Callable[[Exchange], None]
JSON = {"Content-Type": "application/json"}
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def status(code: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answer with a status; header names as keyword arguments with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def behave(exchange: Exchange) -> None:
        exchange.send(code, named, body)

    return behave


def error(code: int, *codes: str) -> Behaviour:
    """Answer with an error as distribution words it."""
    return lambda exchange: exchange.fail(code, *codes)


def answer(value: Any, **headers: str) -> Behaviour:
    """Answer 200 with a JSON value."""
    return status(200, json.dumps(value).encode(), Content_Type="application/json", **headers)


def html(exchange: Exchange) -> None:
    """Answer 200 with a web page, as a captive portal does."""
    exchange.send(200, {"Content-Type": "text/html"}, b"<html>log in</html>")


def html_404(exchange: Exchange) -> None:
    """Answer 404 with a web page, as a proxy without its backend does."""
    exchange.send(404, {"Content-Type": "text/html"}, b"<html>not here</html>")


def truncated(exchange: Exchange) -> None:
    """Answer with JSON that ends in the middle."""
    exchange.send(200, JSON, b'{"repositories": ["a/b", "c')


def endless(exchange: Exchange) -> None:
    """Answer with a body that never ends."""
    exchange.raw(_HEAD + b"\r\n")
    while not exchange.stopped.is_set():
        exchange.raw(b" " * 65_536)


def drip_body(exchange: Exchange) -> None:
    """Send a byte of the body at a time, slowly enough to never be done."""
    exchange.raw(_HEAD + b"Content-Length: 9999\r\n\r\n")
    while not exchange.stopped.wait(0.02):
        exchange.raw(b" ")


def drip_headers(exchange: Exchange) -> None:
    """Send a byte of the headers at a time."""
    exchange.raw(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not exchange.stopped.wait(0.02):
        exchange.raw(b"a")


def many_headers(exchange: Exchange) -> None:
    """Send headers without end."""
    exchange.raw(b"HTTP/1.1 200 OK\r\n")
    while not exchange.stopped.is_set():
        exchange.raw(b"X-More: " + b"a" * 1000 + b"\r\n")


def continues(exchange: Exchange) -> None:
    """Answer 100 again and again."""
    while not exchange.stopped.is_set():
        exchange.raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def silent(exchange: Exchange) -> None:
    """Never answer."""
    exchange.stopped.wait()
    exchange.close()


def gzip_bomb(exchange: Exchange) -> None:
    """Answer with a small body that is said to be 100 MB when unpacked."""
    body = gzip.compress(b" " * 1_000_000) * 100
    exchange.send(200, {**JSON, "Content-Encoding": "gzip"}, body)


def many_tags(name: str, count: int = 1_000_000) -> Behaviour:
    """Answer with a list of a million tags."""
    return answer({"name": name, "tags": [f"t{n}" for n in range(count)]})


def link(target: str, names: tuple[str, ...] = ("a/b",)) -> Behaviour:
    """Answer with a page of a catalog whose next page is at ``target``."""
    return answer({"repositories": list(names)}, Link=f'<{target}>; rel="next"')


def redirect(target: str, code: int = 302) -> Behaviour:
    """Send the client elsewhere."""
    return status(code, Location=target)


def deep_json(exchange: Exchange) -> None:
    """Answer with JSON that is nested 100,000 deep."""
    exchange.send(200, JSON, b'{"repositories":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def many_values(exchange: Exchange) -> None:
    """Answer with JSON that is small on the wire and large in memory."""
    exchange.send(200, JSON, b'{"repositories":[' + b"{}," * 1_300_000 + b"{}]}")


def duplicate_keys(exchange: Exchange) -> None:
    """Answer with a member given twice."""
    exchange.send(200, JSON, b'{"repositories": ["a/b"], "repositories": []}')


def huge_integer(exchange: Exchange) -> None:
    """Answer with a number of 100,000 digits."""
    exchange.send(200, JSON, b'{"repositories": null, "n": ' + b"9" * 100_000 + b"}")


def length_too_long(exchange: Exchange) -> None:
    """Announce more than is sent."""
    exchange.send(200, {**JSON, "Content-Length": "9999"}, b'{"repositories": []}')
    exchange.close()


def length_too_short(exchange: Exchange) -> None:
    """Announce less than is sent."""
    exchange.send(200, {**JSON, "Content-Length": "5"}, b'{"repositories": []}')


def not_http(exchange: Exchange) -> None:
    """Answer in another protocol."""
    exchange.raw(b"SSH-2.0-OpenSSH_9.9\r\n")
    exchange.close()


def reset(exchange: Exchange) -> None:
    """Reset the connection in the middle of the body."""
    exchange.raw(_HEAD + b"Content-Length: 99\r\n\r\n{")
    exchange.reset()


def evil_realm(realm: str) -> Behaviour:
    """Refuse the token and name a token server of somebody else."""
    challenge = f'Bearer realm="{realm}",service="svc",scope="registry:catalog:*"'
    return status(
        401, b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
        Content_Type="application/json", Www_Authenticate=challenge,
    )


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> Behaviour:
    """Answer 200 with a body in chunks; ``end`` is what comes after them."""

    def behave(exchange: Exchange) -> None:
        exchange.raw(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            exchange.raw(b"%x\r\n%s\r\n" % (len(piece), piece))
        exchange.raw(end)

    return behave


def self_index(exchange: Exchange) -> None:
    """Answer, whatever digest is asked for, with an index that lists that digest."""
    digest = exchange.url.path.rpartition("/")[2]
    entry = {"mediaType": manifests.OCI_INDEX, "digest": digest, "size": 9}
    body = {"schemaVersion": 2, "mediaType": manifests.OCI_INDEX, "manifests": [entry]}
    exchange.send(
        200,
        {"Content-Type": manifests.OCI_INDEX, "Docker-Content-Digest": digest},
        json.dumps(body).encode(),
    )


def manifest(body: bytes, media_type: str, digest: str = "") -> Behaviour:
    """Answer with this manifest and, if given, this digest of it."""
    more = {"Docker_Content_Digest": digest} if digest else {}
    return status(200, body, Content_Type=media_type, **more)
