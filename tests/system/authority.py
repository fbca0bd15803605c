"""A certificate authority for tests, and what it signs."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)


class Authority:
    """Signs certificates; its own is the file ``path``."""

    def __init__(self, folder: Path, name: str = "test authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._issuer = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        builder = self._builder(self._name, self._key.public_key(), "key_cert_sign")
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self.path = self._write("ca.crt", builder)

    def server(self, *addresses: str) -> tuple[Path, Path]:
        """Certificate and key of a server on ``localhost`` and some addresses, or 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        found = [ipaddress.ip_address(address) for address in addresses or ("127.0.0.1",)]
        names = [x509.DNSName("localhost"), *(x509.IPAddress(address) for address in found)]
        builder = self._builder(name, key.public_key(), "digital_signature")
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._issuer), False
        )
        path = self._folder / "server.key"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return self._write("server.crt", builder), path

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, usage: str
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder(self._name, name, key, x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + 30 * _DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
            .add_extension(x509.KeyUsage(**{name: name == usage for name in _USAGES}), True)
        )

    def _write(self, name: str, builder: x509.CertificateBuilder) -> Path:
        path = self._folder / name
        certificate = builder.sign(self._key, hashes.SHA256())
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path
