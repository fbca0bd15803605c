"""The examples of docs/login-ldap.md, with what is of the machine replaced."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from applications.init.modules.registries import settings as settings_module
from applications.init.modules.registries.login.backends import Person
from tests.conftest import CHECKOUT
from tests.system.directories import Directory
from tests.system.samba import Samba
from tests.system.slapd import Slapd, library
from tests.system.test_freeipa import FreeIpa

pytestmark = pytest.mark.system

_OF_THE_MACHINE = ("SERVER", "CA_FILE", "BIND_PW")


def example(title: str, *more: str) -> dict[str, str]:
    """The settings of the first example under a heading, and of others that have some text."""
    page = (CHECKOUT / "docs" / "login-ldap.md").read_text()
    section = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"(?:^    .*\n)+", section, re.M)
    chosen = [blocks[0], *(block for block in blocks if any(text in block for text in more))]
    lines = [line.strip().partition("=") for line in "".join(chosen).splitlines()]
    assert all(name.startswith("COLLECTOR_LDAP_") for name, _, _ in lines)
    return {name: value for name, _, value in lines}


def person(directory: Directory, environ: dict[str, str], **changes: str) -> Any:
    """Who ada is, by the settings of an example."""
    from applications.init.modules.registries.login.backends.ldap import Ldap

    names = [f"COLLECTOR_LDAP_{name}" for name in _OF_THE_MACHINE]
    own = {name: directory.environ[name] for name in names}
    told = {f"COLLECTOR_LDAP_{name.upper()}": value for name, value in changes.items()}
    settings = settings_module.load({**environ, **own, **told}).ldap
    found = Ldap(settings).check("ada", "ada-secret")
    assert isinstance(found, Person), found
    return found


def test_openldap(tmp_path: Path) -> None:
    """OpenLDAP's, with StartTLS and both ways of LDAP over TLS, and with DNs in groups."""
    library()
    with Slapd(tmp_path) as directory:
        directory.start()
        dn = directory.person("ada")
        directory.group("webdev", "ada")
        directory.add("cn=kernel,ou=groups,dc=example,dc=org", objectClass="groupOfNames",
                      cn="kernel", member=dn)
        environ = example("OpenLDAP")
        assert person(directory, environ).groups == {"webdev"}
        assert person(directory, environ, server=directory.tls_url).groups == {"webdev"}
        plain = directory.tls_url.partition("//")[2]
        secure = example("OpenLDAP", "COLLECTOR_LDAP_TLS=ldaps")
        assert secure["COLLECTOR_LDAP_TLS"] == "ldaps"
        assert person(directory, secure, server=plain).groups == {"webdev"}
        members = example("OpenLDAP", "GROUP_MEMBER_ATTRIB")
        del members["COLLECTOR_LDAP_GROUP_FILTERSTR"]
        assert person(directory, members).groups == {"kernel"}


def test_active_directory(tmp_path: Path) -> None:
    """Active Directory's, with its group and what that means here."""
    library()
    with Samba(tmp_path) as directory:
        directory.start()
        directory.person("ada")
        inner = directory.group("kernel", "ada")
        directory.group("engineering", inner)
        environ = example("Active Directory")
        assert person(directory, environ).groups == {"kernel", "engineering"}
        mapping = dict(settings_module.load(environ).ldap.group_mapping)
        assert mapping == {"engineering": ("kernel-team", "DockerRegistriesPusher")}


def test_freeipa(tmp_path: Path) -> None:
    """FreeIPA's."""
    library()
    with FreeIpa(tmp_path) as directory:
        directory.start()
        dn = directory.person("ada")
        directory.change(dn, memberOf=directory.group("webdev", dn))
        reader = directory.environ["COLLECTOR_LDAP_BIND_DN"]
        assert person(directory, example("FreeIPA"), bind_dn=reader).groups == {"webdev"}
