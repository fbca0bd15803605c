"""The first half of a crawl: which repositories a registry has.

Memory stays flat: names come and go page by page, what is kept is four or
eight bytes for each repository that was seen.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable
from itertools import islice

from ..catalog import graves, repositories
from ..database import Database
from ..remote import RegistryClient, RemoteError, Unreachable
from . import record

EMPTIED, MUCH = 10, 10
"""Empty catalogues in a row that prove over ``MUCH`` repositories gone at once."""

_CHUNK = 1000


class Names:
    """Reads a registry's catalogue into ours.

    :param mark: when the crawl began: what is newer is not judged by it.
    :param clock: seconds since the epoch.
    :param renew: called after each page.
    """

    def __init__(
        self,
        db: Database,
        client: RegistryClient,
        registry_id: int,
        mark: float,
        clock: Callable[[], float],
        renew: Callable[[], None],
    ) -> None:
        self._db = db
        self._client = client
        self._registry_id = registry_id
        self._mark = mark
        self._clock = clock
        self._renew = renew
        self._seen = array("q")

    def read(self) -> None:
        """Add what is new; note, and in the end delete, what complete answers lack.

        :raises RemoteError: the catalogue could not be read whole; nothing is missing then.
        """
        for page in self._client.catalog():
            self._page(page)
            self._renew()
        self._seen = array("q", sorted(self._seen))
        cursor = 0
        while True:
            with self._db.transaction():
                rows = repositories.after(self._db, self._registry_id, cursor, _CHUNK)
                marked = repositories.missing(self._db, self._registry_id)
            if not rows:
                return
            cursor = rows[-1][0]
            self._judge(
                [(id_, name) for id_, name in rows if not self._was_seen(id_)],
                [id_ for id_, _ in rows if id_ in marked and self._was_seen(id_)],
            )

    def _page(self, page: list[str]) -> None:
        with self._db.transaction():
            known = repositories.named(self._db, self._registry_id, page)
            new = [name for name in page if name not in known]
            buried = {n for n in new if graves.deleted_at(self._db, self._registry_id, n)}
        self._seen.extend(known.values())
        wanted = [name for name in new if name not in buried or self._has_tags(name)]
        left = iter(wanted)
        while chunk := list(islice(left, _CHUNK)):
            with self._db.transaction(write=True):
                # Somebody else may have added some of them since.
                known = repositories.named(self._db, self._registry_id, chunk)
                now = self._clock()
                ids = [
                    known.get(name) or repositories.add(self._db, self._registry_id, name, now)
                    for name in chunk
                ]
            self._seen.extend(ids)

    def _has_tags(self, name: str) -> bool:
        """Tell whether a repository that was deleted here is more than an empty listing."""
        try:
            return bool(self._client.tags(name))
        except Unreachable:
            raise
        except RemoteError:
            return False  # it is asked again by the next crawl

    def _was_seen(self, id_: int) -> bool:
        at = bisect_left(self._seen, id_)
        return at < len(self._seen) and self._seen[at] == id_

    def _judge(self, missed: list[tuple[int, str]], back: list[int]) -> None:
        if not missed and not back:
            return
        now, enough = self._clock(), self._enough()
        with self._db.transaction(write=True):
            for id_, name in missed:
                args = (self._registry_id, id_, self._mark, now, enough)
                if repositories.missed(self._db, *args):
                    record.gone(self._db, self._registry_id, name, [], now)
            repositories.back(self._db, back)

    def _enough(self) -> int:
        """How many catalogues without it prove a repository gone.

        One that lists nothing at all, where there was much, may be a disk that is not mounted.
        """
        if self._seen:
            return repositories.MISSED
        with self._db.transaction():
            known = repositories.count(self._db, self._registry_id)
        return EMPTIED if known > MUCH else repositories.MISSED
