"""What tests of directories ask: the back end, and why it rejected somebody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.login.backends import Rejected

NOT_ADAS = ("wrong", "", "\0", "ada-secret\0", "ada-secret ", "ada-secre", "\udcff", "x" * 99_999)
"""Passwords that are not ada's."""


class Directory(Protocol):
    """A directory of the rig."""

    @property
    def environ(self) -> dict[str, str]:
        """What tells a collector of it."""


def back_end(directory: Directory, **changes: Any) -> Any:
    """The back end with the settings that fit the directory, changed."""
    from applications.init.modules.registries.login.backends.ldap import Ldap

    return Ldap(replace(settings_module.load(directory.environ).ldap, **changes))


def rejected(answer: Any) -> tuple[str, str]:
    """Why somebody was rejected: kind and reason."""
    assert isinstance(answer, Rejected), answer
    return answer.kind, answer.reason
