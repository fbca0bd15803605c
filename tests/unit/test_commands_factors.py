"""Operator commands on personal tokens and second factors."""

from __future__ import annotations

import os

import pyotp
import pytest

from applications.init.modules.registries.commands import parser
from applications.init.modules.registries.errors import SecondFactorNeeded
from applications.init.modules.registries.login.credentials import Password
from applications.init.modules.registries.login.limits import Limits
from applications.init.modules.registries.login.switch import Switch
from tests.home import Home, user


@pytest.fixture
def world(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Two people, and manage.py over their collector."""
    monkeypatch.setitem(os.environ, "COLLECTOR_HOME", str(home.settings.home))
    monkeypatch.setitem(os.environ, "COLLECTOR_DB_URI", home.settings.db_uri)
    home.load(users=[user("ada", 31), user("bob", 32)])
    return home


def give(world: Home, user_id: int, limits: Limits) -> int:
    """A new token; its id."""
    with world.db.transaction(write=True):
        tokens = world.container.factors.personal
        return tokens.create(user_id, limits, world.clock(), 4_000_000_000)[0]


def test_tokens(world: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """They are listed with their limits, of all or of one, and revoked one by one."""
    one = give(world, 31, Limits("ci", True, frozenset({51})))
    give(world, 32, Limits("other"))
    assert parser.main(["tokens", "personal"]) == 0
    text = capsys.readouterr().out
    assert "ada@example.org (ci for reading on registries 51)" in text
    assert "bob@example.org (other)" in text
    assert parser.main(["tokens", "personal", "--login", "ada"]) == 0
    assert "bob" not in capsys.readouterr().out
    assert parser.main(["tokens", "revoke-personal", str(one)]) == 0
    assert parser.main(["tokens", "revoke-personal", str(one)]) == 1
    assert "no live personal token" in capsys.readouterr().err
    parser.main(["tokens", "personal", "--login", "ada"])
    assert " dead " in capsys.readouterr().out
    (entry,) = world.audit("docker.personal_token.revoke")
    assert (entry["log_user"], entry["details"]["login"]) == ("manage.py", "ada@example.org")


def test_a_second_factor_that_was_lost(
    world: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is turned off, and the log says who did that."""
    built, now = world.container, world.clock()
    switch = Switch(built.directory, built.factors.second, built.sessions, built.identities)
    with world.db.transaction(write=True):
        secret = built.factors.second.begin(31, now)
        switch.on(31, pyotp.TOTP(secret).at(int(now)), "", now)
    given = Password("ada", "ada-secret")
    with pytest.raises(SecondFactorNeeded):
        built.authenticator.by_password(given, "192.0.2.1")
    assert parser.main(["user", "totp-off", "ADA@example.org"]) == 0
    assert built.authenticator.by_password(given, "192.0.2.1").user_id == 31
    assert parser.main(["user", "totp-off", "ada"]) == 1
    assert "is not on" in capsys.readouterr().err
    assert parser.main(["user", "totp-off", "nobody"]) == 1
    assert "no account 'nobody'" in capsys.readouterr().err
    assert world.audit("user.totp.off")[0]["log_user"] == "manage.py"
