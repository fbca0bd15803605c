"""Scopes as clients send them, and as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries import scopes
from applications.init.modules.registries.scopes import Scope


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("repository:a/b:push,pull", Scope("repository", "a/b", ("push", "pull"))),
        ("repository(plugin):a:pull", Scope("repository", "a", ("pull",))),
        ("repository:host:5000/a:pull", Scope("repository", "host:5000/a", ("pull",))),
        ("registry:catalog:*", Scope("registry", "catalog", ("*",))),
        ("repository:a:pull,pull,push", Scope("repository", "a", ("pull", "push"))),
        ("repository:a:", Scope("repository", "a", ())),
        ("repository:a", Scope("repository", "a", ())),
        ("repository", Scope("repository", "", ())),
        ("::", Scope("", "", ())),
    ],
)
def test_parse(text: str, expected: Scope) -> None:
    """The forms real clients send are read as meant, the rest grants nothing later."""
    assert scopes.parse(text) == expected


def test_repeated_and_space_separated() -> None:
    """Repeated parameters and space-separated lists are the same thing, order kept."""
    read = scopes.parse_all(["repository:r:pull repository:r:pull,push", "repository:f:pull"])
    assert [str(s) for s in read] == [
        "repository:r:pull",
        "repository:r:pull,push",
        "repository:f:pull",
    ]


def test_empty_parameters_are_no_scopes() -> None:
    """An empty scope parameter asks for nothing."""
    assert scopes.parse_all(["", "  "]) == ()


def test_limits() -> None:
    """33 scopes, or one of over 4 kB, are an error; 32 and 4 kB are not."""
    assert len(scopes.parse_all(["repository:a:pull"] * 32)) == 32
    with pytest.raises(scopes.ScopeError):
        scopes.parse_all(["repository:a:pull"] * 33)
    with pytest.raises(scopes.ScopeError):
        scopes.parse_all([" ".join(["repository:a:pull"] * 33)])
    with pytest.raises(scopes.ScopeError):
        scopes.parse_all(["repository:" + "a" * 4096 + ":pull"])
    assert scopes.parse_all(["x" * 4096])


@given(st.text(max_size=200))
def test_any_text_parses(text: str) -> None:
    """No text raises, and actions are never empty words or doubled."""
    scope = scopes.parse(text)
    assert all(scope.actions)
    assert len(set(scope.actions)) == len(scope.actions)


@given(
    st.from_regex(r"[a-z]{1,9}", fullmatch=True),
    st.from_regex(r"[a-z/:0-9]{0,20}", fullmatch=True),
    st.lists(st.sampled_from(["pull", "push", "*", "delete"]), unique=True),
)
def test_round_trip(type_: str, name: str, actions: list[str]) -> None:
    """A scope written out and read again is the same scope."""
    scope = Scope(type_, name, tuple(actions))
    assert scopes.parse(str(scope)) == scope
