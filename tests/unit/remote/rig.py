"""What the tests of the client share: a client of a stub, with short times and no pauses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from applications.init.modules.registries.remote import (
    AddressPolicy,
    RegistryClient,
    Target,
    Timeouts,
)

from .stub import StubRegistry

SHORT = Timeouts(connect=1.0, read=0.5, whole=1.0)


def token(scope: str) -> str:
    """A token that shows its scope."""
    return f"token<{scope}>"


def client_of(registry: StubRegistry, **more: Any) -> RegistryClient:
    """A client that doesn't pause between its tries; ``path`` is put behind the url."""
    target = Target(registry.url + more.pop("path", ""), more.pop("insecure", False),
                    more.pop("ca_file", None))
    more.setdefault("timeouts", SHORT)
    more.setdefault("sleep", lambda seconds: None)
    return RegistryClient(
        target, more.pop("tokens", token), more.pop("policy", AddressPolicy()), **more
    )


def resolver(*answers: list[tuple[Any, ...]]) -> Callable[..., list[tuple[Any, ...]]]:
    """A ``getaddrinfo`` that gives these answers one after the other, then the last for ever."""
    left = list(answers)
    return lambda host, port, **_: left.pop(0) if len(left) > 1 else left[0]
