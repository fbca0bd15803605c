"""Readers of server-sent events, many of them in one thread, as browsers read."""

from __future__ import annotations

import base64
import json
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

LIVE = "/init/registry/live"
SECONDS = 20


@dataclass(eq=False)
class Stream:
    """One open page; ``events`` are those that came, each with its id and its moment."""

    connection: socket.socket
    raw: bytes = b""
    over: bool = False
    events: list[tuple[str, list[str], float]] = field(default_factory=list)
    id: str = ""

    @property
    def status(self) -> int:
        """The status of the answer; 0 while it has not come."""
        head, found, _ = self.raw.partition(b"\r\n\r\n")
        return int(head.split()[1]) if found else 0

    @property
    def head(self) -> str:
        """The head of the answer, in small letters."""
        return self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").lower()

    def heard(self, name: str) -> float:
        """When an event was first told of; 0 where it was not."""
        return next((at for _, names, at in self.events if name in names), 0.0)

    def receive(self) -> None:
        """Take what is there."""
        try:
            data = self.connection.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.over = self.over or not data
        before = self._blocks()
        self.raw += data
        for block in self._blocks()[len(before) :]:
            self._take(block)

    def _blocks(self) -> list[str]:
        body = self.raw.partition(b"\r\n\r\n")[2].decode()
        return body.split("\n\n")[:-1]

    def _take(self, block: str) -> None:
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if line[:1] != ":")
        self.id = fields.get("id", self.id)
        if fields.get("event") == "change":
            self.events.append((self.id, json.loads(fields["data"]), time.monotonic()))


class Pages:
    """Pages that are open at once; ``with`` closes them."""

    def __init__(self, url: str) -> None:
        host, _, port = url.partition("//")[2].partition(":")
        self._address = (host, int(port))
        self._selector = selectors.DefaultSelector()
        self.streams: list[Stream] = []

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, *error: object) -> None:
        for one in self.streams:
            one.connection.close()
        self._selector.close()

    def open(
        self, headers: dict[str, str], query: str = "", method: str = "GET", path: str = LIVE
    ) -> Stream:
        """Ask for a stream; its answer is read with ``read_until``."""
        lines = [f"{method} {path}{query} HTTP/1.1", "Host: collector", "Accept: text/event-stream"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        connection = socket.create_connection(self._address, SECONDS)
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        connection.setblocking(False)
        stream = Stream(connection)
        self.streams.append(stream)
        self._selector.register(connection, selectors.EVENT_READ, stream)
        return stream

    def many(self, count: int, headers: Iterable[dict[str, str]]) -> list[Stream]:
        """Open streams with these headers in turn, and wait until each has begun."""
        each = list(headers)
        found = [self.open(each[number % len(each)]) for number in range(count)]
        self.read_until(lambda: all(one.status for one in found), "the streams' begin")
        return found

    def close(self, stream: Stream) -> None:
        """Close one page."""
        self._selector.unregister(stream.connection)
        self.streams.remove(stream)
        stream.connection.close()

    def read_until(
        self, condition: Callable[[], bool], what: str, seconds: float = SECONDS
    ) -> None:
        """Read all of them until a condition holds.

        :raises TimeoutError: it does not.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not happen within {seconds:g} s")
            self.read(0.05)

    def read(self, seconds: float) -> None:
        """Read what comes first within a time."""
        for key, _ in self._selector.select(seconds):
            key.data.receive()
            if key.data.over:
                self._selector.unregister(key.fileobj)


def basic(login: tuple[str, str]) -> dict[str, str]:
    """The header of a login."""
    return {"Authorization": "Basic " + base64.b64encode(":".join(login).encode()).decode()}


def cookie(answer: Any) -> dict[str, str]:
    """The header of a session that was signed in to."""
    return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
