"""What was deleted is remembered, as long as it matters."""

from __future__ import annotations

from applications.init.modules.registries.catalog import graves
from tests.home import Home

from .conftest import NAME, OTHER, REGISTRY


def test_buried_and_reopened(world: Home) -> None:
    """A deletion is known with its time until it is forgotten; the later of two counts."""
    db = world.db
    with db.transaction(write=True):
        assert graves.deleted_at(db, REGISTRY, NAME, "v1") is None
        graves.bury(db, REGISTRY, NAME, 100, "v1")
        graves.bury(db, REGISTRY, NAME, 200, "v1")
        assert graves.deleted_at(db, REGISTRY, NAME, "v1") == 200
        for registry, name, tag in ((OTHER, NAME, "v1"), (REGISTRY, "other", "v1"),
                                    (REGISTRY, NAME, "v2"), (REGISTRY, NAME, "")):
            assert graves.deleted_at(db, registry, name, tag) is None
            graves.reopen(db, registry, name, tag)
        assert graves.deleted_at(db, REGISTRY, NAME, "v1") == 200
        graves.reopen(db, REGISTRY, NAME, "v1")
        assert graves.deleted_at(db, REGISTRY, NAME, "v1") is None


def test_prune(world: Home) -> None:
    """Deleted tags are forgotten after a day, deleted repositories not: registries list them on."""
    db, day = world.db, graves.DAYS * 86_400
    with db.transaction(write=True):
        graves.bury(db, REGISTRY, NAME, 1000, "old")
        graves.bury(db, REGISTRY, NAME, 1001, "young")
        graves.bury(db, REGISTRY, NAME, 1000)
        assert graves.prune(db, 1001 + day) == 1
        assert graves.deleted_at(db, REGISTRY, NAME, "old") is None
        assert graves.deleted_at(db, REGISTRY, NAME, "young") == 1001
        assert graves.deleted_at(db, REGISTRY, NAME) == 1000
