"""First start, and what new accounts get."""

from __future__ import annotations

import dataclasses
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from applications.init.modules.registries import accounts, catalog, container, passwords, setup
from applications.init.modules.registries.database import Database
from applications.init.modules.registries.errors import (
    BadRequest,
    Conflict,
    Denied,
    StartupError,
    Unavailable,
)
from applications.init.modules.registries.keys import material
from applications.init.modules.registries.login.credentials import Password
from applications.init.modules.registries.schema import host, indexes, own
from applications.init.modules.registries.settings import Settings
from applications.init.modules.registries.token_service import TokenRequest
from tests.conftest import CHECKOUT
from tests.home import Clock, Home


def _roles(home: Home, user_id: int) -> set[str]:
    with home.db.transaction():
        rows = home.db.rows(
            "SELECT g.role FROM auth_membership m JOIN auth_group g ON g.id = m.group_id"
            " WHERE m.user_id = ?",
            user_id,
        )
    return {role for (role,) in rows}


def test_first_manager(settings: Settings, cheap_hashes: None) -> None:
    """A password is generated, kept in a file of its own, and not made again."""
    fresh = dataclasses.replace(settings, admin_password="")
    started = setup.first_start(fresh)
    assert started.password_file is not None
    assert stat.S_IMODE(started.password_file.stat().st_mode) == 0o600
    password = started.password_file.read_text().strip()
    assert len(password) >= 20
    built = container.build(fresh)
    found = built.authenticator.by_password(Password("admin@localhost", password), "192.0.2.1")
    assert found.user_id == 1
    assert setup.first_start(fresh).password_file is None
    built.db.close()


def test_given_password_is_in_no_file(home: Home) -> None:
    """A password from the environment is stored as a hash only."""
    assert "admin-secret" not in home.stored()
    for path in home.settings.home.rglob("*"):
        assert not path.is_file() or b"admin-secret" not in path.read_bytes(), path


def test_groups(home: Home) -> None:
    """The privilege groups have the collector's ids; Everybody is no privilege."""
    with home.db.transaction():
        rows = home.db.rows(
            "SELECT id, role, privilege FROM auth_group WHERE role NOT LIKE 'user!_%' ESCAPE '!'"
        )
    assert sorted(rows) == [
        (2, "Manager", "T"),
        (181, "UserManager", "T"),
        (195, "AppManager", "T"),
        (199, "GroupManager", "T"),
        (200, "SelfManager", "T"),
        (231, "QuotaManager", "T"),
        (276, "Everybody", "F"),
        (277, "DockerRegistriesPusher", "T"),
        (278, "DockerRegistriesPuller", "T"),
        (279, "DockerRegistriesManager", "T"),
        (280, "NodeManager", "T"),
    ]
    assert _roles(home, 1) == {"Manager", "Everybody", "user_1"}


def test_home_is_closed_to_others(home: Home) -> None:
    """Nobody else reads the state."""
    assert stat.S_IMODE(home.settings.home.stat().st_mode) == 0o700
    secret = container.secret_path(home.settings)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(secret.read_bytes()) == 32
    if home.db.is_sqlite:
        database = home.settings.home / "collector.sqlite"
        assert stat.S_IMODE(database.stat().st_mode) == 0o600
    secret.chmod(0o644)
    with pytest.raises(StartupError, match="chmod 600"):
        container.build(home.settings)


def test_simultaneous_first_starts(tmp_path: Path) -> None:
    """Several processes starting at once make one state."""
    code = (
        "import sys; from applications.init.modules.registries import settings, setup;"
        "print(setup.first_start(settings.load({'COLLECTOR_HOME': sys.argv[1]})).password_file)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "home")]
    started = [subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE) for _ in range(4)]
    said = [process.communicate(timeout=120)[0].decode().strip() for process in started]
    assert [process.returncode for process in started] == [0] * 4
    assert sorted(text == "None" for text in said) == [False, True, True, True]


