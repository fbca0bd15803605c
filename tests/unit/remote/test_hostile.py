"""Lying and failing registries: an error in time and within its size, never anything else."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from applications.init.modules.registries.remote import (
    BadAnswer,
    Missing,
    Refused,
    RegistryClient,
    RemoteError,
    Timeouts,
    Unreachable,
    manifests,
)

from . import lies
from .content import digest_of, image
from .lies import Behaviour
from .rig import client_of
from .stub import StubRegistry

PATIENT = Timeouts(connect=1, read=1, whole=60)
BAD = {
    "html": lies.html,
    "truncated": lies.truncated,
    "endless": lies.endless,
    "many_headers": lies.many_headers,
    "continues": lies.continues,
    "gzip_bomb": lies.gzip_bomb,
    "many_tags": lies.many_tags("a/b"),
    "deep_json": lies.deep_json,
    "many_values": lies.many_values,
    "duplicate_keys": lies.duplicate_keys,
    "huge_integer": lies.huge_integer,
    "length_too_short": lies.length_too_short,
    "not_http": lies.not_http,
    "redirect": lies.redirect("http://169.254.169.254/latest/meta-data/"),
    "permanent": lies.redirect("https://evil.example/", 308),
    "not_modified": lies.status(304),
    "no_content": lies.status(204),
    "partial": lies.status(206, b"{}", Content_Type="application/json"),
    "early_hints": lies.status(103),
    "no_type": lies.status(200, b"{}"),
    "list": lies.answer([]),
    "text": lies.answer("x"),
    "null": lies.answer(None),
    "numbers": lies.answer({"name": "a/b", "repositories": [1], "tags": [1]}),
    "object": lies.answer({"name": "a/b", "repositories": {}, "tags": {}}),
    "link_loop": lies.link("/v2/_catalog?last=a"),
    "link_to_another_host": lies.link("http://evil.example/v2/_catalog?last=a"),
    "chunk_garbage": lies.chunked(b"{}", end=b"zz\r\n"),
    "negative_chunk": lies.chunked(b"{}", end=b"-5\r\nabc\r\n"),
    "endless_chunks": lies.chunked(*[b" " * 65_536] * 100),
}
LOST = {
    "drip_body": lies.drip_body,
    "drip_headers": lies.drip_headers,
    "silent": lies.silent,
    "reset": lies.reset,
    "length_too_long": lies.length_too_long,
    "cut_chunks": lies.chunked(b"{}", end=b"ff\r\nabc"),
}
# Broken HTTP may look like a lost connection.
UNCLEAR = {"chunk_garbage", "negative_chunk", "endless", "many_headers", "continues"}
# A ping doesn't look at the body.
HARMLESS_TO_PING = {"truncated", "many_tags", "deep_json", "many_values", "duplicate_keys",
                    "huge_integer", "length_too_short", "list", "text", "null", "numbers",
                    "object", "link_loop", "link_to_another_host"}


def _calls(client: RegistryClient) -> dict[str, Callable[[], Any]]:
    return {
        "ping": client.ping,
        "catalog": lambda: list(client.catalog()),
        "tags": lambda: client.tags("a/b"),
        "manifest": lambda: client.manifest("a/b", "v1"),
    }


@pytest.mark.parametrize(
    ("lie", "call"),
    [
        (lie, call)
        for lie in (*BAD, *LOST)
        for call in ("ping", "catalog", "tags", "manifest")
        if call != "ping" or lie not in HARMLESS_TO_PING
    ],
)
def test_lies(registry: StubRegistry, client: RegistryClient, lie: str, call: str) -> None:
    """Every lie is an error of its kind in time, with a sentence, and the next call works."""
    digest = registry.content.push("a/b", "v1")
    behaviour = BAD.get(lie) or LOST[lie]
    registry.lie("*", behaviour)
    started = time.perf_counter()
    with pytest.raises(RemoteError) as caught:
        _calls(client)[call]()
    assert time.perf_counter() - started < 3
    if lie in LOST:
        assert isinstance(caught.value, Unreachable)
    elif lie not in UNCLEAR:
        assert isinstance(caught.value, BadAnswer)
    sentence = str(caught.value)
    assert sentence.startswith(f"127.0.0.1:{registry.port}")
    assert sentence.isprintable()
    assert len(sentence) < 400
    assert "token<" not in sentence
    registry.be_honest()
    assert client.digest("a/b", "v1") == digest


@pytest.mark.parametrize("lie", ["endless", "gzip_bomb", "many_values", "deep_json", "many_tags",
                                 "many_headers", "endless_chunks"])
def test_memory(registry: StubRegistry, client: RegistryClient, lie: str) -> None:
    """No lie takes more than 50 MB, what the stub needs for it included."""
    registry.lie("*", BAD[lie])
    tracemalloc.start()
    try:
        for call in list(_calls(client).values())[1:]:
            with pytest.raises(RemoteError):
                call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50_000_000


@pytest.mark.parametrize("lie", ["drip_body", "drip_headers"])
def test_deadline(registry: StubRegistry, lie: str) -> None:
    """The deadline is for the whole request with all of its tries, however little it waits."""
    client = client_of(registry, timeouts=Timeouts(connect=1, read=0.3, whole=0.6))
    registry.lie("*", LOST[lie])
    started = time.perf_counter()
    with pytest.raises(Unreachable):
        client.tags("a/b")
    assert 0.5 < time.perf_counter() - started < 1.2
    client.close()


def test_no_pause_beyond_the_deadline(registry: StubRegistry) -> None:
    """There is no waiting for a try that has no time left."""
    paused: list[float] = []
    client = client_of(registry, sleep=paused.append, timeouts=Timeouts(1, 1, 0.45))
    for behaviour in (lies.status(503), lies.reset):
        registry.lie("*", behaviour)
        with pytest.raises(RemoteError):
            client.tags("a/b")
    assert (paused, client.requests) == ([], 2)
    client.close()


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("in_chunks", [True, False])
def test_size(
    registry: StubRegistry, client: RegistryClient, more: int, in_chunks: bool
) -> None:
    """A list has at most 4 MiB, however its length is given."""
    body = b'{"name": "a/b", "tags": null}'.ljust(4 * 1_048_576 + more)
    pieces = [body[n : n + 500_000] for n in range(0, len(body), 500_000)]
    registry.lie("*", lies.chunked(*pieces) if in_chunks else
                 lies.status(200, body, Content_Type="application/json"))
    if more:
        with pytest.raises(BadAnswer, match="larger than 4194304"):
            client.tags("a/b")
    else:
        assert client.tags("a/b") == []


@pytest.mark.parametrize(
    ("behaviour", "pauses", "tries"),
    [
        (lies.status(500), [0.5, 2.0], 3),
        (lies.status(503), [0.5, 2.0], 3),
        (lies.reset, [0.5, 2.0], 3),
        (lies.status(429), [0.5, 2.0], 3),
        (lies.status(429, Retry_After="3"), [3, 3], 3),
        (lies.status(429, Retry_After="99999"), [10, 10], 3),
        (lies.status(429, Retry_After="Tue, 24 Nov 2026 08:15:43 GMT"), [0.5, 2.0], 3),
        (lies.status(429, Retry_After="-5"), [0.5, 2.0], 3),
        (lies.status(503, Retry_After="9"), [0.5, 2.0], 3),
        (lies.status(400), [], 1),
        (lies.status(404), [], 1),
        (lies.html, [], 1),
        (lies.redirect("/"), [], 1),
    ],
)
def test_tries(
    registry: StubRegistry, behaviour: Behaviour, pauses: list[float], tries: int
) -> None:
    """What may pass is tried three times with pauses; what won't is not."""
    paused: list[float] = []
    client = client_of(registry, sleep=paused.append, timeouts=PATIENT)
    registry.lie("*", behaviour)
    with pytest.raises(RemoteError):
        client.tags("a/b")
    assert (paused, client.requests, len(registry.requests)) == (pauses, tries, tries)
    client.close()


