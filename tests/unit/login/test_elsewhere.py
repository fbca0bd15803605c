"""Logins of people whom other back ends know: whose an account is, who is asked, what is kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from applications.init.modules.registries.accounts import users
from applications.init.modules.registries.errors import TooManyRequests, Unauthorized
from applications.init.modules.registries.login import reference
from applications.init.modules.registries.login.caller import Caller
from applications.init.modules.registries.login.credentials import Identity
from applications.init.modules.registries.login.elsewhere import NoAnswer
from tests.home import Home, user
from tests.unit.login.people import ADDRESS, Rig, in_threads, rig

UUID = "2b0c8d0e-6f0e-4a57-9f0b-0d7a6f0c0001"


@pytest.fixture
def town(home: Home) -> Rig:
    """A local user, a node, a registry, and people elsewhere: ada in ldap, bob in radius."""
    home.load(
        users=[user("local", 31)],
        nodes=[{"node_id": "n1", "nodename": "n1.lab", "app": "", "cluster_id": "c", "uuid": UUID}],
        registries=[{"id": 51, "service": "reg", "url": "http://reg"}],
    )
    found = rig(home)
    found.ldap.add("ada")
    found.radius.add("bob", mail="", stamp="")
    return found


# Whose an account is


def test_the_first_login_makes_an_account(town: Rig) -> None:
    """The account has the names there and no password; the next login finds it again."""
    who = town.login("ada")
    account = town.account(who.user_id)
    assert (who.backend, who.login) == ("ldap", "ada@there.org")
    assert (account.username, account.password, account.full_name) == ("ada", "", "Ada There")
    assert town.login("ADA", "ada-there").user_id == who.user_id
    assert town.login("Ada@There.org", "ada-there").user_id == who.user_id


@pytest.mark.parametrize("login", ["local", "LOCAL", "local@example.org"])
def test_a_local_account_is_never_the_directorys(town: Rig, login: str) -> None:
    """Nobody but the own table is asked about a name that is known here."""
    town.ldap.add("local", mail="local@example.org")
    assert town.refused(login, "local-there") == "wrong password"
    assert town.login(login, "local-secret").backend == "internal"
    assert town.ldap.asked == []


@pytest.mark.parametrize(
    "names",
    [{"username": "LoCal"}, {"mail": "LOCAL@example.org"}, {"username": "local@example.org"},
     {"mail": "local@example.org", "username": "x"}],
)
def test_a_name_that_clashes_makes_no_account(town: Rig, names: dict[str, str]) -> None:
    """Who proves to be somebody whose name is another's here is told, and gets no account."""
    town.ldap.add("eve", **names)
    before = town.count()
    with pytest.raises(Unauthorized, match="is taken"):
        town.login("eve")
    assert town.count() == before
    assert town.login("local", "local-secret").user_id == 31


def test_back_ends_do_not_take_each_others_accounts(town: Rig) -> None:
    """An account of one back end is checked there only, whatever another says of the name."""
    ada = town.login("ada").user_id
    town.radius.add("ada", key="key-ada", mail="")
    town.radius.passwords["ada"] = "from-radius"
    assert town.refused("ada", "from-radius") == "wrong password"
    assert town.radius.asked == []
    town.radius.add("second", username="Ada")
    with pytest.raises(Unauthorized, match="'Ada' is taken"):
        town.login("second")
    assert town.login("ada").user_id == ada


def test_the_key_decides_and_never_the_name(town: Rig) -> None:
    """Another entry under a known name is refused; the same entry under another name is known."""
    ada = town.login("ada").user_id
    town.ldap.people["ada"] = town.ldap.add("ada", key="key-other")
    town.home.clock.advance(301)
    assert town.refused("ada") == "its name is another entry's now"
    town.ldap.remove("ada")
    town.ldap.add("countess", key="key-ada", mail="ada@there.org")
    assert town.login("countess").user_id == ada
    assert town.account(ada).username == "countess"


@pytest.mark.sqlite_only("MariaDB takes keys in another case for the same, and refuses one")
def test_a_key_is_compared_exactly(town: Rig) -> None:
    """Keys that differ in case are two people's."""
    first = town.login("ada").user_id
    town.ldap.add("other", key="KEY-ADA")
    assert town.login("other").user_id != first


@pytest.mark.parametrize("login", ["n1.lab", "N1.LAB", "svc@n1.lab", "prod/svc/web@N1.lab"])
def test_a_nodes_name_is_nobodys(town: Rig, login: str) -> None:
    """A name that reads like a node's makes no account, and is not asked about."""
    before = town.count()
    town.ldap.people[login] = town.ldap.add("x", username=login.rpartition("/")[2], mail="")
    town.refused(login, UUID.upper())
    town.refused(login, "x-there")
    assert town.ldap.given == []
    with pytest.raises(Unauthorized):
        town.login("x")
    assert town.count() == before


