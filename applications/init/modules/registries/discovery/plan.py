"""What to ask of a repository's tags: a decision without effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..catalog.tags import Known


@dataclass(frozen=True)
class Plan:
    """What one listing of a repository's tags leads to.

    ``read`` has names to read, each with the digest that is known of it (empty
    for new ones); ``missing`` are stored tags that the listing lacks, ``back`` those
    that were missing before, or told to be deleted, and are listed again.
    """

    read: tuple[tuple[str, str], ...]
    missing: tuple[Known, ...]
    back: tuple[Known, ...]


def plan(listed: Sequence[str], stored: Mapping[str, Known], stale_before: float) -> Plan:
    """Compare a complete listing with what is stored.

    Tags that are new, were missing, or were told of but not read yet, are read; others
    only when the registry was last asked about them before ``stale_before``.
    """
    names = dict.fromkeys(listed)
    read = []
    for name in names:
        known = stored.get(name)
        if known is None:
            read.append((name, ""))
        elif known.checked < stale_before or not known.checked or known.missing:
            read.append((name, known.digest if known.checked else ""))
    return Plan(
        tuple(read),
        tuple(known for name, known in stored.items() if name not in names),
        tuple(
            known
            for name, known in stored.items()
            if name in names and (known.missing or known.deleted is not None)
        ),
    )
