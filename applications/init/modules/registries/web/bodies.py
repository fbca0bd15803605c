"""Request bodies, by their content type: form, multipart, JSON object or array of objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from ..errors import BadRequest
from ..remote import BadAnswer, safe_json
from .message import FORM_TYPE, MAX_FIELDS, Parameters

MAX_BODY = 4_194_304
MAX_MULTIPART = 262_144
MULTIPART = "multipart/form-data"
MOST_ITEMS = 1000
"""Objects in one array."""


@dataclass(frozen=True)
class Body:
    """What a body says: ``members`` of one object, or ``items`` of an array (None if it is none).

    ``is_json`` marks bodies that a form of another site can't send.
    """

    members: Mapping[str, Any] = field(default_factory=dict)
    items: tuple[Mapping[str, Any] | None, ...] | None = None
    is_json: bool = False


def read(content_type: str, content: bytes) -> Body:
    """Read a body.

    An item of an array that is no object is None; JSON that is neither object nor
    array counts as no body at all.

    :raises BadRequest: it can't be read.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if not content.strip():
        return Body(is_json="json" in media_type)
    if media_type.endswith("json"):
        return _json(content)
    if media_type == FORM_TYPE or not media_type:
        return Body(_form(content))
    if media_type == MULTIPART:
        return Body(_multipart(content_type, content))
    raise BadRequest(f"the body must be JSON, {FORM_TYPE} or {MULTIPART}")


def _json(content: bytes) -> Body:
    try:
        value = safe_json.loads(content)
    except BadAnswer:
        raise BadRequest("the body is no JSON, or not one that is taken here") from None
    if isinstance(value, dict):
        return Body(value, is_json=True)
    if not isinstance(value, list):
        return Body(is_json=True)
    if len(value) > MOST_ITEMS:
        raise BadRequest(f"more than {MOST_ITEMS} items in one request")
    items = tuple(item if isinstance(item, dict) else None for item in value)
    return Body(items=items, is_json=True)


def _form(content: bytes) -> dict[str, Any]:
    try:
        pairs = Parameters.parse(content.decode("utf-8")).pairs
    except UnicodeDecodeError:
        raise BadRequest("the body is not UTF-8") from None
    members: dict[str, Any] = {}
    for name, value in pairs:
        members[name] = value
    return members


def _multipart(content_type: str, content: bytes) -> dict[str, Any]:
    """Fields of a multipart form (RFC 7578); files count by their content."""
    if len(content) > MAX_MULTIPART:
        raise BadRequest(f"a multipart body is at most {MAX_MULTIPART} bytes")
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + content)
    members: dict[str, Any] = {}
    for part in message.walk() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(payload, bytes):
            continue
        if len(members) >= MAX_FIELDS:
            raise BadRequest("too many fields in one form")
        members[name] = payload.decode("utf-8", "replace")
    return members


def require_text(value: Any) -> None:
    """Refuse what no database takes: NUL, and halves of surrogate pairs.

    :raises BadRequest: there is one somewhere in it.
    """
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise BadRequest("there is a character in it that is no text")
    elif isinstance(value, Mapping):
        for item in (*value.keys(), *value.values()):
            require_text(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            require_text(item)
