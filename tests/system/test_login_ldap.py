"""People of a real LDAP directory log in with docker, over REST and in a browser."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import CHECKOUT
from tests.system import logins
from tests.system import slapd as directories
from tests.system.conftest import Docker
from tests.system.logins import groups, reason, refresh, rest, sign_in, token
from tests.system.rig import Collector, Registry, free_port, run, wait_until
from tests.system.slapd import GROUPS, PEOPLE, Slapd

_CACHE_SECONDS = 2
_PUSHERS = ["kernel", "DockerRegistriesPuller", "DockerRegistriesPusher"]
_MAPPING = json.dumps({"webdev": "webdev", "kernel": _PUSHERS})


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """A directory that the tests of this file change: each has people of its own."""
    directories.library()
    with Slapd(tmp_path_factory.mktemp("slapd")) as found:
        found.start()
        for name in ("webdev", "kernel"):
            found.group(name)
        yield found


@pytest.fixture(scope="module")
def port() -> int:
    """Where the registry is."""
    return free_port()


@pytest.fixture(scope="module")
def site(
    directory: Slapd, port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Collector]:
    """A collector that asks its own table, and then the directory, which it believes for 2 s."""
    environ = {
        **directory.environ,
        "COLLECTOR_LDAP_MANAGE_GROUPS": "yes",
        "COLLECTOR_LDAP_GROUP_MAPPING": _MAPPING,
        "COLLECTOR_LDAP_SECONDS": "2",
        "COLLECTOR_DIRECTORY_SECONDS": str(_CACHE_SECONDS),
        "COLLECTOR_LOCKOUT_TRIES": "100",
        "COLLECTOR_WORKERS": "2",
    }
    with Collector(tmp_path_factory.mktemp("ldap"), **environ) as server:
        server.start()
        server.load(logins.world(port))
        yield server


@pytest.fixture(scope="module")
def registry(
    site: Collector, port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Registry]:
    """A registry that trusts that collector."""
    with Registry(logins.SERVICE, 2, tmp_path_factory.mktemp("registry"), port) as server:
        server.start(site)
        yield server


def _member(directory: Slapd, group: str, *names: str) -> None:
    directory.change(f"cn={group},{GROUPS}", memberUid=list(names) or None)


def test_docker(
    directory: Slapd, site: Collector, registry: Registry, docker: Docker, image: Path
) -> None:
    """A real docker logs in with a directory's password, pushes, and pulls; by e-mail as well."""
    directory.person("linus")
    _member(directory, "kernel", "linus")
    name = f"{registry.address}/users/linus/tool:1"
    docker.fails("login", "-u", "linus", "--password-stdin", registry.address, secret="wrong")
    assert reason(site) == ("wrong password", "ldap")
    docker.login(registry, ("linus", "linus-secret"))
    docker.load(image, name)
    docker("push", name)
    docker.login(registry, ("linus@example.org", "linus-secret"))
    docker("pull", name)


def test_rest_and_browser(directory: Slapd, site: Collector) -> None:
    """The account is made at the first login, with names and mail, and no password."""
    directory.person("grace", givenName="Grace", sn="Hopper")
    answer = rest(site, "/users/self", auth=("grace", "grace-secret"),
                  params={"props": "first_name,last_name,email,username"})
    assert answer.status_code == 200
    (row,) = answer.json()["data"]
    assert row == {"first_name": "Grace", "last_name": "Hopper", "email": "grace@example.org",
                   "username": "grace"}
    logins.in_browser(site, "grace", "grace-secret", "Grace Hopper")
    stored = site.rows("SELECT password FROM auth_user WHERE username = 'grace'")
    assert stored == [(None,)]
    backend = site.rows(
        "SELECT backend FROM registry_account_origins o JOIN auth_user u ON u.id = o.user_id"
        " WHERE username = 'grace'"
    )
    assert backend == [("ldap",)]


