"""Taking the address that ``make run`` listens on."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from applications.init.modules.registries.errors import StartupError
from applications.init.modules.registries.settings import Settings
from server.run import listen, with_port


def test_port_zero_is_one_of_the_system(settings: Settings) -> None:
    """Port 0 becomes the real port, in the public address too."""
    asked = replace(settings, listen="127.0.0.1:0", url="http://127.0.0.1:0")
    with listen(asked.listen) as listener:
        port = listener.getsockname()[1]
        found = with_port(asked, listener)
    assert found.listen == f"127.0.0.1:{port}"
    assert found.url == f"http://127.0.0.1:{port}"


def test_a_public_address_is_left_alone(settings: Settings) -> None:
    """A public address that somebody set is not ours to change."""
    asked = replace(settings, listen="127.0.0.1:0", url="https://collector.example.org")
    with listen(asked.listen) as listener:
        assert with_port(asked, listener).url == "https://collector.example.org"


def test_a_taken_port() -> None:
    """A port in use is said with its address."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(StartupError, match=f"{address}: Address already in use"):
            listen(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:http", "127.0.0.1:99999", "", ":x"])
def test_what_is_no_address(address: str) -> None:
    """What is not host:port is refused in words."""
    with pytest.raises(StartupError, match="COLLECTOR_LISTEN"):
        listen(address)


def test_ipv6() -> None:
    """Addresses in brackets are IPv6."""
    try:
        with listen("[::1]:0") as listener:
            assert listener.family == socket.AF_INET6
    except StartupError:
        pytest.skip("this machine has no IPv6")
