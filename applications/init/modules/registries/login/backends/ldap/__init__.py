"""LDAP directories, Active Directory and FreeIPA among them (RFC 4511, 4513, 4515)."""

from .backend import Ldap

__all__ = ["Ldap"]