def test_groups_are_followed(directory: Slapd, site: Collector) -> None:
    """Memberships that came from the directory go with it; those made by hand stay."""
    directory.person("ada")
    _member(directory, "webdev", "ada")
    assert token(site, "ada", "ada-secret").status_code == 200
    assert groups(site, "ada") == {"webdev"}
    user = site.rows("SELECT id FROM auth_user WHERE username = 'ada'")[0][0]
    for group in (21, 279):  # made by hand, and a privilege
        site.change("INSERT INTO auth_membership (user_id, group_id, primary_group)"
                    " VALUES (?, ?, 'F')", user, group)
    _member(directory, "webdev")
    _member(directory, "kernel", "ada", "linus")

    def followed() -> bool:
        token(site, "ada", "ada-secret")
        return "webdev" not in groups(site, "ada")

    wait_until(followed, "the end of a membership", 3 * _CACHE_SECONDS)
    assert groups(site, "ada") == {*_PUSHERS, "handmade", "DockerRegistriesManager"}
    _member(directory, "kernel", "linus")
    wait_until(lambda: token(site, "ada", "ada-secret").ok
               and groups(site, "ada") == {"handmade", "DockerRegistriesManager"},
               "the end of a privilege that is mapped", 3 * _CACHE_SECONDS)


def test_removed_means_out(directory: Slapd, site: Collector) -> None:
    """Who is removed from the directory is out within the cache time: password, identity token,
    session; and who comes back under the name is somebody else.
    """
    dn = directory.person("alan")
    identity = token(site, "alan", "alan-secret", offline_token="true").json()["refresh_token"]
    signed, cookies = sign_in(site, "alan", "alan-secret")
    assert signed.status_code == 200
    assert refresh(site, identity).status_code == 200
    assert rest(site, "/users/self", cookies=cookies).status_code == 200
    directory.remove(dn)
    gone = time.monotonic()
    wait_until(lambda: token(site, "alan", "alan-secret").status_code == 401, "the end", 10)
    wait_until(lambda: refresh(site, identity).status_code == 401, "the end of the token", 10)
    wait_until(lambda: rest(site, "/users/self", cookies=cookies).status_code == 401, "sign-out")
    assert time.monotonic() - gone < _CACHE_SECONDS + 3
    directory.person("alan", userPassword="another")
    assert token(site, "alan", "another").status_code == 401
    assert reason(site) == ("its name is another entry's now", "ldap")
    assert refresh(site, identity).status_code == 401


def test_a_page_that_is_told_of_changes(directory: Slapd, site: Collector) -> None:
    """A live page whose owner has to be asked about first is kept all the same."""
    directory.person("radia")
    _, cookies = sign_in(site, "radia", "radia-secret")

    def checked() -> float:
        (row,) = site.rows("SELECT checked FROM registry_account_origins o JOIN auth_user u"
                           " ON u.id = o.user_id WHERE u.username = 'radia'")
        return float(row[0])

    wait_until(lambda: time.time() - checked() > _CACHE_SECONDS, "an answer that is too old", 10)
    before = checked()
    with requests.get(f"{site.url}/init/registry/live", cookies=cookies, stream=True,
                      timeout=10) as answer:
        assert answer.status_code == 200
        assert b"event: begin" in answer.iter_lines(chunk_size=1)
    assert checked() > before


def test_a_password_changed_there(directory: Slapd, site: Collector) -> None:
    """The old password ends within the cache time, and the new one works at once."""
    dn = directory.person("barbara")
    assert token(site, "barbara", "barbara-secret").status_code == 200
    directory.change(dn, userPassword="another")
    assert token(site, "barbara", "another").status_code == 200
    wait_until(lambda: token(site, "barbara", "barbara-secret").status_code == 401, "the end", 10)


def test_nobody_takes_an_account_over(directory: Slapd, site: Collector) -> None:
    """A local account is never the directory's of the same name, nor the other way round."""
    directory.person("local")
    directory.person("mallory", mail="local@example.org")
    assert token(site, "local", "local-secret").status_code == 200
    before = site.rows("SELECT COUNT(*) FROM auth_user")
    answer = token(site, "mallory", "mallory-secret")
    assert answer.status_code == 401
    assert "is taken" in answer.text
    assert site.rows("SELECT COUNT(*) FROM auth_user") == before
    assert token(site, "local", "wrong").status_code == 401
    assert reason(site) == ("wrong password", "")
    directory.change(f"uid=local,{PEOPLE}", userPassword="from-there")
    assert token(site, "local", "from-there").status_code == 401
    directory.person("edsger")
    assert token(site, "edsger", "edsger-secret").status_code == 200
    said = site.try_manage("user", "add", "edsger@example.org")
    assert said.returncode != 0
    assert "taken" in said.stderr
    said = _set_password(site, "edsger@example.org", "a-local-one")
    assert "is ldap's" in said
    assert token(site, "edsger", "a-local-one").status_code == 401


