"""How an open page learns of changes: by a stream, by asking, and what it missed."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.grid import cells, only, opened
from tests.browser.site import Gui
from tests.browser.visitors import Visitors

LIVE = re.compile("/init/registry/live")
CHANGES = re.compile("/init/registry/changes")
SOON = 2.0
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def registry(gui: Gui) -> dict[str, Any]:
    """A registry of the test's own, with a tag."""
    made = gui.make_registry()
    gui.make_repository(made["id"], tags=["one"])
    return made


def rename(gui: Gui, registry: dict[str, Any]) -> str:
    """Give the registry another name, by REST."""
    name = f"aa-{gui.unique('renamed')}.example.org"
    gui.rest("POST", f"/docker/registries/{registry['id']}", {"service": name})
    return name


def shows(page: Page, name: str) -> None:
    """The table shows the registry's name by itself."""
    expect(cells(page.locator("main table.table"), "Registry service").first).to_have_text(name)


def test_by_a_stream(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """A page knows within two seconds, and does not ask again and again meanwhile."""
    page = signed_in("linus")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response(LIVE):
        opened(page, only(registry))
    began = time.monotonic()
    shows(page, rename(gui, registry))
    assert time.monotonic() - began < SOON
    assert not [url for url in asked if CHANGES.search(url)]


def test_by_asking(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """Where streams are refused a page asks, and misses nothing that happened before."""
    page = signed_in("linus", allow=(501,))
    names: list[str] = []

    def refuse(route: Route) -> None:
        names.append(rename(gui, registry))  # between the page and its first question
        route.fulfill(status=501, body="{}")

    page.route(LIVE, refuse)
    opened(page, only(registry))
    page.wait_for_event("response", lambda response: bool(CHANGES.search(response.url)))
    shows(page, names[-1])
    began = time.monotonic()
    shows(page, rename(gui, registry))
    assert time.monotonic() - began < SOON + 1  # the browser's part on a busy machine


def test_a_change_while_the_page_loads(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """What changes after the lines were read and before the stream begins is told."""
    page = signed_in("linus")
    waiting: list[Route] = []
    page.route(LIVE, lambda route: waiting.append(route))
    opened(page, only(registry))
    name = rename(gui, registry)
    while not waiting:
        page.wait_for_timeout(20)
    waiting[0].continue_()
    shows(page, name)


def test_a_stream_again(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """A page that had to ask tries a stream again after a minute."""
    page = signed_in("linus", allow=(502,))
    page.clock.install()
    page.route(LIVE, lambda route: route.fulfill(status=502, body="{}"), times=1)
    with page.expect_response(CHANGES):
        opened(page, only(registry))
    with page.expect_response(LIVE) as answer:
        page.clock.fast_forward(61_000)
    assert answer.value.ok
    shows(page, rename(gui, registry))


def test_a_page_nobody_looks_at(gui: Gui, signed_in: Visitors, registry: dict[str, Any]) -> None:
    """A hidden page takes no connection; when somebody looks it shows what changed meanwhile."""
    page = signed_in("linus")
    with page.expect_response(LIVE):
        opened(page, only(registry))
    page.evaluate(HIDE, True)
    before = cells(page.locator("main table.table"), "Registry service").first.inner_text()
    name = rename(gui, registry)
    watcher = signed_in("ada")
    opened(watcher, only(registry))
    other = rename(gui, registry)
    shows(watcher, other)
    assert before not in (name, other)
    shows(page, before)
    with page.expect_response(LIVE):
        page.evaluate(HIDE, False)
    shows(page, other)


def test_more_pages_than_connections(
    gui: Gui, signed_in: Visitors, registry: dict[str, Any]
) -> None:
    """With one page looked at, any number of others is open and the server still answers it."""
    first = signed_in("linus")
    opened(first, only(registry))
    for _ in range(7):
        first.evaluate(HIDE, True)
        first = first.context.new_page()
        opened(first, only(registry))
    shows(first, rename(gui, registry))
