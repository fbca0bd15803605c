"""TLS: the registry proves its name, or is declared insecure."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from applications.init.modules.registries.remote import Unreachable, Untrusted

from .rig import client_of, resolver
from .stub import StubRegistry


def _certificate(folder: Path, *names: x509.GeneralName, days: int = 1) -> Path:
    """A certificate that signs itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registry")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=9))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{x509.random_serial_number()}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _serve(path: Path) -> StubRegistry:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return StubRegistry(context=context)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for the name registry.example and for the loopback address."""
    return _certificate(
        tmp_path, x509.DNSName("registry.example"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    )


@pytest.fixture
def secure(certificate: Path) -> Iterator[StubRegistry]:
    """A registry that speaks TLS."""
    with _serve(certificate) as made:
        yield made


def test_trusted(secure: StubRegistry, certificate: Path) -> None:
    """A certificate of the given authority is accepted, and the connection is kept."""
    secure.content.push("a/b", "v1")
    client = client_of(secure, ca_file=certificate)
    for _ in range(5):
        assert client.tags("a/b") == ["v1"]
    assert secure.connections == 1
    client.close()


def test_name(secure: StubRegistry, certificate: Path) -> None:
    """The name is proven, not the address that it was pinned to."""
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
    for host, accepted in (("registry.example", True), ("other.example", False)):
        url, secure.url = secure.url, f"https://{host}:{secure.port}"
        client = client_of(secure, ca_file=certificate, resolve=resolver([entry]))
        if accepted:
            client.ping()
            assert secure.requests[-1].headers["host"] == f"{host}:{secure.port}"
        else:
            with pytest.raises(Untrusted):
                client.ping()
        client.close()
        secure.url = url


def test_not_trusted(secure: StubRegistry, tmp_path: Path) -> None:
    """Any other certificate is refused: no token is sent, and there is no other try."""
    stranger = _certificate(tmp_path, x509.DNSName("x"))
    for ca_file in (None, stranger):
        client = client_of(secure, ca_file=ca_file)
        with pytest.raises(Untrusted, match="certificate"):
            client.ping()
        assert client.requests == 1
    assert secure.requests == []


def test_expired(tmp_path: Path) -> None:
    """So is one that is too old."""
    path = _certificate(
        tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")), days=-1
    )
    with _serve(path) as registry:
        with pytest.raises(Untrusted, match="expired"):
            client_of(registry, ca_file=path).ping()
        assert registry.requests == []


def test_insecure(secure: StubRegistry) -> None:
    """A registry that is declared insecure proves nothing."""
    client = client_of(secure, insecure=True)
    client.ping()
    client.close()


def test_no_tls(registry: StubRegistry) -> None:
    """A registry that speaks no TLS is not asked without it."""
    registry.url = registry.url.replace("http:", "https:")
    with pytest.raises(Unreachable, match="TLS"):
        client_of(registry, insecure=True).ping()
    assert all(seen.method not in ("GET",) for seen in registry.requests)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_unreadable_authority(secure: StubRegistry, tmp_path: Path, content: str | None) -> None:
    """An authority's file that can't be read is told, and is not the system's instead."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Untrusted, match="file of certificates"):
        client_of(secure, ca_file=path).ping()
    assert secure.connections == 0
