"""``serve.py`` as a process: what it prints, what its port answers, how it ends."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

PASSWORD = "S3cret-in-a-url"


class Serving:
    """A running ``serve.py`` with a home of its own."""

    def __init__(self, home: Path, **more: str) -> None:
        self.home = home
        self.stderr = home.with_suffix(".err")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("COLLECTOR_", "CI"))}
        environ = {"COLLECTOR_LISTEN": "127.0.0.1:0", "COLLECTOR_WORKERS": "2", **kept, **more}
        with open(self.stderr, "wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(CHECKOUT / "serve.py")],
                env={**environ, "COLLECTOR_HOME": str(home)},
                cwd=home.parent,
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                text=True,
            )

    def wait_until_ready(self) -> None:
        """Read what it prints, then wait until it answers."""
        assert self.process.stdout
        lines = iter(self.process.stdout.readline, "")
        self.printed = ""
        for line in lines:
            self.printed += line
            if "rootcertbundle" in line:
                break
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.printed)
        assert found, self.stderr.read_text()
        self.port = int(found.group(1))
        until(lambda: self.send(b"GET /init/registry/health HTTP/1.0\r\n\r\n").startswith(b"HTTP"))

    def send(self, request: bytes, half_close: bool = False) -> bytes:
        """Send bytes; return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(request)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def family(self) -> set[int]:
        """The processes below it: gunicorn, its workers, the scheduler."""
        parents = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parents[int(folder.name)] = _parent(folder)
        found, new = set[int](), {self.process.pid}
        while new:
            new = {pid for pid, parent in parents.items() if parent in new}
            found |= new
        return found

    def pid_of(self, word: str) -> int:
        """The first process below it with a word in its command."""
        def command(pid: int) -> str:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode()

        return min(pid for pid in self.family() if word in command(pid))

    def end(self) -> None:
        """End it, if it has not ended."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()


def _parent(folder: Path) -> int:
    return int((folder / "stat").read_text().rpartition(")")[2].split()[1])


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something holds; at most some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.05)
    pytest.fail("it did not happen in time")


def gone(pids: set[int]) -> bool:
    """Tell whether none of these processes is alive; one nobody waited for is not."""
    for pid in pids:
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state not in "ZX":
                return False
    return True


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server for tests that leave it as it is."""
    found = Serving(tmp_path_factory.mktemp("serving") / "home")
    found.wait_until_ready()
    yield found
    found.end()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Serving]:
    """A server to be killed."""
    found = Serving(tmp_path / "home")
    found.wait_until_ready()
    yield found
    found.end()


def test_what_is_printed(serving: Serving) -> None:
    """The URL, the certificate and a registry's lines are printed, and they are true."""
    url = f"http://127.0.0.1:{serving.port}"
    assert f"realm: {url}/init/registry/token" in serving.printed
    assert "issuer: opensvc" in serving.printed
    (certificate,) = set(re.findall(r"\S+\.crt", serving.printed))
    assert certificate == str(serving.home / "jwt" / "collector.crt")
    assert Path(certificate).read_text().startswith("-----BEGIN CERTIFICATE-----")
    ((password, file),) = re.findall(r"password (\S+) \(kept in (\S+)\)", serving.printed)
    assert Path(file).read_text().strip() == password
    assert Path(file).stat().st_mode & 0o077 == 0


HEADERS = b"".join(b"X-%d: x\r\n" % n for n in range(100))
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
POST = b"POST /init/registry/token HTTP/1.1\r\nHost: x\r\n" + FORM
BOTH = b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"

