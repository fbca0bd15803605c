"""``make run``: first start, then web server and scheduler as children, ended together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries import setup
from applications.init.modules.registries.errors import CollectorError, StartupError
from applications.init.modules.registries.settings import Settings
from applications.init.modules.registries.setup import Started

from . import framework
from .companion import end_with_parent

CHECKOUT = Path(__file__).resolve().parent.parent
_STOP_SECONDS = 25
_BACKLOG = 2048
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_REGISTRY = """\
auth:
  token:
    realm: {url}/init/registry/token
    service: {service}
    issuer: {issuer}
    rootcertbundle: {certificate}
"""

Children = dict[str, subprocess.Popen[bytes]]
"""By what they are called in messages."""


def main() -> int:
    """Run until SIGINT, SIGTERM or SIGHUP, or until a child ends; return the exit status."""
    try:
        settings = settings_module.load()
        framework.upstream()
        listener = listen(settings.listen)
        settings = with_port(settings, listener)
        started = setup.first_start(settings)
    except CollectorError as error:
        print(f"can't start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    inbox, children = Inbox(), Children()
    _tell(settings, started)
    try:
        _start(settings, listener, children)
        return _wait(children, inbox)
    finally:
        _end(children)


class Inbox:
    """Signals as bytes in a pipe, so that none interrupts anything half-way."""

    def __init__(self) -> None:
        self._reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (*_ENDING, signal.SIGCHLD):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, lambda *_: None)

    def wait(self) -> bool:
        """Sleep until there are signals; tell whether one of them asks us to end."""
        return any(number in _ENDING for number in os.read(self._reading, 64))


def listen(address: str) -> socket.socket:
    """Take the address; port 0 is one that the system chooses.

    :raises StartupError: it is no address, or taken.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
        listener.listen(_BACKLOG)
    except (OSError, ValueError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or "it is not host:port"
        raise StartupError(f"COLLECTOR_LISTEN {address}: {reason}") from None
    listener.set_inheritable(True)
    return listener


def with_port(settings: Settings, listener: socket.socket) -> Settings:
    """Put the port that the system chose in place of port 0."""
    host, _, port = settings.listen.rpartition(":")
    if port != "0":
        return settings
    found = f"{host}:{listener.getsockname()[1]}"
    url = f"http://{found}" if urlsplit(settings.url).port == 0 else settings.url
    return replace(settings, listen=found, url=url)


def _tell(settings: Settings, started: Started) -> None:
    print(f"collector:    {started.url}/init/registry/health")
    print(f"certificate:  {started.certificate}")
    print(started.introduction(), end="")
    print("\nin a registry's configuration:\n")
    print(
        _REGISTRY.format(
            url=settings.url,
            service="<the name it is declared with here>",
            issuer=settings.issuer,
            certificate=started.certificate,
        ),
        flush=True,
    )


def _start(settings: Settings, listener: socket.socket, children: Children) -> None:
    environ = {
        **os.environ,
        "COLLECTOR_LISTEN": settings.listen,
        "COLLECTOR_URL": settings.url,
        "COLLECTOR_LISTEN_FD": str(listener.fileno()),
    }
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:server.gunicorn_conf"]
    commands = {
        "web server": ([*gunicorn, "wsgi:application"], (listener.fileno(),)),
        "scheduler": ([sys.executable, str(CHECKOUT / "scheduler.py")], ()),
    }
    for name, (command, descriptors) in commands.items():
        children[name] = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=environ,
            pass_fds=descriptors,
            # A terminal's Ctrl-C is for us; we end the children in order.
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
    listener.close()


def _wait(children: Children, inbox: Inbox) -> int:
    """Wait until somebody wants us to end, or a child ends by itself, which it never should."""
    while not inbox.wait():
        for name, child in children.items():
            if child.poll() is not None:
                print(f"the {name} ended by itself; see the log", file=sys.stderr)
                return 1
    return 0


def _end(children: Children) -> None:
    """End the children, then whatever they left behind."""
    for child in children.values():
        child.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    for name, child in children.items():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"the {name} did not end by itself", file=sys.stderr)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
