"""Registries by what of them matters for who sees which names, and those names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ... import catalog
from ...policy import Registry
from ...scopes import PULL, PUSH
from ...visibility import Names, granted
from ..call import Call


@dataclass(frozen=True)
class _Grade:
    published: bool
    responsible: bool
    restricted: bool


def graded(call: Call) -> Iterator[tuple[list[int], Names]]:
    """Ids of registries, and the names in them that the caller may pull from or push to."""
    grades: dict[_Grade, list[Registry]] = {}
    for one in catalog.policies(call.db):
        grades.setdefault(_grade(call, one), []).append(one)
    for grade, members in grades.items():
        names = _names(call, members[0]) if grade.published or grade.responsible else None
        if names:
            yield [one.id for one in members], names


def _grade(call: Call, one: Registry) -> _Grade:
    groups = call.principal.groups
    return _Grade(
        bool(one.publications & groups), bool(one.responsibles & groups), one.restricted
    )


def _names(call: Call, one: Registry) -> Names:
    return granted(call.container.directory, call.principal, one, PULL, PUSH)
