"""Guessing costs: failures are counted per pair, address and account, for all processes.

Three counters per failure: the pair (login, address), the address, the login.
The pair slows down and locks first.  Address and login lock much later, and
never a pair that logged in before: who guesses from elsewhere can't lock the
owner out.  A password that failed already is refused again without counting,
since clients repeat a wrong one many times in a row.
"""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import unicodedata
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from ..database import Database
from .beside import Beside

ADDRESS_FACTOR = 4
LOGIN_FACTOR = 10
"""How many times the tries of a pair an address, and a login from anywhere, has."""

_KNOWN_SECONDS = 90 * 86400
_NOTE_SECONDS = 3600
_NOTED = 10_000
_DIGESTS_KEPT = 8
_BUSY_SECONDS = 1.0


@dataclass(frozen=True)
class Limits:
    """``tries`` before a lock; ``seconds`` is the longest lock and the memory of failures."""

    tries: int
    seconds: int


@dataclass(frozen=True)
class Counter:
    """Failures of one subject."""

    failures: int = 0
    last_failure: float = 0.0
    locked_until: float = 0.0
    digests: tuple[str, ...] = ()


def after_failure(counter: Counter, limits: Limits, now: float, digest: str) -> Counter:
    """The counter after one more failure: waits of 1 and 2 s, then locks from 30 s doubling.

    Failures older than ``limits.seconds`` are forgotten.
    """
    if now - counter.last_failure > limits.seconds:
        counter = Counter()
    failures = counter.failures + 1
    over = failures - limits.tries
    wait = min(30.0 * 2 ** min(over, 20), limits.seconds) if over >= 0 else {-1: 2.0, -2: 1.0}.get(
        over, 0.0
    )
    digests = (*counter.digests, digest)[-_DIGESTS_KEPT:]
    return Counter(failures, now, max(counter.locked_until, now + wait), digests)


@dataclass(frozen=True)
class Attempt:
    """One login attempt as the guard sees it; names only as keyed digests."""

    pair: str
    address: str
    login: str
    digest: str


@dataclass(frozen=True)
class Standing:
    """What the guard knows before the password is looked at.

    ``repeated``: this very password failed before, ``age`` seconds ago at least.
    ``wait``: seconds until a try counts, 0 when it may be made now.
    ``failed_before``: the pair has failures.
    """

    repeated: bool = False
    age: float = 0.0
    wait: float = 0.0
    failed_before: bool = False


