"""The client and an honest registry."""

from __future__ import annotations

import select
import threading

import pytest

from applications.init.modules.registries.errors import BadRequest
from applications.init.modules.registries.remote import (
    Missing,
    Refused,
    RegistryClient,
    manifests,
)
from tests.home import Clock

from . import lies
from .content import Repository, image, index
from .rig import client_of
from .stub import Exchange, StubRegistry

GONE = "sha256:" + "0" * 64


def test_ping(registry: StubRegistry, client: RegistryClient) -> None:
    """The registry is asked with a token without access, and without anything else of ours."""
    client.ping()
    seen = registry.requests[0]
    assert (seen.method, seen.path, seen.query) == ("GET", "/v2/", "")
    assert seen.headers == {
        "host": f"127.0.0.1:{registry.port}",
        "user-agent": "opensvc-collector",
        "accept": "application/json",
        "accept-encoding": "identity",
        "authorization": "Bearer token<>",
    }


def test_catalog(registry: StubRegistry, client: RegistryClient) -> None:
    """All pages of the catalog come, each with the scope of the catalog."""
    everything = [f"r{n:04}/x" for n in range(2500)]
    for name in everything:
        registry.content.repositories[name] = Repository()
    pages = list(client.catalog())
    assert [len(page) for page in pages] == [1000, 1000, 500]
    assert [name for page in pages for name in page] == everything
    assert {seen.headers["authorization"] for seen in registry.requests} == {
        "Bearer token<registry:catalog:*>"
    }


def test_smaller_pages(registry: StubRegistry, client: RegistryClient) -> None:
    """A registry that refuses pages of 1000 is asked for pages of 100."""
    registry.page = 100
    for n in range(250):
        registry.content.repositories[f"r{n:03}"] = Repository()
    assert [len(page) for page in client.catalog()] == [100, 100, 50]
    assert [seen.query for seen in registry.requests[:2]] == ["n=1000", "n=100"]
    registry.page = 10
    with pytest.raises(Refused) as caught:
        list(client.catalog())
    assert caught.value.codes == ("PAGINATION_NUMBER_INVALID",)


def test_empty_catalog(client: RegistryClient) -> None:
    """A registry without repositories has one empty page."""
    assert list(client.catalog()) == [[]]


@pytest.mark.parametrize("major", [2, 3])
def test_tags(registry: StubRegistry, client: RegistryClient, major: int) -> None:
    """All tags come, in one list or in pages; none where the last one was deleted."""
    registry.major, registry.tags_page = major, 2
    digests = [registry.content.push("a/b", f"v{n}") for n in range(5)]
    assert client.tags("a/b") == ["v0", "v1", "v2", "v3", "v4"]
    assert len(registry.requests) == (1 if major == 2 else 3)
    assert registry.requests[0].headers["authorization"] == "Bearer token<repository:a/b:pull>"
    for digest in digests:
        registry.content.delete("a/b", digest)
    assert client.tags("a/b") == []


def test_missing(registry: StubRegistry, client: RegistryClient) -> None:
    """What the registry says it doesn't know is Missing, with its codes."""
    registry.content.push("a/b", "v1")
    with pytest.raises(Missing) as caught:
        client.tags("a/c")
    assert (caught.value.http_status, caught.value.codes) == (404, ("NAME_UNKNOWN",))
    for call in (client.manifest, client.delete):
        with pytest.raises(Missing):
            call("a/b", GONE)


@pytest.mark.parametrize(
    "media_type", [manifests.OCI_MANIFEST, manifests.SCHEMA2], ids=["oci", "schema2"]
)
def test_manifest(registry: StubRegistry, client: RegistryClient, media_type: str) -> None:
    """A manifest is found by tag and by digest, with all types accepted."""
    digest = registry.content.push("a/b", "v1", image("x", (1, 2), media_type))
    for reference in ("v1", digest):
        found = client.manifest("a/b", reference)
        assert found is not None
        assert (found.digest, found.size, found.media_type) == (digest, 3, media_type)
        assert client.digest("a/b", reference) == digest
    accepted = {seen.headers["accept"] for seen in registry.requests}
    assert accepted == {manifests.ACCEPT}
    assert len(manifests.ACCEPT.split(", ")) == 4


def test_index(registry: StubRegistry, client: RegistryClient) -> None:
    """The children of an index can be asked for by their digests."""
    child = image("arm")
    digest = registry.content.push("a/b", "", child)
    registry.content.push("a/b", "v1", index({"linux/arm64": child}))
    found = client.manifest("a/b", "v1")
    assert found is not None
    assert [c.digest for c in found.children] == [digest]
    assert client.manifest("a/b", found.children[0].digest) is not None


