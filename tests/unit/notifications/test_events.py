"""The envelope: real ones read right, hostile ones refused, nothing else raised."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from applications.init.modules.registries.errors import BadRequest
from applications.init.modules.registries.notifications import events
from applications.init.modules.registries.notifications.events import Event, Malformed, parse

from .told import BLOB, CAPTURED, INDEX, VERSIONS, body, captured, event, of_case


def _one(value: Any) -> Event | Malformed:
    (read,) = parse(body(value))
    return read


def _good(value: Any) -> Event:
    read = _one(value)
    assert isinstance(read, Event), read
    return read


@pytest.mark.parametrize("version", VERSIONS)
def test_captured(version: str) -> None:
    """Every body that registries really sent is read, and none is malformed."""
    found = [item for c in captured(version) for item in parse(json.dumps(c["body"]).encode())]
    assert all(isinstance(item, Event) for item in found)
    read = [item for item in found if isinstance(item, Event)]
    counts = Counter(item.action for item in read)
    deletes = 6 if version == "2.8.2" else 7  # 3 can delete a tag alone
    assert counts["delete"] == deletes
    assert counts["mount"] == 1
    assert sum(item.is_manifest and item.action == "push" for item in read) == 10
    assert {item.repository for item in read} == {"a/b", "c/d"}
    assert all(CAPTURED - 60 < item.happened < CAPTURED for item in read)
    assert {item.address for item in read} == {"127.0.0.1"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_captured_push(version: str) -> None:
    """Tag, digest, type, method, actor and host are those of the body."""
    (text,) = of_case(version, "push OCI index tag idx")
    (read,) = parse(text)
    raw = json.loads(text)["events"][0]
    assert isinstance(read, Event)
    assert (read.id, read.action, read.repository, read.tag) == (raw["id"], "push", "a/b", "idx")
    assert read.digest == raw["target"]["digest"]
    assert (read.media_type, read.method, read.actor) == (INDEX, "PUT", "user@example.com")
    assert read.hosts == (raw["request"]["host"],)
    assert read.is_manifest


@pytest.mark.parametrize("version", VERSIONS)
def test_captured_without_tag_or_actor(version: str) -> None:
    """A push by digest has no tag, an anonymous pull no actor, a blob is no manifest."""
    by_digest, anonymous, blob = (
        parse(of_case(version, case)[0])[0]
        for case in ("push schema2 by digest (no tag)", "anonymous pull (sub empty)", "GET blob")
    )
    assert isinstance(by_digest, Event)
    assert (by_digest.tag, by_digest.is_manifest) == ("", True)
    assert isinstance(anonymous, Event)
    assert anonymous.actor == ""
    assert isinstance(blob, Event)
    assert not blob.is_manifest


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0), ("2027-01-15T08:00:00Z", 1_800_000_000),
        ("2027-01-15T08:00:00.123456789Z", 1_800_000_000.123456789),
        ("2027-01-15T10:00:00+02:00", 1_800_000_000),
        ("2027-01-15T04:30:00.5-03:30", 1_800_000_000.5),
    ],
)
def test_time(text: str, seconds: float) -> None:
    """Dates are read with fractions and offsets."""
    value = {**event("push", 0, "v1", "a"), "timestamp": text}
    assert _good(value).happened == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("192.0.2.7:54626", "192.0.2.7"), ("192.0.2.7", "192.0.2.7"), ("", ""),
        ("[2001:db8::1]:5", "2001:db8::1"), ("2001:db8::1", "2001:db8::1"),
        ("192.0.2.7, 10.0.0.1", "192.0.2.7, 10.0.0.1"),
    ],
)
def test_address(given: str, wanted: str) -> None:
    """A client is its address, whichever port it has this time."""
    assert _good(event("pull", 0, "v1", "a", address=given)).address == wanted


def test_hosts() -> None:
    """A registry is called what clients asked and what its own url says, without credentials."""
    value = event("push", 0, "v1", "a", host="Registry.Example:5000")
    value["target"]["url"] = "https://u:p@inner.example/v2/x"
    assert _good(value).hosts == ("registry.example:5000", "inner.example")
    value["target"]["url"] = "http://[broken"
    assert _good(value).hosts == ("registry.example:5000",)


def test_type_with_parameters() -> None:
    """Parameters of a media type are no part of it."""
    assert _good(event("push", 0, "", "a", type=f"{INDEX}; charset=utf-8")).is_manifest
    assert not _good(event("push", 0, "", "a", type=BLOB)).is_manifest


@pytest.mark.parametrize(
    "text",
    [
        b"", b"x", b"null", b"[]", b"1", b"{}", b'{"events": {}}', b'{"events": null}',
        b'{"events"', b'{"events": [], "events": []}', b"\xff\xfe", b"[" * 200_000,
        b'{"events": ' + b"[" * 100 + b"]" * 100 + b"}", b'{"events": [1e999999, NaN]}',
        body(*[1] * (events.MOST_EVENTS + 1)),
    ],
)
def test_no_envelope(text: bytes) -> None:
    """What is no envelope, or has too many events, is refused in words."""
    with pytest.raises(BadRequest, match=r"[a-z]{3}"):
        parse(text)


_BAD: dict[str, Any] = {
    "no object": 1, "null": None, "list": [], "empty": {}, "no id": {"id": None},
    "long id": {"id": "x" * 65}, "id of another alphabet": {"id": "é"}, "number as id": {"id": 5},
    "unknown action": {"action": "steal"}, "no action": {"action": None},
    "number as action": {"action": 7}, "target is a list": {"target": []},
    "actor is a text": {"actor": "ada"}, "no target": {"target": None},
    "no time": {"timestamp": None}, "time without zone": {"timestamp": "2027-01-15T08:00:00"},
    "no such day": {"timestamp": "2027-02-30T08:00:00Z"}, "time in words": {"timestamp": "now"},
    "time of another alphabet": {"timestamp": "٢027-01-15T08:00:00Z"},
}
_BAD_TARGETS: dict[str, Any] = {
    **{f"repository {name!r}": {"repository": name} for name in (
        "", "../etc", "A/B", "a//b", "/a", "a" * 256, "a\nb", "a b", "<script>", "\ud800", 7,
        "users/31/\u0000",
    )},
    **{f"tag {name!r}": {"tag": name} for name in ("-x", "a/b", "a" * 129, "x\n", "é", 1, " ")},
    **{f"digest {name!r}": {"digest": name} for name in (
        "md5:1", "sha256:x", "sha256:" + "A" * 64,
    )},
    "type of a thousand characters": {"mediaType": "x" * 1000},
}


@pytest.mark.parametrize("name", _BAD)
def test_malformed(name: str) -> None:
    """An event that can't be read is told as such, with a reason and what it was."""
    change = _BAD[name]
    whole = event("push", 0, "v1", "a", id="the-id")
    read = _one({**whole, **change} if isinstance(change, dict) and change else change)
    assert isinstance(read, Malformed)
    assert read.reason
    assert read.text.isascii()
    assert read.id in ("", "the-id")


