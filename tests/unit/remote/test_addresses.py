"""Where the collector goes: only where the policy lets it, whatever a name resolves to."""

from __future__ import annotations

import ipaddress
import socket
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.remote import (
    AddressPolicy,
    AddressRefused,
    RegistryClient,
    Target,
    Unreachable,
)
from applications.init.modules.registries.remote.place import locate

from .rig import SHORT, client_of, resolver
from .stub import StubRegistry

PUBLIC = AddressPolicy(public=True)
GLOBAL = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e",
          "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]
PRIVATE = ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "100.64.0.1", "::1", "fd00::1",
           "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::1"]
NEVER = ["0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1", "240.0.0.1", "255.255.255.255",
         "100.100.100.200", "168.63.129.16", "::", "fe80::1", "fec0::1", "ff02::1",
         "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
         "::169.254.169.254", "::ffff:0:a9fe:a9fe", "64:ff9b:1::a9fe:a9fe",
         "2001:0:a9fe:a9fe::1", "2001:0:808:808:0:0:5601:5601"]

# Names, and what they resolve to in these tests.
NAMES = {
    "localhost": ["127.0.0.1"],
    "loopback6.example": ["::1"],
    "private.example": ["10.0.0.1"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "aws6.example": ["fd00:ec2::254"],
    "mixed.example": ["8.8.8.8", "127.0.0.1"],
    "mixed6.example": ["2606:4700:4700::1111", "::1"],
    "last-of-many.example": [*["8.8.8.8"] * 20, "192.168.1.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "compatible.example": ["::127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "sixtofour.example": ["2002:7f00:1::1"],
    "teredo.example": ["2001:0:808:808:0:0:80ff:fffe"],
    "scoped.example": ["fe80::1%lo"],
    "any.example": ["0.0.0.0"],
    "any6.example": ["::"],
    "broadcast.example": ["255.255.255.255"],
    "multicast.example": ["239.0.0.1"],
    "shared.example": ["100.64.0.1"],
    "benchmark.example": ["198.18.0.1"],
    "documentation.example": ["2001:db8::1"],
    "site.example": ["fec0::1"],
    "unique.example": ["fc00::1"],
    "xn--lcalhost-n4a.example": ["127.0.0.1"],
}
HOSTS = [
    *NAMES,
    "LOCALHOST", "localhost.", "lócalhost.example",
    "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1",
    "0x7f.0x0.0x0.0x1", "017700000001", "0177.0.0.1", "0177.1", "127.0.0.01", "127.255.255.254",
    "10.0.0.1", "012.0.0.1", "167772161", "172.31.255.255", "192.168.0.1", "0xc0a80001",
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.16689662",
    "168.63.129.16", "100.100.100.200", "224.0.0.1", "255.255.255.255",
    "１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::FFFF:169.254.169.254]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]",
    "[2001:0:7f00:1::]", "[::ffff:0:7f00:1]", "[fe80::1]", "[fe80::1%25lo]", "[fe80::1%lo]",
    "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "[::ffff:0x7f.1]", "[127.0.0.1]",
    "user@localhost", "user:pw@8.8.8.8@localhost", "8.8.8.8#@localhost", "8.8.8.8\\@localhost",
    "localhost%00.example", "localhost\r\nHost: x", "local host", "localhost\t", "", ".", "..",
    "a..b", "-", "[", "[]", "[::1", "8.8.8.8:99999", "8.8.8.8:0", "8.8.8.8:-1", "8.8.8.8:22",
    "8.8.8.8:25", "8.8.8.8:6379@", "8.8.8.8:1023", "8.8.8.8:²",
]
URLS = [
    *(f"https://{host}" for host in HOSTS),
    "http://8.8.8.8", "http://public.example", "file:///etc/passwd", "gopher://8.8.8.8/_x",
    "ftp://8.8.8.8", "//8.8.8.8", "8.8.8.8", "https:8.8.8.8", "https:///8.8.8.8", "https://",
    "javascript:alert(1)", "https://8.8.8.8/?x=1", "https://8.8.8.8/#x", "https://8.8.8.8/a b",
    "https://8.8.8.8/a\r\nX: y", "https://8.8.8.8//", "https://8.8.8.8/" + "a" * 600, "",
]


def _resolve(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
    """Names as above, numbers as the C library reads them, nothing else."""
    if host in NAMES or host.rstrip(".") in NAMES:
        texts = NAMES[host.rstrip(".")]
    elif ":" in host:
        texts = [host]
    else:
        try:
            texts = [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            raise socket.gaierror(socket.EAI_NONAME, "unknown") from None
    return [_entry(text, port) for text in texts]


def _entry(text: str, port: int) -> tuple[Any, ...]:
    if ":" in text:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (text, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All addresses that anything tries to connect to; nothing gets through."""
    tried: list[Any] = []

    class Socket(socket.socket):
        def connect(self, address: Any) -> None:
            tried.append(address)
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", Socket)
    return tried


@pytest.mark.parametrize("url", URLS, ids=lambda url: ascii(url)[:60])
def test_public_profile(url: str, connections: list[Any]) -> None:
    """A public collector makes no connection, and no token, for a url that leads inside."""
    tokens: list[str] = []

    def token(scope: str) -> str:
        tokens.append(scope)
        return "t"

    client = RegistryClient(
        Target(url, insecure=False), token, PUBLIC,
        timeouts=SHORT, sleep=lambda seconds: None, resolve=_resolve,
    )
    for call in (client.ping, lambda: next(client.catalog()), lambda: client.tags("a/b")):
        with pytest.raises(Unreachable):
            call()
    assert (connections, tokens, client.requests) == ([], [], 0)


def test_the_corpus_can_fail(connections: list[Any]) -> None:
    """A global address is connected to: to the address, not to the name."""
    names = resolver([_entry("8.8.8.8", 443), _entry("2606:4700:4700::1111", 443)])
    client = RegistryClient(
        Target("https://public.example", insecure=False), str, PUBLIC,
        timeouts=SHORT, sleep=lambda seconds: None, resolve=names,
    )
    with pytest.raises(Unreachable):
        client.ping()
    assert set(connections) == {("8.8.8.8", 443), ("2606:4700:4700::1111", 443, 0, 0)}


def test_rebinding(connections: list[Any]) -> None:
    """A name that resolves elsewhere the second time is not asked a second time."""
    names = resolver([_entry("8.8.8.8", 443)], [_entry("127.0.0.1", 443)])
    client = RegistryClient(
        Target("https://rebind.example", insecure=False), str, PUBLIC,
        timeouts=SHORT, sleep=lambda seconds: None, resolve=names,
    )
    for _ in range(3):
        with pytest.raises(Unreachable):
            client.ping()
    assert set(connections) == {("8.8.8.8", 443)}


@pytest.mark.parametrize("text", GLOBAL)
def test_global_addresses(text: str) -> None:
    """Global addresses are admitted in every profile."""
    assert PUBLIC.admits(ipaddress.ip_address(text))
    assert AddressPolicy().admits(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses(text: str) -> None:
    """Private addresses are for collectors inside of a company."""
    assert not PUBLIC.admits(ipaddress.ip_address(text))
    assert AddressPolicy().admits(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", NEVER)
def test_refused_addresses(text: str) -> None:
    """Addresses where no registry is are refused, unless they are listed."""
    address = ipaddress.ip_address(text)
    assert not PUBLIC.admits(address)
    assert not AddressPolicy().admits(address)
    everything = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    assert AddressPolicy(allowed=everything).admits(address)


@pytest.mark.parametrize("public", [True, False])
def test_allowed_networks(public: bool) -> None:
    """Networks that are given are the only ones."""
    policy = AddressPolicy(public, (ipaddress.ip_network("10.0.0.0/8"),))
    assert policy.admits(ipaddress.ip_address("10.1.2.3"))
    assert policy.admits(ipaddress.ip_address("::ffff:10.1.2.3"))
    for text in ("8.8.8.8", "127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "2002:a00:1::1"):
        assert not policy.admits(ipaddress.ip_address(text))


@given(st.ip_addresses(v=4))
def test_no_disguise(inner: ipaddress.IPv4Address) -> None:
    """An IPv4 address gets no better by being put into an IPv6 address."""
    number = int(inner)
    for outer in (0xFFFF << 32, 0x64FF9B << 96, 0, 0xFFFF << 48):
        disguised = ipaddress.IPv6Address(outer | number)
        for policy in (PUBLIC, AddressPolicy()):
            assert policy.admits(inner) or not policy.admits(disguised) or number < 2**16
    assert PUBLIC.admits(inner) or not PUBLIC.admits(
        ipaddress.IPv6Address(0x2002 << 112 | number << 80)
    )


@pytest.mark.parametrize(("port", "admitted"), [(80, True), (443, True), (1024, True),
                                                (65535, True), (22, False), (1023, False)])
def test_ports(port: int, admitted: bool) -> None:
    """A public collector uses web ports and unprivileged ones."""
    assert PUBLIC.admits_port(port) == admitted
    assert AddressPolicy().admits_port(port)


@pytest.mark.parametrize(
    ("url", "name", "prefix"),
    [
        ("http://reg.example", "reg.example", ""),
        ("HTTPS://Reg.Example:443/", "reg.example", ""),
        ("https://reg.example:80/a/b/", "reg.example:80", "/a/b"),
        ("http://[::1]:5000", "[::1]:5000", ""),
        ("https://bücher.example", "xn--bcher-kva.example", ""),
        ("http://my_host:80", "my_host", ""),
    ],
)
def test_urls(url: str, name: str, prefix: str) -> None:
    """A url has a host, perhaps a port that its Host header then has, perhaps a prefix."""
    place = locate(url)
    assert (place.name, place.prefix) == (name, prefix)


def test_plain_http_in_public(connections: list[Any]) -> None:
    """A public collector speaks plain http only with registries that are declared insecure."""
    for insecure in (False, True):
        client = RegistryClient(
            Target("http://8.8.8.8", insecure), str, PUBLIC,
            timeouts=SHORT, sleep=lambda seconds: None, resolve=_resolve,
        )
        with pytest.raises(Unreachable) as caught:
            client.ping()
        assert isinstance(caught.value, AddressRefused) != insecure
    assert set(connections) == {("8.8.8.8", 80)}


def test_one_resolution(registry: StubRegistry) -> None:
    """The name is resolved once per client, by however many threads it is used."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [_entry("127.0.0.1", port)]

    registry.url = f"http://registry.example:{registry.port}"
    client = client_of(registry, resolve=resolve)
    threads = [threading.Thread(target=client.ping) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == ["registry.example"]
    hosts = {seen.headers["host"] for seen in registry.requests}
    assert hosts == {f"registry.example:{registry.port}"}
    assert len(registry.requests) == client.requests == 8
    client.close()


def test_next_address(registry: StubRegistry) -> None:
    """Where the first address of a name doesn't answer, the next one is tried."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.2", registry.port))
        names = resolver([_entry("127.0.0.2", 1), _entry("127.0.0.1", 1)])
        client = client_of(registry, resolve=names)
        client.ping()
        client.close()


def test_unknown_name() -> None:
    """A name that doesn't resolve is Unreachable, and may resolve later."""
    client = RegistryClient(
        Target("https://unknown.example", insecure=False), str, AddressPolicy(),
        sleep=lambda seconds: None, resolve=_resolve,
    )
    with pytest.raises(Unreachable, match="resolved"):
        client.ping()
