"""What one event changes in the catalogue; the order in which events come is nothing to it.

What people mean is counted: a push is a manifest put under a tag; a pull is a manifest
read by tag.  What ``docker pull`` does in two steps, a HEAD by tag and a GET by
digest, is one pull; a HEAD alone only looks whether there is something new.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import audit, catalog, changes
from ..catalog import crawls, graves, questions, repositories, tags
from ..catalog.tags import Facts, Place
from ..connector import SUBJECT
from ..database import Database
from . import history
from .events import DELETE, PULL, PUSH
from .history import Stored

HEAD = "HEAD"


class Effects:
    """Applies events that were claimed; the caller holds the write transaction.

    :param clock: seconds since the epoch.
    """

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock

    def apply(self, event: Stored) -> None:
        """Change what an event changes."""
        if event.action == DELETE:
            self._delete(event)
        elif event.action in (PUSH, PULL) and event.is_manifest:
            repository_id = self._repository(event)
            if repository_id is not None and event.action == PUSH:
                self._push(event, repository_id)
            elif repository_id is not None:
                self._pull(event, repository_id)

    def _repository(self, event: Stored) -> int | None:
        """The repository, which exists for certain; None where it was deleted here since."""
        db = self._db
        gone = graves.deleted_at(db, event.registry_id, event.repository)
        if gone is not None and gone > event.when:
            self._ask(event, event.tag)
            return None
        id_ = repositories.ensure(db, event.registry_id, event.repository, event.received)
        if history.is_repository_deleted_since(db, event):
            repositories.mark_deleted(db, event.registry_id, event.repository, event.received)
        return id_

    def _push(self, event: Stored, repository_id: int) -> None:
        repositories.pushed(self._db, repository_id, event.actor, event.when)
        changes.touch(self._db, event.received, "docker_repositories")
        if not event.tag:
            return
        self._seen(event, repository_id)
        tags.pushed(self._db, repository_id, event.tag, event.actor, event.when)
        # The event has no layers and no config: the manifest is asked for.
        self._ask(event, event.tag)
        self._record(audit.PUSHED, event, "%(actor)s pushed %(repo)s:%(tag)s to %(service)s")

    def _seen(self, event: Stored, repository_id: int) -> None:
        """Store that a tag is there, unless something newer is known of it."""
        db = self._db
        if not event.digest or history.is_newer_known(db, event, event.tag):
            return
        known = tags.find(db, repository_id, event.tag)
        if known is None or known.digest != event.digest or known.deleted is not None:
            place = Place(event.registry_id, repository_id, event.repository, event.tag)
            facts = Facts(event.digest, event.media_type, complete=False)
            if tags.put(db, place, facts, event.received, news=True):
                changes.touch(db, event.received, "docker_tags")
            self._ask(event, event.tag)
        if known is None:
            self._remember(event, repository_id)
        if history.is_digest_deleted_since(db, event):
            known = tags.find(db, repository_id, event.tag)
            tags.mark_deleted(db, [known.id] if known else [], event.received)

    def _remember(self, event: Stored, repository_id: int) -> None:
        """Give a tag that is new here what came of it before."""
        for old in history.pushes_and_pulls(self._db, event):
            note = tags.pushed if old.action == PUSH else tags.pulled
            note(self._db, repository_id, old.tag, old.actor, old.when)

    def _pull(self, event: Stored, repository_id: int) -> None:
        """Count a GET by tag, or a HEAD by tag that a GET by digest of the same client follows."""
        if event.tag:
            self._seen(event, repository_id)
        if event.method == HEAD:
            if event.tag and history.has_get_after(self._db, event):
                self._count(event, repository_id)
            return
        repositories.pulled(self._db, repository_id, event.actor, event.when, star=False)
        for counted in [event] if event.tag else history.heads_before(self._db, event):
            self._count(counted, repository_id)

    def _count(self, event: Stored, repository_id: int) -> None:
        if not history.count(self._db, event):
            return
        repositories.pulled(self._db, repository_id, event.actor, event.when, star=True)
        tags.pulled(self._db, repository_id, event.tag, event.actor, event.when)
        changes.touch(self._db, event.received, "docker_repositories")
        self._record(audit.PULLED, event, "%(actor)s pulled %(repo)s:%(tag)s from %(service)s")

    def _delete(self, event: Stored) -> None:
        if event.tag:
            self._untag(event)
        elif event.digest:
            self._delete_digest(event)
        elif not history.is_used_since(self._db, event):
            id_, name = event.registry_id, event.repository
            repositories.mark_deleted(self._db, id_, name, event.received)
            crawls.due(self._db, id_, self._clock())

    def _untag(self, event: Stored) -> None:
        db, now = self._db, event.received
        if event.actor != SUBJECT:  # what the collector deletes is recorded where it does
            self._record(audit.DELETED, event, "%(repo)s:%(tag)s was deleted from %(service)s")
        if history.is_newer_known(db, event, event.tag):
            self._ask(event, event.tag)
            return
        graves.bury(db, event.registry_id, event.repository, now, event.tag)
        id_ = repositories.find(db, event.registry_id, event.repository)
        known = tags.find(db, id_, event.tag) if id_ is not None else None
        if known is not None and known.changed <= now:
            tags.remove(db, [known.id], now)

    def _delete_digest(self, event: Stored) -> None:
        """Its tags follow as events of their own; those that don't are asked for."""
        id_ = repositories.find(self._db, event.registry_id, event.repository)
        for tag in tags.sharing(self._db, id_, event.digest) if id_ is not None else ():
            if not history.is_newer_known(self._db, event, tag.name):
                tags.mark_deleted(self._db, [tag.id], event.received)
                self._ask(event, tag.name)

    def _ask(self, event: Stored, tag: str) -> None:
        """Have the registry asked; where there are too many questions, a crawl answers them."""
        now = self._clock()
        if not questions.ask(self._db, event.registry_id, event.repository, tag, now):
            crawls.due(self._db, event.registry_id, now)

    def _record(self, action: str, event: Stored, fmt: str) -> None:
        remote = catalog.remote(self._db, event.registry_id)
        details: dict[str, Any] = {
            "repo": event.repository,
            "tag": event.tag,
            "service": remote.service if remote else "",
            "actor": event.actor or "somebody",
            "address": event.address,
            "digest": event.digest,
        }
        audit.write(self._db, audit.Entry(action, event.actor, fmt, details), event.received)
