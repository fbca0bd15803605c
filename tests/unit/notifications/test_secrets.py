"""Notification secrets: made at first need, prove one registry, rotate with an overlap."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from applications.init.modules.registries import catalog
from applications.init.modules.registries.notifications import Secrets
from applications.init.modules.registries.notifications.secrets import OVERLAP_SECONDS
from tests.home import Home

from .told import OTHER, OURS


def _current(home: Home, registry: int = OURS) -> str:
    with home.db.transaction(write=True):
        return home.container.secrets.current(registry)


def _rotate(home: Home, seconds: float = OVERLAP_SECONDS) -> str:
    with home.db.transaction(write=True):
        return home.container.secrets.rotate(OURS, seconds)


def _sender(home: Home, authorization: str) -> int | None:
    return home.container.receiver.sender(authorization)


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_the_same_every_time(world: Home) -> None:
    """A secret is shown again, names its registry, and is another one for each."""
    secret = _current(world)
    assert re.fullmatch(rf"osvc-{OURS}-[\w-]{{43}}", secret)
    assert _current(world) == secret
    assert _current(world, OTHER) != secret


def test_it_is_not_stored(world: Home) -> None:
    """The database alone does not give a secret away; with another key it is another one."""
    secret = _current(world)
    with world.db.transaction():
        stored = str(world.db.rows("SELECT * FROM registry_options"))
        assert Secrets(world.db, b"another key", world.clock).current(OURS) != secret
    assert secret.rpartition("-")[2] not in stored


@pytest.mark.parametrize("form", ["Bearer {}", "bearer  {}", "BEARER {} ", "u:{}", ":{}", "a:b:{}"])
def test_forms(world: Home, form: str) -> None:
    """It comes as a Bearer token, or as a password whatever the user's name."""
    text = form.format(_current(world))
    assert _sender(world, text if "earer" in form.lower() else _basic(text)) == OURS


def test_others(world: Home) -> None:
    """Nothing but the secret proves a registry: not another's digest, not a part, not none."""
    ours, other = _current(world), _current(world, OTHER)
    digest = ours.rpartition(f"osvc-{OURS}-")[2]
    for text in (
        "", "Bearer", "Bearer ", "Bearer osvc-51-", f"Bearer {ours}x", f"Bearer {ours[:-1]}",
        f"Bearer osvc-{OTHER}-{digest}", f"Bearer osvc-99-{digest}", f"Bearer {ours} {ours}",
        f"Bearer osvc-{10**30}-{digest}", f"Token {ours}", ours, f"Bearer {ours.upper()}",
        _basic(ours + ":x"), _basic(""), "Basic !!!", "Basic é", f"Bearer osvc-5१-{digest}",
        "Bearer " + "x" * 5000, f"Bearer osvc--1-{digest}", f"Bearer osvc-9999999999-{digest}",
    ):
        assert _sender(world, text) is None, text
    assert _sender(world, f"Bearer {other}") == OTHER


def test_nobody_has_one_without_asking(world: Home) -> None:
    """A registry whose secret was never made is proven by nothing."""
    key_of_an_empty_salt = world.container.secrets._secret(OURS, "")
    assert _sender(world, f"Bearer {key_of_an_empty_salt}") is None


def test_rotation(world: Home) -> None:
    """The old secret is good for a week more and then dead; the new one is good at once."""
    old = _current(world)
    new = _rotate(world)
    assert new != old
    assert _current(world) == new
    world.clock.advance(OVERLAP_SECONDS - 1)
    assert _sender(world, f"Bearer {old}") == _sender(world, f"Bearer {new}") == OURS
    world.clock.advance(1)
    assert _sender(world, f"Bearer {old}") is None
    assert _sender(world, f"Bearer {new}") == OURS


def test_rotation_at_once(world: Home) -> None:
    """Without an overlap a stolen secret is dead now; a second rotation ends the first's too."""
    old = _current(world)
    middle = _rotate(world, 0)
    assert _sender(world, f"Bearer {old}") is None
    newest = _rotate(world)
    assert _sender(world, f"Bearer {middle}") == OURS
    _rotate(world)
    assert _sender(world, f"Bearer {middle}") is None
    assert _sender(world, f"Bearer {newest}") == OURS


def test_rotation_keeps_the_rest(world: Home) -> None:
    """What else is set for a registry stays as it is."""
    with world.db.transaction(write=True):
        catalog.set_options(world.db, OURS, {"major": 3, "algorithm": "EdDSA"})
    _rotate(world)
    with world.db.transaction():
        remote = catalog.remote(world.db, OURS)
    assert remote is not None
    assert (remote.major, remote.algorithm) == (3, "EdDSA")


def test_a_registry_that_is_gone(world: Home) -> None:
    """The secret of a registry that is not declared any more proves nothing."""
    secret = _current(world)
    with world.db.transaction(write=True):
        world.db.run("DELETE FROM docker_registries WHERE id = ?", OURS)
    assert _sender(world, f"Bearer {secret}") is None


def test_any_header(world: Home) -> None:
    """No header raises, and none but the right one proves anything."""
    _current(world)

    @limits(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(
        st.text(max_size=80),
        st.from_regex(r"(Bearer|Basic) osvc-51-[A-Za-z0-9_-]{43}", fullmatch=True),
        st.binary(max_size=80).map(lambda b: "Basic " + base64.b64encode(b).decode()),
    ))
    def holds(text: str) -> None:
        assert _sender(world, text) is None

    holds()