@pytest.mark.parametrize("times", [1, 2])
def test_success_at_last(registry: StubRegistry, times: int) -> None:
    """A registry that recovers in time is as good as any."""
    client = client_of(registry, timeouts=PATIENT)
    registry.content.push("a/b", "v1")
    for behaviour in (lies.status(502), lies.reset, lies.status(429)):
        registry.lie("*", behaviour, times=times)
        assert client.tags("a/b") == ["v1"]
    client.close()


@pytest.mark.parametrize("status", [401, 403])
def test_refused_token(registry: StubRegistry, client: RegistryClient, status: int) -> None:
    """A refused token is told with what to look at."""
    registry.lie("*", lies.error(status, "UNAUTHORIZED"))
    with pytest.raises(Refused, match="issuer, service and rootcertbundle") as caught:
        client.ping()
    assert (caught.value.http_status, caught.value.codes) == (status, ("UNAUTHORIZED",))


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308, 401])
def test_nothing_is_given_away(registry: StubRegistry, code: int) -> None:
    """Neither a redirect nor a realm makes the client send anything to anybody else."""
    with StubRegistry() as evil:
        client = client_of(registry)
        for path in ("/v2/", "/token?service=svc"):
            target = f"{evil.url}{path}"
            registry.lie("*", lies.evil_realm(target) if code == 401 else
                         lies.redirect(target, code))
            calls: list[Callable[[], Any]] = [
                *_calls(client).values(),
                lambda: client.digest("a/b", "v1"),
                lambda: client.delete("a/b", "v1"),
            ]
            for call in calls:
                with pytest.raises(RemoteError):
                    call()
        assert (evil.connections, evil.requests) == (0, [])
        client.close()