@pytest.mark.parametrize("login", ["n1", "gone.lab", "prod/svc/web@n1", "svc@n1.lab@", "ada"])
def test_a_nodes_uuid_is_never_sent(town: Rig, login: str) -> None:
    """Under whatever name a node's uuid comes, no directory gets it."""
    town.login("ada")
    town.ldap.given.clear()
    town.refused(login, UUID)
    assert town.ldap.given == town.radius.given == []


@pytest.mark.parametrize("name", ["4711", "a*b", "o'hara", "x;--", "dom\\ada", "éva", "Éva", "Ärz"])
def test_odd_names(town: Rig, name: str) -> None:
    """A name of digits or odd characters is somebody's as any other, found again by it."""
    town.ldap.add(name, mail="")
    who = town.login(name, f"{name}-there")
    asked = len(town.ldap.asked)
    assert town.login(name, f"{name}-there").user_id == who.user_id
    assert len(town.ldap.asked) == asked, "the account is not found by its name"
    town.run("UPDATE auth_user SET registration_key = 'blocked' WHERE id = ?", who.user_id)
    assert town.refused(name, f"{name}-there") == "account is blocked"


@pytest.mark.parametrize("name", ["a b", "a:b", "a/b", "a\nb", "", "x" * 129, "a\u202eb"])
def test_names_that_can_not_be_used(town: Rig, name: str) -> None:
    """A name that can't be one here makes no account."""
    town.ldap.add("x", username=name)
    before = town.count()
    assert town.refused("x") == "ldap tells a name or key that can't be used here"
    assert town.count() == before


@pytest.mark.parametrize(
    "mail", ["no-mail", "a@b@c", "a b@c", "é@x.org", "a\x00@x.org", "a@b\u2003c", "x@" + "y" * 255]
)
def test_addresses_that_are_none(town: Rig, mail: str) -> None:
    """What a directory has in place of an e-mail address is left out, and nobody is kept out."""
    town.ldap.add("x", mail=mail)
    assert town.account(town.login("x").user_id).email == ""


def test_two_first_logins_at_once(town: Rig) -> None:
    """Both get in, as one account."""
    before = town.count()
    callers = in_threads(*[lambda: town.login("ada")] * 4)
    assert all(isinstance(one, Caller) for one in callers), callers
    assert len({one.user_id for one in callers if isinstance(one, Caller)}) == 1
    assert town.count() == before + 1


# State


def test_blocked_here_stays_out(town: Rig) -> None:
    """Who is blocked here is refused without asking, and comes back when unblocked."""
    who = town.login("ada")
    town.run("UPDATE auth_user SET registration_key = 'blocked' WHERE id = ?", who.user_id)
    asked = len(town.ldap.asked)
    assert town.refused("ada") == "account is blocked"
    assert len(town.ldap.asked) == asked
    town.run("UPDATE auth_user SET registration_key = '' WHERE id = ?", who.user_id)
    assert town.login("ada").user_id == who.user_id


def test_blocked_here_under_a_new_name(town: Rig) -> None:
    """Another name there opens no way around a block."""
    who = town.login("ada")
    town.run("UPDATE auth_user SET registration_key = 'blocked' WHERE id = ?", who.user_id)
    town.ldap.remove("ada")
    town.ldap.add("countess", key="key-ada")
    assert town.refused("countess") == "account is blocked"


def _open(town: Rig, who: Caller) -> tuple[str, str]:
    built = town.home.container
    with town.home.db.transaction(write=True):
        session = built.sessions.open(who, ADDRESS, town.home.clock())
        token = built.identities.create(who, 51, "", town.home.clock())
    return session, token


def _session(town: Rig, session: str) -> bool:
    """Tell whether a session is good, as REST does."""
    with town.home.db.transaction(write=True):
        found = town.home.container.sessions.caller(session, town.home.clock())
    return found is not None and town.authenticator.of_today(found, ADDRESS) is not None


def _search(town: Rig, who: Caller) -> bool:
    with town.home.db.transaction():
        try:
            reference.find(reference.write(who), who.login, town.home.container.directory)
        except Unauthorized:
            return False
    return True


def _identity(town: Rig, token: str) -> bool:
    try:
        town.authenticator.by_identity(Identity(token), 51, ADDRESS)
    except Unauthorized:
        return False
    return True


