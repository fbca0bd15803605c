"""The keystore: which key signs now, which certificates registries must trust."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ..errors import StartupError
from . import files, material
from .files import Entry
from .material import ALGORITHMS, SigningKey

BUNDLE = "collector.crt"
BUNDLE_V3 = "collector-v3.crt"

_LOOK_SECONDS = 1.0
_GRACE = timedelta(hours=2)
"""Longer than the longest token plus any registry's leeway."""


@dataclass(frozen=True)
class Held:
    """A key in the store and when it begins to sign."""

    entry: Entry
    key: SigningKey


class Keystore:
    """The keys of a directory, or one key of the operator's.

    A rotation made by another process is noticed within a second.
    """

    def __init__(
        self, directory: Path | None, held: list[Held], clock: Callable[[], float]
    ) -> None:
        self._directory = directory
        self._held = held
        self._clock = clock
        self._seen = self._version()
        self._looked = clock()
        self._lock = threading.Lock()

    @property
    def algorithm(self) -> str | None:
        """The only algorithm of an operator's key; None where the settings choose."""
        return self._held[0].key.algorithm if self._directory is None else None

    @classmethod
    def open(cls, directory: Path, clock: Callable[[], float]) -> Keystore:
        """Open a key directory.

        :raises StartupError: a file is missing, damaged, weak, or open to others.
        """
        return cls(directory, _load(directory, clock()), clock)

    @classmethod
    def ensure(cls, directory: Path, clock: Callable[[], float]) -> Keystore:
        """Open a key directory; make one key per algorithm first where there is none.

        :raises StartupError: as ``open``, or it can't be written.
        """
        with files.locked(directory):
            if not (directory / files.STATE).exists():
                now = clock()
                entries = [_make(directory, algorithm, now, int(now)) for algorithm in ALGORITHMS]
                files.write_state(directory, entries)
            store = cls.open(directory, clock)
            store._publish()
        return store

    @classmethod
    def operator(cls, key: Path, certificate: Path, clock: Callable[[], float]) -> Keystore:
        """Use the operator's own key and certificate chain; rotation is theirs.

        :raises StartupError: the key is unreadable, weak, open to others, or not
            the certificate's.
        """
        now = clock()
        private = material.load_private(files.read_secret(key), str(key))
        chain = material.load_certificates(files.read_public(certificate), str(certificate))
        signing = material.signing_key(private, chain, f"{key}, {certificate}", now)
        return cls(None, [Held(Entry(signing.kid, signing.algorithm, 0, 0), signing)], clock)

    def signer(self, algorithm: str) -> SigningKey:
        """The key that signs now.

        :raises StartupError: there is none for this algorithm.
        """
        now = self._clock()
        if abs(now - self._looked) > _LOOK_SECONDS:
            self._look(now)
        for held in reversed(self._held):
            if held.entry.algorithm == algorithm and held.entry.active_from <= now:
                return held.key
        raise StartupError(f"there is no {algorithm} signing key")

    def find(self, kid: str) -> SigningKey | None:
        """A key by its id, whether it signs now or not."""
        return next((held.key for held in self._held if held.key.kid == kid), None)

    def held(self) -> list[Held]:
        """All keys, in the order in which they (will) sign."""
        return list(self._held)

    def bundle(self, major: int) -> str:
        """The certificates a registry of distribution ``major`` must trust, in PEM.

        An Ed25519 certificate makes a 2.8 registry fail at start, so only 3 gets one.
        """
        return "".join(
            held.key.pem for held in self._held if major >= 3 or held.key.algorithm != "EdDSA"
        )

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as a JSON Web Key Set (RFC 7517 5)."""
        return {"keys": [held.key.jwk for held in self._held]}

    def rotate(self, algorithm: str, overlap: timedelta) -> SigningKey:
        """Make a new key that signs after ``overlap``; its certificate is published at once.

        :raises StartupError: the key is the operator's.
        """
        directory = self._own_directory()
        with files.locked(directory):
            entries = files.read_state(directory)
            now = self._clock()
            entry = _make(directory, algorithm, now, int(now + overlap.total_seconds()))
            files.write_state(directory, [*entries, entry])
            self._reload()
            self._publish()
        return next(held.key for held in self._held if held.key.kid == entry.kid)

    def prune(self, grace: timedelta = _GRACE) -> list[str]:
        """Forget keys that stopped signing longer than ``grace`` ago; return their ids.

        :raises StartupError: the key is the operator's.
        """
        directory = self._own_directory()
        with files.locked(directory):
            entries = files.read_state(directory)
            limit = self._clock() - grace.total_seconds()
            gone = [e for e in entries if _ended_before(e, entries, limit)]
            files.write_state(directory, [e for e in entries if e not in gone])
            self._reload()
            self._publish()
            for entry in gone:
                for path in _paths(directory, entry.kid):
                    path.unlink(missing_ok=True)
        return [entry.kid for entry in gone]

    def _own_directory(self) -> Path:
        if self._directory is None:
            raise StartupError("the signing key is the operator's; rotate it where it comes from")
        return self._directory

    def _look(self, now: float) -> None:
        with self._lock:
            self._looked = now
            if self._version() != self._seen:
                self._reload()

    def _reload(self) -> None:
        directory = self._own_directory()
        self._seen = self._version()
        self._held = _load(directory, self._clock())

    def _version(self) -> tuple[int, int]:
        if self._directory is None:
            return (0, 0)
        try:
            found = (self._directory / files.STATE).stat()
        except OSError:
            return self._seen  # go on with the keys in memory
        return (found.st_mtime_ns, found.st_ino)

    def _publish(self) -> None:
        directory = self._own_directory()
        files.write(directory / BUNDLE, self.bundle(2).encode(), 0o644)
        files.write(directory / BUNDLE_V3, self.bundle(3).encode(), 0o644)


def _make(directory: Path, algorithm: str, now: float, active_from: int) -> Entry:
    private, certificate = material.generate(algorithm, now)
    key = material.signing_key(private, [certificate], str(directory), now)
    private_path, public_path = _paths(directory, key.kid)
    files.write(private_path, material.dump_private(private), 0o600)
    files.write(public_path, key.pem.encode(), 0o644)
    return Entry(key.kid, algorithm, int(now), active_from)


def _load(directory: Path, now: float) -> list[Held]:
    held = []
    for entry in files.read_state(directory):
        private_path, public_path = _paths(directory, entry.kid)
        private = material.load_private(files.read_secret(private_path), str(private_path))
        chain = material.load_certificates(files.read_public(public_path), str(public_path))
        key = material.signing_key(private, chain, str(private_path), now)
        if (key.kid, key.algorithm) != (entry.kid, entry.algorithm):
            raise StartupError(f"{private_path} is not the {entry.algorithm} key it should be")
        held.append(Held(entry, key))
    return held


def _ended_before(entry: Entry, entries: list[Entry], limit: float) -> bool:
    """Tell whether a younger key of the same algorithm took over before ``limit``."""
    return any(
        other.algorithm == entry.algorithm
        and other != entry
        and entry.active_from <= other.active_from <= limit
        and (other.active_from, other.created) > (entry.active_from, entry.created)
        for other in entries
    )


def _paths(directory: Path, kid: str) -> tuple[Path, Path]:
    return directory / f"{kid}.key", directory / f"{kid}.pem"
