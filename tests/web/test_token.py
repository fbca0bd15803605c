"""The token endpoint over WSGI: the policy's table, forms of requests, errors."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import jwt
import pytest

from applications.init.modules.registries import catalog
from tests.web.conftest import Answer, Site
from tests.web.world import ADA, BLOCKED, BOB, HIDDEN, LINUS, NODE, OPEN, ROOT, SERVICE, TABLE


def claims(answer: Answer) -> dict[str, Any]:
    """The claims of the token in an answer; registries check the signature elsewhere."""
    assert answer.status == 200, answer.body
    decoded: dict[str, Any] = jwt.decode(
        answer.json["token"], options={"verify_signature": False}
    )
    return decoded


def scope(name: str, actions: str = "pull,push,delete") -> str:
    """A query for one repository of the open registry."""
    return urlencode({"service": OPEN, "scope": f"repository:{name}:{actions}"})


def error(answer: Answer, status: int) -> str:
    """The message of an error in the one shape that docker shows."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    (only,) = answer.json["errors"]
    assert set(only) == {"code", "message", "detail"}
    return str(only["message"])


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
@pytest.mark.parametrize("asked", ["pull,push,delete", "*"])
def test_policy_table(site: Site, row: tuple[Any, ...], asked: str) -> None:
    """Each row of the policy, asked as a client does: exactly its actions are in the token."""
    _, login, service, name, granted = row
    query = urlencode({"service": service, "scope": f"repository:{name}:{asked}"})
    (entry,) = claims(site.token(query, login))["access"]
    wanted = [action for action in granted.split(",") if action]
    assert entry == {"type": "repository", "name": name, "actions": wanted}


def test_answer(site: Site) -> None:
    """Both names of the token, integer life, UTC date, never cached, no cookie."""
    answer = site.token(scope("users/31/x"), ADA)
    value = answer.json
    assert value["token"] == value["access_token"]
    assert value["expires_in"] == 900
    assert value["issued_at"].endswith("Z")
    assert "refresh_token" not in value
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert "set-cookie" not in answer.headers


def test_claims(site: Site) -> None:
    """Issuer, subject, the stored service as audience, integer times, a fresh id."""
    first, second = (claims(site.token(scope("alpine"), ADA)) for _ in range(2))
    assert (first["iss"], first["sub"], first["aud"]) == ("opensvc", "ada@example.org", OPEN)
    assert first["exp"] - first["iat"] == 300
    assert first["jti"] != second["jti"]


def test_login_without_scope(site: Site) -> None:
    """docker login asks for no scope: a token without access."""
    query = "account=ada&client_id=docker&offline_token=true&service=" + OPEN
    answer = site.token(query, ADA)
    assert claims(answer)["access"] == []
    assert answer.json["refresh_token"].startswith("osvcreg_")


@pytest.mark.parametrize("login", [ADA, SERVICE, NODE, ROOT], ids=lambda login: login[0])
def test_subject_is_the_login(site: Site, login: tuple[str, str]) -> None:
    """The account parameter changes nothing: the subject is who logged in."""
    assert claims(site.token(f"service={OPEN}&account=bob", login))["sub"] == login[0]


def test_several_scopes_in_order(site: Site) -> None:
    """Repeated and space-separated scopes, duplicates included: an entry each, in order."""
    query = (
        f"service={OPEN}&scope=repository:base/x:pull&scope=repository:base/x:pull,push"
        "+repository(plugin):users/31/x:push&scope=registry:catalog:search"
    )
    entries = claims(site.token(query, ADA))["access"]
    assert [(e["type"], e["name"], e["actions"]) for e in entries] == [
        ("repository", "base/x", ["pull"]),
        ("repository", "base/x", ["pull"]),
        ("repository", "users/31/x", ["push"]),
        ("registry", "catalog", ["search"]),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "", "repository", "repository:", "::", "repository:alpine", "repository:ALPINE:pull",
        "repository:a\tb:pull", "repository:é:pull", "plugin:alpine:pull", "repository:alpine:fly",
        "repository:alpine:*a", "registry:catalog:pull", "registry:catalog:*", "x" * 4000,
        "repository:\x00:pull", "repository:\u202e:pull",
    ],
)
def test_odd_scopes_grant_nothing(site: Site, text: str) -> None:
    """A scope nobody understands is a 200 without access."""
    query = urlencode({"service": OPEN, "scope": text})
    assert all(not e["actions"] for e in claims(site.token(query, ADA))["access"])


