"""A real Active Directory domain controller, Samba's, with people and groups in it."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.authority import Authority
from tests.system.rig import IN_CI, Server, need, run
from tests.system.slapd import as_bytes, library

REALM = "ad.example.org"
BASE = "DC=ad,DC=example,DC=org"
PEOPLE = f"OU=people,{BASE}"
GROUPS = f"OU=groups,{BASE}"
_READER = f"CN=reader,CN=Users,{BASE}"
_ROOT = f"CN=Administrator,CN=Users,{BASE}"
READER_SECRET = "reader-secret"

NORMAL = 0x200
DISABLED = 0x202
NEVER_EXPIRES = 0x10000
"""Bits of userAccountControl (MS-ADTS 2.2.16)."""

# No rules for passwords: those of our people are as simple as everywhere in the tests.
_LAX = {"pwdProperties": "0", "minPwdLength": "1", "minPwdAge": "0", "pwdHistoryLength": "0"}

# "samba-tool domain provision" does this, and puts ACLs on shared folders, for which it wants
# modules and extended attributes that we don't; and the password would be an argument.
_PROVISION = """\
import logging, sys
from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.param import LoadParm
from samba.provision import provision
folder, address, realm, password = sys.argv[1], sys.argv[2], sys.argv[3], sys.stdin.read()
base = folder + "/base.conf"
open(base, "w").close()
settings = LoadParm()
settings.load(base)
provision(logging.getLogger(), system_session(), lp=settings, smbconf=base,
    targetdir=folder + "/domain", realm=realm, domain="EXAMPLE", hostname="dc1", hostip=address,
    adminpass=password, serverrole="dc", dns_backend="NONE",
    dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2)
