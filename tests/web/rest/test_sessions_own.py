"""Where one is signed in, and ending it from elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.conftest import Answer, Site
from tests.web.world import ADA, LINUS

LIST = "/init/rest/api/users/self/sessions"


class Browser:
    """A browser that is signed in."""

    def __init__(self, site: Site, login: str, address: str = "192.0.2.9") -> None:
        self.site, self.address = site, address
        body = json.dumps({"login": login, "password": f"{login}-secret"}).encode()
        answer = site.ask("/init/rest/api/session", method="POST", body=body, address=address,
                          content_type="application/json")
        assert answer.status == 200
        self.cookie = answer.headers["set-cookie"].partition(";")[0]

    def ask(self, path: str, method: str = "GET") -> Answer:
        """Make a request with the session's cookie."""
        return self.site.ask(path, method=method, cookie=self.cookie, address=self.address,
                             x_requested_with="XMLHttpRequest")

    def sessions(self) -> list[dict[str, Any]]:
        """The sessions that it is told of."""
        return list(self.ask(LIST).json["data"])


@pytest.fixture
def here(site: Site) -> Browser:
    """Ada's only browser."""
    found = Browser(site, "ada", "192.0.2.7")
    assert found.ask(LIST, "DELETE").status == 200
    return found


def test_own_sessions(site: Site, here: Browser) -> None:
    """One sees one's own sessions, which of them this is, and no cookie."""
    Browser(site, "ada", "192.0.2.8")
    Browser(site, "linus")
    found = {row["address"]: row for row in here.sessions()}
    assert {a: row["current"] for a, row in found.items()} == {
        "192.0.2.7": True, "192.0.2.8": False
    }
    assert set(found["192.0.2.7"]) == {"id", "address", "created", "last_used", "current"}
    assert [r["current"] for r in site.ask(LIST, login=ADA).json["data"]] == [False, False]


def test_end_one(site: Site, here: Browser) -> None:
    """A session that is ended from elsewhere is over at once, and the log says so."""
    other = Browser(site, "ada", "192.0.2.8")
    id_ = next(row["id"] for row in here.sessions() if not row["current"])
    assert here.ask(f"{LIST}/{id_}", "DELETE").json["info"] == f"session {id_} is over"
    assert other.ask(LIST).status == 401
    assert here.ask(LIST).status == 200
    assert site.home.audit("docker.logout")[-1]["details"]["count"] == 1


def test_end_others(site: Site, here: Browser) -> None:
    """All others are ended, those of other people are not."""
    others = [Browser(site, "ada"), Browser(site, "ada")]
    linus = Browser(site, "linus")
    assert here.ask(LIST, "DELETE").json["info"] == "2 other sessions ended"
    assert [one.ask(LIST).status for one in (*others, here, linus)] == [401, 401, 200, 200]
    assert here.ask(LIST, "DELETE").json["info"] == "0 other sessions ended"


def test_not_of_others(site: Site, here: Browser) -> None:
    """Nobody ends a session of somebody else, nor learns whether there is one."""
    id_ = here.sessions()[0]["id"]
    answer = site.ask(f"{LIST}/{id_}", method="DELETE", login=LINUS)
    assert (answer.status, answer.json["error"]) == (404, f"you have no session {id_}")
    assert here.ask(LIST).status == 200


def test_what_is_over_is_not_shown(site: Site, here: Browser) -> None:
    """A session that was not used for long is not in the list."""
    Browser(site, "ada", "192.0.2.8")
    long_ago = int(site.home.clock()) - site.home.settings.session_seconds
    with site.home.db.transaction(write=True):
        sql = "UPDATE registry_sessions SET last_used = ? WHERE address = ?"
        assert site.home.db.run(sql, long_ago, "192.0.2.8") == 1
    assert [row["address"] for row in here.sessions()] == ["192.0.2.7"]


def test_sessions_of_an_old_password_are_not_shown(site: Site, here: Browser) -> None:
    """Sessions and identity tokens that ended with the old password are not in the lists."""
    tokens = "/init/rest/api/users/self/tokens"
    made = site.ask(tokens, method="POST", body=b'{"name": "x"}', login=ADA,
                    content_type="application/json")
    assert made.status == 200
    assert len(site.ask(tokens, login=ADA).json["data"]) == 1
    with site.home.db.transaction(write=True):
        for table in ("registry_sessions", "registry_identity_tokens"):
            site.home.db.run(f"UPDATE {table} SET credential = 'of the old password'")
    for path in (LIST, tokens):
        assert site.ask(path, login=ADA).json["data"] == []
