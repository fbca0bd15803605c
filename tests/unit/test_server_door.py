"""The WSGI door, around frameworks that misbehave."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from applications.init.modules.registries.errors import BadRequest
from server.bodies import Body
from server.door import Door

HTML = [("Content-Type", "text/html; charset=UTF-8"), ("web2py_error", "ticket 0123456789ab")]
JSON = [("Content-Type", "application/json")]

Headers = list[tuple[str, str]]


class Framework:
    """Answers what it is told, and remembers what it was asked."""

    def __init__(
        self, status: str = "200 OK", headers: Headers = JSON, body: bytes = b"{}"
    ) -> None:
        self.answer = (status, headers, body)
        self.environ: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        """Answer a request."""
        self.environ = environ
        status, headers, body = self.answer
        start(status, headers)
        return [body]


def ask(
    framework: Any, path: str = "/init/registry/token", method: str = "GET", **more: Any
) -> tuple[int, dict[str, str], bytes]:
    """Make one request; return status, headers and body."""
    started: list[tuple[str, Headers]] = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "wsgi.input": io.BytesIO(), **more}
    body = b"".join(Door(framework)(environ, lambda s, h, e=None: started.append((s, h))))
    ((status, headers),) = started
    names = [name.lower() for name, _ in headers]
    assert len(set(names)) == len(names), "a header came twice"
    return int(status[:3]), dict(zip(names, (value for _, value in headers))), body


@pytest.mark.parametrize(
    "path",
    ["", "/", "/init", "/admin/default", "/welcome/x", "/initx/y", "/init/appadmin",
     "/init/appadmin/index", "/init/registry/_TEST", "/init/registry//_TEST",
     "/init/registry/%5fTEST", "/init/%61ppadmin", "/init/static/x\x00", "/init\\appadmin"],
)
def test_other_applications_are_never_asked(path: str) -> None:
    """Other applications, the database browser and the doctests are out of reach."""
    framework = Framework()
    status, headers, body = ask(framework, path)
    assert (status, framework.environ) == (404, {})
    assert headers["content-type"].startswith("application/json")
    assert json.loads(body)["errors"][0]["code"] == "NAME_UNKNOWN"


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "X" * 99])
def test_unknown_methods_are_never_asked(method: str) -> None:
    """A method that no route has is refused, with those that exist."""
    framework = Framework()
    status, headers, _ = ask(framework, method=method)
    assert (status, framework.environ) == (405, {})
    assert "GET" in headers["allow"]


def test_the_framework_gets_no_body_cookie_or_session() -> None:
    """Body, cookies and ranges stay out of the framework's reach; our code has the body."""
    framework = Framework()
    more = {"CONTENT_LENGTH": "3", "HTTP_COOKIE": "session_id_init=x", "HTTP_RANGE": "bytes=1-"}
    ask(framework, method="POST", **{**more, "wsgi.input": io.BytesIO(b"abc")})
    seen = framework.environ
    assert seen["wsgi.input"].read() == b""
    assert not {"CONTENT_LENGTH", "HTTP_COOKIE", "HTTP_RANGE"} & set(seen)
    assert seen["web2py_disable_session"] is seen["web2py_disable_garbage_collect"] is True
    assert seen["collector.input"].read(99) == b"abc"
    assert seen["collector.length"] == "3"


def test_what_goes_out_is_proper() -> None:
    """Lengths and security headers are set; what tells of the framework is taken away."""
    noisy = [*JSON, ("X-Powered-By", "web2py"), ("Set-Cookie", "a=b"), ("Content-Length", "77")]
    status, headers, body = ask(Framework(headers=noisy, body=b'{"a": 1}'))
    assert (status, body) == (200, b'{"a": 1}')
    assert headers["content-length"] == "8"
    assert not {"x-powered-by", "set-cookie"} & set(headers)
    assert headers["x-content-type-options"] == "nosniff"


def test_a_page_may_have_its_own_policy() -> None:
    """A content security policy of the application wins over the general one."""
    own = ("Content-Security-Policy", "default-src 'self'")
    _, headers, _ = ask(Framework(headers=[("Content-Type", "text/html"), own]))
    assert headers["content-security-policy"] == "default-src 'self'"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("400 BAD", 400), ("403 NO", 404), ("404 NO", 404), ("303 SEE", 404), ("503 OFF", 500)],
)
def test_html_errors_become_json(theirs: str, ours: int) -> None:
    """No HTML error or redirect of the framework gets out, and nothing of its text."""
    status, headers, body = ask(Framework(theirs, [*HTML, ("Location", "/x")], b"<html>secret"))
    assert status == ours
    assert "location" not in headers
    assert b"secret" not in body
    assert json.loads(body)["errors"]


def test_a_ticket_is_quoted_as_log_id() -> None:
    """What failed inside the framework is found in the log by the id in the answer."""
    status, headers, body = ask(Framework("500 ERROR", HTML, b"<html>"))
    assert (status, "web2py_error" in headers) == (500, False)
    assert json.loads(body)["errors"][0]["message"].endswith("in the log as 0123456789ab")


def test_an_exception_is_json(caplog: pytest.LogCaptureFixture) -> None:
    """An exception out of the framework is a 500 with a log id, without its text."""

    def fail(environ: dict[str, Any], start: Any) -> list[bytes]:
        raise RuntimeError("secret")

    status, _, body = ask(fail)
    assert status == 500
    assert b"secret" not in body
    assert "in the log as" in json.loads(body)["errors"][0]["message"]
    assert "secret" not in caplog.text


def test_unchanged_files() -> None:
    """304 is an answer, not an error."""
    status, _, body = ask(Framework("304 NOT MODIFIED", [("Content-Type", "text/css")], b""))
    assert (status, body) == (304, b"")


def test_head_claims_no_length() -> None:
    """HEAD has no body, and no length that GET's answer would not have."""
    _, headers, body = ask(Framework(body=b""), method="HEAD")
    assert body == b""
    assert "content-length" not in headers


def test_pieces_are_closed() -> None:
    """An answer in pieces that holds something open is closed."""
    file = io.BytesIO(b"a { }")

    def stream(environ: dict[str, Any], start: Any) -> io.BytesIO:
        start("200 OK", [("Content-Type", "text/css")])
        return file

    assert ask(stream)[2] == b"a { }"
    assert file.closed


class Broken:
    """A body that the server can't read."""

    def read(self, size: int) -> bytes:
        """Fail as servers do."""
        raise OSError("Invalid chunk size: b'zz'")


def test_a_body_that_can_not_be_read() -> None:
    """A badly chunked body is the client's error."""
    with pytest.raises(BadRequest, match="can't be read"):
        Body(Broken(), None).read(10)


def test_a_body_that_ends_early() -> None:
    """A body shorter than announced is refused, not taken for whole."""
    with pytest.raises(BadRequest, match="ended early"):
        Body(io.BytesIO(b"abc"), 10).read(10)


def test_a_body_in_parts() -> None:
    """Reading in parts gives all of it, and no more than was announced."""
    body = Body(io.BytesIO(b"abcdefgh"), 5)
    assert [body.read(3), body.read(3), body.read(3)] == [b"abc", b"de", b""]