@pytest.mark.parametrize(
    "behaviour",
    [
        lies.html_404,
        lies.status(404),
        lies.status(404, b"{}", Content_Type="application/json"),
        lies.status(404, b'{"errors": []}', Content_Type="application/json"),
        lies.status(404, b'{"errors": {}}', Content_Type="application/json"),
        lies.status(404, b'{"errors": [null]}', Content_Type="application/json"),
        lies.status(404, b'{"errors": [{"code": "NAME_UNKNOWN"}]}', Content_Type="text/html"),
        lies.status(404, b'{"errors": [{"code": "NAME_UNKNOWN"}', Content_Type="application/json"),
        lies.status(410, b'{"errors": [{"code": "NAME_UNKNOWN"}]}',
                    Content_Type="application/json"),
        lies.error(404, "UNKNOWN"),
        lies.error(404, "NAME_INVALID"),
        lies.error(404, "NAME_UNKNOWN", "DENIED"),
        lies.error(403, "NAME_UNKNOWN"),
        lies.error(500, "NAME_UNKNOWN"),
        lies.status(
            404,
            b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"OCI manifest found, but'
            b' accept header does not support OCI manifests"}]}',
            Content_Type="application/json",
        ),
        lies.status(404, b"x" * 100_000, Content_Type="application/json"),
    ],
)
def test_no_proof(registry: StubRegistry, client: RegistryClient, behaviour: Behaviour) -> None:
    """Only distribution's own words prove that there is no such thing."""
    registry.lie("*", behaviour)
    for call in (
        lambda: client.tags("a/b"),
        lambda: client.manifest("a/b", "v1"),
        lambda: client.digest("a/b", "v1"),
    ):
        with pytest.raises(Refused) as caught:
            call()
        assert not isinstance(caught.value, Missing)


def test_texts_of_errors(registry: StubRegistry, client: RegistryClient) -> None:
    """What a registry says about an error is not repeated but for its codes."""
    body = b'{"errors":[{"code":"<script>","message":"\\u001b[2J"},{"code":"DENIED"},{"code":1}]}'
    registry.lie("*", lies.status(418, body, Content_Type="application/json"))
    with pytest.raises(Refused) as caught:
        client.ping()
    assert caught.value.codes == ("UNKNOWN", "DENIED", "UNKNOWN")
    registry.lie("*", lies.redirect("http://x/\x1b[2J" + "a" * 9999))
    with pytest.raises(BadAnswer) as refused:
        client.ping()
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("digest", [digest_of(b"x"), "sha256:x", "x", "sha512:" + "0" * 128])
def test_wrong_digests(registry: StubRegistry, client: RegistryClient, digest: str) -> None:
    """A manifest is the one of its digest, and the digest is one."""
    stored = image()
    registry.lie("*", lies.manifest(stored.body, stored.media_type, digest))
    with pytest.raises(BadAnswer):
        client.manifest("a/b", "v1")
    with pytest.raises(BadAnswer):
        client.digest("a/b", digest_of(stored.body))


@pytest.mark.parametrize("claimed", ["", digest_of(image().body)])
def test_another_manifest(registry: StubRegistry, client: RegistryClient, claimed: str) -> None:
    """Who asks for a digest gets that manifest, or BadAnswer."""
    stored = image()
    registry.lie("*", lies.manifest(stored.body, stored.media_type, claimed))
    with pytest.raises(BadAnswer):
        client.manifest("a/b", digest_of(b"x"))
    found = client.manifest("a/b", digest_of(stored.body))
    assert found is not None
    assert found.digest == digest_of(stored.body)


def test_self_referring_index(registry: StubRegistry, client: RegistryClient) -> None:
    """An index can't contain itself: its children are asked for by digests, which are checked."""
    registry.lie("*", lies.self_index)
    with pytest.raises(BadAnswer):
        client.manifest("a/b", digest_of(b"x"))


def test_unasked_not_modified(registry: StubRegistry, client: RegistryClient) -> None:
    """304 is an answer only to who knows a digest."""
    registry.lie("*", lies.status(304))
    assert client.manifest("a/b", "v1", digest_of(b"x")) is None
    with pytest.raises(BadAnswer):
        client.manifest("a/b", "v1")


def test_ambiguous_manifest(registry: StubRegistry, client: RegistryClient) -> None:
    """The body's type has to be that of the Content-Type."""
    registry.lie("*", lies.manifest(image().body, manifests.OCI_INDEX))
    with pytest.raises(BadAnswer, match="another type"):
        client.manifest("a/b", "v1")


def test_dropped_names(registry: StubRegistry, client: RegistryClient) -> None:
    """Names and tags that are none are counted by the client."""
    registry.lie("/v2/_catalog", lies.answer({"repositories": ["a", "B", "c d"]}))
    registry.lie("/v2/a/tags/list", lies.answer({"name": "a", "tags": ["v1", ".x", "v 2", "é"]}))
    assert list(client.catalog()) == [["a"]]
    assert client.tags("a") == ["v1"]
    assert client.dropped == 5


def test_unreachable(registry: StubRegistry) -> None:
    """A registry that is down is Unreachable, after three tries."""
    client = client_of(registry, timeouts=PATIENT)
    registry.__exit__(None, None, None)
    with pytest.raises(Unreachable, match="refused"):
        client.ping()
    assert client.requests == 3
