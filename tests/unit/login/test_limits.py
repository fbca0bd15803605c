"""The limits of personal tokens: they take away, and never add."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from applications.init.modules.registries.errors import Denied
from applications.init.modules.registries.login import limits as rules
from applications.init.modules.registries.login.limits import Limits, within
from applications.init.modules.registries.policy import Decision, Refusal
from applications.init.modules.registries.scopes import Scope

ACTIONS = ("pull", "push", "delete", "search", "*")
REGISTRIES = some.frozensets(some.integers(50, 54), max_size=3)
LIMITS = some.builds(Limits, some.text(min_size=1, max_size=9), some.booleans(),
                     some.none() | REGISTRIES)


@some.composite
def decisions(draw: some.DrawFn) -> Decision:
    """What the policy may have decided."""
    kind = draw(some.sampled_from(["repository", "registry", "plugin"]))
    asked = tuple(draw(some.lists(some.sampled_from(ACTIONS), unique=True)))
    granted = tuple(one for one in asked if draw(some.booleans()))
    refused = tuple(Refusal(one, "x", "y") for one in asked if one not in granted)
    name = "catalog" if kind == "registry" else "a/b"
    return Decision(Scope(kind, name, asked), granted, refused)


@given(decisions(), some.integers(50, 54), some.none() | LIMITS)
def test_nothing_is_added_and_nothing_is_lost(
    decision: Decision, registry: int, limits: Limits | None
) -> None:
    """What is left was granted before, and each action is granted or refused with a reason."""
    left = within(decision, registry, limits)
    assert left.scope == decision.scope
    assert set(left.granted) <= set(decision.granted)
    assert left.refusals[: len(decision.refusals)] == decision.refusals
    assert {r.action for r in left.refusals} | set(left.granted) == set(decision.scope.actions)
    assert not {r.action for r in left.refusals} & set(left.granted)


@given(decisions(), some.integers(50, 54), LIMITS)
def test_what_is_left_is_within(decision: Decision, registry: int, limits: Limits) -> None:
    """Elsewhere nothing is left; of a token for reading no more than pulls and the catalogue."""
    left = within(decision, registry, limits)
    if limits.registries is not None and registry not in limits.registries:
        assert left.granted == ()
    if limits.read_only and decision.scope.type == "repository":
        assert set(left.granted) <= {"pull"}


@given(decisions(), some.integers(50, 54), LIMITS)
def test_the_order_does_not_matter(decision: Decision, registry: int, limits: Limits) -> None:
    """Limits that were applied change nothing when they are applied again."""
    once = within(decision, registry, limits)
    assert within(once, registry, limits) == once


def test_words() -> None:
    """A refusal names the token and says what it is for."""
    scope = Scope("repository", "users/1/x", ("pull", "push"))
    decision = Decision(scope, ("pull", "push"), ())
    left = within(decision, 51, Limits("ci", read_only=True))
    assert left.granted == ("pull",)
    assert left.refusals == (
        Refusal("push", "token_read_only", "the personal token 'ci' is for reading only"),
    )
    elsewhere = within(decision, 51, Limits("ci", False, frozenset({52})))
    assert [r.reason for r in elsewhere.refusals] == ["token_other_registry"] * 2
    assert "not for this registry" in elsewhere.refusals[0].sentence


def test_a_reader_reads_the_catalogue() -> None:
    """Listing and searching a registry is reading, whatever the action is called."""
    decision = Decision(Scope("registry", "catalog", ("*", "search")), ("*", "search"), ())
    assert within(decision, 51, Limits("ci", read_only=True)) == decision


@pytest.mark.parametrize(("limits", "writes", "allowed"), [
    (None, True, True), (Limits("x"), True, True), (Limits("x", True), False, True),
    (Limits("x", True), True, False), (Limits("x", False, frozenset({51})), False, False),
    (Limits("x", False, frozenset()), False, False),
])
def test_the_rest_api(limits: Limits | None, writes: bool, allowed: bool) -> None:
    """Tokens for some registries are for docker only; those for reading don't write."""
    if allowed:
        rules.require_api(limits, writes)
        return
    with pytest.raises(Denied, match="personal token 'x'"):
        rules.require_api(limits, writes)


def test_persons() -> None:
    """What needs a person is done by no personal token, however wide."""
    rules.require_person(None)
    with pytest.raises(Denied, match="sign in, or use the password"):
        rules.require_person(Limits("x"))
