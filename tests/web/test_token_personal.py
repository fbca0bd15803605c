"""Personal tokens and second factors at the token endpoint and in docker search."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import jwt
import pytest

from tests.web.conftest import Answer, Site
from tests.web.rest.shelf import stocked
from tests.web.rest.test_personal_tokens import create
from tests.web.world import ADA, LINUS, OPEN, RESTRICTED, TABLE

SEARCH = "/init/registry/call/json/search"


def access(answer: Answer) -> list[dict[str, Any]]:
    """What the token in an answer allows."""
    assert answer.status == 200, answer.body
    claims = jwt.decode(answer.json["token"], options={"verify_signature": False})
    return list(claims["access"])


def asked(service: str, *scopes: str, **more: str) -> str:
    """A query for a token."""
    return urlencode({"service": service, **more, "scope": scopes}, doseq=True)


def make(site: Site, login: tuple[str, str] = ADA, **limits: Any) -> tuple[str, str]:
    """A login with a new personal token."""
    from tests.web.rest.rack import Rack

    return login[0], create(Rack(site), login, **limits)


@pytest.mark.parametrize("row", [r for r in TABLE if r[1] in (ADA, LINUS)], ids=lambda row: row[0])
def test_without_limits_it_is_the_password(site: Site, row: tuple[Any, ...]) -> None:
    """Each row of the policy holds for a token as it does for its owner."""
    _, login, service, name, granted = row
    query = asked(service, f"repository:{name}:pull,push,delete")
    (entry,) = access(site.token(query, make(site, login)))
    assert entry["actions"] == [one for one in granted.split(",") if one]


@pytest.mark.parametrize("row", [r for r in TABLE if r[1] in (ADA, LINUS)], ids=lambda row: row[0])
def test_a_reader_pulls(site: Site, row: tuple[Any, ...]) -> None:
    """A token for reading pulls what its owner may pull, whatever is asked."""
    _, login, service, name, granted = row
    token = make(site, login, read_only=True)
    for actions in ("pull,push,delete", "*"):
        (entry,) = access(site.token(asked(service, f"repository:{name}:{actions}"), token))
        assert entry["actions"] == [one for one in granted.split(",") if one == "pull"]


def test_why_a_reader_does_not_push(site: Site) -> None:
    """The audit entry has the reason and the sentence, and which token it was."""
    token = make(site, read_only=True)
    site.token(asked(OPEN, "repository:users/31/x:pull,push"), token)
    details = site.home.audit("docker.token")[-1]["details"]
    assert details["token"] == "ci"
    assert details["granted"] == ["users/31/x:pull"]
    (refused,) = details["refused"]
    assert (refused["action"], refused["reason"]) == ("push", "token_read_only")
    assert details["why"] == "the personal token 'ci' is for reading only"


def test_for_another_registry(site: Site) -> None:
    """On a registry that it is not for it gets nothing, and where it is for, everything."""
    token = make(site, registries=[RESTRICTED])
    scope = "repository:users/31/x:pull,push"
    (entry,) = access(site.token(asked(OPEN, scope), token))
    assert entry["actions"] == []
    details = site.home.audit("docker.token")[-1]["details"]
    assert {one["reason"] for one in details["refused"]} == {"token_other_registry"}
    assert details["why"] == "the personal token 'ci' is not for this registry"
    (entry,) = access(site.token(asked(RESTRICTED, scope), token))
    assert entry["actions"] == ["pull"]


def test_login_at_another_registry(site: Site) -> None:
    """docker login asks for no scope: there the login itself is refused, with the reason."""
    token = make(site, registries=[RESTRICTED])
    answer = site.token(asked(OPEN), token)
    assert answer.status == 401
    assert answer.json["errors"][0]["message"] == "the personal token 'ci' is not for this registry"
    assert site.home.audit("docker.login.failed")[-1]["details"]["reason"] == "token_other_registry"
    assert access(site.token(asked(RESTRICTED), token)) == []
    assert site.token(asked("nowhere.lab"), token).status == 400


@pytest.mark.parametrize("limits", [{}, {"read_only": True}, {"registries": [51]}])
def test_no_identity_token(site: Site, limits: dict[str, Any]) -> None:
    """An identity token would know nothing of limits and ends: none is given for one."""
    login, token = make(site, **limits)
    answer = site.token(asked(OPEN, offline_token="true", client_id="docker"), (login, token))
    assert "refresh_token" not in answer.json
    form = (f"grant_type=password&service={OPEN}&client_id=docker&access_type=offline"
            f"&username={quote(login)}&password={token}")
    answer = site.form(form)
    assert answer.status == 200
    assert "refresh_token" not in answer.json
    with site.home.db.transaction():
        assert site.home.db.rows("SELECT id FROM registry_identity_tokens") == []


def test_it_is_no_identity_token(site: Site) -> None:
    """In place of an identity token it is refused."""
    _, token = make(site)
    form = f"grant_type=refresh_token&service={OPEN}&client_id=x&refresh_token={token}"
    assert site.form(form).status == 401


def test_dead_ones(site: Site) -> None:
    """Refused with 401 after its end, and with another's name."""
    login, token = make(site, days=1)
    assert site.token(asked(OPEN), ("bob", token)).status == 401
    site.home.clock.advance(86_400)
    answer = site.token(asked(OPEN), (login, token))
    assert answer.status == 401
    assert "personal token is not valid any more" in answer.json["errors"][0]["message"]


def test_the_catalogue_of_a_reader(site: Site) -> None:
    """Listing a registry is reading."""
    scope = "registry:catalog:*"
    (with_password,) = access(site.token(asked(OPEN, scope), LINUS))
    (with_token,) = access(site.token(asked(OPEN, scope), make(site, LINUS, read_only=True)))
    assert with_token == with_password
    assert with_token["actions"] == ["*"]


def names(answer: Answer) -> set[str]:
    """The names that a search found."""
    assert answer.status == 200, answer.body
    return {row["name"] for row in answer.json["results"]}


def test_search(site: Site) -> None:
    """A token for one registry finds what its owner finds there, and nothing elsewhere."""
    with stocked(site):
        query = f"q=&service={OPEN}&n=100"
        wanted = names(site.ask(SEARCH, query, login=ADA))
        assert wanted
        here, there = make(site, registries=[OPEN]), make(site, name="x", registries=[RESTRICTED])
        assert names(site.ask(SEARCH, query, login=here)) == wanted
        assert names(site.ask(SEARCH, query, login=there)) == set()
        scoped = asked(OPEN, "registry:catalog:search")
        for login, found in ((here, wanted), (there, set())):
            token = site.token(scoped, login).json["token"]
            assert names(site.ask(SEARCH, query, authorization=f"Bearer {token}")) == found