def test_catalog(site: Site) -> None:
    """Who manages the registry lists all its names; who is just published to does not."""
    query = f"service={OPEN}&scope=registry:catalog:*"
    assert claims(site.token(query, LINUS))["access"][0]["actions"] == ["*"]
    assert claims(site.token(query, ROOT))["access"][0]["actions"] == ["*"]
    assert claims(site.token(query, BOB))["access"][0]["actions"] == []


class TestErrors:
    """Errors are JSON in docker's form, and never a redirect."""

    def test_no_credentials(self, site: Site) -> None:
        """401 with a Basic challenge, with and without a scope."""
        for query in (f"service={OPEN}", scope("alpine"), ""):
            answer = site.token(query)
            assert error(answer, 401) == "authentication required"
            assert answer.headers["www-authenticate"].startswith("Basic ")

    @pytest.mark.parametrize(
        "login",
        [("ada", "wrong"), ("nobody", "wrong"), BLOCKED, ("n1.lab", "wrong"), ("a@b@c", "x"),
         ("x" * 300, "y"), ("ada", ""), ("\u0000", "x"), ("store/web@n1.lab", "x")],
        ids=lambda login: login[0][:10],
    )
    def test_bad_credentials(self, site: Site, login: tuple[str, str]) -> None:
        """One and the same 401 for every cause."""
        assert error(site.token(f"service={OPEN}", login), 401) == "invalid username or password"

    def test_unknown_service(self, site: Site) -> None:
        """400 that names the service; there is no token for an undeclared registry."""
        assert "'nowhere'" in error(site.token("service=nowhere", ADA), 400)
        assert "registry.OPEN" in error(site.token("service=registry.OPEN", ADA), 400)
        assert "missing" in error(site.token("", ADA), 400)

    def test_too_many_scopes(self, site: Site) -> None:
        """33 scopes, or one over 4 kB."""
        many = urlencode([("service", OPEN)] + [("scope", "repository:a:pull")] * 33)
        assert "32 scopes" in error(site.token(many, ADA), 400)
        long = urlencode({"service": OPEN, "scope": "repository:" + "a" * 4096 + ":pull"})
        assert "4096" in error(site.token(long, ADA), 400)
        many = urlencode([("service", OPEN)] + [("scope", "repository:a:pull")] * 10_000)
        error(site.token(many, ADA), 400)

    def test_repeated_parameters(self, site: Site) -> None:
        """Two values for one parameter: which one counts must not be a guess."""
        assert "twice" in error(site.token(f"service={OPEN}&service={HIDDEN}", ADA), 400)

    @pytest.mark.parametrize(
        "query", ["service=%ff%fe", "%", "&&&", "=", "service=%00", "a" * 8000]
    )
    def test_odd_queries(self, site: Site, query: str) -> None:
        """Queries that are not text, or mean nothing."""
        error(site.token(query, ADA), 400)

    @pytest.mark.parametrize(
        "header",
        [
            "Basic", "Basic !!!", "Bearer x", "Basic " + "A" * 1_000_000, "Basic \xff", "\x00",
            "Basic Og==",
        ],
    )
    def test_odd_headers(self, site: Site, header: str) -> None:
        """Malformed Authorization headers are a 401."""
        error(site.token(f"service={OPEN}", authorization=header), 401)

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"])
    def test_methods(self, site: Site, method: str) -> None:
        """Other methods are a 405."""
        error(site.ask("/init/registry/token", method=method), 405)

    def test_lock(self, site: Site) -> None:
        """Five wrong passwords: 429 with the seconds to wait."""
        for number in range(5):
            error(site.token(f"service={OPEN}", ("ada", f"wrong-{number}")), 401)
            site.home.clock.advance(3)
        answer = site.token(f"service={OPEN}", ("ada", "ada-secret"))
        assert "wait" in error(answer, 429)
        assert 0 < int(answer.headers["retry-after"]) <= 30

    def test_forged_forwarding_changes_nothing(self, site: Site) -> None:
        """X-Forwarded-For is nobody's word unless it comes from a trusted proxy."""
        for number in range(5):
            site.token(f"service={OPEN}", ("ada", f"w{number}"), x_forwarded_for=f"10.0.0.{number}")
            site.home.clock.advance(3)
        answer = site.token(f"service={OPEN}", ("ada", "ada-secret"), x_forwarded_for="10.9.9.9")
        assert answer.status == 429
        assert {e["details"]["address"] for e in site.home.audit()} == {"192.0.2.1"}


