"""``make run``: first start, then web server and scheduler as children, ended together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries import setup
from applications.init.modules.registries.errors import CollectorError, StartupError
from applications.init.modules.registries.settings import Settings
from applications.init.modules.registries.setup import Started

CHECKOUT = Path(__file__).resolve().parent.parent
_STOP_SECONDS = 25
_BACKLOG = 2048

_REGISTRY = """\
auth:
  token:
    realm: {url}/init/registry/token
    service: {service}
    issuer: {issuer}
    rootcertbundle: {certificate}
"""


class _Stopped(Exception):
    """Somebody wants us to end."""


def main() -> int:
    """Run until SIGINT or SIGTERM, or until a child ends; return the exit status."""
    try:
        settings = settings_module.load()
        listener = _listen(settings.listen)
        settings = _with_port(settings, listener)
        started = setup.first_start(settings)
    except CollectorError as error:
        print(f"can't start: {error}", file=sys.stderr)
        return 1
    _tell(settings, started)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    children: list[subprocess.Popen[bytes]] = []
    try:
        children = _start(settings, listener)
        return _wait(children)
    except _Stopped:
        return 0
    finally:
        _end(children)


def _stop(signum: int, frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _Stopped


def _listen(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
    except (OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "it is not host:port"
        raise StartupError(f"COLLECTOR_LISTEN {address}: {reason}") from None
    listener.listen(_BACKLOG)
    listener.set_inheritable(True)
    return listener


def _with_port(settings: Settings, listener: socket.socket) -> Settings:
    """Port 0 becomes the port that the system chose."""
    host, _, port = settings.listen.rpartition(":")
    if port != "0":
        return settings
    listen = f"{host}:{listener.getsockname()[1]}"
    url = f"http://{listen}" if urlsplit(settings.url).port == 0 else settings.url
    return replace(settings, listen=listen, url=url)


def _tell(settings: Settings, started: Started) -> None:
    print(f"collector:    {started.url}/init/registry/health")
    print(f"certificate:  {started.certificate}")
    if started.password_file:
        print(f"first Manager: {started.admin_email}, password in {started.password_file}")
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


def _start(settings: Settings, listener: socket.socket) -> list[subprocess.Popen[bytes]]:
    environ = {
        **os.environ,
        "COLLECTOR_LISTEN": settings.listen,
        "COLLECTOR_URL": settings.url,
        "COLLECTOR_LISTEN_FD": str(listener.fileno()),
    }
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:server.gunicorn_conf"]
    commands = (
        ([*gunicorn, "wsgi:application"], (listener.fileno(),)),
        ([sys.executable, str(CHECKOUT / "scheduler.py")], ()),
    )
    children = []
    for command, descriptors in commands:
        children.append(
            subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env=environ,
                pass_fds=descriptors,
                # A terminal's Ctrl-C is for us; we end the children in order.
                start_new_session=True,
            )
        )
    listener.close()
    return children


def _wait(children: list[subprocess.Popen[bytes]]) -> int:
    """Wait until a child ends by itself, which it never should."""
    while True:
        pid, status = os.wait()
        for child in children:
            if child.pid == pid:
                child.returncode = os.waitstatus_to_exitcode(status)
                print("a part of the collector ended by itself; see the log", file=sys.stderr)
                return 1


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
