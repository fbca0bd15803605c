"""Keys and certificates as values: making, reading, describing."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Union

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID

from ..errors import StartupError

PrivateKey = Union[ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey]

ALGORITHMS = ("ES256", "RS256", "EdDSA")
_SIGNERS: dict[str, Any] = {name: jwt.get_algorithm_by_name(name) for name in ALGORITHMS}
_RSA_BITS = 3072
_LEAST_RSA_BITS = 2048
_YEARS = 10
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class SigningKey:
    """A key that signs tokens, with the certificate chain registries trust.

    ``prefix`` is the encoded JOSE header of every token it signs, with its dot.
    """

    kid: str
    algorithm: str
    private: PrivateKey = field(repr=False)
    certificates: tuple[x509.Certificate, ...]
    prefix: bytes = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The signature over a message, in the form JWS wants (RFC 7518 3)."""
        signature: bytes = _SIGNERS[self.algorithm].sign(message, self.private)
        return signature

    @property
    def jwk(self) -> dict[str, str]:
        """The public key as a JSON Web Key."""
        return {
            **_members(self.private), "use": "sig", "alg": self.algorithm, "kid": self.kid
        }

    @property
    def pem(self) -> str:
        """The certificate chain in PEM."""
        return "".join(
            c.public_bytes(serialization.Encoding.PEM).decode() for c in self.certificates
        )


def generate(algorithm: str, now: float) -> tuple[PrivateKey, x509.Certificate]:
    """Make a key and its self-signed certificate.

    :param now: seconds since the epoch; the certificate is valid from the day
        before, so that a registry's slow clock does not refuse it.
    """
    if algorithm == "ES256":
        private: PrivateKey = ec.generate_private_key(ec.SECP256R1())
    elif algorithm == "RS256":
        private = rsa.generate_private_key(65537, _RSA_BITS)
    else:
        private = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "OpenSVC collector registry tokens")])
    start = datetime.datetime.fromtimestamp(int(now), datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _DAY)
        .not_valid_after(start + _YEARS * 365 * _DAY)
    )
    digest = None if algorithm == "EdDSA" else hashes.SHA256()
    return private, builder.sign(private, digest)


def signing_key(
    private: PrivateKey, certificates: Sequence[x509.Certificate], where: str, now: float
) -> SigningKey:
    """Join a key with its certificate chain.

    :param where: what to call the files in an error.
    :raises StartupError: the key is weak or of no use, or the certificate is not its own.
    """
    algorithm = _algorithm(private, where)
    if not certificates:
        raise StartupError(f"{where}: there is no certificate in it")
    own = certificates[0]
    if _spki(own.public_key()) != _spki(private.public_key()):
        raise StartupError(f"{where}: the certificate is not the one of the key")
    moment = datetime.datetime.fromtimestamp(int(now), datetime.timezone.utc)
    if not own.not_valid_before_utc <= moment <= own.not_valid_after_utc:
        raise StartupError(f"{where}: the certificate is not valid today; registries refuse it")
    kid = thumbprint(_members(private))
    chain = [
        base64.b64encode(c.public_bytes(serialization.Encoding.DER)).decode() for c in certificates
    ]
    header = {"alg": algorithm, "typ": "JWT", "kid": kid, "x5c": chain}
    prefix = b64(json.dumps(header, separators=(",", ":")).encode()).encode() + b"."
    return SigningKey(kid, algorithm, private, tuple(certificates), prefix)


def thumbprint(jwk: dict[str, str]) -> str:
    """The SHA-256 thumbprint of a public JWK's required members (RFC 7638 3)."""
    required = {name: jwk[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in jwk}
    text = json.dumps(required, sort_keys=True, separators=(",", ":"))
    return b64(hashlib.sha256(text.encode()).digest())


@lru_cache(maxsize=8)
def _parsed(pem: bytes) -> PrivateKeyTypes:
    """The key of a file; all files are read again when one is added, and checking takes long."""
    return serialization.load_pem_private_key(pem, None)


def load_private(pem: bytes, where: str) -> PrivateKey:
    """Read a private key.

    :raises StartupError: no unencrypted private key of a type that signs tokens.
    """
    try:
        private = _parsed(pem)
    except TypeError:
        raise StartupError(f"{where}: the key is encrypted; store it unencrypted, 0600") from None
    except Exception:
        raise StartupError(f"{where}: there is no private key in PEM form in it") from None
    _algorithm(private, where)
    return private  # type: ignore[return-value]


def load_certificates(pem: bytes, where: str) -> list[x509.Certificate]:
    """Read a certificate chain, the key's own certificate first.

    :raises StartupError: no certificates in PEM form.
    """
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise StartupError(f"{where}: there is no certificate in PEM form in it") from None


def dump_private(private: PrivateKey) -> bytes:
    """The key as unencrypted PKCS#8 PEM."""
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def b64(data: bytes) -> str:
    """base64url without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _algorithm(private: object, where: str) -> str:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        if not isinstance(private.curve, ec.SECP256R1):
            raise StartupError(f"{where}: curve {private.curve.name}; tokens need P-256")
        return "ES256"
    if isinstance(private, rsa.RSAPrivateKey):
        if private.key_size < _LEAST_RSA_BITS:
            raise StartupError(f"{where}: RSA of {private.key_size} bits; {_LEAST_RSA_BITS} needed")
        return "RS256"
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "EdDSA"
    raise StartupError(f"{where}: this type of key signs no tokens (use P-256, RSA or Ed25519)")


def _members(private: PrivateKey) -> dict[str, str]:
    """Public members of the JWK; EC coordinates at their full length (RFC 7518 6.2.1.2)."""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        point = private.public_key().public_numbers()
        x, y = (b64(n.to_bytes(32, "big")) for n in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    if isinstance(private, rsa.RSAPrivateKey):
        numbers = private.public_key().public_numbers()
        n, e = (b64(v.to_bytes((v.bit_length() + 7) // 8, "big")) for v in (numbers.n, numbers.e))
        return {"kty": "RSA", "n": n, "e": e}
    raw = private.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}


def _spki(public: Any) -> bytes:
    data: bytes = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return data