class TestForm:
    """POST as containerd, docker and containers/image send it."""

    def _password(self, **more: str) -> str:
        return urlencode(
            {"grant_type": "password", "service": OPEN, "username": ADA[0], "password": ADA[1],
             "client_id": "containerd-client", **more}
        )

    def test_password_grant(self, site: Site) -> None:
        """containerd: one scope value, space separated; the answer names the granted scope."""
        asked = "repository:users/31/x:pull,push repository:groups/21/x:pull"
        answer = site.form(self._password(scope=asked))
        assert [e["actions"] for e in claims(answer)["access"]] == [["pull", "push"], []]
        assert answer.json["scope"] == "repository:users/31/x:pull,push"
        assert answer.json["access_token"] == answer.json["token"]
        assert "refresh_token" not in answer.json

    def test_charset_and_chunks(self, site: Site) -> None:
        """A charset after the type, and a chunked body without length."""
        text = self._password()
        charset = "application/x-www-form-urlencoded; charset=utf-8"
        assert site.form(text, content_type=charset).status == 200
        assert site.form(text, transfer_encoding="chunked").status == 200

    def test_refresh_grant(self, site: Site) -> None:
        """An identity token, given at login, buys tokens for its registry only."""
        given = site.form(self._password(access_type="offline")).json["refresh_token"]
        form = {"grant_type": "refresh_token", "service": OPEN, "client_id": "docker",
                "refresh_token": given, "scope": "repository:users/31/x:pull"}
        answer = site.form(urlencode(form))
        assert claims(answer)["sub"] == ADA[0]
        assert claims(answer)["access"][0]["actions"] == ["pull"]
        assert "refresh_token" not in answer.json
        error(site.form(urlencode({**form, "service": HIDDEN})), 401)
        error(site.form(urlencode({**form, "service": "nowhere"})), 401)

    def test_repeated_scope_fields(self, site: Site) -> None:
        """containers/image repeats the scope field."""
        text = self._password() + "&scope=repository:a:pull&scope=repository:b:pull"
        assert [e["name"] for e in claims(site.form(text))["access"]] == ["a", "b"]

    def test_oauth_errors(self, site: Site) -> None:
        """Errors carry both docker's form and that of RFC 6749."""
        answer = site.form(self._password(password="wrong"))
        error(answer, 401)
        assert answer.json["error"] == "invalid_grant"
        answer = site.form("grant_type=client_credentials")
        error(answer, 400)
        assert answer.json["error"] == "unsupported_grant_type"
        bad = {"grant_type": "refresh_token", "service": OPEN, "refresh_token": "osvcreg_x"}
        assert "log in again" in error(site.form(urlencode(bad)), 401)
        error(site.form("grant_type=refresh_token&service=x"), 401)

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"", 400),
            (b"\xff\xfe", 400),
            (b"a=1&" * 16_000, 400),
            (b"a" * 70_000, 413),
            ("&".join(f"k{n}=1" for n in range(16_000)).encode(), 413),
            (b"grant_type=password&grant_type=refresh_token", 400),
            (b"x" * 10_000_000, 413),
        ],
        ids=["empty", "bytes", "many fields", "64 kB", "133 kB", "twice", "10 MB"],
    )
    def test_bad_bodies(self, site: Site, body: bytes, status: int) -> None:
        """Bodies that are no form, too large, or made to be slow."""
        error(site.form(body), status)
        error(site.form(body, transfer_encoding="chunked"), status)

    @pytest.mark.parametrize(
        "kind",
        [
            "application/json", "multipart/form-data", "multipart/form-data; boundary=\\\\\\",
            "", "x",
        ],
    )
    def test_other_types(self, site: Site, kind: str) -> None:
        """Only a urlencoded form is read."""
        error(site.form(self._password(), content_type=kind), 400)


