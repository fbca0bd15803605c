"""The LDAP back end with a real Active Directory domain controller, Samba's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from applications.init.modules.registries.login.backends import (
    DISABLED,
    UNKNOWN,
    WRONG,
    Person,
    Silent,
)
from tests.system.authority import Authority
from tests.system.directories import NOT_ADAS, back_end, rejected
from tests.system.samba import BASE, GROUPS, NORMAL, PEOPLE, REALM, Samba, filetime
from tests.system.slapd import library

pytestmark = pytest.mark.system

ODD = ("Finance, Budget (EU)", "Öffentlichkeit", "a+b=c", "#1 \\ team*", "R&D <all>; \"it\"")


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samba]:
    """A domain with some people and groups."""
    library()
    with Samba(tmp_path_factory.mktemp("samba")) as found:
        found.start()
        found.person("ada", sn="Lovelace", givenName="Ada")
        found.person("linus")
        inner = found.group("kernel", "linus")
        middle = found.group("systems", inner)
        found.group("engineering", middle)
        found.group("webdev", "ada", "linus")
        yield found


@pytest.mark.parametrize("tls", ["starttls", "ldaps"])
@pytest.mark.parametrize("login", ["ada", "ADA", f"ada@{REALM}"])
def test_a_person(domain: Samba, tls: str, login: str) -> None:
    """The name before Windows 2000 and the one with the domain are the same person's."""
    server = domain.tls_url if tls == "ldaps" else domain.url
    backend = back_end(domain, servers=(server,), tls=tls)
    found = backend.check(login, "ada-secret")
    assert isinstance(found, Person), found
    assert (found.username, found.mail) == ("ada", "ada@example.org")
    assert (found.first_name, found.last_name) == ("Ada", "Lovelace")
    assert len(found.key) == 36
    assert int(found.stamp) > 0
    assert found.groups is None
    assert backend.look_up(found.key) == found


def test_wrong_passwords(domain: Samba) -> None:
    """A wrong password is told from a name that nobody has."""
    backend = back_end(domain)
    for wrong in NOT_ADAS:
        assert rejected(backend.check("ada", wrong))[0] == WRONG
    assert rejected(backend.check("nobody", "ada-secret"))[0] == UNKNOWN
    assert rejected(backend.check("DC1$", "ada-secret"))[0] == UNKNOWN
    assert isinstance(backend.check("ada", "ada-secret"), Person)


@pytest.mark.parametrize(
    "login",
    ["*", "a*", "ada)(sAMAccountName=*", "*)(objectClass=*", "ada\\2a", f"CN=ada,{PEOPLE}", "ada\0",
     "(", "\\", "ada)(|(cn=*", " ", "ада", "x" * 300, "EXAMPLE\\ada", "ada@", f"@{REALM}"],
)
def test_names_are_no_filters(domain: Samba, login: str) -> None:
    """A name that reads like a filter, DN or DOMAIN\\name is just a name that nobody has."""
    assert rejected(back_end(domain).check(login, "ada-secret"))[0] == UNKNOWN


def test_disabled(domain: Samba) -> None:
    """A disabled account is out, with the right password and when it is looked up."""
    domain.person("gone")
    backend = back_end(domain)
    key = backend.check("gone", "gone-secret").key
    domain.disable("gone")
    disabled = (DISABLED, "the account is disabled")
    for answer in (backend.check("gone", "gone-secret"), backend.check("gone", "wrong"),
                   backend.look_up(key)):
        assert rejected(answer) == disabled


def test_expired(domain: Samba) -> None:
    """An account is out from the time that it expires."""
    dn = domain.person("visitor", accountExpires=filetime(time.time() + 3600))
    backend = back_end(domain)
    key = backend.check("visitor", "visitor-secret").key
    domain.change(dn, accountExpires=filetime(time.time() - 60))
    expired = (DISABLED, "the account has expired")
    assert rejected(backend.check("visitor", "visitor-secret")) == expired
    assert rejected(backend.look_up(key)) == expired


def test_passwords_to_be_changed(domain: Samba) -> None:
    """A password that has to be changed, or is too old, is no login; the log says which.

    That is of the password, not of the person: when they are looked up they are there.
    """
    domain.person("fresh", pwdLastSet="0")
    backend = back_end(domain)
    reason = "the password has to be changed first"
    assert rejected(backend.check("fresh", "fresh-secret")) == (WRONG, reason)
    assert rejected(backend.check("fresh", "wrong")) == (WRONG, "wrong password")
    domain.person("stale")
    key = backend.check("stale", "stale-secret").key
    domain.age("stale", days=43)
    expired = (WRONG, "the password has expired")
    assert rejected(backend.check("stale", "stale-secret")) == expired
    assert isinstance(backend.look_up(key), Person)
    assert rejected(backend.check("stale", "wrong"))[0] == WRONG
    domain.password("stale", "new-secret")
    assert isinstance(backend.check("stale", "new-secret"), Person)