def test_home_that_can_not_be(tmp_path: Path) -> None:
    """A home that can't be made is told with its name."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StartupError, match="file"):
        setup.first_start(Settings(home=tmp_path / "file" / "home", db_uri="sqlite:///x"))


def test_new_accounts(home: Home) -> None:
    """Private group, Everybody, the groups and quota of the settings."""
    home.load(groups=[{"role": "newcomers"}])
    chosen = dataclasses.replace(
        home.settings, membership_on_register=("newcomers",), default_quota=3
    )
    with home.db.transaction(write=True):
        user_id = accounts.create_user(home.db, chosen, "secret", email="eve@example.org")
    assert _roles(home, user_id) == {f"user_{user_id}", "Everybody", "newcomers"}
    assert home.db.dal.auth_user[user_id].quota_docker_registries == 3


def test_public_collector(home: Home) -> None:
    """On a public collector new accounts get the three docker privileges."""
    public = dataclasses.replace(home.settings, public_collector=True)
    with home.db.transaction(write=True):
        user_id = accounts.create_user(home.db, public, "secret", email="eve@example.org")
        held = home.container.directory.memberships(user_id)
    assert held.privileges == {f"DockerRegistries{n}" for n in ("Manager", "Pusher", "Puller")}


def test_accounts_that_can_not_be(home: Home) -> None:
    """Short passwords, no e-mail, and names that are taken, whatever their case."""
    def create(password: str = "secret", **fields: str) -> None:
        with home.db.transaction(write=True):
            accounts.create_user(home.db, home.settings, password, **fields)

    with pytest.raises(BadRequest, match="4 characters"):
        create("abc", email="x@example.org")
    with pytest.raises(BadRequest, match="e-mail"):
        create(username="x")
    with pytest.raises(Conflict, match="taken"):
        create(email="Admin@Localhost")


def test_default_group(home: Home) -> None:
    """The primary group owns what a user declares, else the private one; privileges never."""
    home.load(
        groups=[{"id": 20, "role": "webdev"}],
        users=[{"id": 31, "email": "a@example.org", "password": "secret", "groups": ["webdev"],
                "privileges": ["Manager"]}],
    )
    with home.db.transaction(write=True):
        private = accounts.group_id(home.db, "user_31")
        assert accounts.default_group(home.db, 31) == private
        accounts.join(home.db, 31, 20, primary=True)
        assert accounts.default_group(home.db, 31) == 20
        home.db.run("UPDATE auth_membership SET primary_group = 'F' WHERE user_id = 31")
        home.db.run("DELETE FROM auth_membership WHERE group_id = ?", private)
        assert accounts.default_group(home.db, 31) == 20
        home.db.run("DELETE FROM auth_membership WHERE user_id = 31 AND group_id = 20")
        with pytest.raises(Denied):
            accounts.default_group(home.db, 31)


def test_operators_key(settings: Settings, tmp_path: Path, clock: Clock) -> None:
    """With the operator's RSA key tokens are RS256, without any other setting."""
    private, certificate = material.generate("RS256", time.time())
    key, crt = tmp_path / "op.key", tmp_path / "op.crt"
    key.write_bytes(material.dump_private(private))
    key.chmod(0o600)
    crt.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    home = Home(dataclasses.replace(settings, jwt_key=key, jwt_crt=crt), clock)
    home.load(registries=[{"service": "reg", "url": "http://reg"}])
    given = Password("admin@localhost", "admin-secret")
    answer = home.container.tokens.issue(TokenRequest("reg", (), given, "192.0.2.1"))
    assert jwt.get_unverified_header(answer.token)["alg"] == "RS256"
    home.close()
    with pytest.raises(StartupError, match="COLLECTOR_JWT_CRT"):
        setup.first_start(dataclasses.replace(settings, jwt_key=key))


def test_strong_hashes_by_default() -> None:
    """What is stored for a new password is worth guessing against for years."""
    assert passwords.ITERATIONS >= 210_000


def test_an_older_home_gets_what_is_new(
    settings: Settings, clock: Clock, cheap_hashes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home from before a column and a table gets them with the next start; rows stay."""
    old_options = own.TABLES["registry_options"]

    def without() -> tuple[Any, ...]:
        return tuple(field for field in old_options() if field.name != "placement")

    with monkeypatch.context() as patch:
        patch.setitem(own.TABLES, "registry_options", without)
        patch.delitem(host.TABLES, "node_ip")
        patch.setattr(indexes, "_PLAIN", {**indexes._PLAIN, "node_ip": ()})
        setup.first_start(settings)
    with closing(Database(settings.db_uri, container.dal_folder(settings))) as db:
        with db.transaction(write=True):
            db.insert("docker_registries", service="reg", url="http://r", insecure="F",
                      restricted="T", created="2026-01-02", updated="2026-01-02")
            db.insert("registry_options", registry_id=1, major=3, notify_old_until=0)
        for query in ("SELECT placement FROM registry_options", "SELECT addr FROM node_ip"):
            with pytest.raises(Unavailable), db.transaction():
                db.rows(query)
    made = Home(settings, clock)
    try:
        with made.db.transaction(write=True):
            declared = catalog.by_service(made.db, "reg")
            assert declared is not None
            assert (declared.major, declared.placement) == (3, False)
            catalog.set_options(made.db, 1, {"placement": True})
            again = catalog.by_service(made.db, "reg")
            assert again is not None
            assert again.placement
            assert made.db.rows("SELECT addr FROM node_ip") == []
    finally:
        made.close()