REFUSED = {
    "a long request line": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
    "a very long request line": (b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\n\r\n", 414),
    "a long header": (b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431),
    "many headers": (b"GET / HTTP/1.1\r\n" + HEADERS + b"\r\n", 431),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "a header without a name": (b"GET / HTTP/1.1\r\n: x\r\n\r\n", 400),
    "a folded header": (b"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", 400),
    "an unknown version": (b"GET / HTTP/7.0\r\n\r\n", 400),
    "a method in lower case": (b"get / HTTP/1.1\r\n\r\n", 400),
    "length and chunks": (POST + BOTH, 400),
    "two lengths": (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\n", 400),
    "an unknown coding": (POST + b"Transfer-Encoding: odd, chunked\r\n\r\n", 501),
    "a bad chunk": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 400),
    "a body that ends early": (POST + b"Content-Length: 50\r\n\r\nabc", 400),
    "a body that is too long": (POST + b"Content-Length: 5000000\r\n\r\n" + b"a" * 5_000_000, 413),
    "endless chunks": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + (b"ffff\r\n" + b"a" * 65_535 + b"\r\n") * 9,
        413,
    ),
    "another application": (b"GET /admin HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "an absolute address": (b"GET http://evil.example/admin HTTP/1.1\r\nHost: x\r\n\r\n", 404),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_on_the_wire(serving: Serving, name: str) -> None:
    """What is no proper request gets its status and a JSON error, never HTML or an echo."""
    request, status = REFUSED[name]
    head, _, body = serving.send(request, half_close=True).partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode(), head
    assert b"application/json" in head
    assert b'"errors"' in body
    assert b"<" not in body
    assert b"aaa" not in body
    assert f"Content-Length: {len(body)}".encode() in head


def test_a_chunked_form(serving: Serving) -> None:
    """A form in chunks, without a length, is read: here its wrong password is."""
    form = b"grant_type=password&service=x&client_id=c&username=nobody&password=wrong"
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (form[:20], form[20:]))
    answer = serving.send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert b"grant_type" not in answer
    assert answer.split()[1] in (b"400", b"401")


def test_logs_hold_no_urls(serving: Serving) -> None:
    """Neither a good nor a bad request leaves what its URL or headers held in the log."""
    secret = PASSWORD.encode()
    for request in (
        b"GET /init/registry/token?password=%b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /init/registry/token?password=%b HTTP/9.9\r\n\r\n",
        b"GET /?%b HTTP/1.1\r\nBad Header: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nAuthorization: %b\r\n: x\r\n\r\n",
    ):
        serving.send(request % secret)
    assert PASSWORD not in serving.stderr.read_text()
    for path in serving.home.rglob("*"):
        assert not path.is_file() or secret not in path.read_bytes(), path


def test_idle_connections_hold_no_worker(serving: Serving) -> None:
    """Connections without a request, as browsers open some, keep nobody waiting."""
    idle = [socket.create_connection(("127.0.0.1", serving.port), 5) for _ in range(8)]
    start = time.monotonic()
    answer = serving.send(b"GET /init/registry/health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert time.monotonic() - start < 4
    for connection in idle:
        connection.close()


def test_a_client_that_does_not_close(serving: Serving) -> None:
    """A client that keeps its end open after the answer holds no worker."""
    lazy = []
    start = time.monotonic()
    for _ in range(12):
        connection = socket.create_connection(("127.0.0.1", serving.port), 5)
        connection.sendall(b"GET /init/registry/jwks HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
        lazy.append(connection)
    assert time.monotonic() - start < 4
    for connection in lazy:
        connection.close()


def test_the_scheduler_works(serving: Serving) -> None:
    """Periodic tasks have rows as the collector's, and run soon after the start."""
    database = sqlite3.connect(f"file:{serving.home / 'collector.sqlite'}?mode=ro", uri=True)
    with contextlib.closing(database):
        columns = "application_name, group_name, args, vars, enabled, repeats, retry_failed"
        row = f"SELECT {columns} FROM scheduler_task WHERE task_name = 'task_docker_housekeeping'"
        assert database.execute(row).fetchall() == [
            ("init/appadmin", "janitor", "[]", "{}", "T", 0, -1)
        ]
        done = "SELECT count(*) FROM scheduler_task WHERE times_run > 0 AND times_failed = 0"
        until(lambda: database.execute(done).fetchone()[0] == 2)


@pytest.fixture
def hangup() -> Iterator[None]:
    """SIGHUP means what it means in a terminal, even when the tests run without one."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(hangup: None, mortal: Serving, number: int) -> None:
    """Ctrl-C, a service manager or a closed terminal end all of it, soon and cleanly."""
    family = mortal.family()
    assert len(family) >= 4
    start = time.monotonic()
    mortal.process.send_signal(number)
    assert mortal.process.wait(30) == 0
    assert time.monotonic() - start < 10
    assert gone(family)
    assert "Traceback" not in mortal.stderr.read_text()


@pytest.mark.parametrize("part", ["gunicorn", "scheduler.py"])
def test_a_part_that_dies_ends_everything(mortal: Serving, part: str) -> None:
    """When one part dies the rest ends too, with a status that says so; nothing is left."""
    family = mortal.family()
    os.kill(mortal.pid_of(part), signal.SIGKILL)
    assert mortal.process.wait(30) == 1
    until(lambda: gone(family))
    assert "ended by itself" in mortal.stderr.read_text()


def test_a_killed_serve_leaves_nobody(mortal: Serving) -> None:
    """Even a SIGKILL of serve.py takes the web server and the scheduler along."""
    family = mortal.family()
    mortal.process.kill()
    mortal.process.wait(5)
    until(lambda: gone(family))


def test_a_worker_that_dies_is_replaced(mortal: Serving) -> None:
    """A dead worker is one request lost at most; another takes its place."""
    def workers() -> set[int]:
        return {p for p in mortal.family() if _parent(Path(f"/proc/{p}")) == master}

    master = mortal.pid_of("gunicorn")
    before = workers()
    os.kill(min(before), signal.SIGKILL)
    until(lambda: len(workers()) == len(before) and workers() != before)
    answer = mortal.send(b"GET /init/registry/health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


def _fails(tmp_path: Path, **more: str) -> str:
    """Start with settings that can't be; return what it says."""
    found = Serving(tmp_path / "home", **more)
    assert found.process.wait(30) == 1
    found.end()
    return found.stderr.read_text()


def test_a_port_in_use(serving: Serving, tmp_path: Path) -> None:
    """A second collector on the port says so in one line."""
    address = f"127.0.0.1:{serving.port}"
    said = _fails(tmp_path, COLLECTOR_LISTEN=address)
    assert said == f"can't start: COLLECTOR_LISTEN {address}: Address already in use\n"


def test_settings_that_can_not_be(tmp_path: Path) -> None:
    """What can't be understood is said in one line, with the name of the variable."""
    for name, value in {
        "COLLECTOR_WORKERS": "many",
        "COLLECTOR_JWT_KEY": "/nowhere/key.pem",
        "WEB2PY_HOME": "/nowhere",
    }.items():
        said = _fails(tmp_path, **{name: value})
        assert said.startswith("can't start: ")
        assert said.count("\n") == 1
        assert name in said


def test_two_starts_at_once(tmp_path: Path) -> None:
    """Two first starts on one home at the same moment both work."""
    both = [Serving(tmp_path / "home") for _ in range(2)]
    threads = [threading.Thread(target=one.wait_until_ready) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    try:
        for one in both:
            answer = one.send(b"GET /init/registry/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")
    finally:
        for one in both:
            one.end()
