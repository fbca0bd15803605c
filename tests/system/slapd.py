"""A real slapd with a directory of its own, TLS, and people in it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.system.authority import Authority
from tests.system.rig import Server, free_port, need

BASE = "dc=example,dc=org"
PEOPLE = f"ou=people,{BASE}"
GROUPS = f"ou=groups,{BASE}"
READER = f"cn=reader,{BASE}"
_ROOT = f"cn=root,{BASE}"
_ROOT_SECRET = "root-of-the-directory"
READER_SECRET = "reader-secret"
OTHER_ADDRESS = "127.0.0.2"
"""It is not in the certificate."""

_CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
{schema}
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
{modules}
TLSCACertificateFile {authority}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
disallow bind_anon
database mdb
maxsize 33554432
suffix "{base}"
rootdn "{root}"
rootpw {secret}
directory {folder}/data
dbnosync
index objectClass,uid,entryUUID,memberUid eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by self read by * none
"""


class Slapd(Server):
    """slapd on 127.0.0.1: a plain port that takes StartTLS, and one of ldaps."""

    def __init__(self, folder: Path, authority: Authority | None = None) -> None:
        super().__init__("slapd", folder)
        self.authority = authority or Authority(folder / "authority")
        self.port, self.tls_port = free_port(), free_port()
        # For "localhost" the library checks certificates against the machine's own name.
        self.url = f"ldap://127.0.0.1:{self.port}"
        self.tls_url = f"ldaps://127.0.0.1:{self.tls_port}"
        (folder / "data").mkdir(exist_ok=True)

    def write(self, schema: str = "", modules: str = "") -> None:
        """Write the configuration."""
        certificate, key = self.authority.server()
        config = _CONFIG.format(
            schema=schema, modules=modules, folder=self.folder, authority=self.authority.path,
            certificate=certificate, key=key, base=BASE, root=_ROOT, secret=_ROOT_SECRET,
            reader=READER,
        )
        (self.folder / "slapd.conf").write_text(config)

    def start(self) -> None:
        """Serve; with the base and who looks people up, where it is new."""
        program = need("slapd", Path("/usr/sbin/slapd"))
        if not (self.folder / "slapd.conf").exists():
            self.write()
        new = not any((self.folder / "data").iterdir())
        urls = " ".join(
            f"ldap://{address}:{self.port} ldaps://{address}:{self.tls_port}"
            for address in ("127.0.0.1", OTHER_ADDRESS)
        )
        self.run([program, "-d", "0", "-f", str(self.folder / "slapd.conf"), "-h", urls],
                 self._answers)
        if new:
            self.add(BASE, objectClass=["dcObject", "organization"], dc="example", o="Example")
            self.add(PEOPLE, objectClass="organizationalUnit", ou="people")
            self.add(GROUPS, objectClass="organizationalUnit", ou="groups")
            self.add(READER, objectClass=["organizationalRole", "simpleSecurityObject"],
                     cn="reader", userPassword=READER_SECRET)

    @property
    def environ(self) -> dict[str, str]:
        """What tells a collector of it."""
        return {
            "COLLECTOR_LDAP_MODE": "uid_r",
            "COLLECTOR_LDAP_SERVER": self.url,
            "COLLECTOR_LDAP_CA_FILE": str(self.authority.path),
            "COLLECTOR_LDAP_BASE_DN": PEOPLE,
            "COLLECTOR_LDAP_GROUP_DN": GROUPS,
            "COLLECTOR_LDAP_BIND_DN": READER,
            "COLLECTOR_LDAP_BIND_PW": READER_SECRET,
        }

    def person(self, name: str, **more: Any) -> str:
        """Add somebody, whose password is ``<name>-secret``; return the DN."""
        dn = f"uid={name},{PEOPLE}"
        self.add(dn, **{**_person(name), **more})
        return dn

    def people(self, names: Iterable[str]) -> None:
        """Add many over one connection."""
        with self._root() as handle:
            for name in names:
                values = _person(name)
                handle.add_s(f"uid={name},{PEOPLE}", [(k, as_bytes(v)) for k, v in values.items()])

    def group(self, name: str, *members: str) -> str:
        """Add a group of usernames; return its DN."""
        dn = f"cn={name},{GROUPS}"
        some = {"memberUid": list(members)} if members else {}
        self.add(dn, objectClass="posixGroup", cn=name, gidNumber="1000", **some)
        return dn

    def add(self, dn: str, **values: Any) -> None:
        """Add an entry."""
        with self._root() as handle:
            handle.add_s(dn, [(name, as_bytes(value)) for name, value in values.items()])

    def change(self, dn: str, **values: Any) -> None:
        """Replace attributes of an entry; None deletes one."""
        ldap = pytest.importorskip("ldap")
        with self._root() as handle:
            handle.modify_s(dn, [
                (ldap.MOD_REPLACE, name, None if value is None else as_bytes(value))
                for name, value in values.items()
            ])

    def remove(self, dn: str) -> None:
        """Delete an entry."""
        with self._root() as handle:
            handle.delete_s(dn)

    def rename(self, dn: str, new: str) -> None:
        """Give an entry another name."""
        with self._root() as handle:
            handle.rename_s(dn, new, delold=1)

    @contextmanager
    def _root(self) -> Iterator[Any]:
        ldap = pytest.importorskip("ldap")
        handle = ldap.initialize(f"ldap://127.0.0.1:{self.port}")
        handle.simple_bind_s(_ROOT, _ROOT_SECRET)
        try:
            yield handle
        finally:
            handle.unbind_s()

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.tls_port), 1):
            return True


@contextmanager
def silent() -> Iterator[int]:
    """A port where connections are taken, and nobody ever says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def library() -> Any:
    """python-ldap; without it the test is skipped, in CI it fails."""
    if os.environ.get("CI") == "true":
        import ldap

        return ldap
    return pytest.importorskip("ldap")


def _person(name: str) -> dict[str, str]:
    return {
        "objectClass": "inetOrgPerson", "uid": name, "cn": name, "sn": name.title(),
        "givenName": "Some", "mail": f"{name}@example.org", "userPassword": f"{name}-secret",
    }


def as_bytes(value: Any) -> list[bytes]:
    """A value, or a list of them, as the library takes it."""
    return [v if isinstance(v, bytes) else v.encode()
            for v in (value if isinstance(value, list) else [value])]
