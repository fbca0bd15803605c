"""Accounts, nodes, services and applications, as far as logins and decisions need them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """Whose an account is that has no password here.

    ``key`` is what the back end knows it by, ``stamp`` changes with the password
    there, ``state`` is why it may not log in, found when it was ``checked`` last.
    """

    backend: str
    key: str
    stamp: str
    state: str
    checked: float


@dataclass(frozen=True)
class Account:
    """A user as the login needs it; ``password`` is the stored form or empty.

    It counts only where ``origin`` is None: who another back end knows is asked there.
    """

    id: int
    email: str
    username: str
    full_name: str
    password: str
    registration_key: str
    origin: Origin | None = None
    second: int = 0  # the id of its second factor, where that is on

    @property
    def is_refused(self) -> bool:
        """Tell whether the back end that knows the account said no, when it was asked last."""
        return self.origin is not None and bool(self.origin.state)

    @property
    def login(self) -> str:
        """The name it is known by in tokens and logs."""
        return self.email or self.username


@dataclass(frozen=True)
class Memberships:
    """Organisational groups by id, privileges by name; never mixed up."""

    groups: frozenset[int]
    privileges: frozenset[str]


@dataclass(frozen=True)
class Node:
    """A registered node whose uuid was checked."""

    nodename: str
    node_id: str
    cluster_id: str
    app: str


@dataclass(frozen=True)
class Service:
    """A service found for a login."""

    svc_id: str
    svcname: str
    app: str


@dataclass(frozen=True)
class App:
    """An application code, the groups it is published to, those responsible for it."""

    id: int
    publications: frozenset[int]
    responsibles: frozenset[int]
