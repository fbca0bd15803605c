"""The RADIUS back end, against servers that lie, stall and fall silent."""

from __future__ import annotations

import logging
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from applications.init.modules.registries.login.backends import (
    UNKNOWN,
    UNSURE,
    WRONG,
    Backend,
    Person,
    Rejected,
    Silent,
)
from tests.unit.login.radius_stub import (
    ACCEPT,
    CHALLENGE,
    REJECT,
    StubRadius,
    Told,
    accept,
    answer,
    attribute,
    attributes,
    backend,
    dead_address,
    password_in,
    reject,
    silent,
)

pytest.importorskip("pyrad", reason="pyrad wants Python 3.10")


class Later:
    """A clock that goes as usual, and can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        """Seconds that only grow."""
        return time.monotonic() + self.ahead


def _kind(found: Person | Rejected) -> str:
    assert isinstance(found, Rejected)
    return found.kind


def test_it_is_a_back_end() -> None:
    """It is what logins ask of a back end."""
    made: Backend = backend(dead_address())
    assert made.name == "radius"


def test_the_right_password() -> None:
    """Who is accepted is told with key, name and mail; groups only where they are wanted."""
    with StubRadius(accept) as server:
        found = backend(server, realm="example.org").check("Ada", "ada-secret")
    assert found == Person("ada@example.org", "ada", "ada@example.org", groups=None)
    assert dict(attributes(server.seen[0]))[1] == b"Ada@example.org"
    assert password_in(server.seen[0]) == b"ada-secret"


def test_groups_come_with_an_accept() -> None:
    """The values of the chosen attribute are the groups; no value is no group."""
    with StubRadius(lambda r: [answer(r, ACCEPT, attribute(25, b"web") * 2)], accept) as server:
        radius = backend(server, group_attribute="Class")
        first, second = (radius.check("ada", "x") for _ in range(2))
    assert isinstance(first, Person)
    assert isinstance(second, Person)
    assert (first.groups, second.groups) == (frozenset({"web"}), frozenset())


def test_a_reject() -> None:
    """A reject is a wrong password; what the server says goes into the reason, cleaned."""
    more = attribute(18, b"no\nway")
    with StubRadius(lambda r: [answer(r, REJECT, more)]) as server:
        found = backend(server).check("ada", "x")
    assert found == Rejected(
        UNSURE, f"{server.address} rejects name or password: 'no?way'"
    )


def test_a_challenge() -> None:
    """Who must answer a challenge does not get in, and the log says why."""
    with StubRadius(lambda r: [answer(r, CHALLENGE, attribute(24, b"state"))]) as server:
        found = backend(server).check("ada", "x")
    assert _kind(found) == WRONG
    assert "not supported" in getattr(found, "reason", "")


@pytest.mark.parametrize(
    ("login", "password", "kind"),
    [
        ("x" * 254, "x", UNKNOWN),
        ("a\nb", "x", UNKNOWN),
        ("", "x", UNKNOWN),
        ("ada", "é" * 65, WRONG),
        ("ada", "ada-secret\0", WRONG),
        ("ada", "", WRONG),
        ("ada", "\ud800", WRONG),
    ],
)
def test_what_is_never_asked(login: str, password: str, kind: str) -> None:
    """What RADIUS can't carry as it is is refused without asking: NULs would be cut off."""
    with StubRadius(accept) as server:
        assert _kind(backend(server).check(login, password)) == kind
    assert server.seen == []


def test_nobody_is_looked_up() -> None:
    """RADIUS can't tell who somebody is today."""
    assert backend(dead_address()).look_up("ada") is None


def _other_secret(request: bytes) -> list[bytes]:
    return [answer(request, ACCEPT, secret="another")]


def _unsigned(request: bytes) -> list[bytes]:
    return [answer(request, ACCEPT, signature=False)]


def _other_identifier(request: bytes) -> list[bytes]:
    return [answer(request, ACCEPT, identifier=request[1] ^ 1)]


def _echo(request: bytes) -> list[bytes]:
    return [request]


def _cut(request: bytes) -> list[bytes]:
    whole = answer(request, ACCEPT, attribute(25, b"group"))
    return [whole[:length] for length in range(len(whole))]


def _random(request: bytes) -> list[bytes]:
    return [secrets.token_bytes(40), b"", bytes(4096), bytes([2, request[1]]) + bytes(18)]


HOSTILE = [_other_secret, _unsigned, _other_identifier, _echo, _cut, _random]
WHY = {_unsigned: "CVE-2024-3596", _other_secret: "not signed", silent: "no answer within"}


@pytest.mark.parametrize("told", [*HOSTILE, silent])
def test_bad_answers_are_no_answer(told: Told) -> None:
    """An answer that nothing proves lets nobody in, and refuses nobody: the server is silent."""
    with StubRadius(told) as server, pytest.raises(Silent, match=WHY.get(told, "useless")) as why:
        backend(server, seconds=0.2).check("ada", "x")
    assert server.address in str(why.value)
    assert "s3cret" not in str(why.value)


def test_another_port_is_nobody() -> None:
    """An answer from another port of the server is not heard, right as it may be."""
    with StubRadius(accept) as server:
        server.from_other_port = True
        with pytest.raises(Silent, match="no answer within"):
            backend(server, seconds=0.2).check("ada", "x")


@pytest.mark.parametrize("told", HOSTILE)
def test_a_forger_who_is_first_changes_nothing(told: Told) -> None:
    """After bad answers the good one still counts."""
    with StubRadius(lambda r: [*told(r), answer(r, REJECT)]) as server:
        assert _kind(backend(server).check("ada", "x")) == UNSURE


_SHORT = settings(max_examples=40, deadline=None)


