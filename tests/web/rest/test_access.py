"""Why somebody can or can't: the answer of the API is what the token would hold."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from tests.web.conftest import Site
from tests.web.rest.yard import Yard, opened
from tests.web.world import (
    ADA,
    BLOCKED,
    BOB,
    EVE,
    HIDDEN,
    LINUS,
    NODE,
    OPEN,
    PULL,
    RESTRICTED,
    ROOT,
    SERVICE,
    TABLE,
    Login,
)

ACTIONS = ("pull", "push", "delete")


@pytest.fixture
def yard(site: Site) -> Iterator[Yard]:
    """Registries to ask about."""
    with opened(site) as found:
        yield found


def _ask(yard: Yard, query: str, login: Login, registry: str = OPEN) -> dict[str, bool]:
    rows = yard.data(f"/docker/registries/{registry}/access", query, login)
    for row in rows:
        assert set(row) == {"action", "granted", "reason", "sentence"}
        assert bool(row["reason"]) is not row["granted"]
        assert row["sentence"]
    return {row["action"]: row["granted"] for row in rows}


def _granted(text: str) -> dict[str, bool]:
    return {action: action in text.split(",") for action in ACTIONS}


@pytest.mark.parametrize(
    ("case", "login", "registry", "repository", "granted"),
    [row for row in TABLE if row[1] not in (EVE, NODE) and (row[2] != HIDDEN or row[1] == ROOT)],
    ids=lambda value: str(value)[:40],
)
def test_tells_what_a_token_grants(
    yard: Yard, case: str, login: Login, registry: str, repository: str, granted: str
) -> None:
    """For oneself, each row of the policy's table is answered as the token is, where one sees."""
    assert _ask(yard, f"repository={repository}", login, registry) == _granted(granted)


def test_equals_the_token_itself(yard: Yard) -> None:
    """A token that is asked for at the same moment holds the same actions."""
    for login in (ADA, BOB, PULL, LINUS, SERVICE):
        for name in ("users/31/x", "groups/20/x", "apps/store/x", "base/alpine", "users/UP/x"):
            scope = f"repository:{name}:pull,push,delete"
            answer = yard.site.token(f"service={OPEN}&scope={scope}", login).json["token"]
            payload = answer.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            held = ",".join(claims["access"][0]["actions"])
            assert _ask(yard, f"repository={name}", login) == _granted(held), (login, name)


def test_actions_are_chosen(yard: Yard) -> None:
    """The rows are the actions asked for, in that order."""
    assert list(_ask(yard, "repository=base/alpine&action=push", ADA)) == ["push"]
    query = "repository=base/alpine&action=delete,pull&action=pull"
    assert list(_ask(yard, query, ADA)) == ["delete", "pull"]


@pytest.mark.parametrize("query", [
    "", "repository=", "repository=a&action=*", "repository=a&action=pull,foo",
    "repository=a&user=ada&service=s1", "repository=a%00",
])
def test_questions_are_checked(yard: Yard, query: str) -> None:
    """A question that can't be answered is a 400."""
    assert yard.get(f"/docker/registries/{OPEN}/access", query, LINUS).status == 400


def test_names_the_reason(yard: Yard) -> None:
    """A refusal has the policy's own reason and sentence."""
    path = f"/docker/registries/{RESTRICTED}/access"
    row = yard.data(path, "repository=users/31/x&action=push", ADA)[0]
    assert (row["granted"], row["reason"]) == (False, "restricted")
    assert "only its responsibles push" in row["sentence"]
    row = yard.data(path, "repository=No..Name&action=push", ADA)[0]
    assert row["reason"] == "bad_name"


@pytest.mark.parametrize("text", ["31", "ada@example.org", "ada", "ADA"])
@pytest.mark.parametrize("login", [LINUS, ROOT, ADA])
def test_about_a_user(yard: Yard, text: str, login: Login) -> None:
    """Somebody responsible, a Manager, or the user itself names it by id, e-mail or name."""
    expected = _granted("pull,push")
    assert _ask(yard, f"repository=users/31/x&user={text}", login) == expected


@pytest.mark.parametrize("text", ["s1", "store/web"])
def test_about_a_service(yard: Yard, text: str) -> None:
    """A service is named by its id or name."""
    assert _ask(yard, f"repository=apps/store/x&service={text}", LINUS) == _granted("pull")


def test_two_services_of_a_name(yard: Yard) -> None:
    """A name that two services have is no answer; the id is, also where it is a name too."""
    yard.insert("services", svc_id="s9", svcname="store/web", svc_app="Other", cluster_id="c2")
    path = f"/docker/registries/{OPEN}/access"
    answer = yard.get(path, "repository=apps/other/x&service=store/web", LINUS)
    assert answer.status == 400
    assert "svc_id" in answer.json["error"]
    assert _ask(yard, "repository=apps/other/x&service=s9", LINUS) == _granted("pull")


def test_a_blocked_account_can_do_nothing(yard: Yard) -> None:
    """What the policy would grant is no use to who can't log in, and the answer says so."""
    query = f"repository=base/alpine&user={BLOCKED[0]}"
    rows = yard.data(f"/docker/registries/{OPEN}/access", query, LINUS)
    assert [(row["granted"], row["reason"]) for row in rows] == [(False, "account_blocked")] * 3


@pytest.mark.parametrize(("login", "registry", "query", "status"), [
    (ADA, OPEN, "user=bob", 403), (ADA, OPEN, "user=nobody", 403), (ADA, OPEN, "service=s1", 403),
    (BOB, OPEN, "user=ada", 403), (BOB, OPEN, "service=nobody", 403),
    (SERVICE, OPEN, "user=ada", 403), (LINUS, OPEN, "user=nobody", 404),
    (LINUS, OPEN, "user=99999999999", 404), (LINUS, OPEN, "service=nobody", 404),
    (LINUS, HIDDEN, "", 404), (EVE, OPEN, "", 404), (NODE, OPEN, "", 404),
    (ROOT, "999", "", 404), (ROOT, HIDDEN, "user=ada", 200),
])
def test_who_may_ask(yard: Yard, login: Login, registry: str, query: str, status: int) -> None:
    """Others are asked about by responsibles with the privilege; the rest learns nothing."""
    path = f"/docker/registries/{registry}/access"
    assert yard.get(path, f"repository=a/b&{query}", login).status == status
