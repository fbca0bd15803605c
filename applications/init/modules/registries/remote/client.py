"""The calls of a registry's HTTP API that the collector makes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .. import names
from ..errors import BadRequest
from . import grammar, manifests, paging
from .addresses import AddressPolicy
from .answer import Answer
from .asking import Asking
from .bearers import Bearers, TokenSource
from .failures import BadAnswer, Missing, Refused
from .manifests import Manifest
from .paging import Kind, Walk
from .place import Resolve, Target
from .transport import Transport
from .wire import Clock, Timeouts

__all__ = ["RegistryClient", "TokenSource"]

_CATALOG = Kind("repositories", names.is_valid, 1_000_000)
_TAGS = Kind("tags", grammar.is_tag, 100_000)


class RegistryClient:
    """Asks one registry; thread-safe.

    All calls raise ``RemoteError``, ``BadRequest`` for names outside the grammar,
    and what ``tokens`` raises.  GET and HEAD are tried three times where another
    try may help.  ``dropped`` counts the names and tags in its lists that are none.

    :param tokens: makes the token for a scope; it goes to this registry only.
    :param policy: where the registry may be.
    :param clock: seconds that never go back.
    :param resolve: as ``socket.getaddrinfo``; asked once.
    """

    def __init__(
        self,
        target: Target,
        tokens: TokenSource,
        policy: AddressPolicy,
        *,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - it is frozen
        clock: Clock = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        resolve: Resolve = socket.getaddrinfo,
    ) -> None:
        transport = Transport(target, policy, timeouts, clock, resolve)
        bearers = Bearers(tokens, clock)
        self._asking = Asking(transport, bearers, timeouts.whole, clock, sleep)
        self._lock = threading.Lock()
        self.dropped = 0

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return self._asking.requests

    def ping(self) -> None:
        """Ask for ``/v2/`` with a token without access; returns where that is accepted."""
        answer = self._get("/v2/", "")
        with self._naming():
            paging.check_json(answer)

    def catalog(self) -> Iterator[list[str]]:
        """All repositories, page by page; whole only where it ends without an error."""
        walk = Walk(_CATALOG, self._asking.place(), "/v2/_catalog", n=1000)
        while walk.query is not None:
            try:
                answer = self._get(f"/v2/_catalog?{walk.query}", "registry:catalog:*")
            except Refused as error:
                if "PAGINATION_NUMBER_INVALID" not in error.codes or "n=1000" not in walk.query:
                    raise
                walk.ask_for_fewer(100)
                continue
            yield self._page(walk, answer)

    def tags(self, repository: str) -> list[str]:
        """All tags of a repository.

        :raises Missing: the registry knows no such repository, or none with tags.
        """
        path, scope = f"/v2/{_checked(repository)}/tags/list", f"repository:{repository}:pull"
        walk = Walk(_TAGS, self._asking.place(), path)
        found: dict[str, None] = {}
        while walk.query is not None:
            answer = self._get(f"{path}?{walk.query}" if walk.query else path, scope)
            found.update(dict.fromkeys(self._page(walk, answer, repository)))
        return list(found)

    def manifest(self, repository: str, reference: str, known: str = "") -> Manifest | None:
        """The manifest of a tag or digest; None where it still has the digest ``known``.

        :raises Missing: the registry knows no such manifest.
        """
        path, scope = _manifest(repository, reference), f"repository:{repository}:pull"
        more = {"Accept": manifests.ACCEPT}
        if known:
            more["If-None-Match"] = f'"{_checked_digest(known)}"'
        answer = self._asking.ask("GET", path, scope, more, (200, 304) if known else (200,))
        if answer.status == 304:
            return None
        with self._naming():
            paging.check_json(answer)
            claimed = _agreed(answer.header("Docker-Content-Digest"), reference)
            return manifests.parse(answer.body, answer.media_type, claimed)

    def digest(self, repository: str, reference: str) -> str | None:
        """The digest of a tag; None where it is proven that there is no such manifest."""
        path, scope = _manifest(repository, reference), f"repository:{repository}:pull"
        try:
            answer = self._asking.ask("HEAD", path, scope, {"Accept": manifests.ACCEPT})
            claimed = answer.header("Docker-Content-Digest")
        except Refused as error:
            if error.http_status != 404:
                raise
            claimed = ""
        # No proof and no digest: the body has both.
        if not claimed:
            return self._digest_of_body(repository, reference)
        with self._naming():
            return _agreed(claimed, reference)

    def delete(self, repository: str, reference: str) -> None:
        """Delete a manifest; tried once, as nobody can tell if a lost one was done.

        :raises Missing: the registry knows no such manifest.
        """
        scope = f"repository:{repository}:pull,delete"
        self._asking.ask("DELETE", _manifest(repository, reference), scope, {}, (202,))

    def close(self) -> None:
        """Close all connections; for when no thread asks any more."""
        self._asking.close()

    def _digest_of_body(self, repository: str, reference: str) -> str | None:
        try:
            found = self.manifest(repository, reference)
        except Missing:
            return None
        return found.digest if found else None

    def _page(self, walk: Walk, answer: Answer, name: str = "") -> list[str]:
        before = walk.dropped
        with self._naming():
            page = walk.take(answer, name)
        with self._lock:
            self.dropped += walk.dropped - before
        return page

    def _get(self, path: str, scope: str) -> Answer:
        return self._asking.ask("GET", path, scope, {"Accept": "application/json"})

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Put the registry's name in front of what is wrong with its answer."""
        try:
            yield
        except BadAnswer as error:
            raise BadAnswer(f"{self._asking.place().name}: {error}") from None


def _manifest(repository: str, reference: str) -> str:
    if not (grammar.is_tag(reference) or grammar.is_digest(reference)):
        raise BadRequest(f"{reference[:128]!r} is neither a tag nor a digest")
    return f"/v2/{_checked(repository)}/manifests/{reference}"


def _agreed(claimed: str, reference: str) -> str:
    """The digest that a manifest has to have: as the registry says, and as was asked for."""
    if claimed and not grammar.is_digest(claimed):
        raise BadAnswer("the Docker-Content-Digest is no digest")
    if not grammar.is_digest(reference):
        return claimed
    if claimed not in ("", reference):
        raise BadAnswer("the Docker-Content-Digest is not the digest that was asked for")
    return reference


def _checked(repository: str) -> str:
    if not names.is_valid(repository):
        raise BadRequest(f"{repository[:128]!r} is no repository name")
    return repository


def _checked_digest(digest: str) -> str:
    if not grammar.is_digest(digest):
        raise BadRequest(f"{digest[:128]!r} is no digest")
    return digest
