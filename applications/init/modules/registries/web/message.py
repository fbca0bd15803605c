"""Requests read from a WSGI environment with caps, replies, and errors as replies.

Nothing is read through the framework: its form parser is quadratic, its client
address believes anybody, its Basic parser raises.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qsl

from ..errors import BadRequest, CollectorError, TooLarge, TooManyRequests, Unauthorized
from ..settings import Network

FORM_TYPE = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json; charset=utf-8"
MAX_FIELDS = 64
_NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


@dataclass(frozen=True)
class Parameters:
    """Decoded parameters; only those named in ``repeatable`` may come twice."""

    pairs: tuple[tuple[str, str], ...]

    repeatable: ClassVar[frozenset[str]] = frozenset({"scope"})

    def one(self, name: str) -> str:
        """The value of a parameter, or an empty text."""
        return next((value for key, value in self.pairs if key == name), "")

    def all(self, name: str) -> list[str]:
        """All values of a parameter, in order."""
        return [value for key, value in self.pairs if key == name]

    @classmethod
    def parse(cls, text: str) -> Parameters:
        """Decode a query string or form.

        :raises BadRequest: not UTF-8, too many fields, or a parameter given twice
            (RFC 6749 3.2).
        """
        pairs = _pairs(text)
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen and key not in cls.repeatable:
                raise BadRequest(f"the parameter {key[:64]!r} is given twice")
            seen.add(key)
        return cls(tuple(pairs))


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise BadRequest("the parameters can't be read, or are too many") from None


class Env(Protocol):
    """What a request is read from: a mapping, or something that looks keys up in one."""

    def get(self, key: str, /) -> Any:
        """The value of a key, or None."""


class Request:
    """One HTTP request; ``env`` is its WSGI environment with web2py's key spelling.

    (Lower case, dots as underscores: ``http_authorization``, ``wsgi_input``.)
    Behind our own door the body is at ``collector_input``, out of web2py's reach.
    """

    def __init__(self, env: Env) -> None:
        self._env = env
        self.method: str = env.get("request_method") or "GET"
        self._input = env.get("collector_input") or env.get("wsgi_input")
        length = env.get("collector_length")
        self._length = (env.get("content_length") if length is None else length) or ""

    def header(self, name: str) -> str:
        """A header's value, or an empty text."""
        return self._env.get("http_" + name.lower().replace("-", "_")) or ""

    def query(self) -> Parameters:
        """The parameters of the URL."""
        return Parameters.parse(self.query_string)

    def lists(self) -> dict[str, list[str]]:
        """The parameters of the URL, each with all its values, in order.

        :raises BadRequest: not UTF-8, or too many.
        """
        found: dict[str, list[str]] = {}
        for key, value in _pairs(self.query_string):
            found.setdefault(key, []).append(value)
        return found

    @property
    def streams(self) -> bool:
        """Tell whether the server can keep a connection for an answer that goes on."""
        return bool(self._env.get("collector_streams"))

    @property
    def query_string(self) -> str:
        """The query of the URL as it came."""
        return self._env.get("query_string") or ""

    @property
    def path(self) -> str:
        """The decoded path."""
        raw: str = self._env.get("path_info") or "/"
        return raw.encode("latin-1", "replace").decode("utf-8", "replace")

    def cookie(self, name: str) -> str:
        """The value of a cookie, or an empty text."""
        text = self._env.get("collector_cookie") or self.header("Cookie")
        pairs = (part.strip().partition("=") for part in text.split(";"))
        return next((value for key, _, value in pairs if key == name), "")

    @property
    def content_type(self) -> str:
        """The content type of the body."""
        return self._env.get("content_type") or ""

    def form(self, limit: int) -> Parameters:
        """The parameters of a urlencoded body of at most ``limit`` bytes, chunked or not.

        :raises BadRequest: another content type, or no UTF-8.
        :raises TooLarge: the body is longer than that.
        """
        media_type = (self._env.get("content_type") or "").partition(";")[0].strip().lower()
        if media_type != FORM_TYPE:
            raise BadRequest(f"the body must be {FORM_TYPE}")
        try:
            return Parameters.parse(self.body(limit).decode("utf-8"))
        except UnicodeDecodeError:
            raise BadRequest("the body is not UTF-8") from None

    def body(self, limit: int) -> bytes:
        """The raw body.

        :raises TooLarge: it is longer than ``limit`` bytes.
        """
        declared = str(self._length)
        if declared.isdigit() and int(declared) > limit:
            raise TooLarge(f"the body is larger than {limit} bytes")
        chunked = "chunked" in self.header("Transfer-Encoding").lower()
        if not chunked and not (declared.isdigit() and int(declared)):
            return b""
        wanted = limit + 1 if chunked else int(declared)
        data: bytes = self._input.read(wanted) if self._input else b""
        if len(data) > limit:
            raise TooLarge(f"the body is larger than {limit} bytes")
        return data

    def address(self, proxies: Sequence[Network]) -> str:
        """The client's address: the right-most hop that is no proxy of ours.

        :param proxies: networks whose X-Forwarded-For is believed.
        """
        address = self._env.get("remote_addr") or ""
        if not proxies:
            return address
        hops = [hop.strip() for hop in self.header("X-Forwarded-For").split(",")]
        while hops and _within(address, proxies):
            hop = hops.pop()
            if not _is_address(hop):
                break
            address = hop
        return address


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = field(default=_NO_STORE)


def json_reply(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Answer with JSON that no cache keeps."""
    return Reply(status, json.dumps(value).encode(), headers=(*_NO_STORE, *headers))


def error_reply(error: CollectorError, oauth: str | None = None) -> Reply:
    """Answer with an error in the form that docker prints.

    :param oauth: the error code of RFC 6749 5.2, added for clients of the POST form.
    """
    message = str(error) or "error"
    value: dict[str, Any] = {"errors": [{"code": error.code, "message": message, "detail": None}]}
    if oauth:
        value.update(error=oauth, error_description=message)
    return json_reply(value, error.status, error_headers(error))


def error_headers(error: CollectorError) -> tuple[tuple[str, str], ...]:
    """Headers that go with an error: the challenge, and when to come back."""
    if isinstance(error, Unauthorized):
        return (("WWW-Authenticate", 'Basic realm="OpenSVC collector", charset="UTF-8"'),)
    if isinstance(error, TooManyRequests):
        return (("Retry-After", str(error.retry_after)),)
    return ()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _within(address: str, networks: Sequence[Network]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in networks)