def _set_password(site: Collector, login: str, password: str) -> str:
    """Try to set a password here; return the error."""
    command = [sys.executable, str(CHECKOUT / "manage.py"), "user", "passwd", login,
               "--password-stdin"]
    done = run(command, f"{password}\n", **site.environ)
    assert done.returncode != 0
    return done.stderr


def test_handed_over(directory: Slapd, site: Collector) -> None:
    """An operator sees what the directory says of somebody, and hands an account over, and back."""
    directory.person("ken")
    _member(directory, "webdev", "ken")
    said = site.manage("user", "ask", "ldap", "ken")
    assert "ken@example.org" in said
    assert "webdev" in said
    asked = site.try_manage("user", "ask", "ldap", "nobody")
    assert (asked.returncode, asked.stdout) == (1, "ldap: unknown: no entry has this name\n")
    site.manage("user", "add", "ken@example.org", "--username", "ken")
    assert token(site, "ken", "ken-secret").status_code == 401
    refused = site.try_manage("user", "adopt", "ldap", "ken")
    assert "--drop-password" in refused.stderr
    site.manage("user", "adopt", "ldap", "ken", "--drop-password")
    assert token(site, "ken", "ken-secret").status_code == 200
    assert groups(site, "ken") == {"webdev"}
    site.manage("user", "release", "ken")
    assert token(site, "ken", "ken-secret").status_code == 401
    site.manage("user", "adopt", "ldap", "--all")
    directory.change(f"uid=ken,{PEOPLE}", userPassword="another")
    assert token(site, "ken", "another").status_code == 200


@pytest.mark.parametrize("login", ["*", "li*", "linus)(uid=*", f"uid=linus,{PEOPLE}", "a)(uid=*"])
def test_names_are_no_filters(directory: Slapd, site: Collector, login: str) -> None:
    """Promise: names that read like filters log nobody in, and make no account."""
    before = site.rows("SELECT COUNT(*) FROM auth_user")
    assert token(site, login, "linus-secret").status_code == 401
    assert site.rows("SELECT COUNT(*) FROM auth_user") == before


def test_killed_and_back(directory: Slapd, site: Collector) -> None:
    """A directory that is down: who was seen a moment ago goes on for the cache time, others are
    told in words and in time, local people notice nothing; it is back when it is back.
    """
    directory.person("niklaus")
    identity = token(site, "niklaus", "niklaus-secret", offline_token="yes").json()["refresh_token"]
    directory.kill()
    begin = time.monotonic()
    wait_until(lambda: logins.is_dark(site, "niklaus", "niklaus-secret"), "silence", 20)
    assert time.monotonic() - begin < _CACHE_SECONDS + 8
    wait_until(lambda: refresh(site, identity).status_code == 503, "silence for the token", 10)
    assert token(site, "local", "local-secret").status_code == 200
    assert reason(site)[1] == "ldap"
    directory.start()
    wait_until(lambda: token(site, "niklaus", "niklaus-secret").status_code == 200, "an answer", 10)
    assert refresh(site, identity).status_code == 200


def test_locks(directory: Slapd, tmp_path: Path) -> None:
    """Wrong passwords of a directory's people lock as others do, and the log names the back end."""
    directory.person("tony")
    with Collector(tmp_path / "strict", **directory.environ) as strict:
        strict.start()
        strict.load(logins.world(free_port()))
        codes = [token(strict, "tony", f"wrong-{n}").status_code for n in range(5)]
        assert 401 in codes
        assert token(strict, "tony", "tony-secret").status_code == 429
        assert reason(strict) == ("wrong password", "ldap")
