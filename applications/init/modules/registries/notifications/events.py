"""The notification envelope, read out of hostile bytes.

Source: distribution ``docs/content/about/notifications``; versions v1 (2.8) and
v2 (3.x) of the media type differ in nothing that is read here.
"""

from __future__ import annotations

import calendar
import re
import time
from dataclasses import dataclass
from typing import Any, Union
from urllib.parse import urlsplit

from .. import names
from ..errors import BadRequest
from ..remote import BadAnswer, grammar, safe_json

PUSH, PULL, MOUNT, DELETE = "push", "pull", "mount", "delete"
ACTIONS = (PUSH, PULL, MOUNT, DELETE)

MANIFEST_TYPES = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
    }
)
MOST_EVENTS = 1000
"""Events in one envelope; registries send one."""

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Event:
    """One notification; ``happened`` in seconds since the epoch, by the registry's clock.

    ``hosts`` are how the registry is called in it: what clients asked, and its own url.
    """

    id: str
    action: str
    repository: str
    happened: float
    tag: str = ""
    digest: str = ""
    media_type: str = ""
    method: str = ""
    actor: str = ""
    address: str = ""
    hosts: tuple[str, ...] = ()

    @property
    def is_manifest(self) -> bool:
        """Tell a manifest from a blob."""
        return bool(self.tag) or self.media_type in MANIFEST_TYPES


@dataclass(frozen=True)
class Malformed:
    """An event that can't be read; ``id`` is empty where not even that can."""

    id: str
    reason: str
    text: str


Read = Union[Event, Malformed]


def parse(body: bytes) -> list[Read]:
    """Read an envelope.

    :raises BadRequest: it is none; what is wrong with one event is said in its place.
    """
    try:
        envelope = safe_json.loads(body)
    except BadAnswer:
        raise BadRequest("the body is no JSON") from None
    events = envelope.get("events") if isinstance(envelope, dict) else None
    if not isinstance(events, list):
        raise BadRequest("the body is no notification envelope: 'events' is missing")
    if len(events) > MOST_EVENTS:
        raise BadRequest(f"more than {MOST_EVENTS} events in one envelope")
    return [_event(value) for value in events]


def _event(value: Any) -> Read:
    if not isinstance(value, dict):
        return Malformed("", "the event is no object", _show(value))
    id_ = value.get("id")
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        return Malformed("", "the event has no usable id", _show(value))
    try:
        return _read(id_, value)
    except ValueError as error:
        return Malformed(id_, str(error), _show(value))


def _read(id_: str, value: dict[str, Any]) -> Event:
    target, request = _part(value, "target"), _part(value, "request")
    action = _text(value, "action", 16)
    if action not in ACTIONS:
        raise ValueError("the action is not known")
    repository, tag = _text(target, "repository", 255), _text(target, "tag", 128)
    digest = _text(target, "digest", 135)
    if not names.is_valid(repository):
        raise ValueError("the repository's name is not valid")
    if tag and not grammar.is_tag(tag):
        raise ValueError("the tag's name is not valid")
    if digest and not grammar.is_digest(digest):
        raise ValueError("the digest is not valid")
    return Event(
        id=id_,
        action=action,
        repository=repository,
        happened=_time(_text(value, "timestamp", 64)),
        tag=tag,
        digest=digest,
        media_type=_text(target, "mediaType", 128).partition(";")[0].strip(),
        method=_text(request, "method", 16),
        actor=_text(_part(value, "actor"), "name", 255),
        address=_client(_text(request, "addr", 64)),
        hosts=_hosts(_text(request, "host", 255), _text(target, "url", 4096)),
    )


def _hosts(host: str, url: str) -> tuple[str, ...]:
    try:
        of_url = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        of_url = ""
    return tuple(dict.fromkeys(text.lower() for text in (host, of_url) if text))


def _client(address: str) -> str:
    """The address without the port, which tells nothing of a client."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _part(value: dict[str, Any], name: str) -> dict[str, Any]:
    part = value.get(name)
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise ValueError(f"{name} is no object")
    return part


def _text(value: dict[str, Any], name: str, longest: int) -> str:
    text = value.get(name)
    if text is None:
        return ""
    if not isinstance(text, str) or len(text) > longest or not text.isprintable():
        raise ValueError(f"{name} is no text of at most {longest} printable characters")
    return text


def _time(text: str) -> float:
    """Read an RFC 3339 date with up to nanoseconds."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("the timestamp is no RFC 3339 date")
    whole, fraction, sign, hours, minutes = match.groups()
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    offset = (int(hours) * 60 + int(minutes)) * 60 if sign else 0
    return seconds + float(fraction or 0) - (offset if sign == "+" else -offset)


def _show(value: Any) -> str:
    return ascii(value)[:4000]