def test_what_may_not_be_read(domain: Samba) -> None:
    """Who looks people up has to see whether they are disabled: else nobody is let in."""
    dn = domain.person("hidden")
    backend = back_end(domain)
    key = backend.check("hidden", "hidden-secret").key
    domain.hide(dn, "userAccountControl")
    unknown = (DISABLED, "userAccountControl can't be read by COLLECTOR_LDAP_BIND_DN")
    assert rejected(backend.check("hidden", "hidden-secret")) == unknown
    assert rejected(backend.look_up(key)) == unknown


def test_locked(domain: Samba) -> None:
    """Who is locked out there can't log in, with the right password too.

    Guesses of others do that: they don't take away what somebody has here.
    """
    dn = domain.person("locked")
    backend = back_end(domain)
    key = backend.check("locked", "locked-secret").key
    with domain.rule("lockoutThreshold", "2"):
        for _ in range(2):
            assert rejected(backend.check("locked", "wrong"))[0] == WRONG
        answer = backend.check("locked", "locked-secret")
        assert rejected(answer) == (WRONG, "the account is locked")
        assert isinstance(backend.look_up(key), Person)
        domain.change(dn, lockoutTime="0")
        assert isinstance(backend.check("locked", "locked-secret"), Person)


def test_nested_groups(domain: Samba) -> None:
    """Groups in groups count, for the names of groups and for who may log in."""
    backend = back_end(domain, manage_groups=True)
    found = backend.check("linus", "linus-secret")
    assert found.groups == {"kernel", "systems", "engineering", "webdev"}
    assert backend.look_up(found.key).groups == found.groups
    assert backend.check("ada", "ada-secret").groups == {"webdev"}
    allowed = back_end(domain, allowed_groups=("Engineering",))
    assert isinstance(allowed.check("linus", "linus-secret"), Person)
    refused = (DISABLED, "in none of the allowed groups")
    assert rejected(allowed.check("ada", "ada-secret")) == refused
    assert rejected(allowed.look_up(backend.check("ada", "ada-secret").key)) == refused


def test_the_primary_group(domain: Samba) -> None:
    """Somebody's primary group, which has no list of members, is none that is told."""
    found = back_end(domain, manage_groups=True, group_dn=BASE).check("ada", "ada-secret")
    assert found.groups == {"webdev"}


def test_other_names(domain: Samba) -> None:
    """The username can be another attribute; people log in by the same names as before."""
    backend = back_end(domain, username_attribute="userPrincipalName")
    for login in ("ada", f"ada@{REALM}"):
        assert backend.check(login, "ada-secret").username == f"ada@{REALM}"


def test_groups_of_odd_names(domain: Samba) -> None:
    """Names of groups and people may have any characters, groups in groups too."""
    name = "Müller, Jörg (EU) * #1"
    domain.person(name, sAMAccountName="jmueller", userPrincipalName=f"jörg@{REALM}",
                  unicodePwd='"jörg ist da"'.encode("utf-16-le"))
    inner = ODD[0]
    dn = domain.group(inner, name)
    for other in ODD[1:]:
        dn = domain.group(other, dn)
    backend = back_end(domain, manage_groups=True)
    for login in ("jmueller", f"jörg@{REALM}"):
        found = backend.check(login, "jörg ist da")
        assert isinstance(found, Person), found
        assert (found.username, found.groups) == ("jmueller", set(ODD))


def test_many_groups(domain: Samba) -> None:
    """More groups than the directory gives at once are all there, in time."""
    dn = domain.person("many").encode()
    with domain.root() as handle:
        for number in range(1050):
            handle.add_s(f"CN=many-{number},{GROUPS}",
                         [("objectClass", [b"group"]), ("member", [dn])])
    found = back_end(domain, manage_groups=True).check("many", "many-secret")
    assert len(found.groups) == 1050


