"""The LDAP back end in mode ``freeipa``.

It is slapd with a schema of ours that has the attributes of FreeIPA that the mode reads, filled
in by the tests; it is not FreeIPA itself, which sets them and keeps ``memberOf`` by its plugins.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from applications.init.modules.registries.login.backends import (
    DISABLED,
    UNKNOWN,
    WRONG,
    Person,
)
from tests.system.directories import back_end, rejected
from tests.system.slapd import BASE, Slapd, library

pytestmark = pytest.mark.system

ACCOUNTS = f"cn=accounts,{BASE}"
PEOPLE = f"cn=users,{ACCOUNTS}"
GROUPS = f"cn=groups,{ACCOUNTS}"
RULES = f"cn=hbac,{BASE}"

_SCHEMA = """\
attributetype ( 2.16.840.1.113730.3.8.3.1 NAME 'ipaUniqueID' EQUALITY caseIgnoreMatch
 SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' EQUALITY caseIgnoreMatch
 SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 2.16.840.1.113719.1.301.4.45.1 NAME 'krbLastPwdChange'
 EQUALITY generalizedTimeMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE )
attributetype ( 2.16.840.1.113719.1.301.4.37.1 NAME 'krbPrincipalExpiration'
 EQUALITY generalizedTimeMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.102 NAME 'memberOf' SUP distinguishedName )
objectclass ( 1.3.6.1.4.1.4203.666.1.1 NAME 'accountOfTests' AUXILIARY
 MAY ( ipaUniqueID $ nsAccountLock $ krbLastPwdChange $ krbPrincipalExpiration $ memberOf ) )
"""


class FreeIpa(Slapd):
    """A directory laid out as FreeIPA's."""

    def start(self) -> None:
        """Serve; with the containers, where it is new."""
        schema = self.folder / "freeipa.schema"
        new = not schema.exists()
        schema.write_text(_SCHEMA)
        self.write(schema=f"include {schema}")
        super().start()
        if new:
            for dn in (ACCOUNTS, PEOPLE, GROUPS, RULES):
                self.add(dn, objectClass="applicationProcess", cn=dn[3:].partition(",")[0])

    @property
    def environ(self) -> dict[str, str]:
        """What tells a collector of it."""
        return {
            **super().environ,
            "COLLECTOR_LDAP_MODE": "freeipa",
            "COLLECTOR_LDAP_BASE_DN": PEOPLE,
            "COLLECTOR_LDAP_GROUP_DN": GROUPS,
        }

    def person(self, name: str, **more: Any) -> str:
        """Add somebody, whose password is ``<name>-secret``; return the DN."""
        dn = f"uid={name},{PEOPLE}"
        self.add(dn, **{
            "objectClass": ["inetOrgPerson", "accountOfTests"], "uid": name, "cn": name,
            "sn": name.title(), "givenName": "Some", "mail": f"{name}@example.org",
            "userPassword": f"{name}-secret", "ipaUniqueID": str(uuid.uuid1()),
            "krbLastPwdChange": "20260101000000Z", **more,
        })
        return dn

    def group(self, name: str, *members: str) -> str:
        """Add a group of DNs; return its DN."""
        dn = f"cn={name},{GROUPS}"
        self.add(dn, objectClass="groupOfNames", cn=name, member=list(members) or dn)
        return dn


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreeIpa]:
    """A directory with somebody in a group in a group, and under a rule for hosts."""
    library()
    with FreeIpa(tmp_path_factory.mktemp("freeipa")) as found:
        found.start()
        ada = found.person("ada")
        inner = found.group("webdev", ada)
        outer = found.group("staff", inner)
        found.change(ada, memberOf=[inner, outer, f"ipaUniqueID=1,{RULES}"])
        found.person("linus")
        yield found