def _removed(town: Rig) -> None:
    town.ldap.remove("ada")


def _disabled(town: Rig) -> None:
    town.ldap.disabled.add("ada")


@pytest.mark.parametrize("change", [_removed, _disabled])
def test_refused_there_is_out_here(town: Rig, change: Callable[[Rig], None]) -> None:
    """Removed or disabled there: session, identity token and search end; back there, back here."""
    who = town.login("ada")
    session, token = _open(town, who)
    assert _session(town, session)
    assert _identity(town, token)
    change(town)
    town.home.clock.advance(301)
    assert not _identity(town, token)
    assert not _session(town, session)
    assert not _search(town, who)
    town.refused("ada")
    town.ldap.disabled.clear()
    town.ldap.add("ada")
    town.home.clock.advance(301)
    assert _identity(town, token)
    assert _search(town, who)
    assert town.login("ada").user_id == who.user_id
    assert not _session(town, session), "a session that has ended came back"


def test_a_session_notices_by_itself(town: Rig) -> None:
    """Who only has a session is out as well, once the answer is too old."""
    session, _ = _open(town, town.login("ada"))
    town.ldap.remove("ada")
    town.home.clock.advance(299)
    assert _session(town, session)
    town.home.clock.advance(2)
    assert not _session(town, session)
    assert town.home.audit()[-1]["details"]["backend"] == "ldap"
    town.ldap.add("ada")
    assert not _session(town, session)


def test_a_back_end_out_of_the_settings(town: Rig) -> None:
    """Its people are out, with a reason, and nobody else is asked about them."""
    who = town.login("ada")
    session, token = _open(town, who)
    later = rig(town.home, order=("internal", "radius"))
    later.radius.add("ada", key="key-ada")
    assert later.refused("ada") == "its back end is not asked here any more"
    assert not _identity(later, token)
    assert not _session(later, session)
    assert later.radius.given == []
    assert later.home.audit()[-1]["details"]["backend"] == "ldap"


def test_local_passwords_can_be_switched_off(town: Rig) -> None:
    """Without internal among the back ends, stored passwords are worth nothing."""
    later = rig(town.home, order=("ldap",))
    later.ldap.add("ada")
    reason = later.refused("local", "local-secret")
    assert reason == "passwords that are stored here are switched off"
    assert later.login("ada").backend == "ldap"


def test_the_order(town: Rig) -> None:
    """Who is in two back ends is the first one's, whichever that is."""
    for order in (("ldap", "radius"), ("radius", "ldap")):
        one = rig(town.home, order=order)
        for backend in (one.ldap, one.radius):
            backend.add("same" + order[0], mail="")
        assert one.login("same" + order[0]).backend == order[0]


def test_who_is_asked_next(town: Rig) -> None:
    """After unknown and unsure comes the next; wrong, disabled and silence are an end."""
    town.radius.unsure = True
    town.ldap.unsure = True
    assert town.login("bob").backend == "radius"
    reason = town.refused("nobody", "x")
    assert reason == "ldap: nobody of this name; radius: nobody of this name"
    town.ldap.unsure = False
    town.radius.asked.clear()
    town.radius.add("ada")
    assert town.refused("ada", "wrong") == "wrong password"
    town.ldap.disabled.add("ada")
    assert town.refused("ada") == "the account is disabled there"
    town.ldap.silent = "ldap.lab: no route"
    with pytest.raises(NoAnswer):
        town.login("ada", "another")
    assert town.radius.asked == []


# What is remembered


def test_what_is_remembered(town: Rig) -> None:
    """A right password is believed for a while, a wrong one never."""
    town.login("ada")
    town.refused("ada", "wrong")
    asked = len(town.ldap.asked)
    town.login("ada")
    assert len(town.ldap.asked) == asked
    town.home.clock.advance(301)
    town.ldap.passwords["ada"] = "new"
    assert town.refused("ada", "ada-there") == "wrong password"
    assert town.login("ada", "new").login == "ada@there.org"


def test_a_changed_stamp_or_state_forgets(town: Rig) -> None:
    """What was right before the password changed there, or before a refusal, is asked anew."""
    who = town.login("ada")
    for change in ("stamp = 'other'", "state = 'gone'"):
        town.login("ada")
        asked = len(town.ldap.asked)
        town.run(f"UPDATE registry_account_origins SET {change} WHERE user_id = ?", who.user_id)
        town.login("ada")
        assert len(town.ldap.asked) == asked + 1