class Guard:
    """The counters in the database.

    :param key: secret shared by all processes; names and passwords are stored
        only as digests under it.
    """

    def __init__(self, db: Database, key: bytes, limits: Limits) -> None:
        self._db = db
        self._key = key
        self._limits = limits
        self._noted: dict[str, float] = {}
        self._beside = Beside()

    def attempt(self, login: str, address: str, password: str, stored: str) -> Attempt:
        """Describe an attempt; ``stored`` is what decides about the password, if known."""
        name, network = folded(login), network_of(address)
        return Attempt(
            self._subject("pair", name, network),
            self._subject("address", network),
            self._subject("login", name),
            self._subject("password", login.lower(), password, stored)[:16],
        )

    def beside(self, attempt: Attempt) -> AbstractContextManager[int]:
        """Make the attempt in this block, beside so many that nobody has counted yet."""
        return self._beside.trying(attempt.pair, attempt.digest)

    def standing(self, attempt: Attempt, now: float, others: int = 0) -> Standing:
        """Tell whether the attempt may go on.

        :param others: what ``beside`` gave.
        """
        counters = self._read(attempt)
        if not counters:
            return Standing(wait=_BUSY_SECONDS if others >= max(self._limits.tries, 1) else 0.0)
        pair = counters.get(attempt.pair, Counter())
        failed_before = attempt.pair in counters
        if self._repeats(attempt, pair, now):
            age = now - pair.last_failure
            return Standing(repeated=True, age=age, failed_before=True)
        wait = pair.locked_until - now
        wider = [counters[s] for s in (attempt.address, attempt.login) if s in counters]
        wait_others = max((c.locked_until for c in wider), default=0.0) - now
        if wait_others > max(wait, 0.0) and not self._worked_before(attempt.pair, now):
            wait = wait_others
        fresh = now - pair.last_failure <= self._limits.seconds
        left = self._limits.tries - (pair.failures if fresh else 0)
        if others >= max(left, 1):
            wait = max(wait, _BUSY_SECONDS)
        return Standing(wait=max(wait, 0.0), failed_before=failed_before)

    def failed(self, attempt: Attempt, now: float) -> float:
        """Count a failure; the caller holds a write transaction.

        Return for how many seconds the pair is locked now.
        """
        counters = self._read(attempt)
        pair = counters.get(attempt.pair, Counter())
        if self._repeats(attempt, pair, now):
            self._write(attempt.pair, attempt.login, replace(pair, last_failure=now), new=False)
            return max(pair.locked_until - now, 0.0)
        waits = []
        for subject, factor in (
            (attempt.pair, 1),
            (attempt.address, ADDRESS_FACTOR),
            (attempt.login, LOGIN_FACTOR),
        ):
            limits = replace(self._limits, tries=self._limits.tries * factor)
            digest = attempt.digest if factor == 1 else ""
            before = counters.get(subject)
            after = after_failure(before or Counter(), limits, now, digest)
            # An address's counter is nobody's: unlocking a login must not free an attacker.
            owner = "" if subject == attempt.address else attempt.login
            self._write(subject, owner, after, new=before is None)
            waits.append(after.locked_until - now)
        return waits[0]

    def succeeded(self, attempt: Attempt, standing: Standing, now: float) -> None:
        """Forget the pair's failures, and note, at most hourly, that the pair works."""
        if not standing.failed_before and now - self._noted.get(attempt.pair, 0.0) < _NOTE_SECONDS:
            return
        with self._db.transaction(write=True):
            for table in ("registry_login_failures", "registry_login_addresses"):
                self._db.run(f"DELETE FROM {table} WHERE subject = ?", attempt.pair)
            self._db.run(
                "INSERT INTO registry_login_addresses (subject, last_success) VALUES (?, ?)",
                attempt.pair,
                now,
            )
        if len(self._noted) >= _NOTED:
            self._noted.clear()
        self._noted[attempt.pair] = now

    def unlock(self, login: str) -> bool:
        """Forget the failures of a login, from wherever; False where there were none."""
        subject = self._subject("login", folded(login))
        return bool(self._db.run("DELETE FROM registry_login_failures WHERE login = ?", subject))

    def prune(self, now: float) -> None:
        """Drop counters and pairs that no longer say anything."""
        self._db.run(
            "DELETE FROM registry_login_failures WHERE last_failure < ? AND locked_until < ?",
            now - self._limits.seconds,
            now,
        )
        self._db.run(
            "DELETE FROM registry_login_addresses WHERE last_success < ?", now - _KNOWN_SECONDS
        )

    def _repeats(self, attempt: Attempt, pair: Counter, now: float) -> bool:
        fresh = now - pair.last_failure <= self._limits.seconds
        return fresh and attempt.digest in pair.digests

    def _subject(self, kind: str, *parts: str) -> str:
        text = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=32).hexdigest()

    def _read(self, attempt: Attempt) -> dict[str, Counter]:
        rows = self._db.rows(
            "SELECT subject, failures, last_failure, locked_until, digests"
            " FROM registry_login_failures WHERE subject IN (?, ?, ?)",
            attempt.pair,
            attempt.address,
            attempt.login,
        )
        return {
            row[0]: Counter(row[1], row[2], row[3], tuple(row[4].split())) for row in rows
        }

    def _write(self, subject: str, login: str, counter: Counter, new: bool) -> None:
        values = (
            counter.failures, counter.last_failure, counter.locked_until, " ".join(counter.digests)
        )
        if new:
            self._db.run(
                "INSERT INTO registry_login_failures"
                " (failures, last_failure, locked_until, digests, subject, login)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                *values,
                subject,
                login,
            )
            return
        self._db.run(
            "UPDATE registry_login_failures SET failures = ?, last_failure = ?,"
            " locked_until = ?, digests = ? WHERE subject = ?",
            *values,
            subject,
        )

    def _worked_before(self, pair: str, now: float) -> bool:
        rows = self._db.rows(
            "SELECT last_success FROM registry_login_addresses WHERE subject = ?", pair
        )
        return bool(rows) and now - float(rows[0][0]) < _KNOWN_SECONDS


def folded(login: str) -> str:
    """A name as failures are counted for it.

    Directories take many spellings for one name: without regard for case, blanks, accents and
    characters that show nothing.  Each may not have tries of its own.
    """
    if login.isascii():
        return login.lower().replace(" ", "")
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", login).casefold())
    return "".join(c for c in text if unicodedata.category(c)[0] not in "MZC")


@functools.lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """The address that failures count against: an IPv6 client owns its whole /64."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 6:
        mapped = ip.ipv4_mapped
        return str(mapped or ipaddress.ip_network(f"{ip}/64", strict=False))
    return str(ip)