class TestAudit:
    """Every decision is in the log before the answer leaves."""

    def test_grant_and_refusal(self, site: Site) -> None:
        """Who, from where, what was asked, what was given, and why not."""
        site.token(scope("users/32/x", "pull,push"), ADA)
        (entry,) = site.home.audit("docker.token")
        details = entry["details"]
        assert (details["login"], details["address"]) == (ADA[0], "192.0.2.1")
        assert details["service"] == OPEN
        assert details["asked"] == ["repository:users/32/x:pull,push"]
        assert details["granted"] == []
        assert details["identity_token"] is False
        assert [r["reason"] for r in details["refused"]] == ["not_owner", "not_owner"]
        told = entry["log_fmt"] % details
        assert told.endswith("only the user it is named after uses this repository")
        assert entry["log_level"] == "warning"

    def test_one_entry_per_answer(self, site: Site) -> None:
        """Logins, grants and refusals: one entry each."""
        site.token(f"service={OPEN}", ADA)
        site.token(scope("users/31/x"), ADA)
        site.token(scope("base/x"), SERVICE)
        site.token(f"service={OPEN}", ("ada", "wrong"))
        actions = [e["log_action"] for e in site.home.audit()]
        assert actions == ["docker.login", "docker.token", "docker.token", "docker.login.failed"]

    def test_no_record_no_token(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the log can't be written there is no token."""
        from applications.init.modules.registries import audit

        def fail(*_: object) -> None:
            raise site.home.db.dal._adapter.driver.OperationalError("disk is full: secret detail")

        monkeypatch.setattr(audit, "write", fail)
        answer = site.token(scope("users/31/x"), ADA)
        assert "secret" not in error(answer, 503)

    def test_names_can_not_break_out(self, site: Site) -> None:
        """Control characters and odd text stay inside their entry."""
        nasty = "repository:a\r\nb\u2028\x1b[31m{}%s%(x)s:pull"
        site.token(urlencode({"service": OPEN, "scope": nasty}), ADA)
        (entry,) = site.home.audit()
        assert entry["log_dict"].isascii()
        assert entry["log_dict"].isprintable()
        entry["log_fmt"] % entry["details"]

    def test_no_secret_is_stored(self, site: Site) -> None:
        """Passwords and tokens are nowhere in the home but as hashes."""
        site.token(f"service={OPEN}&offline_token=true", ADA)
        site.token(f"service={OPEN}", ("ada", "s3cretTypo"))
        site.token("service=" + quote("s3cretParameter" * 30), ADA)
        for path in site.home.settings.home.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert not any(s in content for s in (b"ada-secret", b"s3cretTypo")), path


SAME = [
    ("GET", scope("users/31/x"), b"", ADA),
    ("GET", scope("users/32/x"), b"", ADA),
    ("GET", f"service={OPEN}", b"", ("ada", "wrong")),
    ("GET", f"service={OPEN}", b"", None),
    ("GET", "service=nowhere", b"", ADA),
    ("POST", "", b"grant_type=password&username=ada&password=ada-secret&service=" + OPEN.encode(),
     None),
    ("POST", "", b"a" * 70_000, None),
    ("PUT", "", b"", ADA),
]


@pytest.mark.parametrize("case", SAME, ids=[f"{m} {q[-20:]}" for m, q, _, _ in SAME])
def test_past_and_through_web2py(site: Site, case: tuple[Any, ...]) -> None:
    """The door's direct way and the controller give the same answer (a slash takes the latter)."""
    method, query, body, login = case
    kind = "application/x-www-form-urlencoded"
    first, second = (
        site.ask(path, query, method, body, login, content_type=kind)
        for path in ("/init/registry/token", "/init/registry/token/")
    )
    assert first.status == second.status
    assert {k: v for k, v in first.headers.items() if k != "content-length"} == {
        k: v for k, v in second.headers.items() if k != "content-length"
    }
    if first.status != 200:
        assert first.body == second.body
    else:
        assert claims(first)["access"] == claims(second)["access"]
        assert first.json.keys() == second.json.keys()


def test_life_and_algorithm_by_registry(site: Site) -> None:
    """A registry's own lives and algorithm are used; EdDSA only where it is marked 3."""

    def header_and_life(**options: Any) -> tuple[str, int, int]:
        with site.home.db.transaction(write=True):
            site.home.db.run("DELETE FROM registry_options")
            if options:
                catalog.set_options(site.home.db, 51, options)
        pull, push = (site.token(scope("users/31/x", a), ADA) for a in ("pull", "push"))
        alg = str(jwt.get_unverified_header(pull.json["token"])["alg"])
        return alg, pull.json["expires_in"], push.json["expires_in"]

    assert header_and_life() == ("ES256", 300, 900)
    assert header_and_life(algorithm="RS256", pull_seconds=120) == ("RS256", 120, 900)
    assert header_and_life(algorithm="EdDSA", push_seconds=1800) == ("ES256", 300, 1800)
    assert header_and_life(algorithm="EdDSA", major=3) == ("EdDSA", 300, 900)
    assert header_and_life(pull_seconds=1, push_seconds=10**6) == ("ES256", 60, 3600)
    header_and_life()


def test_revocation_is_immediate(site: Site) -> None:
    """What is taken away is not in the next token."""
    home = site.home

    def granted(name: str) -> list[str]:
        return list(claims(site.token(scope(name), BOB))["access"][0]["actions"])

    assert granted("groups/20/x") == ["pull", "push"]
    steps = [
        "DELETE FROM auth_membership WHERE user_id = 32 AND group_id = 20",
        "INSERT INTO auth_membership (user_id, group_id, primary_group) VALUES (32, 20, 'F')",
        "DELETE FROM auth_membership WHERE user_id = 32 AND group_id = 278",
        "INSERT INTO auth_membership (user_id, group_id, primary_group) VALUES (32, 278, 'F')",
        "UPDATE docker_registries SET restricted = 'T' WHERE id = 51",
        "UPDATE docker_registries SET restricted = 'F' WHERE id = 51",
        "DELETE FROM docker_registries_publications WHERE registry_id = 51 AND group_id = 20",
        "INSERT INTO docker_registries_publications (registry_id, group_id) VALUES (51, 20)",
    ]
    seen = []
    for statement in steps:
        with home.db.transaction(write=True):
            home.db.run(statement)
        seen.append(granted("groups/20/x"))
    both = ["pull", "push"]
    assert seen == [[], both, ["push"], both, ["pull"], both, [], both]


def test_nothing_is_left_behind(site: Site) -> None:
    """No session, no ticket, whatever was asked."""
    for query in (scope("users/31/x"), "", "service=%ff", "scope=" + "a" * 5000):
        for login in (ADA, ("ada", "wrong"), None):
            site.token(query, login, cookie="session_id_init=../../x")
    assert site.tickets() == []