def test_unchanged(registry: StubRegistry, client: RegistryClient) -> None:
    """A manifest that is known comes as None, until the tag moves."""
    digest = registry.content.push("a/b", "v1")
    assert client.manifest("a/b", "v1", digest) is None
    assert registry.requests[0].headers["if-none-match"] == f'"{digest}"'
    moved = registry.content.push("a/b", "v1", image("other"))
    found = client.manifest("a/b", "v1", digest)
    assert found is not None
    assert found.digest == moved


def test_digest_of_nothing(registry: StubRegistry, client: RegistryClient) -> None:
    """None needs a proof, which HEAD can't give: GET is asked as well."""
    assert client.digest("a/b", "v1") is None
    assert [seen.method for seen in registry.requests] == ["HEAD", "GET"]
    registry.lie("/v2/a/b/manifests/v1", lies.html_404)
    with pytest.raises(Refused) as caught:
        client.digest("a/b", "v1")
    assert not isinstance(caught.value, Missing)


@pytest.mark.parametrize("status", [400, 401, 405])
def test_refused_head(registry: StubRegistry, client: RegistryClient, status: int) -> None:
    """Any other refusal of HEAD is one, without asking again."""
    registry.content.push("a/b", "v1")
    registry.lie("*", lies.status(status))
    with pytest.raises(Refused) as caught:
        client.digest("a/b", "v1")
    assert (caught.value.http_status, len(registry.requests)) == (status, 1)


def test_digest_where_head_fails(registry: StubRegistry, client: RegistryClient) -> None:
    """What HEAD says is not there, or gives no digest for, counts if GET has it."""
    digest = registry.content.push("a/b", "v1")
    for behaviour in (lies.status(404), lies.status(200)):
        registry.lie("/v2/a/b/manifests/v1", behaviour, times=1)
        assert client.digest("a/b", "v1") == digest


@pytest.mark.parametrize("major", [2, 3])
def test_delete(registry: StubRegistry, client: RegistryClient, major: int) -> None:
    """A manifest is deleted by digest; by tag only where the registry does that."""
    registry.major = major
    digest = registry.content.push("a/b", "v1")
    registry.content.push("a/b", "v2", image("other"))
    client.delete("a/b", digest)
    assert registry.requests[0].headers["authorization"] == (
        "Bearer token<repository:a/b:pull,delete>"
    )
    assert client.tags("a/b") == ["v2"]
    if major == 3:
        client.delete("a/b", "v2")
        assert client.tags("a/b") == []
    else:
        with pytest.raises(Refused) as caught:
            client.delete("a/b", "v2")
        assert caught.value.codes == ("DIGEST_INVALID",)


def test_delete_switched_off(registry: StubRegistry, client: RegistryClient) -> None:
    """A registry that deletes nothing says so, and is asked once."""
    registry.deletes = False
    digest = registry.content.push("a/b", "v1")
    with pytest.raises(Refused) as caught:
        client.delete("a/b", digest)
    assert (caught.value.http_status, caught.value.codes) == (405, ("UNSUPPORTED",))
    assert client.requests == 1


@pytest.mark.parametrize(
    "name", ["", "A", "../x", "a/../b", "a//b", "a b", "a\r\nX: y", "a?x", "é"]
)
def test_names_outside_the_grammar(client: RegistryClient, name: str) -> None:
    """Nothing is asked for a name, tag or digest that can't be one."""
    for call in (
        lambda: client.tags(name),
        lambda: client.manifest(name, "v1"),
        lambda: client.digest("a/b", name.replace("A", ".x")),
        lambda: client.delete("a/b", name.replace("A", "sha256:0")),
        lambda: client.manifest("a/b", "v1", name or "x"),
    ):
        with pytest.raises(BadRequest):
            call()
    assert client.requests == 0


def test_prefix(registry: StubRegistry) -> None:
    """A registry may be below a path of its host."""
    client = client_of(registry, path="/reg/x/")
    registry.lie("/reg/x/v2/", lies.answer({}))
    client.ping()
    assert registry.requests[0].path == "/reg/x/v2/"
    client.close()


