"""What is sent to a server, and which answers are believed: packets as pyrad makes them."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from ....errors import StartupError
from ....settings.radius import GroupKey

LONGEST_PASSWORD = 128
_OLDEST_PYRAD = (2, 6)
_CODES = {2: "accept", 3: "reject", 11: "challenge"}
_REPLY_MESSAGE = 18
_MESSAGE_AUTHENTICATOR = 80
_SHOWN = 200
# Passwords are hidden already when they get here: as "octets" some would be read as hexadecimal.
_DICTIONARY = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE User-Password 2 string
ATTRIBUTE NAS-Identifier 32 string
ATTRIBUTE Message-Authenticator 80 octets
"""


class Unusable(Exception):
    """An answer that is none: it must be treated as if it had never come; the text says why."""


@dataclass(frozen=True)
class Answer:
    """What a server says; ``kind`` is accept, reject or challenge.

    ``message`` is its text for people, made fit for a log line.
    """

    kind: str
    message: str
    _values: dict[GroupKey, list[bytes]] = field(repr=False, default_factory=dict)

    def names(self, key: GroupKey) -> frozenset[str]:
        """The values of an attribute that are names; what is no text is none."""
        found = (_name(value) for value in self._values.get(key, []))
        return frozenset(name for name in found if name)


class Request:
    """One question: ``raw`` is sent, as often as needed, to one server."""

    def __init__(self, pyrad: Any, packet: Any) -> None:
        self._pyrad = pyrad
        self._packet = packet
        self.raw: bytes = packet.RequestPacket()

    def judge(self, data: bytes) -> Answer:
        """Read an answer.

        :raises Unusable: it is none to this request, or nothing proves that it is the server's.
        """
        try:
            reply = self._pyrad.AuthPacket(packet=data, dict=self._packet.dict)
            # Both authenticators, where they are there, and that no Proxy-State came from nowhere.
            signed = self._packet.VerifyReply(reply, data)
        except Exception as error:
            # Whatever strange bytes do to the library: they are no answer.
            raise Unusable("it can't be read") from error
        if reply.id != self._packet.id:
            raise Unusable("it answers another request")
        if not signed:
            raise Unusable("it is not signed with our secret, or was changed on its way")
        values = {key: value for key, value in dict.items(reply) if isinstance(value, list)}
        if _MESSAGE_AUTHENTICATOR not in values:
            raise Unusable(
                "it has no Message-Authenticator, so anybody in between may have made it"
                " (Blast-RADIUS, CVE-2024-3596)"
            )
        if reply.code not in _CODES:
            raise Unusable(f"it is of an unexpected kind ({reply.code})")
        message = b"".join(values.get(_REPLY_MESSAGE, []))
        return Answer(_CODES[reply.code], _shown(message), values)


class Codec:
    """Makes requests under one shared secret.

    :raises StartupError: the library is not there, or one that is too old to be safe.
    """

    def __init__(self, secret: str, nas_identifier: str) -> None:
        self._pyrad, self._dictionary = _library()
        # The environment may hold bytes that are no UTF-8: they are what the server has.
        self._secret = secret.encode("utf-8", "surrogateescape")
        self._nas_identifier = nas_identifier

    def request(self, login: str, password: str) -> Request:
        """A new Access-Request, with an identifier and an authenticator of its own."""
        packet = self._pyrad.AuthPacket(
            id=secrets.randbelow(256),
            secret=self._secret,
            authenticator=secrets.token_bytes(16),
            dict=self._dictionary,
        )
        packet.add_message_authenticator()  # the first attribute, as servers want it
        packet["User-Name"] = login
        packet["User-Password"] = packet.PwCrypt(password)
        packet["NAS-Identifier"] = self._nas_identifier
        return Request(self._pyrad, packet)


def _library() -> tuple[Any, Any]:
    """The library's packets, and a dictionary of what we send."""
    try:
        from pyrad import dictionary, packet

        version = metadata.version("pyrad")
    except ImportError:
        raise StartupError(
            "people log in with radius, and pyrad is not installed: it needs Python 3.10 or newer"
        ) from None
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < _OLDEST_PYRAD:
        raise StartupError(f"people log in with radius, which needs pyrad 2.6, not {version}")
    return packet, dictionary.Dictionary(io.StringIO(_DICTIONARY))


def _name(value: bytes) -> str:
    """A value as a name; empty where it is binary or holds what is never shown."""
    try:
        name = value.decode().rstrip("\0").strip()
    except UnicodeDecodeError:
        return ""
    return name if name.isprintable() else ""


def _shown(message: bytes) -> str:
    text = message.decode("utf-8", "replace")[:_SHOWN]
    return "".join(c if c.isprintable() else "?" for c in text)
