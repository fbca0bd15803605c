"""Signing keys: generated, refused when bad, rotated with overlap, published."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa

from applications.init.modules.registries.errors import StartupError
from applications.init.modules.registries.keys import ALGORITHMS, Keystore, material
from tests.conftest import CHECKOUT
from tests.home import Clock

NOW = 1_800_000_000.0


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Keystore:
    """A fresh keystore."""
    return Keystore.ensure(tmp_path / "jwt", clock)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_first_start_makes_one_key_per_algorithm(store: Keystore, tmp_path: Path) -> None:
    """Keys for all algorithms, the private ones closed to others."""
    assert sorted(held.key.algorithm for held in store.held()) == sorted(ALGORITHMS)
    assert _mode(tmp_path / "jwt") == 0o700
    assert {_mode(path) for path in (tmp_path / "jwt").glob("*.key")} == {0o600}
    assert _mode(tmp_path / "jwt" / "keys.json") == 0o600
    assert _mode(tmp_path / "jwt" / "collector.crt") == 0o644


def test_second_start_keeps_them(store: Keystore, tmp_path: Path, clock: Clock) -> None:
    """Starting again changes nothing."""
    again = Keystore.ensure(tmp_path / "jwt", clock)
    assert [h.key.kid for h in again.held()] == [h.key.kid for h in store.held()]


def test_simultaneous_first_starts(tmp_path: Path) -> None:
    """Processes that start at once agree on one set of keys."""
    code = (
        "import sys, time; from pathlib import Path;"
        "from applications.init.modules.registries.keys import Keystore;"
        "print([h.key.kid for h in Keystore.ensure(Path(sys.argv[1]), time.time).held()])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "jwt")]
    started = [
        subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE) for _ in range(4)
    ]
    assert len({process.communicate(timeout=60)[0] for process in started}) == 1


def test_bundles(store: Keystore, tmp_path: Path) -> None:
    """A 2.8 registry never gets an Ed25519 certificate; a 3.x one gets all; files follow."""
    for_2, for_3 = store.bundle(2), store.bundle(3)
    kinds = [
        type(c.public_key()).__name__ for c in x509.load_pem_x509_certificates(for_2.encode())
    ]
    assert len(kinds) == 2
    assert not any("Ed25519" in kind for kind in kinds)
    assert for_3.count("BEGIN CERTIFICATE") == 3
    assert "PRIVATE" not in for_3
    assert (tmp_path / "jwt" / "collector.crt").read_text() == for_2
    assert (tmp_path / "jwt" / "collector-v3.crt").read_text() == for_3


def test_jwks_holds_public_members_only(store: Keystore) -> None:
    """The key set has what verifies, and nothing that signs."""
    for jwk in store.jwks()["keys"]:
        assert set(jwk) <= {"kty", "crv", "x", "y", "n", "e", "use", "alg", "kid"}


def test_thumbprint_of_the_rfc() -> None:
    """The example of RFC 7638 3.1."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJ"
        "ECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2"
        "QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh"
        "6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert material.thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_coordinates_are_never_shortened(tmp_path: Path) -> None:
    """Every P-256 key has 32-byte coordinates in its JWK, leading zeros kept."""
    for _ in range(600):
        private = ec.generate_private_key(ec.SECP256R1())
        members = material._members(private)
        assert (len(members["x"]), len(members["y"])) == (43, 43)


def test_rotation(store: Keystore, clock: Clock, tmp_path: Path) -> None:
    """A new key is published at once and signs after the overlap; the old stays until pruned."""
    old = store.signer("ES256")
    new = store.rotate("ES256", timedelta(hours=24))
    assert store.signer("ES256") is not new
    assert store.signer("ES256").kid == old.kid
    assert new.pem in store.bundle(2)
    clock.advance(24 * 3600 + 1)
    assert store.signer("ES256").kid == new.kid
    assert old.pem in store.bundle(2)
    assert store.prune() == []
    clock.advance(2 * 3600)
    assert store.prune() == [old.kid]
    assert old.pem not in (tmp_path / "jwt" / "collector.crt").read_text()
    assert not (tmp_path / "jwt" / f"{old.kid}.key").exists()
    assert store.prune() == []


def test_rotation_by_another_process_is_seen(
    store: Keystore, clock: Clock, tmp_path: Path
) -> None:
    """A server notices a rotation made by manage.py within a second or so."""
    other = Keystore.open(tmp_path / "jwt", clock)
    new = other.rotate("ES256", timedelta(0))
    clock.advance(2)
    assert store.signer("ES256").kid == new.kid
    assert store.signer("RS256").kid != new.kid


