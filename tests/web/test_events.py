"""The notifications' endpoint, through the door: what it answers, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from applications.init.modules.registries.errors import Unavailable
from applications.init.modules.registries.notifications import Receiver
from applications.init.modules.registries.web.events import MAX_BODY, MAX_HINT
from tests.unit.notifications import told
from tests.web.conftest import Answer, Site
from tests.web.world import ADA, HIDDEN, OPEN, ROOT

PATH = "/init/registry/call/json/events"
REGISTRY = 51
TYPE = "application/vnd.docker.distribution.events.v1+json"


@pytest.fixture
def told_site(site: Site) -> Iterator[Site]:
    """The site, with nothing told yet; what is told goes with the test."""
    yield site
    told.wipe(site.home)


@pytest.fixture
def secret(told_site: Site) -> str:
    """The secret of the open registry."""
    with told_site.home.db.transaction(write=True):
        return told_site.home.container.secrets.current(REGISTRY)


def _post(site: Site, body: bytes, authorization: str = "", **headers: Any) -> Answer:
    if authorization:
        headers["authorization"] = authorization
    headers.setdefault("content_type", TYPE)
    return site.ask(PATH, method="POST", body=body, **headers)


def _push(site: Site, **more: Any) -> dict[str, Any]:
    return told.event("push", site.home.clock(), "v1", "a", **{"host": OPEN, **more})


def test_stored_and_digested(told_site: Site, secret: str) -> None:
    """A registry with its secret is answered 200, once what it told is stored."""
    answer = _post(told_site, told.body(_push(told_site, id="one")), f"Bearer {secret}")
    assert (answer.status, answer.json) == (200, {"status": "stored"})
    assert told.events(told_site.home) == [("one", "new", "")]
    told.digest_all(told_site.home)
    assert told.tags(told_site.home) == {"v1": told.digest("a")}
    assert len(told_site.home.audit("docker.push")) == 1


def test_basic_and_chunked(told_site: Site, secret: str) -> None:
    """The secret may come as a password, the body in chunks, of any content type or none."""
    answer = told_site.ask(
        PATH, method="POST", body=told.body(_push(told_site)), login=("any", secret),
        transfer_encoding="chunked",
    )
    assert answer.json == {"status": "stored"}
    for kind in (TYPE.replace("v1", "v2"), "application/json", "text/plain"):
        answer = _post(told_site, told.body(_push(told_site)), f"Bearer {secret}",
                       content_type=kind)
        assert answer.json == {"status": "stored"}
    assert len(told.events(told_site.home)) == 4


@pytest.mark.parametrize(
    "body", [b"", b"x", b"{}", told.body(1, None, {"id": "x"}), told.body({"id": "é"}), b"[" * 999]
)
def test_odd_bodies_of_a_proven_sender(told_site: Site, secret: str, body: bytes) -> None:
    """A proven sender gets 200 for whatever it sends, or it would repeat it for ever."""
    answer = _post(told_site, body, f"Bearer {secret}")
    assert (answer.status, answer.json) == (200, {"status": "stored"})
    assert {row[1] for row in told.events(told_site.home)} == {"quarantined"}


def test_too_large(told_site: Site, secret: str) -> None:
    """An oversized body is put aside for a proven sender, and refused to anybody else."""
    answer = _post(told_site, b" " * (MAX_BODY + 1), f"Bearer {secret}")
    assert answer.status == 200
    ((_, state, reason),) = told.events(told_site.home)
    assert (state, reason) == ("quarantined", f"the body is larger than {MAX_BODY} bytes")
    assert _post(told_site, b" " * (MAX_HINT + 1)).status == 413


def test_a_store_that_fails(
    told_site: Site, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what could not be stored is a 5xx: the registry repeats it."""
    def fail(*_: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(Receiver, "verified", fail)
    assert _post(told_site, told.body(_push(told_site)), f"Bearer {secret}").status == 503


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic Og==", "Basic !", "Digest x"])
def test_hints(told_site: Site, authorization: str) -> None:
    """Anybody else only has the registry asked; nothing is believed."""
    answer = _post(told_site, told.body(_push(told_site)), authorization)
    assert (answer.status, answer.json) == (200, {"status": "noted"})
    home = told_site.home
    assert told.questions(home) == {(REGISTRY, "users/31/x", "v1")}
    told.digest_all(home)
    assert told.repository(home, "d.id") is None
    assert told.events(home) == []


def test_logins_prove_no_registry(told_site: Site) -> None:
    """A user's password, a Manager's too, makes nobody a registry."""
    for login in (ADA, ROOT):
        answer = told_site.ask(PATH, method="POST", body=told.body(_push(told_site)), login=login)
        assert answer.json == {"status": "noted"}
    assert told.events(told_site.home) == []


def test_hints_tell_nothing(told_site: Site) -> None:
    """The answer is the same whether there is such a registry, and whatever is known of it."""
    answers = [
        _post(told_site, told.body(_push(told_site, host=host, repository=name)))
        for host in (OPEN, HIDDEN, "nobody.example") for name in ("users/31/x", "none/such")
    ]
    assert len({(a.status, a.body, tuple(sorted(a.headers.items()))) for a in answers}) == 1


@pytest.mark.parametrize("body", [b"", b"x", b"{}", b"[]", b"\xff"])
def test_no_envelope(told_site: Site, body: bytes) -> None:
    """A body of nobody that is no envelope is refused in words."""
    answer = _post(told_site, body)
    assert answer.status == 400
    assert "body" in answer.json["errors"][0]["message"]


def test_a_registry_with_anothers_secret(told_site: Site, secret: str) -> None:
    """An event that names another registry than its secret is put aside, and answered well."""
    answer = _post(told_site, told.body(_push(told_site, host=HIDDEN)), f"Bearer {secret}")
    assert answer.status == 200
    told.digest_all(told_site.home)
    assert told.events(told_site.home, "state") == [("quarantined",)]
    assert told.repository(told_site.home, "d.id") is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_methods(told_site: Site, secret: str, method: str) -> None:
    """Nothing but POST is taken, with or without the secret; never a redirect or a cookie."""
    for authorization in ("", f"Bearer {secret}"):
        answer = told_site.ask(PATH, method=method, body=b"{}", authorization=authorization)
        assert answer.status == 405
        assert not {"location", "set-cookie"} & set(answer.headers)


def test_the_secret_stays_inside(told_site: Site, secret: str) -> None:
    """A secret is in no answer, no audit entry and no row that came of it."""
    answer = _post(told_site, told.body({"id": "x"}), f"Bearer {secret}")
    home = told_site.home
    said = f"{answer.body!r}{answer.headers}{home.audit()}{told.events(home, '*')}"
    assert secret not in said
    assert secret[-16:] not in said
    assert told_site.tickets() == []
