"""The directory that web2py takes for its own."""

from __future__ import annotations

import logging
import os
import stat
import sys
from pathlib import Path

import pytest

from applications.init.modules.registries.errors import StartupError
from server import framework, lines


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with controllers only."""
    folder = tmp_path / "checkout"
    (folder / "applications" / "init" / "controllers").mkdir(parents=True)
    monkeypatch.setattr(framework, "CHECKOUT", folder)
    return folder


def test_code_is_linked_and_state_is_not(checkout: Path, tmp_path: Path) -> None:
    """Code comes from the checkout, what web2py writes stays in the home, closed to others."""
    folder = framework.prepare(tmp_path / "home")
    app = folder / "applications" / "init"
    assert os.readlink(app / "controllers") == str(checkout / "applications/init/controllers")
    for name in ("sessions", "errors", "cache", "databases", "private", "uploads"):
        assert (app / name).is_dir()
        assert not (app / name).is_symlink()
    for closed in (tmp_path / "home", app, app / "errors", app / "sessions"):
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert (folder / "VERSION").read_text().startswith("Version ")


def test_preparing_again_follows_the_checkout(checkout: Path, tmp_path: Path) -> None:
    """A folder that the checkout gained, lost, or moved with is linked anew."""
    app = framework.prepare(tmp_path / "home") / "applications" / "init"
    (app / "static").mkdir()  # web2py makes what it misses
    static = checkout / "applications" / "init" / "static"
    static.mkdir()
    framework.prepare(tmp_path / "home")
    assert os.readlink(app / "static") == str(static)
    static.rmdir()
    framework.prepare(tmp_path / "home")
    assert not (app / "static").is_symlink()
    moved = checkout.rename(tmp_path / "moved")
    framework.CHECKOUT = moved
    framework.prepare(tmp_path / "home")
    assert os.readlink(app / "controllers") == str(moved / "applications/init/controllers")


def test_a_home_that_can_not_be_used(checkout: Path, tmp_path: Path) -> None:
    """A home in a place where none can be is told by name."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StartupError, match=r"file.*Not a directory"):
        framework.prepare(tmp_path / "file" / "home")


def test_upstream(tmp_path: Path) -> None:
    """WEB2PY_HOME names a checkout of web2py, or the start is refused in words."""
    assert framework.upstream({}) is None
    with pytest.raises(StartupError, match="no web2py in it"):
        framework.upstream({"WEB2PY_HOME": str(tmp_path)})
    (tmp_path / "gluon").mkdir()
    (tmp_path / "gluon" / "main.py").write_text("")
    assert framework.upstream({"WEB2PY_HOME": str(tmp_path)}) == tmp_path.resolve()


def test_lines_of_others_hold_no_values() -> None:
    """An error that others log is a line with its type and place; its text may hold secrets."""
    try:
        raise ValueError("password=secret")
    except ValueError:
        record = logging.LogRecord(
            "web2py", logging.ERROR, "file", 1, "it failed\nbadly", (), sys.exc_info()
        )
    line = lines.Lines().format(record)
    assert "secret" not in line
    assert "\n" not in line
    assert '"type": "ValueError"' in line
    assert "test_server_framework.py" in line
