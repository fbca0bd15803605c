"""People log in with a real FreeRADIUS."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from applications.init.modules.registries import settings
from applications.init.modules.registries.login.backends import UNSURE, Person, Rejected, Silent
from applications.init.modules.registries.login.backends.radius import Radius
from tests.conftest import CHECKOUT
from tests.system.freeradius import FreeRadius

pytest.importorskip("pyrad", reason="pyrad wants Python 3.10")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreeRadius]:
    """A server that all tests may ask and none may stop."""
    with FreeRadius(tmp_path_factory.mktemp("radius")) as made:
        made.start()
        yield made


@pytest.fixture
def other(tmp_path: Path) -> Iterator[FreeRadius]:
    """A server of one test, not started."""
    with FreeRadius(tmp_path / "other") as made:
        yield made


def _radius(at: FreeRadius, **more: str) -> Radius:
    environ = {f"COLLECTOR_RADIUS_{name.upper()}": value for name, value in more.items()}
    return Radius(settings.load({**at.environ, **environ}).radius)


def _rejected(found: Person | Rejected) -> Rejected:
    assert isinstance(found, Rejected)
    return found


def test_right_and_wrong_passwords(server: FreeRadius) -> None:
    """The right password lets in; a wrong one, an unknown name and a closed account don't."""
    radius = _radius(server)
    assert radius.check("ada", "ada-secret") == Person("ada", "ada")
    assert radius.check("zoë", "zoë-secret") == Person("zoë", "zoë")
    for login, password in (("ada", "x"), ("nobody", "x"), ("eve", "eve-secret")):
        assert _rejected(radius.check(login, password)).kind == UNSURE
    assert "the account of eve is closed" in _rejected(radius.check("eve", "x")).reason


@pytest.mark.parametrize(
    ("attribute", "groups"),
    [
        ("Class", {"web-developers"}),  # the other one is binary
        ("25", {"web-developers"}),
        ("Filter-Id", {"team=web; level=1"}),
        ("9:1", {"shell:roles=web"}),
        ("77", set()),
    ],
)
def test_groups(server: FreeRadius, attribute: str, groups: set[str]) -> None:
    """Groups are what the chosen attribute of the answer says."""
    found = _radius(server, group_attribute=attribute).check("ada", "ada-secret")
    assert isinstance(found, Person)
    assert found.groups == groups


def test_realms(server: FreeRadius) -> None:
    """A name without a realm gets ours; it is the same person when it is typed."""
    radius = _radius(server, realm="example.org", group_attribute="Class")
    groups = frozenset({"operators", "auditors"})
    bob = Person("bob@example.org", "bob", "bob@example.org", groups=groups)
    assert radius.check("bob", "bob-secret") == radius.check("bob@example.org", "bob-secret") == bob
    assert _rejected(radius.check("bob@example.net", "bob-secret")).kind == UNSURE


@pytest.mark.parametrize("password", ["x" * 128, "é" * 64, "0x41", "  blanks  ", "quote\"'\\"])
def test_odd_passwords(other: FreeRadius, password: str) -> None:
    """Passwords arrive as they were typed, up to the longest that there is."""
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    other.users = f'odd Cleartext-Password := "{quoted}"\n'
    other.start()
    radius = _radius(other)
    assert radius.check("odd", password) == Person("odd", "odd")
    assert _rejected(radius.check("odd", password[:-1])).kind == UNSURE


def test_another_secret(other: FreeRadius) -> None:
    """With another shared secret the server says nothing, and the log what may be wrong."""
    other.secret = "another"
    other.start()
    with pytest.raises(Silent, match="does not know our address with this secret"):
        _radius(other, seconds="1").check("ada", "ada-secret")
    assert "Shared secret is incorrect" in other.output()


def test_a_server_that_does_not_sign(other: FreeRadius) -> None:
    """A FreeRADIUS that was not told to sign its answers is not believed, and the log says why."""
    other.sign = ""
    other.start()
    with pytest.raises(Silent, match="CVE-2024-3596"):
        _radius(other, seconds="1").check("ada", "ada-secret")


def _block(page: str, start: str) -> str:
    """The indented block of a page whose first line begins like that, without the indentation."""
    lines = page[page.index(f"\n    {start}") + 1 :].splitlines()
    return "\n".join(line[4:] for line in takewhile(lambda line: line.startswith("    "), lines))


def test_the_documented_example(other: FreeRadius) -> None:
    """What docs/login-radius.md says about both sides, put together, lets somebody in."""
    page = (CHECKOUT / "docs" / "login-radius.md").read_text()
    environ = dict(line.split("=", 1) for line in _block(page, "COLLECTOR_LOGIN").splitlines())
    other.client = _block(page, "client collector").replace("192.0.2.10", "127.0.0.1")
    other.secret = environ["COLLECTOR_RADIUS_SECRET"]
    other.sign = _block(page, "update reply")
    other.users = _block(page, "ada ") + "\n"
    other.start()
    made = settings.load({**environ, "COLLECTOR_RADIUS_SERVER": other.address})
    found = Radius(made.radius).check("ada", "ada-secret")
    assert isinstance(found, Person)
    assert found.groups == set(dict(made.radius.group_mapping)) == {"web-developers", "on-call"}


def test_a_late_reject(other: FreeRadius) -> None:
    """A server that lets rejected people wait is not taken for a silent one."""
    other.reject_delay = 1
    other.start()
    assert _rejected(_radius(other).check("ada", "x")).kind == UNSURE


def test_the_second_server_answers(server: FreeRadius) -> None:
    """Where the first server is silent the second one is asked, and is first for a while."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        first = f"127.0.0.1:{deaf.getsockname()[1]}"
        radius = _radius(server, server=f"{first},{server.address}", seconds="2")
        times = []
        for _ in range(2):
            start = time.monotonic()
            assert radius.check("ada", "ada-secret") == Person("ada", "ada")
            times.append(time.monotonic() - start)
    assert times[0] > 0.9 > times[1]


def test_a_server_that_goes_and_comes(other: FreeRadius) -> None:
    """A killed server is silence in bounded time, and logins work as soon as it is back."""
    other.start()
    radius = _radius(other, seconds="1")
    assert radius.check("ada", "ada-secret") == Person("ada", "ada")
    other.kill()
    start = time.monotonic()
    with pytest.raises(Silent, match=other.address):
        radius.check("ada", "ada-secret")
    assert time.monotonic() - start < 5
    other.start()
    assert radius.check("ada", "ada-secret") == Person("ada", "ada")