def when(seconds: float) -> str:
    """A time of LDAP, some seconds from now."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))


def test_a_person(directory: FreeIpa) -> None:
    """The right password gives the person, under the id that lasts."""
    backend = back_end(directory)
    found = backend.check("ada", "ada-secret")
    assert isinstance(found, Person), found
    assert (found.username, found.mail) == ("ada", "ada@example.org")
    assert (len(found.key), found.stamp) == (36, "20260101000000Z")
    assert backend.look_up(found.key) == found
    assert rejected(backend.check("ada", "wrong"))[0] == WRONG
    assert rejected(backend.check("nobody", "wrong"))[0] == UNKNOWN


def test_groups(directory: FreeIpa) -> None:
    """Groups in groups count; rules and roles, which are in memberOf too, do not."""
    backend = back_end(directory, manage_groups=True)
    found = backend.check("ada", "ada-secret")
    assert found.groups == {"webdev", "staff"}
    assert backend.look_up(found.key) == found
    spaced = back_end(directory, manage_groups=True, group_dn=GROUPS.upper().replace(",", ", "))
    assert spaced.look_up(found.key).groups == {"webdev", "staff"}
    allowed = back_end(directory, allowed_groups=("staff",))
    assert isinstance(allowed.check("ada", "ada-secret"), Person)
    assert rejected(allowed.check("linus", "linus-secret"))[0] == DISABLED


def test_the_filter_of_groups(directory: FreeIpa) -> None:
    """What the filter of groups leaves out is left out of those in memberOf too."""
    for wanted, found in (("cn=web*", {"webdev"}), ("cn=staff", {"staff"}), ("cn=x", set())):
        backend = back_end(directory, manage_groups=True, group_filter=wanted)
        assert backend.check("ada", "ada-secret").groups == found
    backend = back_end(directory, allowed_groups=("staff",), group_filter="cn=web*")
    assert rejected(backend.check("ada", "ada-secret"))[0] == DISABLED


def test_groups_of_odd_names(directory: FreeIpa) -> None:
    """Names of groups may have any characters, and there may be many of them."""
    dn = directory.person("odd")
    odd = {"Finance, Budget (EU)", "Öffentlichkeit", "a+b=c", "#1 \\ team*"}
    escape = library().dn.escape_dn_chars
    for name in odd:
        directory.add(f"cn={escape(name)},{GROUPS}", objectClass="groupOfNames", cn=name, member=dn)
    many = {f"many-{number}" for number in range(250)}
    for name in many:
        directory.group(name)
    directory.change(dn, memberOf=[f"cn={escape(name)},{GROUPS}" for name in odd | many])
    assert back_end(directory, manage_groups=True).check("odd", "odd-secret").groups == odd | many


def test_locked_and_expired(directory: FreeIpa) -> None:
    """A locked account, and one whose time is over, is out: at a login and when looked up."""
    dn = directory.person("gone")
    backend = back_end(directory)
    key = backend.check("gone", "gone-secret").key
    for changes, reason in (
        ({"nsAccountLock": "TRUE"}, "the account is locked"),
        ({"nsAccountLock": "FALSE", "krbPrincipalExpiration": when(-60)},
         "the account has expired"),
    ):
        directory.change(dn, **changes)
        assert rejected(backend.check("gone", "gone-secret")) == (DISABLED, reason)
        assert rejected(backend.look_up(key)) == (DISABLED, reason)
    directory.change(dn, krbPrincipalExpiration=when(3600))
    assert isinstance(backend.look_up(key), Person)


def test_renamed_reset_and_removed(directory: FreeIpa) -> None:
    """The key follows a new name, the stamp a new password; who is gone is nobody."""
    dn = directory.person("grace")
    backend = back_end(directory)
    found = backend.check("grace", "grace-secret")
    directory.rename(dn, "uid=hopper")
    dn = f"uid=hopper,{PEOPLE}"
    directory.change(dn, krbLastPwdChange=when(0))
    renamed = backend.look_up(found.key)
    assert (renamed.key, renamed.username) == (found.key, "hopper")
    assert renamed.stamp != found.stamp
    directory.remove(dn)
    assert rejected(backend.look_up(found.key))[0] == UNKNOWN
