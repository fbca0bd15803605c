"""Logging in as user, service and node, and with identity tokens."""

from __future__ import annotations

from typing import Any

import pytest

from applications.init.modules.registries import accounts, passwords
from applications.init.modules.registries.errors import TooManyRequests, Unauthorized
from applications.init.modules.registries.login import caller as callers
from applications.init.modules.registries.login.caller import Caller
from applications.init.modules.registries.login.credentials import Identity, Password
from applications.init.modules.registries.policy import Kind
from tests.home import Home, user

ADDRESS = "192.0.2.1"
UUID = "2b0c8d0e-6f0e-4a57-9f0b-0d7a6f0c0001"
CLUSTER = "7d0c8d0e-6f0e-4a57-9f0b-0d7a6f0c0001"


@pytest.fixture
def world(home: Home) -> Home:
    """Two users, an app, a node with a service, a registry."""
    home.load(
        groups=[{"id": 20, "role": "webdev"}, {"id": 21, "role": "ops"}],
        users=[user("ada", 31, groups=["webdev"]), user("bob", 32, groups=["ops"])],
        apps=[
            {"id": 41, "app": "Store", "responsibles": ["webdev"], "publications": ["ops"]},
            {"id": 42, "app": "Other", "responsibles": ["ops"]},
        ],
        nodes=[
            {"node_id": "n1", "nodename": "n1.lab", "app": "Store", "cluster_id": CLUSTER,
             "uuid": UUID},
            {"node_id": "n2", "nodename": "n2.lab", "app": "Other", "cluster_id": "other",
             "uuid": "uuid-2"},
        ],
        services=[
            {"svc_id": "s1", "svcname": "prod/svc/web", "app": "Store", "cluster_id": CLUSTER,
             "nodes": ["n1.lab"]},
        ],
        registries=[{"id": 51, "service": "reg", "url": "http://reg", "publications": ["webdev"]}],
    )
    return home


def _login(home: Home, login: str, password: str, address: str = ADDRESS) -> Caller:
    return home.container.authenticator.by_password(Password(login, password), address)


def _refused(home: Home, login: str, password: str) -> str:
    """The login fails with the one message; return the reason in the log."""
    with pytest.raises(Unauthorized, match=r"^invalid username or password$"):
        _login(home, login, password)
    return str(home.audit()[-1]["details"].get("reason"))


@pytest.mark.parametrize("login", ["ada@example.org", "ADA@Example.org", "ada", "Ada"])
def test_users_by_email_or_username(world: Home, login: str) -> None:
    """A user logs in by e-mail or username, whatever the case."""
    who = _login(world, login, "ada-secret")
    assert (who.kind, who.login, who.user_id) == (Kind.USER, "ada@example.org", 31)


def test_wrong_and_unknown_are_the_same(world: Home) -> None:
    """Unknown user and wrong password get the same answer; the log knows the difference."""
    assert _refused(world, "ada", "wrong") == "wrong password"
    assert _refused(world, "nobody", "wrong") == "no such user, and no node with this name and uuid"


@pytest.mark.parametrize("state", ["blocked", "disabled", "pending", "some-verification-key"])
def test_accounts_that_are_not_active(world: Home, state: str) -> None:
    """Blocked, disabled, pending and unverified accounts are refused with the right password."""
    world.load(users=[user("ada", 31, registration_key=state)])
    assert _refused(world, "ada", "ada-secret") == f"account is {state[:20]}"


@pytest.mark.parametrize("stored", [None, ""])
def test_accounts_without_password(world: Home, stored: str | None) -> None:
    """An account without a stored password has no password login."""
    with world.db.transaction(write=True):
        world.db.run("UPDATE auth_user SET password = ? WHERE id = 31", stored)
    _refused(world, "ada", "")
    _refused(world, "ada", "ada-secret")


def test_a_shared_email_logs_nobody_in(world: Home) -> None:
    """Two accounts with one e-mail: which one is meant can't be known, so neither."""
    with world.db.transaction(write=True):
        world.db.run("UPDATE auth_user SET email = 'ADA@example.org' WHERE id = 32")
    _refused(world, "ada@example.org", "ada-secret")


def test_another_username_can_not_shadow_an_email(world: Home) -> None:
    """A username that looks like another's e-mail does not take its login over."""
    with world.db.transaction(write=True):
        world.db.run("UPDATE auth_user SET username = 'ada@example.org' WHERE id = 32")
    assert _login(world, "ada@example.org", "ada-secret").user_id == 31


