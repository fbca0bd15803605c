"""docker search over HTTP: who may ask, which registry is meant, what the answer looks like."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from applications.init.modules.registries.tokens import AccessEntry, Claims, sign
from tests.web.conftest import Answer, Site
from tests.web.world import (
    ADA,
    BLOCKED,
    BOB,
    EVE,
    HIDDEN,
    NODE,
    OPEN,
    PUSH,
    RESTRICTED,
    ROOT,
    SERVICE,
)

PATH = "/init/registry/call/json/search"
REPOSITORIES = {
    51: ["base/alpine", "users/31/web", "users/ada/web", "users/32/web", "groups/20/web",
         "apps/store/web", "apps/42/web"],
    52: ["restricted/web"],
    53: ["hidden/web"],
}


@pytest.fixture
def searched(site: Site) -> Iterator[Site]:
    """The site, with repositories in its registries."""
    insert = (
        "INSERT INTO docker_repositories (registry_id, repository, created, updated, description,"
        " stars, official, automated) VALUES (?, ?, '2026-01-02', '2026-01-02', ?, ?, ?, ?)"
    )
    with site.home.db.transaction(write=True):
        for registry, names in REPOSITORIES.items():
            for name in names:
                special = ("the base", 7, "T", "F") if "base" in name else (None,) * 4
                site.home.db.run(insert, registry, name, *special)
    yield site
    with site.home.db.transaction(write=True):
        site.home.db.run("DELETE FROM docker_repositories")


def _search(site: Site, query: str = "", **more: Any) -> Answer:
    more.setdefault("login", ADA)
    return site.ask(PATH, query, **more)


def _names(answer: Answer) -> set[str]:
    assert answer.status == 200, answer.body
    return {result["name"] for result in answer.json["results"]}


def _bearer(site: Site, login: tuple[str, str], scope: str, service: str = OPEN) -> str:
    return str(site.token(f"service={service}&scope={scope}", login).json["token"])


def _by_token(site: Site, token: str, query: str = f"service={OPEN}", **more: Any) -> Answer:
    return site.ask(PATH, query, authorization=f"Bearer {token}", **more)


def _payload(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return payload


SEARCH = "registry:catalog:search"


def test_answer(searched: Site) -> None:
    """The members that docker decodes, of the types it insists on; no cache keeps it."""
    answer = _search(searched, f"q=base&n=10&service={OPEN}")
    assert answer.json == {
        "query": "base", "page": 1, "page_size": 10, "num_pages": 1, "num_results": 1,
        "results": [{"name": "base/alpine", "description": "the base", "star_count": 7,
                     "is_official": True, "is_automated": False}],
    }
    assert answer.headers["cache-control"] == "no-store"
    plain = _search(searched, f"q=apps%2Fstore&service={OPEN}").json["results"]
    assert json.dumps(plain) == json.dumps([
        {"name": "apps/store/web", "description": "", "star_count": 0, "is_official": False,
         "is_automated": False}
    ])


@pytest.mark.parametrize(
    ("login", "wanted"),
    [
        (ADA, {"users/31/web", "users/ada/web", "groups/20/web", "apps/store/web", "apps/42/web"}),
        (BOB, {"users/32/web", "groups/20/web", "apps/store/web", "apps/42/web"}),
        (SERVICE, {"apps/store/web"}),
        (EVE, set()), (PUSH, set()), (ROOT, set()), (NODE, set()),
    ],
)
def test_only_what_may_be_pulled(
    searched: Site, login: tuple[str, str], wanted: set[str]
) -> None:
    """Everybody finds what a pull would be granted for, and a Manager no more."""
    assert _names(_search(searched, f"q=web&service={OPEN}", login=login)) == wanted
    asked = "&".join(f"scope=repository:{name}:pull" for name in REPOSITORIES[51])
    token = searched.token(f"service={OPEN}&{asked}", login).json["token"]
    granted = {entry["name"] for entry in _payload(token)["access"] if entry["actions"]}
    assert _names(_search(searched, f"service={OPEN}", login=login)) == granted


@pytest.mark.parametrize(
    ("headers", "query", "wanted"),
    [
        ({"host": OPEN}, "", {"base/alpine"}),
        ({"host": f"{OPEN}:5000"}, "", {"base/alpine"}),
        ({"host": RESTRICTED}, "", {"restricted/web"}),
        ({"host": RESTRICTED}, f"service={OPEN}", {"base/alpine"}),
        ({"host": HIDDEN}, "", set()),
        ({"host": "127.0.0.1:2"}, "", {"restricted/web"}),
        ({"host": "127.0.0.1"}, "", set()),
        ({"host": "collector.example"}, "", set()),
        ({"host": "collector.example", "x_forwarded_host": OPEN}, "", set()),
        ({"host": OPEN}, "service=nothing", set()),
        ({}, "", set()),
    ],
)
def test_which_registry(
    searched: Site, headers: dict[str, Any], query: str, wanted: set[str]
) -> None:
    """The service parameter, else the Host that nginx passes; an unknown registry finds nothing."""
    found = _names(_search(searched, query, **headers))
    assert wanted <= found
    assert bool(found) == bool(wanted)
    assert not found & {"hidden/web"}


def test_as_nginx_forwards_it(searched: Site) -> None:
    """The request of docker through the registry's nginx, headers and all."""
    answer = _search(
        searched, "q=web&n=25", host=OPEN, x_original_uri="/v1/search?q=web&n=25",
        x_forwarded_for="10.99.0.40", x_real_ip="10.99.0.40", x_forwarded_proto="https",
        x_docker_token="true", connection="close", docker_distribution_api_version="registry/2.0",
    )
    assert "users/31/web" in _names(answer)
    assert "location" not in answer.headers


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic Og=="}, {"authorization": ""}])
@pytest.mark.parametrize("service", [OPEN, "nothing"])
def test_nobody_finds_nothing(searched: Site, headers: dict[str, Any], service: str) -> None:
    """Without credentials, or with docker's empty ones, the answer is 200 and empty."""
    answer = searched.ask(PATH, f"q=web&service={service}", **headers)
    assert answer.status == 200
    assert answer.json["results"] == []
    assert answer.json["num_results"] == 0
    assert searched.home.audit() == []


