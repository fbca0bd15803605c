"""The LDAP back end with a real slapd: names, TLS, failures, groups."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.errors import StartupError
from applications.init.modules.registries.login.backends import (
    DISABLED,
    UNKNOWN,
    UNSURE,
    WRONG,
    Person,
    Rejected,
    Silent,
)
from applications.init.modules.registries.settings import LdapSettings
from tests.system import slapd as rig
from tests.system.authority import Authority
from tests.system.directories import NOT_ADAS
from tests.system.rig import free_port
from tests.system.slapd import BASE, GROUPS, OTHER_ADDRESS, PEOPLE, Slapd

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """A directory with some people and groups."""
    rig.library()
    with Slapd(tmp_path_factory.mktemp("slapd")) as found:
        found.start()
        found.person("ada", sn="Lovelace", givenName="Ada")
        found.person("linus")
        found.group("webdev", "ada", "linus")
        found.group("ops", "linus")
        found.add(f"cn=kernel,{GROUPS}", objectClass="groupOfNames", cn="kernel",
                  member=f"uid=linus,{PEOPLE}")
        yield found


def settings(directory: Slapd, **changes: Any) -> LdapSettings:
    """The settings that fit the directory, changed."""
    return replace(settings_module.load(directory.environ).ldap, **changes)


def back_end(directory: Slapd, **changes: Any) -> Any:
    """The back end with these settings."""
    from applications.init.modules.registries.login.backends.ldap import Ldap

    return Ldap(settings(directory, **changes))


def kind(answer: Any) -> str:
    """Why somebody was rejected."""
    assert isinstance(answer, Rejected), answer
    return answer.kind


@pytest.mark.parametrize("tls", ["starttls", "ldaps"])
def test_a_person(directory: Slapd, tls: str) -> None:
    """Over both kinds of TLS, the right password gives the person, with a key that lasts."""
    server = directory.tls_url if tls == "ldaps" else directory.url
    backend = back_end(directory, servers=(server,), tls=tls)
    found = backend.check("ada", "ada-secret")
    assert isinstance(found, Person)
    assert (found.username, found.mail) == ("ada", "ada@example.org")
    assert (found.first_name, found.last_name) == ("Ada", "Lovelace")
    assert len(found.key) == 36
    assert found.groups is None
    assert backend.look_up(found.key) == found


def test_wrong_passwords(directory: Slapd) -> None:
    """A wrong password is told from a name that nobody has."""
    backend = back_end(directory)
    for wrong in NOT_ADAS:
        assert kind(backend.check("ada", wrong)) == WRONG
    assert kind(backend.check("nobody", "ada-secret")) == UNKNOWN
    assert isinstance(backend.check("ada", "ada-secret"), Person)


@pytest.mark.parametrize(
    "login",
    ["*", "a*", "ada)(uid=*", "*)(objectClass=*", "ada\\2a", f"uid=ada,{PEOPLE}", "ada\0", "(",
     "\\", "ada)(|(uid=*", " ", "ада", "x" * 300],
)
def test_names_are_no_filters(directory: Slapd, login: str) -> None:
    """A name that reads like a filter or DN is just a name that nobody has."""
    for changes in ({}, {"bind_dn": "", "bind_pw": "", "mode": "uid"}):
        backend = back_end(directory, **changes)
        answer = backend.check(login, "ada-secret")
        assert kind(answer) in (UNKNOWN, UNSURE, WRONG)


def test_direct_binds(directory: Slapd) -> None:
    """Where nobody may search, people bind under their own name, and read their own entry."""
    backend = back_end(directory, bind_dn="", bind_pw="", mode="uid")
    found = backend.check("ada", "ada-secret")
    assert isinstance(found, Person)
    assert found.mail == "ada@example.org"
    assert kind(backend.check("ada", "wrong")) == UNSURE
    assert kind(backend.check("nobody", "wrong")) == UNSURE


def test_groups(directory: Slapd) -> None:
    """Groups come by names of members or DNs of members, and the filter limits them."""
    backend = back_end(directory, manage_groups=True)
    assert backend.check("linus", "linus-secret").groups == {"webdev", "ops"}
    backend = back_end(directory, manage_groups=True, group_member_attribute="member")
    assert backend.check("linus", "linus-secret").groups == {"kernel"}
    backend = back_end(directory, manage_groups=True, group_filter="(cn=web*)")
    found = backend.check("linus", "linus-secret")
    assert found.groups == {"webdev"}
    assert backend.look_up(found.key).groups == {"webdev"}


def test_allowed_groups(directory: Slapd) -> None:
    """Who is in none of the allowed groups does not log in, with whatever password."""
    backend = back_end(directory, allowed_groups=("OPS",))
    assert isinstance(backend.check("linus", "linus-secret"), Person)
    assert kind(backend.check("ada", "ada-secret")) == DISABLED


def test_filters(directory: Slapd) -> None:
    """The filter of the settings holds for logins and for later looks."""
    backend = back_end(directory)
    key = backend.check("ada", "ada-secret").key
    narrowed = back_end(directory, filter="mail=linus@*")
    assert kind(narrowed.check("ada", "ada-secret")) == UNKNOWN
    assert kind(narrowed.look_up(key)) == UNKNOWN
    assert isinstance(narrowed.check("linus", "linus-secret"), Person)


def test_renamed_and_removed(directory: Slapd) -> None:
    """The key follows an entry through a new name, and finds nobody when it is gone."""
    dn = directory.person("grace")
    backend = back_end(directory)
    key = backend.check("grace", "grace-secret").key
    directory.rename(dn, "uid=hopper")
    assert backend.look_up(key).username == "hopper"
    directory.remove(f"uid=hopper,{PEOPLE}")
    assert kind(backend.look_up(key)) == UNKNOWN
    assert kind(backend.look_up("not-a-key")) == UNKNOWN


def test_several_entries(directory: Slapd) -> None:
    """A name that two entries have is nobody's."""
    directory.add(f"ou=more,{PEOPLE}", objectClass="organizationalUnit", ou="more")
    for place in (PEOPLE, f"ou=more,{PEOPLE}"):
        directory.add(f"uid=twin,{place}", objectClass="inetOrgPerson", uid="twin", cn="twin",
                      sn="Twin", userPassword="twin-secret")
    assert kind(back_end(directory).check("twin", "twin-secret")) == UNKNOWN


