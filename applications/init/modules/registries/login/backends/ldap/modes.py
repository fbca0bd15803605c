"""What kinds of directories call things: the modes of the collector's ``ldap_mode``."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Attributes = Mapping[str, list[bytes]]
"""An entry's attributes, names in lower case."""

_NEVER = (0, 2**63 - 1)
_FILETIME_ZERO = 11_644_473_600
"""Seconds from 1601, when Active Directory's time begins, to 1970."""

_DISABLED_BIT = 2
_LOCKED_FOR_EVER = "000001010000Z"
IN_CHAIN = "1.2.840.113556.1.4.1941"
"""The matching rule that follows groups in groups (MS-ADTS 3.1.1.3.4.4)."""

# Active Directory says in the text of "invalid credentials" what is wrong (MS-ERREF).
_BIND_REASON = re.compile(r"data ([0-9a-f]{3,8})\b")
_BIND_STATES = {
    "52f": "the account has restrictions that a login does not meet",
    "530": "may not log in at this time",
    "531": "may not log in from this machine",
    "532": "the password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the password has to be changed first",
    "775": "the account is locked",
}


def bind_state(said: str) -> str:
    """Why a bind with the right password was refused, of what Active Directory said; or empty."""
    found = _BIND_REASON.search(said)
    return _BIND_STATES.get(found.group(1), "") if found else ""


def text(entry: Attributes, name: str) -> str:
    """The first value of an attribute as a text without odd characters, or empty."""
    values = entry.get(name.lower()) or [b""]
    found = values[0].decode("utf-8", "replace")
    return "".join(c for c in found if c.isprintable()).strip()


def _plain_key(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _guid(value: bytes) -> str:
    return str(uuid.UUID(bytes_le=value)) if len(value) == 16 else ""


def _guid_bytes(key: str) -> bytes:
    try:
        return uuid.UUID(key).bytes_le
    except ValueError:
        return b""


def _encode(key: str) -> bytes:
    return key.encode("utf-8", "replace")


def _number(entry: Attributes, name: str) -> int:
    try:
        return int(text(entry, name) or 0)
    except ValueError:
        return 0


def _standard_state(entry: Attributes) -> str:
    if text(entry, "pwdAccountLockedTime") == _LOCKED_FOR_EVER:
        return "the account is locked"
    days = _number(entry, "shadowExpire")
    if days > 0 and days * 86_400 <= time.time():
        return "the account has expired"
    return ""


def _ad_state(entry: Attributes) -> str:
    if not text(entry, "userAccountControl"):
        return "userAccountControl can't be read by COLLECTOR_LDAP_BIND_DN"
    if _number(entry, "userAccountControl") & _DISABLED_BIT:
        return "the account is disabled"
    expires = _number(entry, "accountExpires")
    if expires not in _NEVER and expires / 10_000_000 - _FILETIME_ZERO <= time.time():
        return "the account has expired"
    return ""


def _ipa_state(entry: Attributes) -> str:
    if text(entry, "nsAccountLock").upper() == "TRUE":
        return "the account is locked"
    expires = text(entry, "krbPrincipalExpiration")  # YYYYmmddHHMMSSZ
    if expires and expires <= time.strftime("%Y%m%d%H%M%SZ", time.gmtime()):
        return "the account has expired"
    return ""


@dataclass(frozen=True)
class Mode:
    """One kind of directory.

    :param names: attributes that a login name is compared with.
    :param username: attribute that holds the username.
    :param people: filter that people match.
    :param key: attribute that stays when names change; ``to_key`` makes a text of it,
        ``from_key`` its bytes again.
    :param stamp: attribute that changes with the password.
    :param state: why an entry may not log in; empty where it may.
    :param member: attribute of members of groups: their DN, or their username.
    :param direct: people bind as ``name=...`` below the base where nobody looks them up.
    """

    names: tuple[str, ...]
    username: str
    people: str = "(objectClass=*)"
    key: str = "entryUUID"
    to_key: Callable[[bytes], str] = _plain_key
    from_key: Callable[[str], bytes] = _encode
    stamp: str = "pwdChangedTime"
    state: Callable[[Attributes], str] = _standard_state
    more: tuple[str, ...] = ("pwdAccountLockedTime", "shadowExpire")
    member: str = "memberUid"
    nested: bool = False
    member_of: bool = False
    direct: bool = False


MODES: dict[str, Mode] = {
    "uid": Mode(("uid",), "uid", direct=True),
    "uid_r": Mode(("uid",), "uid"),
    "cn": Mode(("cn",), "cn", direct=True),
    "mail": Mode(("mail",), "uid"),
    "ad": Mode(
        ("sAMAccountName", "userPrincipalName"),
        "sAMAccountName",
        people="(&(objectCategory=person)(objectClass=user))",
        key="objectGUID",
        to_key=_guid,
        from_key=_guid_bytes,
        stamp="pwdLastSet",
        state=_ad_state,
        more=("userAccountControl", "accountExpires"),
        member="member",
        nested=True,
    ),
    "freeipa": Mode(
        ("uid",),
        "uid",
        people="(objectClass=person)",
        key="ipaUniqueID",
        stamp="krbLastPwdChange",
        state=_ipa_state,
        more=("nsAccountLock", "krbPrincipalExpiration"),
        member="member",
        member_of=True,
    ),
}
