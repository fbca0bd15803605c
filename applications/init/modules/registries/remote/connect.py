"""Connecting to a pinned address, with TLS that proves the registry's name."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from .failures import Untrusted
from .place import Pin, Place, Target
from .wire import TimeIsUp


@dataclass(frozen=True)
class Where:
    """A registry's place, the addresses it was found at, and its TLS context, if any."""

    place: Place
    pins: tuple[Pin, ...]
    context: ssl.SSLContext | None


def tls_context(target: Target) -> ssl.SSLContext:
    """The context that checks certificate and name, unless the registry is insecure.

    :raises Untrusted: the ``ca_file`` can't be read.
    """
    cafile = None if target.ca_file is None else str(target.ca_file)
    try:
        context = ssl.create_default_context(cafile=cafile)
    except OSError:
        raise Untrusted("the registry's file of certificates can't be read") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if target.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def connect(where: Where, seconds: Callable[[], float]) -> socket.socket:
    """Connect to the first pinned address that answers.

    :param seconds: how many an attempt may take, asked before each.
    :raises OSError: what the last attempt failed with.
    """
    for number, pin in enumerate(where.pins, 1):
        try:
            return _connect(where, pin, seconds())
        except ssl.SSLCertVerificationError:
            raise
        except OSError:
            if number == len(where.pins):
                raise
    raise OSError("no address")


def _connect(where: Where, pin: Pin, seconds: float) -> socket.socket:
    if seconds <= 0:
        raise TimeIsUp("there is no time left to connect")
    sock = socket.socket(pin.family, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.connect(pin.address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if where.context is None:
            return sock
        return where.context.wrap_socket(sock, server_hostname=where.place.host.rstrip("."))
    except BaseException:
        sock.close()
        raise