def test_nothing_is_believed(town: Rig) -> None:
    """With 0 seconds the directory is asked each time, about tokens too."""
    found = rig(town.home, seconds=0)
    found.ldap.add("ada")
    who = found.login("ada")
    found.login("ada")
    assert len(found.ldap.asked) == 2
    session, token = _open(found, who)
    assert _identity(found, token)
    assert _session(found, session)
    assert len(found.ldap.asked) == 4
    found.ldap.remove("ada")
    assert not _identity(found, token)


def test_no_password_is_kept(town: Rig) -> None:
    """What is remembered is keyed digests: neither the password nor a digest others can make."""
    town.login("ada")
    kept = town.remembered._until
    assert [len(digest) for digest in kept] == [32]
    assert all(b"ada" not in digest for digest in kept)
    assert rig(town.home).remembered._digest("a", "b") != town.remembered._digest("a", "b")


def test_radius_can_not_be_looked_up(town: Rig) -> None:
    """Tokens of its people are good for some days after a login by password, and no longer."""
    _, token = _open(town, town.login("bob"))
    town.home.clock.advance(7 * 86_400)
    assert _identity(town, token)
    town.home.clock.advance(1)
    assert not _identity(town, token)
    assert town.home.audit()[-1]["details"]["reason"] == "too long without a login by password"
    town.login("bob")
    assert _identity(town, token)
    town.radius.disabled.add("bob")
    town.home.clock.advance(301)
    town.refused("bob")
    town.home.clock.advance(301)
    assert not _identity(town, token)
    assert town.home.audit()[-1]["details"]["reason"] == "the account is disabled there"


# Locks, and silence


def test_wrong_passwords_lock(town: Rig) -> None:
    """Failures at a back end count as others do, for unknown names too."""
    for login in ("ada", "stranger"):
        with pytest.raises(TooManyRequests):
            for number in range(6):
                town.refused(login, f"wrong-{number}")


@pytest.mark.parametrize("login", [" local", "local ", "local@example.org "])
def test_blanks_around_a_local_name(town: Rig, login: str) -> None:
    """What a directory would overlook is no way to send it a local password."""
    town.refused(login, "local-secret")
    assert town.ldap.given == town.radius.given == []


def test_spellings_of_one_name(town: Rig) -> None:
    """A directory may take them for one name: they have the tries of one."""
    spellings = ["ada", "ADA", "\uff41da", "\u00e0da", "a\u0300da"]
    with pytest.raises(TooManyRequests):
        for number in range(6):
            town.refused(spellings[number % 5], f"wrong-{number}")
    with pytest.raises(TooManyRequests):
        town.login("ada\ufe0f", "another")


def test_guesses_at_the_same_time(town: Rig) -> None:
    """A slow back end is no way to more guesses than others have."""
    town.login("ada")
    together = threading.Event()  # never set: long enough for all to come
    town.ldap.meanwhile = lambda: together.wait(0.5) and None
    given = in_threads(*[
        lambda n=n: town.login("ada", f"wrong-{n}") for n in range(12)  # type: ignore[misc]
    ])
    assert all(isinstance(one, (Unauthorized, TooManyRequests)) for one in given), given
    assert sum(password.startswith("wrong") for password in town.ldap.given) <= 5


@pytest.mark.parametrize("login", ["ada", "stranger"])
def test_one_wrong_password_many_times_at_once(town: Rig, login: str) -> None:
    """A client that sends it several times at once locks nobody out there: it is sent once."""
    town.login("ada")
    town.ldap.given.clear()
    given = in_threads(*[lambda: town.login(login, "wrong")] * 8)
    assert all(isinstance(one, Unauthorized) for one in given), given
    assert town.ldap.given == ["wrong"]


def test_one_right_password_many_times_at_once(town: Rig) -> None:
    """The answer to one is good for all."""
    town.login("ada")
    town.home.clock.advance(301)
    town.ldap.given.clear()
    given = in_threads(*[lambda: town.login("ada")] * 8)
    assert all(isinstance(one, Caller) for one in given), given
    assert len(town.ldap.given) == 1


def test_a_repeated_wrong_password(town: Rig) -> None:
    """It is passed on once a minute at most, and may be right by then."""
    for login in ("ada", "stranger"):
        town.refused(login, "wrong")
        before = len(town.ldap.asked)
        for _ in range(3):
            town.home.clock.advance(19)
            town.refused(login, "wrong")
        assert len(town.ldap.asked) == before
        town.home.clock.advance(4)
        for _ in range(4):
            town.refused(login, "wrong")
        assert len(town.ldap.asked) == before + 1
    town.ldap.add("stranger")
    town.ldap.passwords["stranger"] = "wrong"
    town.home.clock.advance(60)
    assert town.login("stranger", "wrong").login == "stranger@there.org"


