"""Settings of the LDAP and Active Directory back end, by the collector's names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import StartupError
from .reading import Mapped, count, flag, mapped, one_of, path, setting, text, words

MODES = ("uid", "uid_r", "cn", "mail", "ad", "freeipa")


@dataclass(frozen=True)
class LdapSettings:
    """Where the directory is, and what it is asked."""

    mode: str = setting(
        "COLLECTOR_LDAP_MODE",
        "kind of directory: uid, uid_r, cn, mail, ad, freeipa; none when not set",
        "",
        one_of("", *MODES),
        "ldap_mode",
    )
    servers: tuple[str, ...] = setting(
        "COLLECTOR_LDAP_SERVER",
        "hosts, host:port or ldap(s):// URLs; the next one is asked when one does not answer",
        (),
        words,
        "ldap_server",
    )
    port: int = setting(
        "COLLECTOR_LDAP_PORT", "0: 636 for ldaps, else 389", 0, count, "ldap_port"
    )
    tls: str = setting(
        "COLLECTOR_LDAP_TLS",
        "starttls, ldaps, or none, which sends passwords in the clear",
        "starttls",
        one_of("starttls", "ldaps", "none"),
        "ldap_tls",
    )
    ca_file: Path | None = setting(
        "COLLECTOR_LDAP_CA_FILE",
        "certificate authorities of the directory, PEM; the system's when not set",
        None,
        path,
        "ldap_ca_file",
    )
    verify: bool = setting(
        "COLLECTOR_LDAP_VERIFY", "verify the directory's certificate", True, flag, "ldap_verify"
    )
    base_dn: str = setting(
        "COLLECTOR_LDAP_BASE_DN", "below which people are", "", text, "ldap_base_dn"
    )
    bind_dn: str = setting(
        "COLLECTOR_LDAP_BIND_DN",
        "who looks people up; nobody (anonymously) when not set",
        "",
        text,
        "ldap_bind_dn",
    )
    bind_pw: str = setting(
        "COLLECTOR_LDAP_BIND_PW", "its password", "", str, "ldap_bind_pw", secret=True
    )
    filter: str = setting(
        "COLLECTOR_LDAP_FILTER",
        "what people match beside their name; the mode's when not set",
        "",
        text,
        "ldap_filter",
    )
    username_attribute: str = setting(
        "COLLECTOR_LDAP_USERNAME_ATTRIB",
        "attribute of the login name; the mode's when not set",
        "",
        text,
        "ldap_username_attrib",
    )
    mail_attribute: str = setting(
        "COLLECTOR_LDAP_MAIL_ATTRIB", "attribute of the e-mail", "mail", text, "ldap_mail_attrib"
    )
    first_name_attribute: str = setting(
        "COLLECTOR_LDAP_FIRST_NAME_ATTRIB",
        "attribute of the first name",
        "givenName",
        text,
        "ldap_firstname_attrib",
    )
    last_name_attribute: str = setting(
        "COLLECTOR_LDAP_LAST_NAME_ATTRIB",
        "attribute of the last name",
        "sn",
        text,
        "ldap_lastname_attrib",
    )
    allowed_groups: tuple[str, ...] = setting(
        "COLLECTOR_LDAP_ALLOWED_GROUPS",
        "groups of the directory whose members may log in; everybody when not set",
        (),
        words,
        "ldap_allowed_groups",
    )
    manage_groups: bool = setting(
        "COLLECTOR_LDAP_MANAGE_GROUPS",
        "memberships here follow those of the directory",
        False,
        flag,
        "ldap_manage_groups",
    )
    group_dn: str = setting(
        "COLLECTOR_LDAP_GROUP_DN",
        "below which groups are; the base when not set",
        "",
        text,
        "ldap_group_dn",
    )
    group_filter: str = setting(
        "COLLECTOR_LDAP_GROUP_FILTERSTR",
        "what groups match",
        "objectClass=*",
        text,
        "ldap_group_filterstr",
    )
    group_name_attribute: str = setting(
        "COLLECTOR_LDAP_GROUP_NAME_ATTRIB",
        "attribute of a group's name",
        "cn",
        text,
        "ldap_group_name_attrib",
    )
    group_member_attribute: str = setting(
        "COLLECTOR_LDAP_GROUP_MEMBER_ATTRIB",
        "attribute of a group's members; the mode's when not set (member, or memberUid)",
        "",
        text,
        "ldap_group_member_attrib",
    )
    group_mapping: Mapped = setting(
        "COLLECTOR_LDAP_GROUP_MAPPING",
        "groups of the directory, each with the groups here that it means: a dictionary, or JSON",
        (),
        mapped,
        "ldap_group_mapping",
    )
    seconds: int = setting(
        "COLLECTOR_LDAP_SECONDS", "how long one login may wait for all servers together", 4, count
    )

    def require_usable(self) -> None:
        """Check what the back end can't do without.

        :raises StartupError: it is not there; the message says what.
        """
        for name, value in (
            ("COLLECTOR_LDAP_MODE", self.mode),
            ("COLLECTOR_LDAP_SERVER", self.servers),
            ("COLLECTOR_LDAP_BASE_DN", self.base_dn),
        ):
            if not value:
                raise StartupError(f"{name} is not set, and people log in with ldap")