"""

# Over LDAP nobody may say when a password was set, but "now" and "never".
_AGE = """\
import sys, ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
settings = LoadParm()
settings.load(sys.argv[1])
database = SamDB(url=settings.private_path("sam.ldb"), lp=settings, session_info=system_session())
change = ldb.Message(ldb.Dn(database, sys.argv[2]))
change["pwdLastSet"] = ldb.MessageElement(sys.argv[3], ldb.FLAG_MOD_REPLACE, "pwdLastSet")
database.modify(change, controls=["local_oid:1.3.6.1.4.1.7165.4.3.20:0"])
"""

_CONFIG = """\
[global]
netbios name = DC1
workgroup = EXAMPLE
realm = {realm}
server role = active directory domain controller
server services = ldap
interfaces = {address}/8
bind interfaces only = yes
tls certfile = {certificate}
tls keyfile = {key}
tls cafile = {authority}
ldb:nosync = yes
log level = 0
private dir = {folder}/private
state directory = {folder}/state
cache directory = {folder}/cache
lock directory = {folder}
pid directory = {folder}
ncalrpc dir = {folder}/ncalrpc
binddns dir = {folder}/bind-dns
ntp signd socket directory = {folder}/ntp
winbindd socket directory = {folder}/winbindd
"""


class Samba(Server):
    """A domain controller that speaks LDAP and nothing else, on a loopback address of its own.

    Its ports can't be chosen, so its address is.
    """

    def __init__(self, folder: Path, authority: Authority | None = None) -> None:
        super().__init__("samba", folder)
        self.authority = authority or Authority(folder / "authority")
        self.address = _free_address()
        self.url = f"ldap://{self.address}"
        self.tls_url = f"ldaps://{self.address}"
        self._secret = secrets.token_urlsafe(20) + "aA1-"

    def start(self) -> None:
        """Serve; with a new domain, and who looks people up in it, where there is none."""
        need("samba-ad-provision", Path("/usr/share/samba/setup/provision.ldif"))
        program = need("samba", Path("/usr/sbin/samba"))
        new = not (self.folder / "domain").exists()
        if new:
            self._provision()
        self.run([program, "-i", "-M", "single", "-s", str(self.folder / "smb.conf")],
                 self._answers)
        if new:
            self.change(BASE, **_LAX)
            self.add(PEOPLE, objectClass="organizationalUnit", ou="people")
            self.add(GROUPS, objectClass="organizationalUnit", ou="groups")
            self.person("reader", place=f"CN=Users,{BASE}",
                        userAccountControl=str(NORMAL | NEVER_EXPIRES))

    @property
    def environ(self) -> dict[str, str]:
        """What tells a collector of it."""
        return {
            "COLLECTOR_LDAP_MODE": "ad",
            "COLLECTOR_LDAP_SERVER": self.url,
            "COLLECTOR_LDAP_CA_FILE": str(self.authority.path),
            "COLLECTOR_LDAP_BASE_DN": BASE,
            "COLLECTOR_LDAP_GROUP_DN": GROUPS,
            "COLLECTOR_LDAP_BIND_DN": f"reader@{REALM}",
            "COLLECTOR_LDAP_BIND_PW": READER_SECRET,
        }

    def person(self, name: str, place: str = PEOPLE, **more: Any) -> str:
        """Add somebody, whose password is ``<name>-secret``; return the DN."""
        dn = f"CN={_escaped(name)},{place}"
        self.add(dn, **{
            "objectClass": "user", "cn": name, "sAMAccountName": name,
            "userPrincipalName": f"{name}@{REALM}", "sn": name.title(), "givenName": "Some",
            "mail": f"{name}@example.org", "unicodePwd": _quoted(f"{name}-secret"),
            "userAccountControl": str(NORMAL), **more,
        })
        return dn

    def group(self, name: str, *members: str) -> str:
        """Add a group of people, by name, or of whatever, by DN; return its DN."""
        dn = f"CN={_escaped(name)},{GROUPS}"
        dns = [m if "=" in m else f"CN={_escaped(m)},{PEOPLE}" for m in members]
        self.add(dn, objectClass="group", cn=name, **({"member": dns} if dns else {}))
        return dn

    def disable(self, name: str) -> None:
        """Disable somebody's account."""
        self.change(f"CN={_escaped(name)},{PEOPLE}", userAccountControl=str(DISABLED))

    def password(self, name: str, secret: str) -> None:
        """Give somebody another password."""
        self.change(f"CN={_escaped(name)},{PEOPLE}", unicodePwd=_quoted(secret))

    def age(self, name: str, days: int) -> None:
        """Make somebody's password some days old; above 42 it has expired."""
        dn = f"CN={_escaped(name)},{PEOPLE}"
        _run(_AGE, str(self.folder / "smb.conf"), dn, filetime(time.time() - days * 86_400))

    def hide(self, dn: str, attribute: str) -> None:
        """Let nobody but administrators read an attribute of an entry."""
        with self.root() as handle:
            [(_, found), *_] = handle.search_s(
                f"CN=Schema,CN=Configuration,{BASE}", library().SCOPE_ONELEVEL,
                f"(lDAPDisplayName={attribute})", ["schemaIDGUID"],
            )
        guid = uuid.UUID(bytes_le=found["schemaIDGUID"][0])
        done = run([
            need("samba-tool"), "dsacl", "set", "-s", str(self.folder / "smb.conf"),
            "-H", str(self.folder / "domain" / "private" / "sam.ldb"), "--objectdn", dn,
            "--sddl", f"(OD;;RP;{guid};;AU)",
        ])
        assert done.returncode == 0, done.stderr

    def add(self, dn: str, **values: Any) -> None:
        """Add an entry."""
        with self.root() as handle:
            handle.add_s(dn, [(name, as_bytes(value)) for name, value in values.items()])

    def change(self, dn: str, **values: Any) -> None:
        """Replace attributes of an entry; None deletes one."""
        replace = library().MOD_REPLACE
        with self.root() as handle:
            handle.modify_s(dn, [
                (replace, name, None if value is None else as_bytes(value))
                for name, value in values.items()
            ])

    @contextlib.contextmanager
    def rule(self, name: str, value: str) -> Iterator[None]:
        """The domain with another rule for passwords, for a while."""
        with self.root() as handle:
            [(_, before)] = handle.search_s(BASE, library().SCOPE_BASE, attrlist=[name])
        self.change(BASE, **{name: value})
        try:
            yield
        finally:
            self.change(BASE, **before)

    def remove(self, dn: str) -> None:
        """Delete an entry."""
        with self.root() as handle:
            handle.delete_s(dn)

    def rename(self, dn: str, new: str, place: str | None = None) -> None:
        """Give an entry another name, and another place if one is told."""
        with self.root() as handle:
            handle.rename_s(dn, new, place)

    @contextlib.contextmanager
    def root(self) -> Iterator[Any]:
        """A connection of who may do everything."""
        ldap = library()
        handle = ldap.initialize(self.tls_url)
        handle.set_option(ldap.OPT_X_TLS_CACERTFILE, str(self.authority.path))
        handle.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        handle.set_option(ldap.OPT_REFERRALS, 0)
        handle.simple_bind_s(_ROOT, self._secret)
        try:
            yield handle
        finally:
            handle.unbind_s()

    def _provision(self) -> None:
        _run(_PROVISION, str(self.folder), self.address, REALM, secret=self._secret)
        certificate, key = self.authority.server(self.address)
        key.chmod(0o600)  # it takes no other
        (self.folder / "smb.conf").write_text(_CONFIG.format(
            realm=REALM, address=self.address, folder=self.folder / "domain",
            certificate=certificate, key=key, authority=self.authority.path,
        ))

    def _answers(self) -> bool:
        with socket.create_connection((self.address, 636), 1):
            return True


def filetime(seconds: float) -> str:
    """A time as Active Directory has it: from 1601, in tenths of a microsecond."""
    return str(int((seconds + 11_644_473_600) * 10_000_000))


def _run(script: str, *arguments: str, secret: str = "") -> None:
    """Run a script with Samba's own modules, which the system's Python has."""
    python = Path(need("samba-tool")).read_text().partition("\n")[0].lstrip("#! ")
    done = run([python, "-c", script, *arguments], secret)
    assert done.returncode == 0, done.stderr[-2000:]


def _free_address() -> str:
    """A loopback address where nobody has LDAP's ports."""
    if os.geteuid() != 0:
        (pytest.fail if IN_CI else pytest.skip)("a domain controller needs root")
    while True:
        address = "127." + ".".join(str(random.randrange(16, 250)) for _ in range(3))
        with contextlib.suppress(OSError):
            for port in (389, 636):
                with socket.socket() as probe:
                    probe.bind((address, port))
            return address


def _quoted(secret: str) -> bytes:
    return f'"{secret}"'.encode("utf-16-le")


def _escaped(name: str) -> str:
    found: str = library().dn.escape_dn_chars(name)
    return found