def test_repeated_while_locked(town: Rig) -> None:
    """A lock does not end by asking again, and a repeated password adds nothing to it."""
    with pytest.raises(TooManyRequests):
        for number in range(6):
            town.refused("ada", f"wrong-{number}")
    before = town.rows("SELECT SUM(failures) FROM registry_login_failures")
    town.home.clock.advance(61)
    town.refused("ada", "wrong-1")
    assert town.rows("SELECT SUM(failures) FROM registry_login_failures") == before


def test_silence_counts_for_nobody(town: Rig) -> None:
    """A silent back end is told in words, logged with its name and reason, and locks nobody."""
    town.ldap.silent = "ldap.lab:636: no route to host"
    for _ in range(20):
        with pytest.raises(NoAnswer, match="does not answer; try again") as caught:
            town.login("ada")
        assert caught.value.status == 503
        assert "ldap.lab" not in str(caught.value)
    details = town.home.audit()[-1]["details"]
    assert details["backend"] == "ldap"
    assert details["reason"] == "no answer: ldap.lab:636: no route to host"
    town.ldap.silent = ""
    town.home.clock.advance(2)
    town.login("ada")


def test_one_that_was_just_silent_is_left_alone(town: Rig) -> None:
    """For a second nobody else waits for it, even where the clock is set back meanwhile."""
    town.ldap.silent = "no route"
    for _ in range(3):
        with pytest.raises(NoAnswer):
            town.login("ada")
    assert len(town.ldap.asked) == 1
    town.ldap.silent = ""
    town.home.clock.advance(-3600)
    town.login("ada")


def test_silence_ends_no_token(town: Rig) -> None:
    """A token whose owner can't be looked up is not refused, nor honoured."""
    session, token = _open(town, town.login("ada"))
    town.home.clock.advance(301)
    town.ldap.silent = "no route"
    for call in (_identity, _session):
        with pytest.raises(NoAnswer):
            call(town, {_identity: token, _session: session}[call])
    town.ldap.silent = ""
    town.home.clock.advance(2)
    assert _identity(town, token)
    assert _session(town, session)


def test_silence_of_one_that_is_not_asked(town: Rig) -> None:
    """Silent RADIUS servers, which tell nothing of tokens anyway, keep none from being used."""
    session, token = _open(town, town.login("bob"))
    town.home.clock.advance(301)
    town.radius.silent = "no route"
    with pytest.raises(NoAnswer):
        town.login("bob")
    assert _identity(town, token)
    assert _session(town, session)


@pytest.mark.sqlite_only("it reads a dump of the whole database")
def test_no_password_is_written_down(town: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """No secret is in the audit log, the database or the log, however a login ends."""
    caplog.set_level(logging.DEBUG)
    secrets = ["ada-there", "very-wrong", "not-now", "ada-unknown"]
    town.login("ada", secrets[0])
    town.refused("ada", secrets[1])
    town.refused("nobody", secrets[3])
    town.ldap.silent = "no route"
    town.home.clock.advance(301)
    with pytest.raises(NoAnswer):
        town.login("ada", secrets[2])
    with town.home.db.transaction():
        dump = "\n".join(town.home.db.dal._adapter.connection.iterdump())
    for secret in secrets:
        assert secret not in dump
        assert secret not in caplog.text


def test_a_deleted_account_comes_back_as_a_new_one(town: Rig) -> None:
    """Nothing of it is left, and the same person gets a fresh account, with other rights."""
    town.ldap.add("ada", groups=frozenset({"webdev"}))
    old = town.login("ada").user_id
    assert old is not None
    with town.home.db.transaction(write=True):
        users.remove(town.home.db, old)
    for table in ("registry_account_origins", "registry_account_groups", "auth_membership"):
        assert town.rows(f"SELECT * FROM {table} WHERE user_id = ?", old) == []
    new = town.login("ada").user_id
    assert new != old
    assert town.groups(new) == {"webdev"}


def test_an_account_deleted_by_others(town: Rig) -> None:
    """What the collector's own pages left of an account keeps nobody out."""
    old = town.login("ada").user_id
    town.run("DELETE FROM auth_user WHERE id = ?", old)
    assert town.login("ada").user_id != old


def test_what_is_told_counts_for_no_lock(town: Rig) -> None:
    """Who proves who they are, and can't have an account, is told so each time."""
    town.ldap.add("eve", username="local")
    for _ in range(8):
        with pytest.raises(Unauthorized, match="'local' is taken"):
            town.login("eve")
