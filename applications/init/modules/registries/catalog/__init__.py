"""The catalogue: registries, repositories and tags, read and written.

All SQL on them is here.  Whoever writes holds the transaction.
"""

from . import changing, crawls, graves, links, questions, repositories, tags, wake
from .hosts import by_host
from .registries import (
    Declared,
    Remote,
    by_id,
    by_service,
    declare,
    policies,
    remote,
    remotes,
    set_options,
    valid_service,
    valid_url,
)

__all__ = [
    "Declared",
    "Remote",
    "by_host",
    "by_id",
    "by_service",
    "changing",
    "crawls",
    "declare",
    "graves",
    "links",
    "policies",
    "questions",
    "remote",
    "remotes",
    "repositories",
    "set_options",
    "tags",
    "valid_service",
    "valid_url",
    "wake",
]
