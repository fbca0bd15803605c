"""A link to a server far away: what goes through takes its time or, when told, is lost."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from .many import await_port, free_port


class Link:
    """The link's near end: a port, and a process of its own that can be told to swallow all."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid

    def toggle(self) -> None:
        """Swallow what comes from now on, on all connections; or carry it again."""
        os.kill(self.pid, signal.SIGUSR1)


@contextmanager
def link(port: int, seconds: float) -> Iterator[Link]:
    """A link to a port of this machine that takes so many seconds in each direction."""
    near = free_port()
    process = multiprocessing.get_context("spawn").Process(
        target=_carry, args=(near, port, seconds)
    )
    process.start()
    try:
        await_port(near)
        assert process.pid is not None
        yield Link(near, process.pid)
    finally:
        process.terminate()
        process.join(30)


def _carry(near: int, far: int, seconds: float) -> None:
    async def forever() -> None:
        loop = asyncio.get_running_loop()
        state = _State(far, seconds)
        loop.add_signal_handler(signal.SIGUSR1, state.toggle)
        server = await loop.create_server(lambda: _Near(state), "127.0.0.1", near, backlog=512)
        await server.serve_forever()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(forever())


class _State:
    """Where the link leads, how long it takes, and whether it carries anything."""

    def __init__(self, port: int, seconds: float) -> None:
        self.port = port
        self.seconds = seconds
        self.silent = False

    def toggle(self) -> None:
        self.silent = not self.silent


class _End(asyncio.Protocol):
    """One end of one connection; what it receives leaves the other end later, in its order."""

    def __init__(self, state: _State) -> None:
        self.state = state
        self.transport: asyncio.Transport | None = None
        self.other: _End | None = None
        self.earliest = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._later(lambda end: end.send(data))

    def connection_lost(self, _error: Exception | None) -> None:
        self._later(lambda end: end.close())

    def send(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def _later(self, what: Callable[[_End], None]) -> None:
        if self.state.silent or self.other is None:
            return
        loop = asyncio.get_running_loop()
        self.earliest = max(self.earliest, loop.time() + self.state.seconds)
        loop.call_at(self.earliest, what, self.other)


class _Near(_End):
    """The end that a client connects to."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        loop = asyncio.get_running_loop()
        # A connection is there after a round trip; the kernel said so at once.
        self.earliest = loop.time() + 3 * self.state.seconds
        self._task = loop.create_task(self._reach())

    async def _reach(self) -> None:
        loop = asyncio.get_running_loop()
        far = _End(self.state)
        far.other, self.other = self, far
        try:
            await loop.create_connection(lambda: far, "127.0.0.1", self.state.port)
        except OSError:
            self.close()
            return
        with suppress(RuntimeError):  # it has gone already
            assert self.transport is not None
            self.transport.resume_reading()