def test_weak_hashes_are_upgraded(world: Home) -> None:
    """A hash in an old form is replaced at login, and identity tokens survive that."""
    legacy = "sha1$" + "$".join(["abc", _hmac("sha1", "abc", "ada-secret")])
    with world.db.transaction(write=True):
        world.db.run("UPDATE auth_user SET password = ? WHERE id = 31", legacy)
        before = world.container.directory.account_by_id(31)
        assert before is not None
        token = world.container.identities.create(callers.user(before), 51, "", world.clock())
    _login(world, "ada", "ada-secret")
    with world.db.transaction():
        after = world.container.directory.account_by_id(31)
    assert after is not None
    assert not passwords.check(after.password, "ada-secret", "").weak
    assert world.container.authenticator.by_identity(Identity(token), 51, ADDRESS).user_id == 31


def _hmac(algorithm: str, salt: str, password: str) -> str:
    import hmac

    from applications.init.modules.registries.settings import LEGACY_HMAC_KEY

    return hmac.new((LEGACY_HMAC_KEY + salt).encode(), password.encode(), algorithm).hexdigest()


def test_a_service_logs_in(world: Home) -> None:
    """path@nodename with the node's uuid is the service, acting for its own app."""
    who = _login(world, "prod/svc/web@n1.lab", UUID)
    assert (who.kind, who.svc_id, who.app) == (Kind.SERVICE, "s1", "Store")
    with world.db.transaction():
        principal = callers.principal(who, world.container.directory)
    assert principal.app_id == 41
    assert principal.groups == {20, 21, 276}
    assert principal.privileges == frozenset()


def test_a_node_logs_in_without_rights(world: Home) -> None:
    """nodename with its uuid is a node: no groups, no app."""
    who = _login(world, "n1.lab", UUID)
    with world.db.transaction():
        principal = callers.principal(who, world.container.directory)
    assert (principal.kind, principal.groups, principal.app_id) == (Kind.NODE, frozenset(), None)


@pytest.mark.parametrize(
    ("login", "uuid"),
    [
        ("prod/svc/web@n1.lab", UUID.upper()),
        ("prod/svc/web@n1.lab", UUID + " "),
        ("prod/svc/web@n1.lab", "uuid-2"),
        ("prod/svc/web@n1.LAB", UUID),
        ("prod/svc/web@x@n1.lab", UUID),
        ("@n1.lab", UUID),
        ("web@", UUID),
        ("cluster@n1.lab", UUID),
        ("ghost@n1.lab", UUID),
        ("prod/svc/web@n2.lab", "uuid-2"),
        ("web@n1.lab' OR '1'='1", UUID),
    ],
)
def test_service_logins_that_fail(world: Home, login: str, uuid: str) -> None:
    """Another uuid, node, case or name is refused, and nothing is ever created."""
    _refused(world, login, uuid)
    with world.db.transaction():
        assert len(world.db.rows("SELECT id FROM services")) == 1


def test_ambiguous_services_are_refused(world: Home) -> None:
    """Two services of one name that fit equally: neither, and the reason is in the log."""
    twin = {"svcname": "prod/svc/web", "app": "Store", "cluster_id": CLUSTER, "nodes": ["n1.lab"]}
    world.load(services=[{"svc_id": "s2", **twin}])
    reason = _refused(world, "prod/svc/web@n1.lab", UUID)
    assert reason == "several services prod/svc/web for node n1.lab"


def test_the_instance_decides_between_candidates(world: Home) -> None:
    """Of two services in the cluster and zone the one with an instance is meant."""
    world.load(
        services=[{"svc_id": "s2", "svcname": "prod/svc/web", "app": "Store",
                   "cluster_id": CLUSTER}]
    )
    assert _login(world, "prod/svc/web@n1.lab", UUID).svc_id == "s1"


def test_an_encapsulated_service(world: Home) -> None:
    """A service whose instance runs inside the node is found by the node's name."""
    world.load(services=[{"svc_id": "s3", "svcname": "vm/web", "app": "Store"}])
    with world.db.transaction(write=True):
        world.db.run(
            "INSERT INTO svcmon (svc_id, node_id, mon_vmname) VALUES ('s3', 'host', 'n1.lab')"
        )
    assert _login(world, "vm/web@n1.lab", UUID).svc_id == "s3"


def test_users_come_before_nodes(world: Home) -> None:
    """Where a user with a password bears the name, only its password counts."""
    world.load(users=[user("n1.lab", 33)])
    _refused(world, "n1.lab", UUID)


def test_a_service_declared_after_a_failure_logs_in(world: Home) -> None:
    """A service login that failed for want of the service works once it is there."""
    _refused(world, "late@n1.lab", UUID)
    late = {"svc_id": "s4", "svcname": "late", "app": "Store", "cluster_id": CLUSTER}
    world.load(services=[late])
    assert _login(world, "late@n1.lab", UUID).svc_id == "s4"


def test_failures_lock(world: Home) -> None:
    """Five different wrong passwords lock the pair; the right one works after the wait."""
    for number in range(5):
        _refused(world, "ada", f"wrong-{number}")
        world.clock.advance(3)
    with pytest.raises(TooManyRequests) as refusal:
        _login(world, "ada", "ada-secret")
    assert 0 < refusal.value.retry_after <= 30
    assert _login(world, "ada", "ada-secret", "198.51.100.1").user_id == 31
    world.clock.advance(31)
    assert _login(world, "ada", "ada-secret").user_id == 31