@pytest.mark.parametrize("login", [("ada", "wrong"), BLOCKED, ("nobody", "x"), ("web@n1", "x")])
@pytest.mark.parametrize("service", [OPEN, "nothing"])
def test_wrong_credentials(searched: Site, login: tuple[str, str], service: str) -> None:
    """Wrong credentials are 401 and in the audit log, known registry or not."""
    answer = _search(searched, f"service={service}", login=login)
    assert answer.status == 401
    assert answer.json["errors"][0]["code"] == "UNAUTHORIZED"
    assert len(searched.home.audit()) == 1


@pytest.mark.parametrize("header", ["Digest x", "Basic !", "Basic", "Bearer", "Bearer a.b.c", "x"])
def test_odd_credentials(searched: Site, header: str) -> None:
    """Another scheme, or what is no credentials, is 401."""
    assert searched.ask(PATH, f"service={OPEN}", authorization=header).status == 401


def test_locked_after_failures(searched: Site) -> None:
    """Failed searches count as failed logins, and lock as they do."""
    answers = [_search(searched, login=("ada", f"wrong{n}")).status for n in range(30)]
    assert answers[0] == 401
    assert answers[-1] == 429


@pytest.mark.parametrize(
    ("query", "page_size"),
    [("", 25), ("n=", 25), ("n=0", 25), ("n=-1", 25), ("n=1", 1), ("n=100", 100), ("n=101", 100),
     ("n=999999999999", 100)],
)
def test_page_size(searched: Site, query: str, page_size: int) -> None:
    """25 where nothing sensible is asked, at most 100."""
    answer = _search(searched, f"service={OPEN}&{query}")
    assert answer.json["page_size"] == page_size
    assert len(answer.json["results"]) == min(page_size, 6)


@pytest.mark.parametrize(
    "query",
    ["n=x", "n=1.5", "n=%C2%B2", "n=" + "9" * 99, "page=0", "page=-1", "page=x", "q=a&q=b",
     "q=%FF", "n=1&n=2"],
)
def test_bad_parameters(searched: Site, query: str) -> None:
    """What is no number, no page, twice or no UTF-8 is 400."""
    assert _search(searched, f"service={OPEN}&{query}").status == 400


def test_pages(searched: Site) -> None:
    """Pages follow each other without gap or overlap, and end."""
    pages = [_search(searched, f"service={OPEN}&n=4&page={page}").json for page in (1, 2, 3)]
    assert [len(page["results"]) for page in pages] == [4, 2, 0]
    assert {(page["num_pages"], page["num_results"]) for page in pages} == {(2, 6)}
    assert len({r["name"] for page in pages for r in page["results"]}) == 6


def test_hostile_terms(searched: Site) -> None:
    """Unknown parameters are ignored, and no term is more than text."""
    for term in ("%25", "_", "'", "%00", "%0A", "\\", "a" * 5000, "%F0%9F%90%B3"):
        answer = _search(searched, f"service={OPEN}&q={term}&filter=x")
        assert _names(answer) == set()