def test_expired(directory: Slapd) -> None:
    """An account that has expired in the directory does not log in."""
    dn = directory.person("old", objectClass=["inetOrgPerson", "shadowAccount"], shadowExpire="1")
    backend = back_end(directory)
    assert kind(backend.check("old", "old-secret")) == DISABLED
    directory.change(dn, shadowExpire=str(int(time.time()) // 86_400 + 2))
    assert isinstance(backend.check("old", "old-secret"), Person)


@pytest.mark.parametrize("tls", ["starttls", "ldaps"])
def test_another_authority(directory: Slapd, tmp_path: Path, tls: str) -> None:
    """A certificate of an unknown authority, or for another name, is refused; if not told else."""
    server = directory.tls_url if tls == "ldaps" else directory.url
    other = Authority(tmp_path / "other", "another authority")
    backend = back_end(directory, servers=(server,), tls=tls, ca_file=other.path)
    reason = "the certificate is not accepted: unknown authority, another name, or out of date"
    with pytest.raises(Silent, match=reason):
        backend.check("ada", "ada-secret")
    renamed = server.replace("127.0.0.1", OTHER_ADDRESS)
    with pytest.raises(Silent, match=reason):
        back_end(directory, servers=(renamed,), tls=tls).check("ada", "ada-secret")
    lax = back_end(directory, servers=(server,), tls=tls, ca_file=other.path, verify=False)
    assert isinstance(lax.check("ada", "ada-secret"), Person)


def test_the_next_server(directory: Slapd) -> None:
    """A server that is dead, and one that is silent, cost bounded time; the next one answers."""
    dead = f"ldap://127.0.0.1:{free_port()}"
    with rig.silent() as port:
        mute = f"ldap://127.0.0.1:{port}"
        backend = back_end(directory, servers=(dead, mute, directory.url), seconds=3)
        begin = time.monotonic()
        assert isinstance(backend.check("ada", "ada-secret"), Person)
        assert time.monotonic() - begin < 4
        begin = time.monotonic()
        assert isinstance(backend.check("linus", "linus-secret"), Person)
        assert time.monotonic() - begin < 0.5  # those that were silent are asked last


@pytest.mark.parametrize("tls", ["starttls", "ldaps", "none"])
def test_nobody_answers(directory: Slapd, tls: str) -> None:
    """A directory that takes connections and says nothing is given up in time, with a reason,
    and waiting for it keeps no core busy.
    """
    with rig.silent() as port:
        scheme = "ldaps" if tls == "ldaps" else "ldap"
        server = f"{scheme}://127.0.0.1:{port}"
        backend = back_end(directory, servers=(server,), tls=tls, seconds=1)
        begin, work = time.monotonic(), time.process_time()
        with pytest.raises(Silent, match=f"{port}: no (answer|handshake) in time"):
            backend.check("ada", "ada-secret")
        assert time.monotonic() - begin < 3
        assert time.process_time() - work < 0.3


def test_killed_and_back(tmp_path: Path) -> None:
    """A killed server is silence, in time; when it is back it answers, old connections or not."""
    rig.library()
    with Slapd(tmp_path / "slapd") as found:
        found.start()
        found.person("ada")
        backend = back_end(found, seconds=2)
        assert isinstance(backend.check("ada", "ada-secret"), Person)
        found.kill()
        for _ in range(2):
            with pytest.raises(Silent):
                backend.check("ada", "ada-secret")
        found.start()
        assert isinstance(backend.check("ada", "ada-secret"), Person)
        found.stop()
        found.start()
        assert isinstance(backend.check("ada", "ada-secret"), Person)


def test_our_own_mistakes(directory: Slapd) -> None:
    """What is wrong with the settings is silence with a reason, and never a way in."""
    for changes, reason in (
        ({"bind_pw": "wrong"}, "BIND_DN"),
        ({"base_dn": "ou=nowhere," + BASE}, "BASE_DN"),
        ({"filter": "(((", }, "FILTER"),
        ({"bind_pw": ""}, "BIND_DN"),
        ({"ca_file": Path("/nowhere.pem")}, "CA_FILE"),
        ({"ca_file": Path("/nowhere.pem"), "servers": (directory.tls_url,)}, "CA_FILE"),
    ):
        with pytest.raises(Silent, match=reason):
            back_end(directory, **changes).check("ada", "ada-secret")


@pytest.mark.parametrize(
    "server", ["http://x", "ldap://h:port", "ldap://h/dc=x", "ldap://", "h:99999"]
)
def test_servers_that_are_none(directory: Slapd, server: str) -> None:
    """A server that can't be one is found at the start."""
    with pytest.raises(StartupError, match="COLLECTOR_LDAP_SERVER"):
        back_end(directory, servers=(server,))
