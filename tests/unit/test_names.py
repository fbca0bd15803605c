"""Repository names: grammar, and whom they belong to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries import names
from applications.init.modules.registries.names import Namespace, OwnerRef


@pytest.mark.parametrize(
    "text",
    ["alpine", "a/b/c", "a.b_c__d-e---f/x", "users/12/x", "localhost:5000/x", "reg.example:1/a/b"],
)
def test_valid_names(text: str) -> None:
    """Names that a registry accepts are accepted."""
    assert names.is_valid(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "/", "a/", "/a", "a//b", "A", "a..b", "a___b", "-a", "a-", "a b", "a\n", "a\n/b", "é",
        "users/12/../13/x", ".", "..", "a/./b", "a:b", "host:port/x", "a%2fb", "a/b\x00", "a" * 256,
        "Host:5000/x", "localhost:123456/x",
    ],
)
def test_invalid_names(text: str) -> None:
    """Names outside the grammar, tricks with paths and spellings are refused."""
    assert not names.is_valid(text)
    assert names.parse(text) is None


@pytest.mark.parametrize(
    ("text", "namespace", "owner"),
    [
        ("users/12/x", Namespace.USERS, OwnerRef(id=12)),
        ("users/123/x", Namespace.USERS, OwnerRef(id=123)),
        ("users/ada", Namespace.USERS, OwnerRef(name="ada")),
        ("groups/big-team/x", Namespace.GROUPS, OwnerRef(name="big-team")),
        ("apps/007/x", Namespace.APPS, OwnerRef(id=0)),
        ("apps/00/x", Namespace.APPS, OwnerRef(id=0)),
        ("apps/2147483647/x", Namespace.APPS, OwnerRef(id=2147483647)),
        ("apps/2147483648/x", Namespace.APPS, OwnerRef(id=0)),
        ("apps/99999999999999999999/x", Namespace.APPS, OwnerRef(id=0)),
        ("users/0/x", Namespace.USERS, OwnerRef(id=0)),
        ("users", Namespace.OTHER, None),
        ("usersfoo/12/x", Namespace.OTHER, None),
        ("x/users/12", Namespace.OTHER, None),
        ("users:80/12/x", Namespace.OTHER, None),
    ],
)
def test_owner(text: str, namespace: Namespace, owner: OwnerRef | None) -> None:
    """The first component decides the namespace, all digits in the second mean an id."""
    parsed = names.parse(text)
    assert parsed is not None
    assert (parsed.namespace, parsed.owner) == (namespace, owner)


@pytest.mark.parametrize("text", ["ada", "big-team", "a.b", "7up", "0x"])
def test_owner_names(text: str) -> None:
    """A name that fits one component and is no number points at an owner."""
    assert names.is_owner_name(text)
    assert names.owner_ref(text) == OwnerRef(name=text)


@pytest.mark.parametrize("text", ["", "31", "007", "a/b", "Ada", "big team", "é", "-a", "a\n"])
def test_no_owner_names(text: str) -> None:
    """Numbers, several components and what the grammar refuses name no owner."""
    assert not names.is_owner_name(text)


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """No text raises, and what is accepted is lower-case ASCII without odd characters."""
    parsed = names.parse(text)
    assert parsed is None or re.fullmatch(r"[a-z0-9._/:-]{1,255}", text)


@given(st.from_regex(r"(users|groups|apps)/[a-z0-9]{1,12}(/[a-z0-9]{1,3}){0,2}", fullmatch=True))
def test_reserved_names_point_at_one_owner(text: str) -> None:
    """A reserved name has an id or a name for its owner, never both, never none."""
    parsed = names.parse(text)
    assert parsed is not None
    assert parsed.owner is not None
    assert (parsed.owner.id is None) != (parsed.owner.name is None)