class TestIdentityTokens:
    """What a client keeps instead of the password."""

    @pytest.fixture
    def token(self, world: Home) -> str:
        """An identity token of ada for registry 51."""
        return self._create(world, "ada", "ada-secret")

    def _create(self, world: Home, login: str, password: str) -> str:
        who = _login(world, login, password)
        with world.db.transaction(write=True):
            return world.container.identities.create(who, 51, "docker", world.clock())

    def _redeem(self, world: Home, token: str, registry: int = 51) -> Caller:
        return world.container.authenticator.by_identity(Identity(token), registry, ADDRESS)

    def _dead(self, world: Home, token: str, registry: int = 51) -> None:
        with pytest.raises(Unauthorized):
            self._redeem(world, token, registry)

    def test_it_stands_for_its_user(self, world: Home, token: str) -> None:
        """The token logs its user in, on its registry only."""
        assert self._redeem(world, token).user_id == 31
        self._dead(world, token, registry=52)
        self._dead(world, token + "x")

    def test_it_is_not_stored(self, world: Home, token: str) -> None:
        """The database holds a digest, from which the token can't be had."""
        with world.db.transaction():
            stored = str(world.db.rows("SELECT * FROM registry_identity_tokens"))
        assert token not in stored
        assert token.partition("_")[2] not in stored

    def test_it_dies_with_the_password(self, world: Home, token: str) -> None:
        """A new password kills the identity tokens made with the old one."""
        with world.db.transaction(write=True):
            accounts.set_password(world.db, 31, "another secret")
        self._dead(world, token)

    def test_it_dies_with_the_account(self, world: Home, token: str) -> None:
        """A blocked account's tokens are dead at once, a deleted one's too."""
        world.load(users=[user("ada", 31, registration_key="blocked")])
        self._dead(world, token)
        with world.db.transaction(write=True):
            world.db.run("DELETE FROM auth_user WHERE id = 31")
        self._dead(world, token)

    def test_it_is_revocable(self, world: Home, token: str) -> None:
        """A revoked token is dead; revoking twice says so."""
        with world.db.transaction(write=True):
            (issued,) = world.container.identities.list("ada@example.org")
            assert world.container.identities.revoke(issued.id, world.clock())
            assert not world.container.identities.revoke(issued.id, world.clock())
        self._dead(world, token)

    def test_it_expires_unless_used(self, world: Home, token: str) -> None:
        """Use prolongs its life; 90 days without use end it."""
        for _ in range(3):
            world.clock.advance(80 * 86_400)
            assert self._redeem(world, token).user_id == 31
        world.clock.advance(91 * 86_400)
        self._dead(world, token)

    def test_service_tokens(self, world: Home) -> None:
        """A service's token stands for the service, until the node's uuid changes."""
        token = self._create(world, "prod/svc/web@n1.lab", UUID)
        assert self._redeem(world, token).svc_id == "s1"
        with world.db.transaction(write=True):
            world.db.run("UPDATE auth_node SET uuid = 'new' WHERE node_id = 'n1'")
        self._dead(world, token)

    def test_old_ones_go(self, world: Home) -> None:
        """One login holds a hundred tokens; the least used goes for the next."""
        who = _login(world, "ada", "ada-secret")
        with world.db.transaction(write=True):
            made = [
                world.container.identities.create(who, 51, "", world.clock()) for _ in range(102)
            ]
        self._dead(world, made[0])
        assert self._redeem(world, made[-1]).user_id == 31

    def test_prune(self, world: Home, token: str) -> None:
        """Dead tokens are deleted after a month, live ones are kept."""
        with world.db.transaction(write=True):
            assert world.container.identities.prune(world.clock()) == 0
        world.clock.advance(200 * 86_400)
        with world.db.transaction(write=True):
            assert world.container.identities.prune(world.clock()) == 1


def test_a_failed_login_costs_one_strong_hash(
    world: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known user, unknown user, weak hash, service: a refusal does the same work for all."""
    work: list[int] = []
    real = passwords.hashlib.pbkdf2_hmac

    def counted(name: str, text: bytes, salt: bytes, rounds: int, length: Any = None) -> bytes:
        work.append(rounds)
        return real(name, text, salt, rounds, length)

    monkeypatch.setattr(passwords.hashlib, "pbkdf2_hmac", counted)
    with world.db.transaction(write=True):
        world.db.run("UPDATE auth_user SET password = 'sha1$x$00' WHERE id = 32")
    for login in ("ada", "nobody", "bob", "web@n1.lab", "n1.lab", "a@b@c"):
        work.clear()
        _refused(world, login, "wrong-password")
        assert work == [1000], login