def test_unknown_algorithm(store: Keystore) -> None:
    """Asking for an algorithm without a key is a clear error."""
    with pytest.raises(StartupError, match="no HS256 signing key"):
        store.signer("HS256")


def _pem(key: object) -> bytes:
    return material.dump_private(key)  # type: ignore[arg-type]


class TestBadFiles:
    """Every unusable key stops the start with the file's name and a remedy."""

    @pytest.fixture
    def pair(self, tmp_path: Path) -> tuple[Path, Path]:
        """A good operator's key and certificate."""
        private, certificate = material.generate("RS256", NOW)
        key, crt = tmp_path / "op.key", tmp_path / "op.crt"
        self._write(key, _pem(private))
        crt.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return key, crt

    def _write(self, path: Path, content: bytes, mode: int = 0o600) -> None:
        path.write_bytes(content)
        path.chmod(mode)

    def _refused(self, pair: tuple[Path, Path], clock: Clock) -> str:
        with pytest.raises(StartupError) as refusal:
            Keystore.operator(*pair, clock)
        assert str(pair[0].parent) in str(refusal.value)
        return str(refusal.value)

    def test_good(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """The operator's own key signs with its own algorithm, and is not rotated by us."""
        store = Keystore.operator(*pair, clock)
        assert store.signer("RS256").algorithm == "RS256"
        assert store.algorithm == "RS256"
        with pytest.raises(StartupError, match="operator's"):
            store.rotate("RS256", timedelta(0))
        with pytest.raises(StartupError, match="operator's"):
            store.prune()

    def test_missing(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """No file."""
        pair[0].unlink()
        assert "No such file" in self._refused(pair, clock)

    def test_open_to_others(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """A key that others can read is no secret."""
        pair[0].chmod(0o640)
        assert "chmod 600" in self._refused(pair, clock)

    def test_garbage(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """Not PEM."""
        self._write(pair[0], b"garbage")
        assert "no private key" in self._refused(pair, clock)

    def test_certificate_garbage(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """No certificate in the certificate file."""
        self._write(pair[1], b"garbage")
        assert "no certificate" in self._refused(pair, clock)

    def test_encrypted(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """An encrypted key can't be used without somebody at the keyboard."""
        private = rsa.generate_private_key(65537, 2048)
        encryption = serialization.BestAvailableEncryption(b"x")
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )
        self._write(pair[0], pem)
        assert "encrypted" in self._refused(pair, clock)

    def test_weak_rsa(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """RSA of 1024 bits."""
        self._write(pair[0], _pem(rsa.generate_private_key(65537, 1024)))
        assert "1024 bits" in self._refused(pair, clock)

    def test_other_curve(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """A curve whose algorithm we do not offer."""
        self._write(pair[0], _pem(ec.generate_private_key(ec.SECP384R1())))
        assert "P-256" in self._refused(pair, clock)

    def test_other_type(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """A type of key that signs no tokens."""
        self._write(pair[0], _pem(ed448.Ed448PrivateKey.generate()))
        assert "signs no tokens" in self._refused(pair, clock)

    def test_of_another_certificate(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """Key and certificate that do not belong together."""
        self._write(pair[0], _pem(rsa.generate_private_key(65537, 2048)))
        assert "not the one of the key" in self._refused(pair, clock)

    def test_expired(self, pair: tuple[Path, Path], clock: Clock) -> None:
        """An expired certificate, which registries refuse."""
        clock.advance(11 * 365 * 86_400)
        assert "not valid today" in self._refused(pair, clock)

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": []}', '{"keys": [{"kid": 1}]}'])
    def test_damaged_state(self, store: Keystore, tmp_path: Path, clock: Clock, text: str) -> None:
        """A damaged state file is named."""
        (tmp_path / "jwt" / "keys.json").write_text(text)
        with pytest.raises(StartupError, match=r"keys\.json"):
            Keystore.open(tmp_path / "jwt", clock)

    def test_swapped_keys(self, store: Keystore, tmp_path: Path, clock: Clock) -> None:
        """A key file that is not the key the state names."""
        state = json.loads((tmp_path / "jwt" / "keys.json").read_text())
        first, second = (tmp_path / "jwt" / entry["kid"] for entry in state["keys"][:2])
        for suffix in (".key", ".pem"):
            os.replace(f"{first}{suffix}", f"{second}{suffix}")
        with pytest.raises(StartupError):
            Keystore.open(tmp_path / "jwt", clock)