@pytest.mark.parametrize("name", _BAD_TARGETS)
def test_malformed_target(name: str) -> None:
    """A forged name never gets further than this."""
    value = event("push", 0, "v1", "a", id="the-id")
    value["target"].update(_BAD_TARGETS[name])
    read = _one(value)
    assert isinstance(read, Malformed)
    assert read.id == "the-id"


def test_neighbours_of_the_malformed() -> None:
    """One malformed event of an envelope leaves the others readable, in their order."""
    read = parse(body(event("push", 0, "v1", "a"), {"id": "b"}, event("pull", 0, "v1", "a")))
    assert [type(item) for item in read] == [Event, Malformed, Event]


_SIMPLE = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text()
_JSON = st.recursive(
    _SIMPLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["id", "action", "target", "repository", "tag", "timestamp", "actor",
                         "name", "request", "x"]) | st.text(max_size=3), inner, max_size=6,
    ),
    max_leaves=20,
)


def _reads(text: bytes) -> None:
    try:
        found = parse(text)
    except BadRequest:
        return
    assert all(isinstance(item, (Event, Malformed)) for item in found)


@limits(max_examples=400, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(text: bytes) -> None:
    """Any bytes are read or refused, nothing else happens."""
    _reads(text)
    _reads(b'{"events": [' + text + b"]}")


@limits(max_examples=400, deadline=None)
@given(st.lists(_JSON | st.floats() | st.integers(), max_size=3))
def test_any_json(values: list[Any]) -> None:
    """Any JSON is read or refused, as envelope and as its events."""
    _reads(json.dumps(values).encode())
    _reads(body(*values))


@limits(max_examples=600, deadline=None)
@given(st.data())
def test_any_change_of_a_good_event(data: st.DataObject) -> None:
    """Whatever stands in one place of a good event, what is read of it is well formed."""
    value = event("push", 1_800_000_000, "v1", "a")
    path = data.draw(st.sampled_from([
        ("id",), ("timestamp",), ("action",), ("target",), ("request",), ("actor",),
        ("target", "repository"), ("target", "tag"), ("target", "digest"), ("target", "mediaType"),
        ("target", "url"), ("request", "addr"), ("request", "host"), ("request", "method"),
        ("actor", "name"),
    ]))
    place = value
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = data.draw(_JSON)
    for item in parse(body(value)):
        if isinstance(item, Event):
            texts = (item.id, item.repository, item.tag, item.digest, item.actor, item.method)
            assert all(text.isprintable() and len(text) <= 255 for text in texts)
            assert item.id
            assert item.repository
