"""manage.py: what operators type, what they see, and the exit status."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from applications.init.modules.registries import catalog, commands
from tests.home import Home


class Keyboard:
    """Types commands and reads what they print."""

    def __init__(self, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.capsys = capsys

    def __call__(self, text: str, status: int = 0) -> str:
        """Type a command; return what it printed, errors included."""
        self.capsys.readouterr()
        assert commands.main(text.split()) == status
        out, err = self.capsys.readouterr()
        return out + err


@pytest.fixture
def manage(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Keyboard:
    """A keyboard in front of a home."""
    monkeypatch.setenv("COLLECTOR_HOME", str(home.settings.home))
    monkeypatch.setenv("COLLECTOR_DB_URI", home.settings.db_uri)
    return Keyboard(home, capsys)


def test_setup_and_check(manage: Keyboard) -> None:
    """Setting up again is fine, and the check is content."""
    assert "collector.crt" in manage("setup")
    assert "none is declared" in manage("check")


def test_check_finds_what_is_wrong(manage: Keyboard) -> None:
    """A registry that does not answer makes the check fail, in words."""
    manage("registry add reg http://127.0.0.1:9")
    assert "FAIL  registry reg: 127.0.0.1:9 can't be reached" in manage("check", 1)


def _placement(manage: Keyboard, service: str) -> bool:
    with manage.home.db.transaction():
        declared = catalog.by_service(manage.home.db, service)
    assert declared is not None
    return declared.placement


def test_load(manage: Keyboard, tmp_path: Path) -> None:
    """A world is loaded with its counts; a bad one is refused in words."""
    path = tmp_path / "world.json"
    path.write_text(json.dumps({"groups": [{"role": "webdev"}]}))
    assert "groups: 1" in manage(f"load {path}")
    path.write_text("{}}")
    assert "is no JSON" in manage(f"load {path}", 1)
    assert "No such file" in manage(f"load {path}.missing", 1)


def test_users(manage: Keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts are made with groups and privileges, and get new passwords."""
    said = manage(
        "user add ada@example.org --username ada --group webdev --privilege DockerRegistriesPuller"
    )
    assert "password: " in said
    monkeypatch.setattr("sys.stdin", io.StringIO("from-stdin\n"))
    manage("user passwd ada --password-stdin")
    assert "taken" in manage("user add ADA@example.org", 1)
    assert "is not a privilege" in manage("user add b@example.org --privilege webdev", 1)
    assert "not an organisational group" in manage("user add b@example.org --group Manager", 1)
    monkeypatch.setattr("sys.stdin", io.StringIO("abc\n"))
    assert "4 characters" in manage("user passwd ada --password-stdin", 1)
    monkeypatch.setattr("sys.stdin", io.StringIO("from-stdin\n"))
    assert "no account 'nobody'" in manage("user passwd nobody --password-stdin", 1)


def test_registries(manage: Keyboard) -> None:
    """Declared, listed, set, configured; doubles and nonsense are refused."""
    assert manage("registry add reg http://127.0.0.1:5000/") == "registry 1 reg\n"
    assert "declared already" in manage("registry add reg http://127.0.0.1:5001", 1)
    assert "declared already" in manage("registry add reg2 http://127.0.0.1:5000", 1)
    assert "a registry url is" in manage("registry add reg2 ftp://x", 1)
    assert manage("registry list") == "reg  http://127.0.0.1:5000\n"
    assert "distribution 3" in manage("registry set reg --algorithm EdDSA", 1)
    manage("registry set reg --algorithm EdDSA --major 3")
    assert not _placement(manage, "reg")
    manage("registry set reg --placement on")
    manage("registry set reg --pull-seconds 120")
    assert _placement(manage, "reg")
    manage("registry set reg --placement off")
    assert not _placement(manage, "reg")
    manage("registry add reg3 http://127.0.0.1:5003 --placement")
    assert _placement(manage, "reg3")
    config = manage("registry config reg")
    assert 'addr: "127.0.0.1:5000"' in config
    assert "collector-v3.crt" in config
    assert "is not declared" in manage("registry config other", 1)


def test_tokens(manage: Keyboard) -> None:
    """There is nothing to list or revoke at first."""
    assert "login" in manage("tokens list")
    assert "no live identity token 7" in manage("tokens revoke 7", 1)


def test_keys(manage: Keyboard) -> None:
    """Listing, rotating, pruning, and the bundles."""
    assert manage("keys list").count("signs") == 3
    assert "signs in 24 hours" in manage("keys rotate")
    assert manage("keys list").count("next") == 1
    assert manage("keys bundle").count("BEGIN CERTIFICATE") == 3
    assert manage("keys bundle --major 3").count("BEGIN CERTIFICATE") == 4
    assert "nothing to forget" in manage("keys prune")


def test_prune_and_unlock(manage: Keyboard) -> None:
    """Housekeeping by hand."""
    assert "audit: 0 deleted" in manage("prune")
    assert "no failed logins" in manage("unlock ada", 1)


def test_before_setup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A command before the first start says what to do, and makes nothing."""
    monkeypatch.setenv("COLLECTOR_HOME", str(tmp_path / "none"))
    for text in ("check", "keys list", "user add a@example.org"):
        assert commands.main(text.split()) == 1
        assert "manage.py setup" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("text", ["", "nonsense", "keys", "load", "registry add x"])
def test_bad_usage(manage: Keyboard, text: str) -> None:
    """What is no command gets usage and status 2."""
    with pytest.raises(SystemExit) as ended:
        commands.main(text.split())
    assert ended.value.code == 2
