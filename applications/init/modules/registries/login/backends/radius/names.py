"""Who a server is asked about, and what the account of such a person is called."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LONGEST_LOGIN = 253
_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")


@dataclass(frozen=True)
class Name:
    """What somebody typed, in the forms it is needed in.

    ``asked`` is what the server gets; ``key`` is that in lower case, so that one person
    has one account however the name is typed; ``username`` is the key without our own realm.
    """

    asked: str
    key: str
    username: str
    mail: str


def read(login: str, realm: str) -> Name | None:
    """Read a login; None where no server can know it.

    :param realm: what is put behind logins without an ``@``; may be empty.
    """
    # RFC 8265 3.3: one spelling for letters that look the same, before anything is compared.
    typed = unicodedata.normalize("NFC", login)
    # With two @ a name and a name in our realm could be called the same here.
    if typed != typed.strip() or not typed.isprintable() or typed.count("@") > 1:
        return None
    name, at, theirs = typed.partition("@")
    if not name or (at and not theirs):
        return None
    asked = typed if at or not realm else f"{typed}@{realm}"
    if len(asked.encode()) > LONGEST_LOGIN:
        return None
    key = unicodedata.normalize("NFC", asked.lower())
    ours = "@" + unicodedata.normalize("NFC", realm.lower()) if realm else ""
    username = key[: -len(ours)] if ours and key.endswith(ours) else key
    return Name(asked, key, username, key if _MAIL.fullmatch(key) else "")
