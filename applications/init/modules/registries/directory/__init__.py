"""Who is who: accounts, groups, applications, nodes and services out of the database."""

from .lookups import EVERYBODY, Directory, is_true
from .model import Account, App, Memberships, Node, Origin, Service

__all__ = [
    "EVERYBODY",
    "Account",
    "App",
    "Directory",
    "Memberships",
    "Node",
    "Origin",
    "Service",
    "is_true",
]