def test_tokens_are_kept(registry: StubRegistry, clock: Clock) -> None:
    """A token is made once per scope, and again 15 s before its 60 s are over."""
    made: list[str] = []

    def tokens(scope: str) -> str:
        made.append(scope)
        return f"t{len(made)}"

    client = client_of(registry, tokens=tokens, clock=clock)
    for _ in range(3):
        client.ping()
    assert made == [""]
    list(client.catalog())
    assert made == ["", "registry:catalog:*"]
    clock.now += 44.9
    client.ping()
    assert len(made) == 2
    clock.now += 0.2
    client.ping()
    assert made == ["", "registry:catalog:*", ""]
    assert registry.requests[-1].headers["authorization"] == "Bearer t3"
    client.close()


def test_many_scopes(registry: StubRegistry, clock: Clock) -> None:
    """A crawl of many repositories doesn't keep a token of each for ever."""
    client = client_of(registry, clock=clock)
    registry.lie("*", lies.error(404, "NAME_UNKNOWN"))
    for n in range(1100):
        with pytest.raises(Missing):
            client.tags(f"r{n}")
    assert len(client._asking._bearers._kept) <= 1000
    client.close()


def test_errors_of_the_token_source(registry: StubRegistry) -> None:
    """What goes wrong with our own keys is told as that, not as the registry's fault."""

    def tokens(scope: str) -> str:
        raise BadRequest("no key")

    client = client_of(registry, tokens=tokens)
    with pytest.raises(BadRequest, match="no key"):
        client.ping()
    assert registry.requests == []


def test_keep_alive(registry: StubRegistry, client: RegistryClient) -> None:
    """One connection serves all requests of a thread, errors and HEAD included."""
    registry.content.push("a/b", "v1")
    for _ in range(5):
        client.tags("a/b")
        client.digest("a/b", "v1")
        assert client.digest("a/b", "v2") is None
    assert registry.connections == 1


def test_threads(registry: StubRegistry, client: RegistryClient) -> None:
    """Threads have a connection each, and what they get is what they asked for."""
    digests = {f"v{n}": registry.content.push("a/b", f"v{n}") for n in range(8)}
    found: dict[str, set[str | None]] = {}
    barrier = threading.Barrier(len(digests))

    def crawl(tag: str) -> None:
        barrier.wait()
        found[tag] = {client.digest("a/b", tag) for _ in range(50)}

    threads = [threading.Thread(target=crawl, args=(tag,)) for tag in digests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {tag: {digest} for tag, digest in digests.items()}
    assert registry.connections == len(digests)
    assert client.requests == len(registry.requests) == 50 * len(digests)


def test_closed_meanwhile(registry: StubRegistry, client: RegistryClient) -> None:
    """A connection that the registry closed between two requests is replaced silently."""
    for _ in range(5):
        client.ping()
        registry.hang_up()
    assert client.requests == len(registry.requests) == 5


def test_closed_on_arrival(registry: StubRegistry, client: RegistryClient) -> None:
    """So is one that is closed just when it is used again; a new one is not, and GET only."""
    client.ping()
    registry.lie("/v2/", lambda exchange: exchange.reset(), times=1)
    client.ping()
    assert (client.requests, len(registry.requests)) == (2, 3)


def test_unasked_answer(registry: StubRegistry, client: RegistryClient) -> None:
    """What a proxy says before it closes an idle connection is no answer to the next request."""
    exchanges: list[Exchange] = []

    def remember(exchange: Exchange) -> None:
        exchanges.append(exchange)
        exchange.reply({})

    registry.lie("/v2/", remember, times=1)
    client.ping()
    exchanges[0].wfile.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
    ours = client._asking._transport._mine.connection.wire._sock
    assert select.select([ours], [], [], 5)[0]
    client.ping()
    assert registry.connections == 2


def test_delete_is_never_sent_twice(registry: StubRegistry, client: RegistryClient) -> None:
    """A delete whose answer is lost is not repeated, not even over a stale connection."""
    digest = registry.content.push("a/b", "v1")
    client.ping()
    path = f"/v2/a/b/manifests/{digest}"
    for behaviour in (lambda exchange: exchange.reset(), lies.status(503), lies.status(429)):
        registry.requests.clear()
        registry.lie(path, behaviour)
        with pytest.raises(Exception, match=r"127\.0\.0\.1"):
            client.delete("a/b", digest)
        assert len(registry.requests) == 1


def test_close(registry: StubRegistry) -> None:
    """Closing a client closes the connections of all its threads."""
    client = client_of(registry)
    threads = [threading.Thread(target=client.ping) for _ in range(4)]
    client.ping()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    assert all(c.wire._sock.fileno() == -1 for c in client._asking._transport._all)