@pytest.mark.parametrize("login", [ADA, BOB, SERVICE, ROOT])
def test_bearer(searched: Site, login: tuple[str, str]) -> None:
    """A token with registry:catalog:search finds what its owner would find by password."""
    token = _bearer(searched, login, SEARCH)
    if login is ROOT:  # the registry is not published to it: no search in its token
        assert _names(_by_token(searched, token)) == set()
        return
    by_password = _names(_search(searched, f"service={OPEN}", login=login))
    assert _names(_by_token(searched, token)) == by_password
    assert _names(_by_token(searched, token, "", host=OPEN)) == by_password


@pytest.mark.parametrize(
    "scope", ["", "repository:base/alpine:pull", "repository:catalog:search"]
)
def test_bearer_for_something_else(searched: Site, scope: str) -> None:
    """A token that does not say search is 401."""
    assert _by_token(searched, _bearer(searched, BOB, scope)).status == 401


@pytest.mark.parametrize(
    ("actions", "principal", "status"),
    [
        (("search",), "user:31", 200), (("search",), "service:s1@n1", 200),
        (("search",), "node:n1", 200), (("*",), "user:31", 401), ((), "user:31", 200),
        (("search",), "", 401), (("search",), "user:", 401), (("search",), "user:x", 401),
        (("search",), "user:9999999999", 401), (("search",), "user:" + "9" * 99, 401),
        (("search",), "service:s1", 401), (("search",), "service:@n1", 401),
        (("search",), "node:nothing", 401), (("search",), "collector:1", 401),
    ],
)
def test_bearer_needs_both(
    searched: Site, actions: tuple[str, ...], principal: str, status: int
) -> None:
    """A token of ours is taken if it says search and names somebody who is there."""
    parts = searched.home.container
    claims = Claims(
        parts.settings.issuer, "somebody", OPEN, int(parts.clock()), 300, "id",
        (AccessEntry("registry", "catalog", actions),), principal,
    )
    token = sign(claims, parts.keystore.signer(parts.algorithm))
    assert _by_token(searched, token).status == status


def test_bearer_for_another_registry(searched: Site) -> None:
    """A token is good for its own registry; elsewhere, known or not, it is 401."""
    token = _bearer(searched, ADA, SEARCH)
    for service in (RESTRICTED, "nothing"):
        assert _by_token(searched, token, f"service={service}").status == 401


def test_bearer_expires(searched: Site) -> None:
    """A token that is over is 401."""
    token = _bearer(searched, ADA, SEARCH)
    searched.home.clock.advance(3600)
    assert _by_token(searched, token).status == 401


def test_bearer_is_judged_anew(searched: Site) -> None:
    """What changed since the token was given counts: groups at once, a blocked account too."""
    token, db = _bearer(searched, ADA, SEARCH), searched.home.db
    try:
        with db.transaction(write=True):
            db.run("DELETE FROM auth_membership WHERE user_id = 31 AND group_id = 20")
        assert _names(_by_token(searched, token)) == set()
        with db.transaction(write=True):
            db.run("UPDATE auth_user SET registration_key = 'blocked' WHERE id = 31")
        assert _by_token(searched, token).status == 401
    finally:
        with db.transaction(write=True):
            db.run("UPDATE auth_user SET registration_key = '' WHERE id = 31")
            db.run("INSERT INTO auth_membership (user_id, group_id, primary_group)"
                   " VALUES (31, 20, 'T')")


def test_bearer_of_a_service_that_is_gone(searched: Site) -> None:
    """A service that exists no more finds nothing by its last token."""
    token, db = _bearer(searched, SERVICE, SEARCH), searched.home.db
    with db.transaction(write=True):
        db.run("UPDATE services SET svc_id = 'gone' WHERE svc_id = 's1'")
    try:
        assert _by_token(searched, token).status == 401
    finally:
        with db.transaction(write=True):
            db.run("UPDATE services SET svc_id = 's1' WHERE svc_id = 'gone'")


@pytest.mark.parametrize("login", [ADA, SERVICE])
def test_only_search_tokens_name_their_principal(
    searched: Site, login: tuple[str, str]
) -> None:
    """The private claim is in tokens for a search and in no others."""
    wanted = {ADA: "user:31", SERVICE: "service:s1@n1"}[login]
    assert _payload(_bearer(searched, login, SEARCH))["prn"] == wanted
    for scope in ("", "repository:base/alpine:pull", "registry:catalog:*"):
        assert "prn" not in _payload(_bearer(searched, login, scope))


def test_both_doors(searched: Site) -> None:
    """Through web2py the answer is the same as past it."""
    direct = _search(searched, f"q=web&service={OPEN}")
    routed = searched.ask(PATH + "/", f"q=web&service={OPEN}", login=ADA)
    assert (routed.status, routed.json) == (direct.status, direct.json)
    assert searched.ask(PATH + "/", f"service={OPEN}", login=("ada", "x")).status == 401
