"""What a client proves itself with, read out of hostile bytes."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Union

from ..errors import Unauthorized

MAX_HEADER = 8192
MAX_LOGIN = 255


@dataclass(frozen=True)
class Password:
    """A login name and a password (for services and nodes: the node's uuid).

    ``code`` is that of a second factor: None where there is no place to give one,
    empty where there is and none was given.
    """

    login: str
    password: str
    code: str | None = None

    def __repr__(self) -> str:
        return f"Password({self.login!r})"


@dataclass(frozen=True)
class Identity:
    """An identity token, as given out before."""

    token: str

    def __repr__(self) -> str:
        return "Identity()"


Credentials = Union[Password, Identity]


def basic(header: str | None) -> Password | None:
    """Read an ``Authorization`` header of the Basic scheme (RFC 7617, UTF-8).

    Return None without a header and for the empty credentials that docker
    sends when nobody is logged in.

    :raises Unauthorized: another scheme, or bytes that are no credentials.
    """
    if not header:
        return None
    if len(header) > MAX_HEADER:
        raise Unauthorized("the Authorization header is too long")
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise Unauthorized("only Basic credentials are taken here")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Unauthorized("the Authorization header is malformed") from None
    login, colon, password = text.partition(":")
    if not colon:
        raise Unauthorized("the Authorization header is malformed")
    return password_credentials(login, password)


def password_credentials(login: str, password: str) -> Password | None:
    """Check the form of a login name and password.

    :raises Unauthorized: no account can have such a name.
    """
    if not login and not password:
        return None
    if not login or not password or len(login) > MAX_LOGIN or not login.isprintable():
        raise Unauthorized("invalid username or password")
    if "\x00" in password:
        raise Unauthorized("invalid username or password")
    return Password(login, password)