@_SHORT
@given(st.lists(st.binary(max_size=120), max_size=5))
def test_no_bytes_let_anybody_in(packets: list[bytes]) -> None:
    """Whatever bytes come back, nobody is let in, and the only error is silence."""
    with StubRadius(lambda r: [p[:1] + r[1:2] + p[2:] for p in packets]) as server:
        radius = backend(server, seconds=0.02, group_attribute="Class")
        with pytest.raises(Silent):
            radius.check("ada", "x")


def test_one_retransmission() -> None:
    """A lost request is sent once more, as the same packet; a lost answer too."""
    with StubRadius(silent, accept) as server:
        assert isinstance(backend(server, seconds=1).check("ada", "x"), Person)
    assert len(server.seen) == 2
    assert server.seen[0] == server.seen[1]


def test_time_is_bounded() -> None:
    """All servers together take no longer than is set, each asked twice at most."""
    with StubRadius(silent) as one, StubRadius(_random) as two, StubRadius(silent) as three:
        radius = backend(one, two, three, seconds=0.9)
        start = time.monotonic()
        with pytest.raises(Silent) as why:
            radius.check("ada", "x")
        assert 0.8 < time.monotonic() - start < 2
    assert [len(server.seen) for server in (one, two, three)] == [2, 2, 2]
    assert all(server.address in str(why.value) for server in (one, two, three))


def test_a_flood_ends() -> None:
    """A server that sends nonsense for ever keeps nobody waiting for ever."""
    def flood(request: bytes) -> list[bytes]:
        return [bytes(40)] * 20_000

    with StubRadius(flood) as server:
        start = time.monotonic()
        with pytest.raises(Silent):
            backend(server, seconds=0.2).check("ada", "x")
        assert time.monotonic() - start < 3


def test_a_dead_server_costs_no_time() -> None:
    """Where the machine says that nobody listens, the next server is asked at once."""
    with StubRadius(accept) as server:
        start = time.monotonic()
        assert isinstance(backend(dead_address(), server, seconds=60).check("a", "x"), Person)
        assert time.monotonic() - start < 10


def test_each_server_gets_its_own_request() -> None:
    """The second server sees another authenticator than the first: no answer fits both."""
    with StubRadius(silent) as one, StubRadius(accept) as two:
        assert isinstance(backend(one, two, seconds=1).check("ada", "x"), Person)
        assert one.seen[0][4:20] != two.seen[0][4:20]


def test_a_reject_is_the_last_word() -> None:
    """The next server is asked when one is silent, never when one says no."""
    with StubRadius(reject) as one, StubRadius(accept) as two:
        assert _kind(backend(one, two).check("ada", "x")) == UNSURE
    assert two.seen == []


def test_a_silent_server_is_asked_last_for_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the first login waits for a silent server; after a minute it has another chance."""
    monkeypatch.setattr(logging.getLogger("collector"), "propagate", True)
    clock = Later()
    with StubRadius(silent, silent, accept) as one, StubRadius(accept) as two:
        radius = backend(one, two, seconds=1, clock=clock)
        for _ in range(3):
            assert isinstance(radius.check("ada", "x"), Person)
        assert (len(one.seen), len(two.seen)) == (2, 3)
        clock.ahead = 61
        radius.check("ada", "x")
        assert (len(one.seen), len(two.seen)) == (3, 3)
    logged = [r for r in caplog.records if r.name == "collector"]
    assert [getattr(r, "fields", {})["server"] for r in logged] == [one.address]


def test_a_server_that_is_back_is_asked_before_silent_ones() -> None:
    """Of two servers that were silent, the one that answered since is asked first."""
    with StubRadius(silent) as one, StubRadius(silent, silent, accept) as two:
        radius = backend(one, two, seconds=1)
        with pytest.raises(Silent):
            radius.check("ada", "x")
        for _ in range(2):
            assert isinstance(radius.check("ada", "x"), Person)
        assert (len(one.seen), len(two.seen)) == (4, 4)


def test_ipv6() -> None:
    """Servers may be IPv6 addresses in brackets."""
    try:
        server = StubRadius(accept, host="::1")
    except OSError:
        pytest.skip("there is no IPv6 here")
    with server:
        assert server.address.startswith("[::1]:")
        assert isinstance(backend(server).check("ada", "x"), Person)


def test_names_of_hosts() -> None:
    """Servers may be names; where the first address is dead, the second is asked."""
    with StubRadius(accept) as server:
        named = server.address.replace("127.0.0.1", "localhost")
        assert isinstance(backend(named).check("ada", "x"), Person)


def test_a_name_that_is_nowhere() -> None:
    """A server whose name can't be resolved is a silent one."""
    with pytest.raises(Silent, match=r"nowhere\.invalid:1812: its name can't be resolved"):
        backend("nowhere.invalid", seconds=0.3).check("ada", "x")


def _by_password(request: bytes) -> list[bytes]:
    right = password_in(request) == dict(attributes(request))[1] + b"-secret"
    return [answer(request, ACCEPT if right else REJECT)]


def test_many_threads() -> None:
    """Logins at the same time get their own answers."""
    with StubRadius(_by_password) as server:
        radius = backend(server, seconds=30)
        names = [f"u{number}" for number in range(200)]

        def both(name: str) -> tuple[object, str]:
            found = radius.check(name, f"{name}-secret")
            return getattr(found, "key", found), _kind(radius.check(name, "other"))

        with ThreadPoolExecutor(16) as threads:
            assert list(threads.map(both, names)) == [(name, UNSURE) for name in names]


def test_no_secret_is_shown() -> None:
    """Neither the back end nor what it says shows a secret or a password."""
    radius = backend(dead_address())
    with pytest.raises(Silent) as why:
        radius.check("ada", "ada-secret")
    assert "cret" not in repr(radius) + str(why.value)
