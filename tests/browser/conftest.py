"""A real Chromium over a real server; what a test needs is ``signed_in`` and ``gui``.

    def test_a_registry_is_shown(gui: Gui, signed_in: Visitors) -> None:
        registry = gui.make_registry()
        page = signed_in("linus")
        page.goto("/init/registry/registries")
        expect(page.get_by_text(registry["service"])).to_be_visible()

A test fails with any error in a console or page, any failed request, any answer
of 400 and more (but ``signed_in("linus", allow=(404,))``), any ``alert``.
"""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.site import Gui
from tests.browser.visitors import SECONDS, Visitors
from tests.system.rig import need


@pytest.fixture(scope="session")
def gui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gui]:
    """The server, shared by all tests: each changes only what it made itself."""
    if threading.current_thread() is threading.main_thread():
        # Tests that are told to end take the server and the browser with them.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Gui(tmp_path_factory.mktemp("gui"), COLLECTOR_WORKERS="2") as server:
        server.begin()
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; without one tests are skipped, in CI they fail."""
    program = shutil.which("chromium") or shutil.which("google-chrome") or need("chromium")
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def signed_in(browser: Browser, gui: Gui) -> Iterator[Visitors]:
    """Opens pages: ``signed_in("linus")``, ``signed_in.anonymous()``."""
    visitors = Visitors(browser, gui)
    yield visitors
    visitors.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test whose pages had faults has failed, whatever it looked at itself."""
    done = yield
    visitors = _visitors(item)
    if visitors:
        visitors.settle()
        assert not visitors.faults, "\n".join(visitors.faults)
    return done


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows where screenshots are, and what browser and server said."""
    report = yield
    visitors = _visitors(item)
    if report.failed and call.when == "call" and visitors:
        shots = visitors.screenshots(item.funcargs["tmp_path"])  # type: ignore[attr-defined]
        report.sections.append(("screenshots", "\n".join(shots)))
        report.sections.append(("faults", "\n".join(visitors.faults)))
        report.sections.append(("log of the server", item.funcargs["gui"].output()))  # type: ignore[attr-defined]
    return report


@pytest.fixture(autouse=True)
def _pictures(tmp_path: Path) -> Path:
    """Where a failure leaves its screenshots."""
    return tmp_path


def _visitors(item: pytest.Item) -> Visitors | None:
    found = getattr(item, "funcargs", {}).get("signed_in")
    return found if isinstance(found, Visitors) else None