def test_renamed_moved_and_removed(domain: Samba) -> None:
    """The key follows an entry through names and places, and finds nobody when it is gone."""
    dn = domain.person("grace")
    domain.add(f"OU=navy,{BASE}", objectClass="organizationalUnit", ou="navy")
    domain.group("sailors", "grace")
    backend = back_end(domain, manage_groups=True)
    key = backend.check("grace", "grace-secret").key
    domain.rename(dn, "CN=hopper", f"OU=navy,{BASE}")
    dn = f"CN=hopper,OU=navy,{BASE}"
    domain.change(dn, sAMAccountName="hopper")
    found = backend.look_up(key)
    assert (found.key, found.username, found.groups) == (key, "hopper", {"sailors"})
    assert backend.check("hopper", "grace-secret") == found
    narrow = back_end(domain, base_dn=PEOPLE)
    assert rejected(narrow.look_up(key))[0] == UNKNOWN
    domain.remove(dn)
    assert rejected(backend.look_up(key))[0] == UNKNOWN
    assert rejected(backend.check("hopper", "grace-secret"))[0] == UNKNOWN
    assert rejected(backend.look_up("not-a-key"))[0] == UNKNOWN


def test_the_stamp(domain: Samba) -> None:
    """A new password shows in what is looked up, and so does one that has to be changed."""
    dn = domain.person("eve")
    backend = back_end(domain)
    first = backend.check("eve", "eve-secret")
    domain.change(dn, mail="other@example.org")
    assert backend.look_up(first.key).stamp == first.stamp
    domain.password("eve", "another-secret")
    second = backend.look_up(first.key)
    assert second.stamp not in ("", first.stamp)
    assert rejected(backend.check("eve", "eve-secret"))[0] == WRONG
    assert backend.check("eve", "another-secret").stamp == second.stamp
    domain.change(dn, pwdLastSet="0")
    assert backend.look_up(first.key).stamp not in (first.stamp, second.stamp)


@pytest.mark.parametrize("tls", ["starttls", "ldaps"])
def test_another_authority(domain: Samba, tmp_path: Path, tls: str) -> None:
    """A certificate of an unknown authority is refused, if not told else."""
    server = domain.tls_url if tls == "ldaps" else domain.url
    other = Authority(tmp_path / "other", "another authority")
    backend = back_end(domain, servers=(server,), tls=tls, ca_file=other.path)
    with pytest.raises(Silent, match="certificate is not accepted"):
        backend.check("ada", "ada-secret")
    lax = back_end(domain, servers=(server,), tls=tls, ca_file=other.path, verify=False)
    assert isinstance(lax.check("ada", "ada-secret"), Person)


def test_without_tls(domain: Samba) -> None:
    """A domain controller refuses passwords in the clear: silence, and the log says why."""
    with pytest.raises(Silent, match=r"(?i)strong.*encryption required"):
        back_end(domain, tls="none").check("ada", "ada-secret")


def test_our_own_mistakes(domain: Samba) -> None:
    """What is wrong with the settings is silence with a reason, and never a way in."""
    for changes, reason in (
        ({"bind_pw": "wrong"}, "BIND_DN"),
        ({"bind_dn": "", "bind_pw": ""}, "(?i)operation"),
        ({"base_dn": "OU=nowhere," + BASE}, "BASE_DN"),
        ({"base_dn": "DC=elsewhere,DC=org"}, "BASE_DN"),
        ({"group_dn": "OU=nowhere," + BASE, "manage_groups": True}, "GROUP_DN"),
        ({"filter": "((("}, "FILTER"),
    ):
        with pytest.raises(Silent, match=reason):
            back_end(domain, **changes).check("ada", "ada-secret")


def test_reader_disabled(domain: Samba) -> None:
    """When the account that looks people up is disabled, nobody logs in, and the log says it."""
    dn = domain.person("lookup")
    changes = {"bind_dn": f"lookup@{REALM}", "bind_pw": "lookup-secret"}
    assert isinstance(back_end(domain, **changes).check("ada", "ada-secret"), Person)
    domain.change(dn, userAccountControl=str(NORMAL | 2))
    with pytest.raises(Silent, match=r"BIND_DN.*disabled"):
        back_end(domain, **changes).check("ada", "ada-secret")


def test_killed_and_back(tmp_path: Path) -> None:
    """A killed controller is silence, in time; when it is back it answers."""
    library()
    with Samba(tmp_path / "samba") as found:
        found.start()
        found.person("ada")
        backend = back_end(found, seconds=2)
        assert isinstance(backend.check("ada", "ada-secret"), Person)
        found.kill()
        for _ in range(2):
            begin = time.monotonic()
            with pytest.raises(Silent, match=found.address):
                backend.check("ada", "ada-secret")
            assert time.monotonic() - begin < 3
        found.start()
        assert isinstance(backend.check("ada", "ada-secret"), Person)
