"""Deleting tags and repositories: in the registry first, then in the catalogue.

A registry deletes manifests, not tags: all tags of the manifest go with it.  So
the other tags are looked for, and kept by deleting the tag alone where the registry
can do that (distribution 3), else named, and only deleted when that is asked for.
What is deleted there is deleted here at once, so that a failure half-way leaves a
catalogue that tells the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from . import audit
from .catalog import Remote, graves, repositories, tags
from .connector import Connector
from .database import Database
from .errors import Conflict, NotFound
from .remote import Missing, Refused, RegistryClient, RemoteError, Unreachable

_DISABLED = (
    "registry {0} does not delete: set REGISTRY_STORAGE_DELETE_ENABLED=true there"
    " (storage.delete.enabled), and restart it"
)
_SHARED = (
    "{1} and {2} are the same image, and registry {0} can't delete one of them alone:"
    " force deletes them all"
)
_NOWHERE = "sha256:" + "0" * 64
_LEFT = "the registry still has it after its deletion"
_THREADS = 8


@dataclass(frozen=True)
class Deleted:
    """What became of a deletion.

    ``tags`` are gone; ``kept`` is what is still there, each with the reason.
    """

    repository: str
    tags: tuple[str, ...]
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> bool:
        """Tell whether all of it is gone."""
        return not self.kept


Report = Callable[[str], None]


class Deletion:
    """Deletes for somebody whose right to do so was checked by the caller.

    :param clock: seconds since the epoch.
    """

    def __init__(
        self, db: Database, connector: Connector, clock: Callable[[], float]
    ) -> None:
        self._db = db
        self._connector = connector
        self._clock = clock

    def tag(
        self, remote: Remote, repository: str, tag: str, by: str, *, force: bool = False
    ) -> Deleted:
        """Delete a tag.

        :param by: who wants it, for the audit log.
        :param force: also the other tags of the same image, where it can't be done else.
        :raises NotFound: neither the registry nor the catalogue has it.
        :raises Conflict: deletion is off in the registry, or other tags would go too.
        :raises RemoteError: the registry can't be asked, or refuses; nothing has changed here.
        """
        client = self._connector.open(remote)
        try:
            return _Work(self, client, remote, repository, by).tag(tag, force)
        finally:
            client.close()

    def repository(
        self, remote: Remote, repository: str, by: str, report: Report = lambda line: None
    ) -> Deleted:
        """Delete a repository with all its tags, one image after the other.

        :param report: told about each tag that went, and each that did not.
        :raises NotFound: neither the registry nor the catalogue has it.
        :raises Conflict: deletion is off in the registry.
        :raises RemoteError: the registry can't be asked; nothing has changed here.
        """
        client = self._connector.open(remote)
        try:
            return _Work(self, client, remote, repository, by).all(report)
        finally:
            client.close()

    def forget(self, remote: Remote, repository: str, gone: Iterable[str], by: str) -> None:
        """Delete tags from the catalogue that the registry has no more."""
        now = self._clock()
        with self._db.transaction(write=True):
            id_ = repositories.find(self._db, remote.id, repository)
            for tag in gone:
                known = tags.find(self._db, id_, tag) if id_ is not None else None
                tags.remove(self._db, [known.id] if known else [], now)
                graves.bury(self._db, remote.id, repository, now, tag)
                details = {"r": repository, "s": tag, "service": remote.service, "by": by}
                fmt = "tag %(r)s:%(s)s deleted from %(service)s"
                audit.write(self._db, audit.Entry(audit.TAG_DELETED, by, fmt, details), now)

    def forget_repository(self, remote: Remote, repository: str, by: str) -> None:
        """Delete a repository from the catalogue; its registry goes on listing the name."""
        now = self._clock()
        with self._db.transaction(write=True):
            id_ = repositories.find(self._db, remote.id, repository)
            repositories.delete(self._db, [id_] if id_ is not None else [], now)
            graves.bury(self._db, remote.id, repository, now)
            details = {"s": repository, "service": remote.service, "by": by}
            fmt = "repository %(s)s deleted from %(service)s"
            audit.write(self._db, audit.Entry(audit.REPOSITORY_DELETED, by, fmt, details), now)

    def stored(self, remote: Remote, repository: str) -> dict[str, tags.Known] | None:
        """The tags in the catalogue; None where it has no such repository."""
        with self._db.transaction():
            id_ = repositories.find(self._db, remote.id, repository)
            return tags.of_repository(self._db, id_) if id_ is not None else None


class _Work:
    """One deletion."""

    def __init__(
        self, owner: Deletion, client: RegistryClient, remote: Remote, repository: str, by: str
    ) -> None:
        self._owner = owner
        self._client = client
        self._remote = remote
        self._repository = repository
        self._by = by
        self._unreachable = ""

    def tag(self, tag: str, force: bool) -> Deleted:
        digest = self._client.digest(self._repository, tag)
        if digest is None:
            if tag not in (self._owner.stored(self._remote, self._repository) or {}):
                raise NotFound(f"there is no {self._repository}:{tag} in {self._remote.service}")
            return self._gone([tag])
        others = self._others(tag, digest)
        if others and self._untag(tag):
            return self._gone([tag])
        if others and not force:
            names = ", ".join(others[:10]) + (" ..." if len(others) > 10 else "")
            raise Conflict(_SHARED.format(self._remote.service, tag, names))
        self._delete(digest)
        return self._gone([tag, *others])

    def all(self, report: Report) -> Deleted:
        stored = self._owner.stored(self._remote, self._repository)
        listed = self._listed()
        if stored is None and not listed:
            raise NotFound(f"there is no {self._repository} in {self._remote.service}")
        self._probe()
        by_digest: dict[str | None, list[str]] = {}
        for name, digest in self._digests(listed):
            by_digest.setdefault(digest, []).append(name)
        empty = by_digest.pop(None, [])
        for name in empty:
            self._untag(name)  # a registry that died while it deleted lists tags without image
        gone = self._missing(stored or {}, listed) + empty
        self._forget(gone)
        kept: list[tuple[str, str]] = []
        for digest, names in by_digest.items():
            failure = self._unreachable or self._try(str(digest), names)
            for name in names:
                report(f"{self._repository}:{name}: {failure or 'deleted'}")
            if failure:
                kept += [(name, failure) for name in names]
            else:
                gone += names
        if not kept:
            there = self._digests(self._listed())
            kept = [(name, _LEFT) for name, digest in there if digest is not None]
            gone = sorted(set(gone) - {name for name, _ in kept})
        if not kept:
            self._owner.forget_repository(self._remote, self._repository, self._by)
        return Deleted(self._repository, tuple(gone), tuple(kept))

    def _try(self, digest: str, names: list[str]) -> str:
        """Delete an image with its tags; return why it could not be done, or nothing."""
        try:
            self._delete(digest)
        except Unreachable as error:
            self._unreachable = str(error)
            return self._unreachable
        except (RemoteError, Conflict) as error:
            return str(error)
        self._forget(names)
        return ""

    def _listed(self) -> list[str]:
        try:
            return self._client.tags(self._repository)
        except Missing:
            return []

    def _missing(self, stored: Iterable[str], listed: list[str]) -> list[str]:
        return sorted(set(stored) - set(listed))

    def _others(self, tag: str, digest: str) -> list[str]:
        """The other tags of the same image, by what the registry says of each of them now."""
        listed = [name for name in self._listed() if name != tag]
        return sorted(name for name, found in self._digests(listed) if found == digest)

    def _digests(self, names: list[str]) -> list[tuple[str, str | None]]:
        with ThreadPoolExecutor(_THREADS) as pool:
            found = pool.map(lambda name: self._client.digest(self._repository, name), names)
            return list(zip(names, found))

    def _probe(self) -> None:
        """Find out whether the registry deletes at all, with a digest that nothing has.

        Some registries delete a tag although they are told not to delete anything.

        :raises Conflict: it does not.
        """
        try:
            self._client.delete(self._repository, _NOWHERE)
        except Missing:
            return
        except Refused as error:
            self._refused(error)

    def _untag(self, tag: str) -> bool:
        """Delete a tag alone; False where the registry can't."""
        self._probe()
        try:
            self._client.delete(self._repository, tag)
        except Missing:
            return True
        except Refused as error:
            if error.http_status == 400:
                return False
            self._refused(error)
        return True

    def _delete(self, digest: str) -> None:
        try:
            self._client.delete(self._repository, digest)
        except Missing:
            return  # somebody was faster
        except Refused as error:
            self._refused(error)

    def _refused(self, error: Refused) -> None:
        if error.http_status == 405 or "UNSUPPORTED" in error.codes:
            raise Conflict(_DISABLED.format(self._remote.service)) from None
        raise error

    def _gone(self, names: list[str]) -> Deleted:
        """Look whether it really is gone, then say so."""
        left = [name for name, found in self._digests(names) if found is not None]
        gone = [name for name in names if name not in left]
        self._forget(gone)
        return Deleted(self._repository, tuple(gone), tuple((name, _LEFT) for name in left))

    def _forget(self, names: list[str]) -> None:
        if names:
            self._owner.forget(self._remote, self._repository, names, self._by)
